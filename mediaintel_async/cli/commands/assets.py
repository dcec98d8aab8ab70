"""`mediaintel assets`: the arguments of its commands."""

from typing import Annotated

import typer

from mediaintel_async.cli import actions
from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Project, Reference, Timeout, Yes

assets: typer.Typer = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, show, register, move and delete assets.",
)


@assets.command("list")
def list_assets(project: Project, *, as_json: AsJson = False, base_url: BaseUrl = None) -> None:
    """List the assets of a project."""
    project_ref = actions.parse_project(project)
    actions.run(base_url, lambda client: actions.list_assets(client, project_ref, as_json=as_json))


@assets.command("get")
def get_asset(reference: Reference, *, as_json: AsJson = False, base_url: BaseUrl = None) -> None:
    """Show what the service knows of an asset."""
    asset = actions.parse_asset(reference)
    actions.run(base_url, lambda client: actions.show_asset(client, asset, as_json=as_json))


@assets.command("register")
def register_asset(
    project: Project,
    *,
    bucket: Annotated[str, typer.Option(help="The bucket in Object Storage.")],
    key: Annotated[str, typer.Option(help="The full name of the object in the bucket.")],
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the asset is imported.")] = False,
    timeout: Timeout = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Register a file in Object Storage as an asset.

    The import continues on the service after this command ends. A
    registration whose response is lost is not repeated.
    """
    options = actions.FollowOptions(
        base_url=base_url, timeout=timeout, as_json=as_json, result_field="file_name"
    )
    actions.register_asset(actions.parse_project(project), bucket, key, options, wait=wait)


@assets.command("move")
def move_asset(
    reference: Reference, project: Project, *, as_json: AsJson = False, base_url: BaseUrl = None
) -> None:
    """Move an asset to another project of its workspace, and print its new reference."""
    asset, target = actions.parse_asset(reference), actions.parse_project(project)
    actions.run(base_url, lambda client: actions.move_asset(client, asset, target, as_json=as_json))


@assets.command("delete")
def delete_asset(
    reference: Reference, *, yes: Yes = False, as_json: AsJson = False, base_url: BaseUrl = None
) -> None:
    """Delete an asset. This cannot be undone; whether its index remains is undocumented."""
    asset = actions.parse_asset(reference)
    actions.require_yes(f"Delete the asset {asset}, possibly with its index and summary", yes=yes)
    actions.run(base_url, lambda client: actions.delete_asset(client, asset, as_json=as_json))
