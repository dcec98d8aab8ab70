"""`mediaintel simulate`: serves the simulator."""

import asyncio
from pathlib import Path

import typer

from mediaintel_async.simulator import InvalidFaults
from mediaintel_async.simulator.__main__ import serve


def run_simulator(*, port: int, speed: float, seed: int, assets: int, faults: Path | None) -> None:
    """Serve the simulator until SIGINT or SIGTERM."""
    try:
        asyncio.run(serve(port=port, speed=speed, seed=seed, assets=assets, faults=faults))
    except InvalidFaults as error:
        raise typer.BadParameter(str(error), param_hint="--faults") from error
