"""Workspaces of the account."""

import re
from collections.abc import AsyncIterator
from types import NoneType

from mediaintel_async.endpoints.paging import every, in_query, paged
from mediaintel_async.endpoints.paths import of_workspace
from mediaintel_async.errors import InvalidArgument
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
            page_size: 1 to 1000 items.

        Raises:
            InvalidArgument: *page* or *page_size* is out of range.

        Operation: list_workspaces
        """
        query = in_query(paged(page, page_size, largest=_LARGEST_PAGE))
        return await self._send(Request("GET", _ALL, Page[Workspace], query=query))

    def iterate(self, *, page_size: int = _LARGEST_PAGE) -> AsyncIterator[Workspace]:
        """Yield every workspace of the account once, page after page, as they are asked for.

        Some may be deleted meanwhile; a service that repeats a page cannot hold it.

        Operation: list_workspaces
        """
        return every(
            lambda page: self.list_page(page=page, page_size=page_size),
            lambda workspace: workspace.workspace_name,
            page_size=page_size,
        )

    async def get(self, name: str) -> Workspace:
        """Read one workspace, with its bucket and its analyses of the month.

        Raises:
            NotFound: There is no such workspace.

        Operation: get_workspace
        """
        return await self._send(Request("GET", of_workspace(name), Workspace))

    async def create(self, name: str, *, bucket: str | None = None) -> CreatedWorkspace:
        """Create a workspace. The service gives it a base project.

        Args:
            name: 3 to 63 lower-case letters, digits and hyphens; nobody else has it.
            bucket: The bucket of Object Storage to tie it to; None: none.

        Raises:
            InvalidArgument: *name* or *bucket* cannot be one.
            ApiError: The name is taken, or the account has no room for another.

        Operation: create_workspace
        """
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InvalidArgument(
                f"name is 3 to 63 lower-case letters, digits and hyphens, not {name!r}"
            )
        body = {"workspaceName": name}
        if bucket is not None:
            if not isinstance(bucket, str) or not bucket:
                raise InvalidArgument(f"bucket is a name in Object Storage or None, not {bucket!r}")
            body["bucketName"] = bucket
        return await self._send(Request("POST", _ALL, CreatedWorkspace, body=body))

    async def delete(self, name: str) -> None:
        """Delete a workspace and all that is in it. Irreversible.

        Raises:
            ApiError: An analysis in it is in progress.

        Operation: delete_workspace
        """
        await self._send(Request("DELETE", of_workspace(name), NoneType))
