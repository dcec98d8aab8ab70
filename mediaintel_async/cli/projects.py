"""`mediaintel projects`: what a workspace has."""

from typing import Annotated

import typer

from mediaintel_async.cli.options import AsJson, BaseUrl


def projects(
    workspace: Annotated[str, typer.Argument(metavar="WORKSPACE", help="Whose projects.")],
    *,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """List the projects of a workspace."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.connecting import run
    from mediaintel_async.cli.listing import list_projects

    run(base_url, lambda client: list_projects(client, workspace, as_json=as_json))
