"""Options that several commands share."""

import math
from typing import Annotated

import typer

_MAX_SPEED = 3600
_SCENE_RANGES = ("EXTRA_SHORT", "SHORT", "MEDIUM", "LONG")


def _check_speed(value: float) -> float:
    # `not ... <=` refuses nan too, which typer's own min and max accept.
    if not 1 <= value <= _MAX_SPEED:
        raise typer.BadParameter(f"{value:g} is out of range; expected 1 to {_MAX_SPEED}")
    return value


def _check_timeout(value: float | None) -> float | None:
    if value is not None and not 0 <= value <= math.inf:
        raise typer.BadParameter(f"{value:g} is not a timeout; expected seconds, 0 or more")
    return value


Speed = Annotated[
    float,
    typer.Option(
        callback=_check_speed,
        help=f"Simulated seconds per real second, 1 to {_MAX_SPEED}.",
    ),
]
Seed = Annotated[int, typer.Option(help="Seed of the random lengths and durations.")]

Reference = Annotated[
    str, typer.Argument(metavar="REF", help="The asset, as workspace/project/asset.")
]
References = Annotated[
    list[str] | None,
    typer.Argument(metavar="REF", help="Assets, each as workspace/project/asset."),
]
From = Annotated[
    typer.FileText | None,
    typer.Option(
        "--from",
        # Some editors write a byte order mark, which is not part of the first reference.
        encoding="utf-8-sig",
        metavar="FILE",
        help="Read one reference per line from FILE, or JSON lines with an asset, as --json prints"
        " them; use - for standard input. Lines starting with # are ignored.",
    ),
]
Workspace = Annotated[str, typer.Argument(metavar="WORKSPACE", help="The name of the workspace.")]
Person = Annotated[str, typer.Argument(metavar="PERSON", help="The id of the person.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]
Project = Annotated[
    str, typer.Argument(metavar="WORKSPACE/PROJECT", help="The project, as workspace/project.")
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        envvar="MEDIAINTEL_BASE_URL",
        metavar="URL",
        help="The address of the service, if not the public one; for example a simulator.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON lines, one object per line.")]
Timeout = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        callback=_check_timeout,
        help="Stop waiting after this time; the work continues on the service. 0: check once;"
        " inf: wait forever. [default: 24 hours]",
    ),
]
CancelOnTimeout = Annotated[
    bool,
    typer.Option(
        "--cancel-on-timeout", help="At the timeout, cancel the runs that this command started."
    ),
]
SceneRange = Annotated[
    str | None,
    typer.Option(
        metavar="|".join(_SCENE_RANGES),
        autocompletion=lambda: list(_SCENE_RANGES),
        help="How long the scenes of a video are.",
    ),
]
