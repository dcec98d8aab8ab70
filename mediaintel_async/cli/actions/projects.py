"""`mediaintel projects`: lists, creates and deletes the projects of a workspace."""

from typing import Any

from mediaintel_async import MediaIntelligence, Project, ProjectRef
from mediaintel_async.cli.output.printing import show, show_deleted, show_each


async def list_projects(client: MediaIntelligence, workspace: str, *, as_json: bool) -> None:
    """Print every project of *workspace*."""
    await show_each(
        client.projects.iterate(workspace),
        _fields_of_project,
        {
            "project": lambda each: each.ref,
            "created (Korean time)": lambda each: each.created_time,
            "base": lambda each: each.is_base_project,
            "name": lambda each: each.name,
        },
        as_json=as_json,
    )


async def create_project(
    client: MediaIntelligence, workspace: str, name: str, *, as_json: bool
) -> None:
    """Create a project, and print its reference, which other commands take."""
    created = await client.projects.create(workspace, name)
    show(_fields_of_project(created), text=created.ref, as_json=as_json)


async def delete_project(client: MediaIntelligence, project: ProjectRef, *, as_json: bool) -> None:
    """Delete a project."""
    await client.projects.delete(project)
    show_deleted("project", project, as_json=as_json)


def _fields_of_project(project: Project) -> dict[str, Any]:
    return {
        "project": str(project.ref),
        "name": project.name,
        "is_base_project": project.is_base_project,
        "created_time": project.created_time,
        "created_user_name": project.created_user_name,
    }
