"""`mediaintel workspaces`: what the account has."""

from typing import Annotated

import typer

from mediaintel_async.cli.commands.list_by_default import ListsByDefault
from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Workspace, Yes

workspaces: typer.Typer = typer.Typer(
    cls=ListsByDefault,
    rich_markup_mode=None,
    help="List (without a further word), create and delete workspaces.",
)


@workspaces.command("list")
def list_workspaces(*, as_json: AsJson = False, base_url: BaseUrl = None) -> None:
    """List the workspaces of the account."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.listings import list_workspaces
    from mediaintel_async.cli.actions.run_with_client import run

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
    from mediaintel_async.cli.actions.create_move_delete import create_workspace
    from mediaintel_async.cli.actions.run_with_client import run

    run(base_url, lambda client: create_workspace(client, workspace, bucket, as_json=as_json))


@workspaces.command("delete")
def delete_workspace(
    workspace: Workspace, *, yes: Yes = False, as_json: AsJson = False, base_url: BaseUrl = None
) -> None:
    """Delete a workspace and all that is in it. This cannot be undone."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.create_move_delete import delete_workspace
    from mediaintel_async.cli.actions.run_with_client import run
    from mediaintel_async.cli.commands.confirm import confirm

    confirm(f"Delete the workspace {workspace} and all that is in it", yes=yes)
    run(base_url, lambda client: delete_workspace(client, workspace, as_json=as_json))
