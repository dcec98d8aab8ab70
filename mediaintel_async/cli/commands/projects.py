"""`mediaintel projects`: the arguments of its commands."""

from typing import Annotated

import typer

from mediaintel_async.cli import actions
from mediaintel_async.cli.commands.list_by_default import ListsByDefault
from mediaintel_async.cli.commands.options import AsJson, BaseUrl, Project, Workspace, Yes

projects: typer.Typer = typer.Typer(
    cls=ListsByDefault,
    rich_markup_mode=None,
    help="List (the default), create and delete the projects of a workspace.",
)


@projects.command("list")
def list_projects(
    workspace: Workspace, *, as_json: AsJson = False, base_url: BaseUrl = None
) -> None:
    """List the projects of a workspace."""
    actions.run(base_url, lambda client: actions.list_projects(client, workspace, as_json=as_json))


@projects.command("create")
def create_project(
    workspace: Workspace,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the new project.")],
    *,
    as_json: AsJson = False,
    base_url: BaseUrl = None,
) -> None:
    """Create a project in a workspace, and print its reference."""
    actions.run(
        base_url, lambda client: actions.create_project(client, workspace, name, as_json=as_json)
    )


@projects.command("delete")
def delete_project(
    project: Project, *, yes: Yes = False, as_json: AsJson = False, base_url: BaseUrl = None
) -> None:
    """Delete a project. This cannot be undone; whether its assets remain is undocumented."""
    project_ref = actions.parse_project(project)
    actions.require_yes(f"Delete the project {project_ref}, possibly with its assets", yes=yes)
    actions.run(
        base_url, lambda client: actions.delete_project(client, project_ref, as_json=as_json)
    )
