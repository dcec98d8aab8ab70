"""A client for one command: opened, used, closed, and its errors put into plain lines."""

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
from mediaintel_async.cli.output.printing import tell

CLOCK: Clock = SystemClock()

Work: TypeAlias = Callable[[MediaIntelligence], Coroutine[Any, Any, int]]
"""What a command does with a client; returns the exit code."""


def run(base_url: str | None, work: Work) -> NoReturn:
    """Do *work* and exit; an error of the library becomes two lines on standard error."""
    try:
        code = asyncio.run(with_client(base_url, work))
    except MediaIntelligenceError as error:
        tell_error(error)
        code = exit_code_of(error)
    raise typer.Exit(code)


async def with_client(base_url: str | None, work: Work) -> int:
    """Do *work* with a client of its own."""
    async with MediaIntelligence(base_url=base_url, clock=CLOCK) as client:
        return await work(client)


def tell_error(error: MediaIntelligenceError) -> None:
    """Say what was attempted, what came of it, and what to do."""
    tell(f"mediaintel: {error.what_happened}")
    advice = advice_for(error)
    if advice:
        tell(advice)
    if isinstance(error, OutcomeUnknown):
        for asset in error.candidates:
            tell(f"It may have made {asset.ref}.")
