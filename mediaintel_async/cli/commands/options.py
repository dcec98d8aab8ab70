"""Options that several commands share."""

import math
from typing import Annotated

import typer

_FASTEST = 3600
_SCENE_RANGES = ("EXTRA_SHORT", "SHORT", "MEDIUM", "LONG")


def _check_speed(value: float) -> float:
    # Written so that it refuses nan as well, which typer's own range lets through.
    if not 1 <= value <= _FASTEST:
        raise typer.BadParameter(f"from 1 to {_FASTEST}, not {value:g}")
    return value


def _check_timeout(value: float | None) -> float | None:
    if value is not None and not 0 <= value <= math.inf:
        raise typer.BadParameter(f"seconds from 0 up, not {value:g}")
    return value


Speed = Annotated[
    float,
    typer.Option(help="How many seconds of the service pass in a real one.", callback=_check_speed),
]
Seed = Annotated[int, typer.Option(help="Decides how uneven the assets are.")]

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
        # A byte order mark, which some editors write, is no part of a workspace.
        encoding="utf-8-sig",
        metavar="FILE",
        help="Read one reference a line; -: from standard input. Lines beginning with # count not.",
    ),
]
Workspace = Annotated[str, typer.Argument(metavar="WORKSPACE", help="The workspace, by its name.")]
Person = Annotated[str, typer.Argument(metavar="PERSON", help="The person, by the id.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask whether it is meant.")]
Project = Annotated[
    str, typer.Argument(metavar="WORKSPACE/PROJECT", help="The project, as workspace/project.")
]
BaseUrl = Annotated[
    str | None,
    typer.Option(
        "--base-url",
        envvar="MEDIAINTEL_BASE_URL",
        metavar="URL",
        help="Another address than the public service's, such as a simulator's.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs, an object a line.")]
Timeout = Annotated[
    float | None,
    typer.Option(
        metavar="SECONDS",
        callback=_check_timeout,
        help="Leave after so long, and let the work go on; 0: look once; inf: never leave."
        " [default: 24 hours]",
    ),
]
CancelOnTimeout = Annotated[
    bool,
    typer.Option("--cancel-on-timeout", help="Then stop the runs that this command started."),
]
SceneRange = Annotated[
    str | None,
    typer.Option(
        metavar="|".join(_SCENE_RANGES),
        autocompletion=lambda: list(_SCENE_RANGES),
        help="How finely a video is cut into scenes.",
    ),
]
