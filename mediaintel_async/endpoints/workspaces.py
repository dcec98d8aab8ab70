"""Workspaces of the account: list, read, create and delete them."""

import re
from collections.abc import AsyncIterator
from types import NoneType

from mediaintel_async.endpoints.paging import as_query, iterate_pages, page_fields
from mediaintel_async.endpoints.paths import workspace_path
from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.argument_checks import as_text
from mediaintel_async.models.common import Page
from mediaintel_async.models.workspaces import CreatedWorkspace, Workspace
from mediaintel_async.request import Request, Send

_ALL = "/api/v1/workspaces"
_LARGEST_PAGE = 1000
_NAME = re.compile(r"[a-z0-9-]{3,63}")


class Workspaces:
    """`client.workspaces`."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def list_page(self, *, page: int = 1, page_size: int = _LARGEST_PAGE) -> Page[Workspace]:
        """Read one page of the account's workspaces.

        Args:
            page: Counted from 1.
            page_size: 1 to 1000 workspaces.

        Raises:
            InvalidArgument: *page* or *page_size* is out of range.

        Operation: list_workspaces
        """
        query = as_query(page_fields(page, page_size, largest=_LARGEST_PAGE))
        return await self._send(Request("GET", _ALL, Page[Workspace], query=query))

    def iterate(self, *, page_size: int = _LARGEST_PAGE) -> AsyncIterator[Workspace]:
        """Yield every workspace of the account once, fetching each page when it is needed.

        Workspaces may be deleted during the iteration, also by you.

        Args:
            page_size: 1 to 1000 workspaces for each request.

        Raises:
            InvalidArgument: *page_size* is out of range.

        Operation: list_workspaces
        """
        return iterate_pages(
            lambda page: self.list_page(page=page, page_size=page_size),
            lambda workspace: workspace.workspace_name,
            page_size=page_size,
        )

    async def get(self, name: str) -> Workspace:
        """Read one workspace, with its bucket and its number of analyses in this month.

        Raises:
            NotFound: There is no such workspace.

        Operation: get_workspace
        """
        return await self._send(Request("GET", workspace_path(name), Workspace))

    async def create(self, name: str, *, bucket: str | None = None) -> CreatedWorkspace:
        """Create a workspace, together with its base project.

        Args:
            name: 3 to 63 lower-case letters, digits and hyphens. It must be unique; whether in
                the account or in the whole service is undocumented.
            bucket: The workspace's bucket of Object Storage. None: the workspace has none.

        Raises:
            InvalidArgument: *name* has another form, or *bucket* is empty.
            ApiError: Another workspace has this name, or the account can have no more workspaces.

        Operation: create_workspace
        """
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InvalidArgument(
                f"name is {name!r}; expected 3 to 63 lower-case letters, digits and hyphens"
            )
        body = {"workspaceName": name}
        if bucket is not None:
            body["bucketName"] = as_text(bucket, "bucket")
        return await self._send(
            Request("POST", _ALL, CreatedWorkspace, body=body, small_answer=True)
        )

    async def delete(self, name: str) -> None:
        """Delete a workspace with everything in it. Irreversible.

        Raises:
            NotFound: There is no such workspace.
            ApiError: An analysis in the workspace is in progress.

        Operation: delete_workspace
        """
        await self._send(Request("DELETE", workspace_path(name), NoneType))
