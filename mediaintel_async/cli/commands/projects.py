"""`mediaintel projects`: what a workspace has."""

from typing import Annotated

import typer

from mediaintel_async.cli.commands.list_by_default import ListsByDefault
from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Project, Workspace, Yes

projects: typer.Typer = typer.Typer(
    cls=ListsByDefault,
    rich_markup_mode=None,
    help="List (without a further word), create and delete the projects of a workspace.",
)


@projects.command("list")
def list_projects(
    workspace: Workspace, *, as_json: AsJson = False, base_url: BaseUrl = None
) -> None:
    """List the projects of a workspace."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.listings import list_projects
    from mediaintel_async.cli.actions.run_with_client import run

    run(base_url, lambda client: list_projects(client, workspace, as_json=as_json))


@projects.command("create")
def create_project(
    workspace: Workspace,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it.")],
    *,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Create a project in a workspace, and tell its reference."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.create_move_delete import create_project
    from mediaintel_async.cli.actions.run_with_client import run

    run(base_url, lambda client: create_project(client, workspace, name, as_json=as_json))


@projects.command("delete")
def delete_project(
    project: Project, *, yes: Yes = False, as_json: AsJson = False, base_url: BaseUrl = None
) -> None:
    """Delete a project. This cannot be undone; what becomes of its assets is not documented."""
    # Slow to load, which --help must not pay for.
    from mediaintel_async.cli.actions.create_move_delete import delete_project
    from mediaintel_async.cli.actions.run_with_client import run
    from mediaintel_async.cli.commands.confirm import confirm
    from mediaintel_async.cli.commands.references import project_of

    where = project_of(project)
    confirm(f"Delete the project {where}, maybe with its assets", yes=yes)
    run(base_url, lambda client: delete_project(client, where, as_json=as_json))
