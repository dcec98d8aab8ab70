"""What cannot be undone is done on a word: typed at a terminal, or given with --yes."""

import sys

import typer

from mediaintel_async.cli.output.advice import FAILED
from mediaintel_async.cli.output.printing import printable, tell


def confirm(deed: str, *, yes: bool) -> None:
    """Go on if *deed*, which cannot be undone, is meant.

    Raises:
        BadParameter: Nobody is there to ask, and *yes* was not given.
        Exit: The answer is no.
    """
    if yes:
        return
    question = printable(f"{deed}? This cannot be undone")
    if not is_answered():
        raise typer.BadParameter(
            f"nothing was done, as nobody is at a terminal to be asked: {question};"
            " --yes says that it is meant"
        )
    # Not typer's own prompt, for which Ctrl-C is a no like any other.
    print(f"{question}. [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        tell("Nothing was done.")
        raise typer.Exit(FAILED)


def is_answered() -> bool:
    """Whether somebody at a terminal can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()
