"""`mediaintel workspaces`: the arguments of its commands."""

from typing import Annotated

import typer

from mediaintel_async.cli import actions
from mediaintel_async.cli.commands.list_by_default import ListsByDefault
from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Workspace, Yes

workspaces: typer.Typer = typer.Typer(
    cls=ListsByDefault,
    rich_markup_mode=None,
    help="List (the default), create and delete workspaces.",
)


@workspaces.command("list")
def list_workspaces(*, as_json: AsJson = False, base_url: BaseUrl = None) -> None:
    """List the workspaces of the account."""
    actions.run(base_url, lambda client: actions.list_workspaces(client, as_json=as_json))


@workspaces.command("create")
def create_workspace(
    workspace: Workspace,
    *,
    bucket: Annotated[
        str | None, typer.Option(help="The bucket in Object Storage for the workspace.")
    ] = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Create a workspace, with a base project."""
    actions.run(
        base_url,
        lambda client: actions.create_workspace(client, workspace, bucket, as_json=as_json),
    )


@workspaces.command("delete")
def delete_workspace(
    workspace: Workspace, *, yes: Yes = False, as_json: AsJson = False, base_url: BaseUrl = None
) -> None:
    """Delete a workspace and everything in it. This cannot be undone."""
    actions.require_yes(f"Delete the workspace {workspace} and everything in it", yes=yes)
    actions.run(
        base_url, lambda client: actions.delete_workspace(client, workspace, as_json=as_json)
    )
