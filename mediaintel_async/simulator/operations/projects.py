"""The operations on projects."""

import re

from mediaintel_async.simulator.assumed import Json
from mediaintel_async.simulator.operations.operation import (
    PROJECT,
    WORKSPACE,
    Call,
    Operation,
    created_and_updated,
    matching,
)
from mediaintel_async.simulator.world.workspaces import Project
from mediaintel_async.simulator.world.world import World

PROJECT_NAME = re.compile(r"[^;|`]{1,100}")


def list_projects(call: Call) -> Json:
    """All projects of a workspace; this listing has no pages."""
    projects = call.world.projects(call.workspace)
    return {
        "projects": [project_item(call.world, project) for project in projects],
        "totalCount": len(projects),
    }


def project_item(world: World, project: Project) -> Json:
    """A project, as every operation shows it."""
    return {
        "projectId": project.project_id,
        "name": project.name,
        "isBaseProject": project.is_base,
        **created_and_updated(world, project.created_at, project.updated_at),
    }


def get_project(call: Call) -> Json:
    """One project."""
    return project_item(call.world, call.world.project(call.workspace, call.project_id))


def create_project(call: Call) -> Json:
    """Create a project."""
    name = matching(PROJECT_NAME, call.members().get("name"))
    return project_item(call.world, call.world.create_project(call.workspace, name))


def update_project(call: Call) -> Json:
    """Rename a project."""
    name = matching(PROJECT_NAME, call.members().get("name"))
    project = call.world.rename_project(call.workspace, call.project_id, name)
    return project_item(call.world, project)


def delete_project(call: Call) -> None:
    """Delete a project."""
    call.world.delete_project(call.workspace, call.project_id)


PROJECTS = f"{WORKSPACE}/projects"

OPERATIONS = (
    Operation("list_projects", "GET", PROJECTS, list_projects, beside=("totalCount",)),
    Operation("create_project", "POST", PROJECTS, create_project),
    Operation("get_project", "GET", PROJECT, get_project),
    Operation("update_project", "PATCH", PROJECT, update_project),
    Operation("delete_project", "DELETE", PROJECT, delete_project),
)
