"""Running a command's work with a client of its own; errors are printed as plain lines."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, TypeAlias

import typer

from mediaintel_async import (
    Clock,
    MediaIntelligence,
    MediaIntelligenceError,
    OutcomeUnknown,
    SystemClock,
)
from mediaintel_async.cli.output.advice import advice_for, exit_code_of
from mediaintel_async.cli.output.printing import print_error

CLOCK: Clock = SystemClock()
"""The clock of every command; tests put a faster one here."""

ClientWork: TypeAlias = Callable[[MediaIntelligence], Coroutine[Any, Any, int | None]]
"""What a command does with a client. It returns the exit code; None: 0."""


def run(base_url: str | None, work: ClientWork) -> NoReturn:
    """Do *work* and exit; print an error of the library, and its advice, on standard error."""
    try:
        code = asyncio.run(with_client(base_url, work))
    except MediaIntelligenceError as error:
        print_failure(error)
        code = exit_code_of(error)
    raise typer.Exit(code or 0)


async def with_client(base_url: str | None, work: ClientWork) -> int | None:
    """Do *work* with a client that is closed afterwards."""
    async with MediaIntelligence(base_url=base_url, clock=CLOCK) as client:
        return await work(client)


def print_failure(error: MediaIntelligenceError) -> None:
    """Print what was attempted, how it failed, and what to do."""
    print_error(f"mediaintel: {error.what_happened}")
    advice = advice_for(error)
    if advice:
        print_error(advice)
    if isinstance(error, OutcomeUnknown):
        for asset in error.candidates:
            print_error(f"It may have created {asset.ref}.")
