"""Persons of a workspace."""

from collections.abc import Iterable

from mediaintel_async.endpoints.paths import of_workspace
from mediaintel_async.endpoints.uploads import Image, OnBytes, Store, as_text, picture_of, upload
from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.persons import PersonThumbnails
from mediaintel_async.models.uploads import UploadAddress, UploadStatus
from mediaintel_async.refs import Id, as_id, as_workspace
from mediaintel_async.request import Request, Send

_THUMBNAIL_FORMATS = (".jpg", ".jpeg", ".png", ".webp")
_SMALLEST_THUMBNAIL_PIXELS = 256


class Persons:
    """`client.persons`."""

    def __init__(self, send: Send, store: Store) -> None:
        self._send = send
        self._store = store

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

    async def issue_thumbnail_upload_url(self, workspace: str, file_name: str) -> UploadAddress:
        """Ask where a thumbnail is to be sent; `upload_thumbnail()` does the rest too.

        Operation: issue_person_thumbnail_upload_url
        """
        path = of_workspace(workspace, "person-thumbnail", "uploads", "presigned-url")
        body = {"thumbnailFileName": as_text(file_name, "file_name")}
        return await self._send(Request("POST", path, UploadAddress, body=body, repeatable=True))

    async def check_thumbnail_upload(self, workspace: str, key: str) -> UploadStatus:
        """Ask whether a thumbnail arrived, and is usable.

        Operation: check_person_thumbnail_upload
        """
        path = of_workspace(workspace, "person-thumbnail", "uploads", "complete")
        body = {"thumbnailKey": as_text(key, "key")}
        return await self._send(
            Request("POST", path, UploadStatus, body=body, repeatable=True, lane="search")
        )

    async def upload_thumbnail(
        self,
        workspace: str,
        image: Image,
        *,
        file_name: str | None = None,
        on_progress: OnBytes | None = None,
    ) -> str:
        """Upload a picture of a person, and return its key, which can be used for 24 hours.

        Args:
            workspace: Whose person it is.
            image: A path, the bytes, or an async iterable of them. JPG, PNG or WebP, at most
                5 MB, at least 256 x 256 pixels.
            file_name: Its ending tells the format; None: that of the path.
            on_progress: Called with the number of bytes sent so far.

        Raises:
            InvalidArgument: It is no such image, or cannot be read; nothing was sent.
            InvalidRequest: The service does not take the image; `code` and message say why.
            ApiError: The storage refused it; an address that expired is `PermissionDenied`.
            TransportError: The storage was not reached, or did not answer.

        Operations: issue_person_thumbnail_upload_url, check_person_thumbnail_upload
        """
        as_workspace(workspace)
        return await upload(
            await picture_of(image, file_name, _THUMBNAIL_FORMATS),
            issue=lambda name: self.issue_thumbnail_upload_url(workspace, name),
            store=self._store,
            check=lambda key: self.check_thumbnail_upload(workspace, key),
            on_progress=on_progress,
            smallest_pixels=_SMALLEST_THUMBNAIL_PIXELS,
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
