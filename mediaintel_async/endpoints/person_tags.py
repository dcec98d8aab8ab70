"""Person tags of a workspace: the words that persons are marked with."""

from collections.abc import AsyncIterator
from types import NoneType

from mediaintel_async.endpoints.paging import every, in_query, paged
from mediaintel_async.endpoints.paths import of_workspace
from mediaintel_async.models.argument_checks import as_number, as_text
from mediaintel_async.models.common import Page
from mediaintel_async.models.person_tags import PersonTag
from mediaintel_async.refs import Id
from mediaintel_async.request import Request, Send

_LARGEST_PAGE = 50


class PersonTags:
    """`client.person_tags`. `client.persons.add_tags()` puts them on a person."""

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
            workspace: Whose tags.
            tag_id: The one to look for.
            name: To look for: 1 to 30 characters.
            page: Counted from 1.
            page_size: 1 to 50 tags.

        Raises:
            InvalidArgument: An argument is out of range.

        Operation: list_person_tags
        """
        query = in_query(paged(page, page_size, largest=_LARGEST_PAGE)) | _sought(tag_id, name)
        return await self._send(
            Request("GET", of_workspace(workspace, "person-tags"), Page[PersonTag], query=query)
        )

    def iterate(
        self, workspace: str, *, name: str | None = None, page_size: int = _LARGEST_PAGE
    ) -> AsyncIterator[PersonTag]:
        """Yield every such tag once, page after page, as they are asked for.

        Tags may be deleted meanwhile; a service that repeats a page cannot hold it.

        Operation: list_person_tags
        """
        return every(
            lambda page: self.list_page(workspace, name=name, page=page, page_size=page_size),
            lambda tag: tag.id,
            page_size=page_size,
        )

    async def create(self, workspace: str, name: str) -> PersonTag:
        """Create a tag.

        Args:
            workspace: Where it will be.
            name: 1 to 30 characters; no other tag of the workspace has it.

        Raises:
            InvalidArgument: *name* cannot be one.
            ApiError: The name is taken.

        Operation: create_person_tag
        """
        path = of_workspace(workspace, "person-tags")
        body = {"name": as_text(name, "name", at_most=30)}
        return await self._send(Request("POST", path, PersonTag, body=body))

    async def delete(self, workspace: str, tag_id: Id) -> None:
        """Delete a tag that nobody has. Irreversible.

        What becomes of one that somebody has, no page says.

        Raises:
            NotFound: There is no such tag.

        Operation: delete_person_tag
        """
        path = of_workspace(workspace, "person-tags", as_number(tag_id, "tag_id"))
        await self._send(Request("DELETE", path, NoneType))


def _sought(tag_id: Id | None, name: str | None) -> dict[str, str]:
    """Return the conditions of a listing, as a query carries them."""
    query = {} if tag_id is None else {"id": str(as_number(tag_id, "tag_id"))}
    if name is not None:
        query["name"] = as_text(name, "name", at_most=30)
    return query
