"""`mediaintel assets`: the files that a project knows."""

from typing import Annotated

import typer

from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Project, Reference, Timeout, Yes

assets: typer.Typer = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="List, read, register, move and delete assets.",
)


@assets.command("list")
def list_assets(project: Project, *, as_json: AsJson = False, base_url: BaseUrl = None) -> None:
    """List the assets of a project."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.listings import list_project
    from mediaintel_async.cli.actions.run_with_client import run
    from mediaintel_async.cli.commands.references import project_of

    where = project_of(project)
    run(base_url, lambda client: list_project(client, where, as_json=as_json))


@assets.command("get")
def get_asset(reference: Reference, *, as_json: AsJson = False, base_url: BaseUrl = None) -> None:
    """Show what the service knows of an asset."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.listings import show_asset
    from mediaintel_async.cli.actions.run_with_client import run
    from mediaintel_async.cli.commands.references import asset_of

    asset = asset_of(reference)
    run(base_url, lambda client: show_asset(client, asset, as_json=as_json))


@assets.command("register")
def register_asset(
    project: Project,
    *,
    bucket: Annotated[str, typer.Option(help="The bucket, in Object Storage.")],
    key: Annotated[str, typer.Option(help="The object's full name in it.")],
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it is imported.")] = False,
    timeout: Timeout = None,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Register a file of Object Storage as an asset.

    The import goes on by itself; it is never asked for twice.
    """
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.follow_jobs import Options
    from mediaintel_async.cli.actions.register import register
    from mediaintel_async.cli.commands.references import project_of

    options = Options(base_url=base_url, timeout=timeout, as_json=as_json, finds="file_name")
    register(project_of(project), bucket, key, options, wait=wait)


@assets.command("move")
def move_asset(
    reference: Reference, project: Project, *, as_json: AsJson = False, base_url: BaseUrl = None
) -> None:
    """Move an asset to another project of its workspace, and tell its new reference."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.create_move_delete import move_asset
    from mediaintel_async.cli.actions.run_with_client import run
    from mediaintel_async.cli.commands.references import asset_of, project_of

    asset, where = asset_of(reference), project_of(project)
    run(base_url, lambda client: move_asset(client, asset, where, as_json=as_json))


@assets.command("delete")
def delete_asset(
    reference: Reference, *, yes: Yes = False, as_json: AsJson = False, base_url: BaseUrl = None
) -> None:
    """Delete an asset. This cannot be undone; what becomes of its index is not documented."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.create_move_delete import delete_asset
    from mediaintel_async.cli.actions.run_with_client import run
    from mediaintel_async.cli.commands.confirm import confirm
    from mediaintel_async.cli.commands.references import asset_of

    asset = asset_of(reference)
    confirm(f"Delete the asset {asset}, maybe with its index and summary", yes=yes)
    run(base_url, lambda client: delete_asset(client, asset, as_json=as_json))
