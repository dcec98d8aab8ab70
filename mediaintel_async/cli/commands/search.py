"""`mediaintel search`: its arguments."""

from pathlib import Path
from typing import Annotated

import typer

from mediaintel_async.cli import actions
from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Timeout


def search(
    workspace: Annotated[str, typer.Argument(metavar="WORKSPACE", help="The workspace to search.")],
    text: Annotated[
        str | None, typer.Argument(metavar="TEXT", help="What to search for, in plain words.")
    ] = None,
    *,
    image: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="An image to search for: JPG, PNG, WebP or HEIC."),
    ] = None,
    project: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Search only this project; may be repeated."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many hits to show at most.")] = 50,
    timeout: Timeout = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Search the scenes of a workspace by words or by an image, best hits first.

    Without --project, all projects of the workspace are searched.
    """
    if (text is None) == (image is None):
        raise typer.BadParameter("expected either TEXT or --image, and not both")
    arguments = actions.SearchArguments(
        workspace=workspace,
        text=text,
        image=image,
        # An id, or the reference that `mediaintel projects` prints.
        projects=tuple(one.rpartition("/")[2] for one in project or ()),
        limit=limit,
        timeout=timeout,
        as_json=as_json,
        base_url=base_url,
    )
    actions.run(base_url, lambda client: actions.search_scenes(client, arguments))
