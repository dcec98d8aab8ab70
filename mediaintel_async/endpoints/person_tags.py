"""Person tags of a workspace: list, create and delete the words that mark persons.

Undocumented by the service: what a deletion does to a tag that a person has.
"""

from collections.abc import AsyncIterator
from types import NoneType

from mediaintel_async.endpoints.paging import as_query, iterate_pages, page_fields
from mediaintel_async.endpoints.paths import workspace_path
from mediaintel_async.models.argument_checks import as_numeric_id, as_text
from mediaintel_async.models.common import Page
from mediaintel_async.models.person_tags import PersonTag
from mediaintel_async.refs import Id
from mediaintel_async.request import Request, Send

_LARGEST_PAGE = 50


class PersonTagEndpoints:
    """`client.person_tags`. `client.persons.add_tags()` puts tags on a person."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def list_page(
        self,
        workspace: str,
        *,
        tag_id: Id | None = None,
        name: str | None = None,
        page: int = 1,
        page_size: int = _LARGEST_PAGE,
    ) -> Page[PersonTag]:
        """Read one page of a workspace's tags.

        Args:
            workspace: The workspace of the tags.
            tag_id: Id of the only tag to list. None: any.
            name: Name to look for, 1 to 30 characters. None: any.
            page: Counted from 1.
            page_size: 1 to 50 tags.

        Raises:
            InvalidArgument: An argument is out of range.

        Operation: list_person_tags
        """
        paging = as_query(page_fields(page, page_size, largest=_LARGEST_PAGE))
        query = paging | _conditions(tag_id, name)
        return await self._send(
            Request("GET", workspace_path(workspace, "person-tags"), Page[PersonTag], query=query)
        )

    def iterate(
        self, workspace: str, *, name: str | None = None, page_size: int = _LARGEST_PAGE
    ) -> AsyncIterator[PersonTag]:
        """Yield every tag that matches once, fetching each page when it is needed.

        Tags may be deleted during the iteration, also by you.

        Args:
            workspace: The workspace of the tags.
            name: Name to look for, 1 to 30 characters. None: any.
            page_size: 1 to 50 tags for each request.

        Raises:
            InvalidArgument: An argument is out of range.

        Operation: list_person_tags
        """
        return iterate_pages(
            lambda page: self.list_page(workspace, name=name, page=page, page_size=page_size),
            lambda tag: tag.id,
            page_size=page_size,
        )

    async def create(self, workspace: str, name: str) -> PersonTag:
        """Create a tag.

        Args:
            workspace: The workspace of the new tag.
            name: 1 to 30 characters, unique in the workspace.

        Raises:
            InvalidArgument: *name* is empty or longer than 30 characters.
            ApiError: Another tag has this name.

        Operation: create_person_tag
        """
        path = workspace_path(workspace, "person-tags")
        body = {"name": as_text(name, "name", at_most=30)}
        return await self._send(Request("POST", path, PersonTag, body=body))

    async def delete(self, workspace: str, tag_id: Id) -> None:
        """Delete a tag that no person has. Irreversible.

        The effect on a tag that a person has is undocumented by the service.

        Raises:
            InvalidArgument: *tag_id* is not a number.
            NotFound: There is no such tag.

        Operation: delete_person_tag
        """
        path = workspace_path(workspace, "person-tags", as_numeric_id(tag_id, "tag_id"))
        await self._send(Request("DELETE", path, NoneType))


def _conditions(tag_id: Id | None, name: str | None) -> dict[str, str]:
    """Return the conditions of a listing, as a query string carries them."""
    query = {} if tag_id is None else {"id": str(as_numeric_id(tag_id, "tag_id"))}
    if name is not None:
        query["name"] = as_text(name, "name", at_most=30)
    return query
