"""Persons of a workspace."""

from collections.abc import Iterable

from mediaintel_async.endpoints.paths import of_workspace
from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.persons import PersonThumbnails
from mediaintel_async.refs import Id, as_id
from mediaintel_async.request import Request, Send


class Persons:
    """`client.persons`."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def remove_thumbnails(
        self, workspace: str, person_id: Id, thumbnail_ids: Iterable[int]
    ) -> PersonThumbnails:
        """Remove thumbnails from a person, and return those that remain. Irreversible.

        Ids that do not exist are ignored. Not all thumbnails of a person can be removed.

        Raises:
            InvalidArgument: *thumbnail_ids* is empty.

        Operation: remove_person_thumbnails_by_post
        """
        path = _thumbnails(workspace, person_id, "remove")
        # Doing it again ignores what is gone already.
        return await self._send(
            Request("POST", path, PersonThumbnails, body=_body(thumbnail_ids), repeatable=True)
        )

    async def remove_thumbnails_by_delete(
        self, workspace: str, person_id: Id, thumbnail_ids: Iterable[int]
    ) -> PersonThumbnails:
        """Do the same by the service's other form, a DELETE with a body.

        Raises:
            InvalidArgument: *thumbnail_ids* is empty.

        Operation: remove_person_thumbnails
        """
        path = _thumbnails(workspace, person_id)
        return await self._send(
            Request("DELETE", path, PersonThumbnails, body=_body(thumbnail_ids), repeatable=True)
        )


def _thumbnails(workspace: str, person_id: Id, *rest: str) -> str:
    person = as_id(person_id, "person_id")
    return of_workspace(workspace, "persons", person, "person-thumbnail", *rest)


def _body(thumbnail_ids: Iterable[int]) -> dict[str, list[int]]:
    is_list = isinstance(thumbnail_ids, Iterable) and not isinstance(thumbnail_ids, str | bytes)
    ids = list(thumbnail_ids) if is_list else []
    if not ids or any(isinstance(one, bool) or not isinstance(one, int) for one in ids):
        raise InvalidArgument(f"thumbnail_ids is one number or more, not {thumbnail_ids!r}")
    return {"thumbnailIds": ids}
