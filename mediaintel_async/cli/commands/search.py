"""`mediaintel search`: what is in the assets of a workspace, by words or by an image."""

from pathlib import Path
from typing import Annotated

import typer

from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Timeout


def search(
    workspace: Annotated[str, typer.Argument(metavar="WORKSPACE", help="Where to search.")],
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT", help="What to search for, in plain words.")
    ] = None,
    *,
    image: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="What to search for, as a picture: JPG, PNG, WebP, HEIC."
        ),
    ] = None,
    project: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Search this project alone; may be given several times."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="Show so many hits at the most.")] = 50,
    timeout: Timeout = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Search the scenes of a workspace by words, or by an image, best hits first.

    Without --project it searches all projects of the workspace.
    """
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.run_with_client import run
    from mediaintel_async.cli.actions.search import Wanted, find

    if (text is None) == (image is None):
        raise typer.BadParameter("a search has either TEXT or --image, and not both")
    wanted = Wanted(
        workspace=workspace,
        text=text,
        image=image,
        # Their references, as `mediaintel projects` prints them, do as well.
        projects=tuple(one.rpartition("/")[2] for one in project or ()),
        limit=limit,
        timeout=timeout,
        as_json=as_json,
        base_url=base_url,
    )
    run(base_url, lambda client: find(client, wanted))
