"""`mediaintel demo`: its arguments."""

from typing import Annotated

import typer

from mediaintel_async.cli import actions
from mediaintel_async.cli.commands.options import Seed, Speed


def demo(
    assets: Annotated[
        int, typer.Option(min=1, max=1000, help="How many assets to summarise.")
    ] = 30,
    speed: Speed = 60,
    seed: Seed = 0,
) -> None:
    """Summarise many assets at once, against a simulator on this machine.

    It needs no keys, sends nothing to other machines, and costs nothing.
    """
    actions.run_demo(speed=speed, assets=assets, seed=seed)
