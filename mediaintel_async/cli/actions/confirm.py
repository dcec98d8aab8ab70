"""Confirmation of what cannot be undone: an answer at the terminal, or --yes."""

import sys

import typer

from mediaintel_async.cli.output.advice import FAILED
from mediaintel_async.cli.output.printing import print_error, printable


def require_yes(action: str, *, yes: bool) -> None:
    """Ask whether to do *action*, and return if the answer is yes.

    Args:
        action: What would be done, such as "Delete the tag 7 of my-workspace".
        yes: Do not ask.

    Raises:
        BadParameter: Standard input is no terminal, so that nobody can answer.
        Exit: The answer is no.
    """
    if yes:
        return
    question = printable(f"{action}? This cannot be undone")
    if not can_answer():
        raise typer.BadParameter(
            f"{question}: standard input is not a terminal, so nothing was done; confirm with --yes"
        )
    # Not typer.confirm(), which takes Ctrl-C for the answer no.
    print(f"{question}. [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in {"y", "yes"}:
        print_error("Nothing was done.")
        raise typer.Exit(FAILED)


def can_answer() -> bool:
    """Whether somebody at a terminal can answer a question."""
    return sys.stdin is not None and sys.stdin.isatty()
