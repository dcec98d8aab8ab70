"""`mediaintel demo`: the whole library at work, without keys and without cost."""

import asyncio
from typing import Annotated

import typer

from mediaintel_async.cli.commands.options import Seed, Speed


def demo(
    assets: Annotated[int, typer.Option(min=1, max=1000, help="How many to summarise.")] = 30,
    speed: Speed = 60,
    seed: Seed = 0,
) -> None:
    """Summarise assets of a stand-in for the service, all at once.

    It needs no keys, reaches nobody beyond this machine, and costs nothing.
    """
    # Slow to load, which --help must not pay for.
    from mediaintel_async import FastClock
    from mediaintel_async.cli.actions.demo import demonstrate
    from mediaintel_async.cli.output.progress import console

    all_well = asyncio.run(demonstrate(FastClock(speed), console(), assets=assets, seed=seed))
    raise typer.Exit(0 if all_well else 1)
