"""`mediaintel simulate`: the stand-in for the service, run by hand."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from mediaintel_async.cli.commands.options import Seed, Speed


def simulate(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: a free one.")] = 0,
    speed: Speed = 60,
    seed: Seed = 0,
    assets: Annotated[
        int, typer.Option(min=0, max=100_000, help="How many there are to begin with.")
    ] = 3,
    faults: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What is to go wrong: TOML, a [[fault]] table each."),
    ] = None,
) -> None:
    """Serve a stand-in for the service on this machine, until Ctrl-C.

    It prints what to paste into another shell, where programs will then use it.
    """
    # Slow to load, which --help must not pay for.
    from mediaintel_async.simulator.__main__ import serve
    from mediaintel_async.simulator.fault import InvalidFaults

    start = serve if faults is None else partial(serve, faults=faults)
    try:
        asyncio.run(start(port=port, speed=speed, seed=seed, assets=assets))
    except InvalidFaults as error:
        raise typer.BadParameter(str(error), param_hint="--faults") from error
