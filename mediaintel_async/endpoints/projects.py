"""Projects of a workspace."""

import re
from collections.abc import AsyncIterator
from types import NoneType

from attrs import evolve

from mediaintel_async.endpoints.paths import of_project, of_workspace
from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.common import Page
from mediaintel_async.models.projects import Project, ProjectPage
from mediaintel_async.refs import ProjectRef
from mediaintel_async.request import Request, Send

_NAME = re.compile(r"[^;|`]{1,100}")


class Projects:
    """`client.projects`."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def list_page(self, workspace: str) -> Page[Project]:
        """Read all projects of a workspace: the service answers them as one page.

        Operation: list_projects
        """
        found = await self._send(Request("GET", of_workspace(workspace, "projects"), ProjectPage))
        items = tuple(_placed(item, workspace) for item in found.items)
        return evolve(found, items=items)

    async def iterate(self, workspace: str) -> AsyncIterator[Project]:
        """Yield every project of a workspace.

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
        found = await self._send(Request("GET", of_project(project), Project))
        return evolve(found, ref=project)

    async def create(self, workspace: str, name: str) -> Project:
        """Create a project in a workspace, which has room for 1,000.

        Args:
            workspace: Where the project will live.
            name: 1 to 100 characters but for `;`, `|` and the backtick; no other project of
                the workspace has it.

        Raises:
            InvalidArgument: *name* cannot be one.
            ApiError: The name is taken, or the workspace is full.

        Operation: create_project
        """
        path = of_workspace(workspace, "projects")
        made = await self._send(Request("POST", path, Project, body=_body(name)))
        return _placed(made, workspace)

    async def update(self, project: ProjectRef, name: str) -> Project:
        """Give a project another name.

        Args:
            project: Any but the base project of its workspace.
            name: As for `create()`.

        Raises:
            InvalidArgument: *name* cannot be one.
            ApiError: The name is taken, or it is the base project.

        Operation: update_project
        """
        found = await self._send(Request("PATCH", of_project(project), Project, body=_body(name)))
        return evolve(found, ref=project)

    async def delete(self, project: ProjectRef) -> None:
        """Delete a project. Irreversible; what becomes of its assets, no page says.

        Raises:
            ApiError: It is the base project of its workspace.

        Operation: delete_project
        """
        await self._send(Request("DELETE", of_project(project), NoneType))


def _placed(project: Project, workspace: str) -> Project:
    return evolve(project, ref=ProjectRef(workspace, project.project_id))


def _body(name: str) -> dict[str, str]:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidArgument(f"name is 1 to 100 characters without ; | and `, not {name!r}")
    return {"name": name}
