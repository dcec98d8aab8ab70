"""Workspaces of the account."""

import re
from collections.abc import AsyncIterator
from types import NoneType

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
        if not _is_whole(page) or page < 1:
            raise InvalidArgument(f"page is a whole number counted from 1, not {page!r}")
        if not _is_whole(page_size) or not 1 <= page_size <= _LARGEST_PAGE:
            raise InvalidArgument(f"page_size is 1 to {_LARGEST_PAGE} items, not {page_size!r}")
        query = {"pageNum": str(page), "pageSize": str(page_size)}
        return await self._send(Request("GET", _ALL, Page[Workspace], query=query))

    async def iterate(self, *, page_size: int = _LARGEST_PAGE) -> AsyncIterator[Workspace]:
        """Yield every workspace of the account once, page after page, as they are asked for.

        It ends at the first page without news, so that a service that repeats a page cannot
        hold it.

        Operation: list_workspaces
        """
        seen: set[str] = set()
        page = 1
        while True:
            found = await self.list_page(page=page, page_size=page_size)
            news = [item for item in found.items if item.workspace_name not in seen]
            for item in news:
                if item.workspace_name not in seen:
                    seen.add(item.workspace_name)
                    yield item
            if not news or (found.total_pages is not None and page >= found.total_pages):
                return
            page += 1

    async def get(self, name: str) -> Workspace:
        """Read one workspace, with its bucket and its analyses of the month.

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


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
