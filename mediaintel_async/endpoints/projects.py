"""Projects of a workspace: list, read, create, rename and delete them.

Undocumented by the service: what a deletion does to the assets of the project.
"""

from collections.abc import AsyncIterator
from types import NoneType

from attrs import evolve

from mediaintel_async.endpoints.paths import project_path, workspace_path
from mediaintel_async.models.argument_checks import as_text
from mediaintel_async.models.common import Page
from mediaintel_async.models.projects import Project, ProjectPage
from mediaintel_async.refs import ProjectRef
from mediaintel_async.request import Request, Send


class Projects:
    """`client.projects`."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def list_page(self, workspace: str) -> Page[Project]:
        """Read all projects of a workspace: the service lists them on a single page.

        Raises:
            InvalidArgument: *workspace* is not a name.

        Operation: list_projects
        """
        found = await self._send(Request("GET", workspace_path(workspace, "projects"), ProjectPage))
        items = tuple(_with_ref(item, workspace) for item in found.items)
        return evolve(found, items=items)

    async def iterate(self, workspace: str) -> AsyncIterator[Project]:
        """Yield every project of a workspace, with one request.

        Raises:
            InvalidArgument: *workspace* is not a name.

        Operation: list_projects
        """
        for item in (await self.list_page(workspace)).items:
            yield item

    async def get(self, project: ProjectRef) -> Project:
        """Read one project.

        Raises:
            NotFound: There is no such project.

        Operation: get_project
        """
        found = await self._send(Request("GET", project_path(project), Project))
        return evolve(found, ref=project)

    async def create(self, workspace: str, name: str) -> Project:
        """Create a project. A workspace can have 1,000 projects.

        Args:
            workspace: The workspace of the new project.
            name: 1 to 100 characters without `;`, `|` and the backtick, unique in the workspace.

        Raises:
            InvalidArgument: *name* has another length or one of these characters.
            ApiError: Another project has this name, or the workspace is full.

        Operation: create_project
        """
        path = workspace_path(workspace, "projects")
        made = await self._send(Request("POST", path, Project, body=_body(name)))
        return _with_ref(made, workspace)

    async def update(self, project: ProjectRef, name: str) -> Project:
        """Rename a project.

        Args:
            project: Any project but the base project of its workspace.
            name: 1 to 100 characters without `;`, `|` and the backtick, unique in the workspace.

        Raises:
            InvalidArgument: *name* has another length or one of these characters.
            ApiError: Another project has this name, or the project is the base project.

        Operation: update_project
        """
        found = await self._send(Request("PATCH", project_path(project), Project, body=_body(name)))
        return evolve(found, ref=project)

    async def delete(self, project: ProjectRef) -> None:
        """Delete a project. Irreversible. The effect on its assets is undocumented by the service.

        Raises:
            NotFound: There is no such project.
            ApiError: The project is the base project of its workspace.

        Operation: delete_project
        """
        await self._send(Request("DELETE", project_path(project), NoneType))


def _with_ref(project: Project, workspace: str) -> Project:
    return evolve(project, ref=ProjectRef(workspace, project.project_id))


def _body(name: str) -> dict[str, str]:
    return {"name": as_text(name, "name", at_most=100, without=";|`")}
