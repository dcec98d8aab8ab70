"""Persons of a workspace."""

from collections.abc import Iterable

from mediaintel_async.endpoints.paths import of_workspace
from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.persons import PersonThumbnails
from mediaintel_async.refs import Id
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
        path = of_workspace(workspace, "persons", person_id, "person-thumbnail", "remove")
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
        path = of_workspace(workspace, "persons", person_id, "person-thumbnail")
        return await self._send(
            Request("DELETE", path, PersonThumbnails, body=_body(thumbnail_ids), repeatable=True)
        )


def _body(thumbnail_ids: Iterable[int]) -> dict[str, list[int]]:
    ids = list(thumbnail_ids) if isinstance(thumbnail_ids, Iterable) else []
    if not ids or any(isinstance(one, bool) or not isinstance(one, int) for one in ids):
        raise InvalidArgument(f"thumbnail_ids is one number or more, not {thumbnail_ids!r}")
    return {"thumbnailIds": ids}
