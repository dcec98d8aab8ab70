"""Options that several commands share."""

from typing import Annotated

import typer

_FASTEST = 3600


def _check_speed(value: float) -> float:
    # Written so that it refuses nan as well, which typer's own range lets through.
    if not 1 <= value <= _FASTEST:
        raise typer.BadParameter(f"from 1 to {_FASTEST}, not {value:g}")
    return value


Speed = Annotated[
    float,
    typer.Option(help="How many seconds of the service pass in a real one.", callback=_check_speed),
]
Seed = Annotated[int, typer.Option(help="Decides how uneven the assets are.")]
