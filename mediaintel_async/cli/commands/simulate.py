"""`mediaintel simulate`: its arguments."""

from pathlib import Path
from typing import Annotated

import typer

from mediaintel_async.cli import actions
from mediaintel_async.cli.commands.options import Seed, Speed


def simulate(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port to listen on; 0: any free port.")
    ] = 0,
    speed: Speed = 60,
    seed: Seed = 0,
    assets: Annotated[
        int, typer.Option(min=0, max=100_000, help="How many assets exist at the start.")
    ] = 3,
    faults: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A TOML file of faults to inject, one [[fault]] table each."
        ),
    ] = None,
) -> None:
    """Serve a simulator of the service on this machine, until Ctrl-C.

    It prints environment variables to paste into another shell; programs started there use the
    simulator.
    """
    actions.run_simulator(port=port, speed=speed, seed=seed, assets=assets, faults=faults)
