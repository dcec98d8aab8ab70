"""What cannot be undone is done on a word: typed at a terminal, or given with --yes."""

import sys

import typer


def confirm(deed: str, *, yes: bool) -> None:
    """Go on if *deed*, which cannot be undone, is meant.

    Raises:
        BadParameter: Nobody is there to ask, and *yes* was not given.
        Abort: The answer is no.
    """
    if yes:
        return
    if not is_answered():
        raise typer.BadParameter(f"{deed}? This cannot be undone; --yes says that it is meant")
    typer.confirm(f"{deed}? This cannot be undone.", abort=True, err=True)


def is_answered() -> bool:
    """Whether somebody at a terminal can be asked."""
    return sys.stdin is not None and sys.stdin.isatty()
