"""The rich console for standard output or standard error."""

import errno
import io
import os
import sys

from rich.console import Console

_WIDTH_OF_A_FILE = 200
"""Wide enough for a reference of any length and some words of a summary."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        # Rich would raise SystemExit here, inside a task, where asyncio reports a lost exception.
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def console(*, of_errors: bool = False) -> Console:
    """Return standard output, or standard error: control codes only if it is a terminal."""
    stream = sys.stderr if of_errors else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        # Replace only the letters that this terminal cannot encode.
        stream.reconfigure(errors="replace")
    is_terminal = stream is not None and stream.isatty()
    return _Console(
        stderr=of_errors,
        # FORCE_COLOR and its like would also force moving bars into a file.
        force_terminal=None if is_terminal else False,
        width=None if is_terminal else _WIDTH_OF_A_FILE,
        highlight=False,
    )
