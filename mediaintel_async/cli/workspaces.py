"""`mediaintel workspaces`: what the account has."""

from typing import Annotated

import typer

from mediaintel_async.cli.groups import ListsByDefault
from mediaintel_async.cli.options import AsJson, BaseUrl, Workspace, Yes

workspaces: typer.Typer = typer.Typer(
    cls=ListsByDefault,
    rich_markup_mode=None,
    help="List (without a further word), create and delete workspaces.",
)


@workspaces.command("list")
def list_workspaces(*, as_json: AsJson = False, base_url: BaseUrl = None) -> None:
    """List the workspaces of the account."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.connecting import run
    from mediaintel_async.cli.listing import list_workspaces

    run(base_url, lambda client: list_workspaces(client, as_json=as_json))


@workspaces.command("create")
def create_workspace(
    workspace: Workspace,
    *,
    bucket: Annotated[
        str | None, typer.Option(help="The bucket of Object Storage to tie it to.")
    ] = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Create a workspace, with a base project."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.connecting import run
    from mediaintel_async.cli.placing import create_workspace

    run(base_url, lambda client: create_workspace(client, workspace, bucket, as_json=as_json))


@workspaces.command("delete")
def delete_workspace(
    workspace: Workspace, *, yes: Yes = False, as_json: AsJson = False, base_url: BaseUrl = None
) -> None:
    """Delete a workspace and all that is in it. This cannot be undone."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.confirming import confirm
    from mediaintel_async.cli.connecting import run
    from mediaintel_async.cli.placing import delete_workspace

    confirm(f"Delete the workspace {workspace} and all that is in it", yes=yes)
    run(base_url, lambda client: delete_workspace(client, workspace, as_json=as_json))
