"""Persons of a workspace: who appears in its assets, their thumbnails and their tags.

Undocumented by the service: the answers to a search for persons and to a recommendation, and
whether a name can be removed again.
"""

from collections.abc import AsyncIterator, Iterable
from types import NoneType
from typing import Any

from mediaintel_async.endpoints.paging import as_query, iterate_pages, page_fields
from mediaintel_async.endpoints.paths import person_path, workspace_path
from mediaintel_async.endpoints.uploads import (
    Image,
    OnBytes,
    Upload,
    read_picture,
    upload_and_check,
)
from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.argument_checks import (
    as_numeric_id,
    as_numeric_ids,
    as_text,
    as_whole_number,
)
from mediaintel_async.models.common import Extra, Page
from mediaintel_async.models.persons import (
    MergedPersons,
    NewThumbnail,
    Person,
    PersonQuery,
    PersonTags,
    PersonThumbnails,
    RecommendedPersons,
    SimilarPersons,
    as_name_to_find,
)
from mediaintel_async.models.uploads import UploadAddress, UploadStatus
from mediaintel_async.refs import Id, as_id, as_workspace
from mediaintel_async.request import Request, Send

_LARGEST_PAGE = 1000
_LARGEST_PAGE_OF_SEARCH = 50
_MAX_TAGS = 30
_MAX_THUMBNAILS = 100
_MAX_ABSORBED = 10
_THUMBNAIL_FORMATS = (".jpg", ".jpeg", ".png", ".webp")
_SMALLEST_THUMBNAIL_PIXELS = 256


class Persons:
    """`client.persons`."""

    def __init__(self, send: Send, upload: Upload) -> None:
        self._send = send
        self._upload = upload

    async def list_page(
        self,
        workspace: str,
        *,
        name: str | None = None,
        tag_ids: Iterable[Id] | None = None,
        page: int = 1,
        page_size: int = _LARGEST_PAGE,
    ) -> Page[Person]:
        """Read one page of a workspace's persons.

        `search_page()` has more conditions, and can sort.

        Args:
            workspace: The workspace of the persons.
            name: Name to look for, 2 to 50 characters without `;`, `|` and the backtick. None:
                any.
            tag_ids: Ids of 1 to 30 tags to look for. None: any.
            page: Counted from 1.
            page_size: 1 to 1000 persons.

        Raises:
            InvalidArgument: An argument is out of range.

        Operation: list_persons
        """
        paging = as_query(page_fields(page, page_size, largest=_LARGEST_PAGE))
        query = paging | _conditions(name, tag_ids)
        return await self._send(
            Request("GET", workspace_path(workspace, "persons"), Page[Person], query=query)
        )

    def iterate(
        self,
        workspace: str,
        *,
        name: str | None = None,
        tag_ids: Iterable[Id] | None = None,
        page_size: int = _LARGEST_PAGE,
    ) -> AsyncIterator[Person]:
        """Yield every person that matches once, fetching each page when it is needed.

        Persons may be deleted and merged during the iteration, also by you.

        Args:
            workspace: The workspace of the persons.
            name: Name to look for, 2 to 50 characters without `;`, `|` and the backtick. None:
                any.
            tag_ids: Ids of 1 to 30 tags to look for. None: any.
            page_size: 1 to 1000 persons for each request.

        Raises:
            InvalidArgument: An argument is out of range.

        Operation: list_persons
        """
        tags = None if tag_ids is None else as_numeric_ids(tag_ids, "tag_ids", at_most=_MAX_TAGS)
        return iterate_pages(
            lambda page: self.list_page(
                workspace, name=name, tag_ids=tags, page=page, page_size=page_size
            ),
            lambda person: person.person_id,
            page_size=page_size,
        )

    async def search_page(
        self,
        workspace: str,
        query: PersonQuery = PersonQuery(),  # noqa: B008 - frozen
        *,
        page: int = 1,
        page_size: int = _LARGEST_PAGE_OF_SEARCH,
    ) -> Page[Person]:
        """Find persons by several conditions, and read one page of them, sorted.

        The answer is undocumented by the service. If it does not have the form of other listings,
        all of it is in the page's `extra`.

        Args:
            workspace: The workspace of the persons.
            query: The conditions and the order. By default all persons, those with the most
                assets first.
            page: Counted from 1.
            page_size: 1 to 50 persons.

        Raises:
            InvalidArgument: *query* is not a `PersonQuery`, or *page* or *page_size* is out of
                range.

        Operation: search_persons
        """
        paging = page_fields(page, page_size, largest=_LARGEST_PAGE_OF_SEARCH)
        body = paging | _checked_query(query).body()
        path = workspace_path(workspace, "persons", "search")
        return await self._send(Request("POST", path, Page[Person], body=body, repeatable=True))

    def iterate_search(
        self,
        workspace: str,
        query: PersonQuery = PersonQuery(),  # noqa: B008 - frozen
        *,
        page_size: int = _LARGEST_PAGE_OF_SEARCH,
    ) -> AsyncIterator[Person]:
        """Yield every person that matches once, sorted, fetching each page when it is needed.

        If persons may change during the iteration, sort by `PERSON_ID` or `CREATED_AT`: a person
        whose place in the order changes may be skipped.

        Args:
            workspace: The workspace of the persons.
            query: The conditions and the order. By default all persons, those with the most
                assets first.
            page_size: 1 to 50 persons for each request.

        Raises:
            InvalidArgument: *query* is not a `PersonQuery`, or *page_size* is out of range.

        Operation: search_persons
        """
        return iterate_pages(
            lambda page: self.search_page(workspace, query, page=page, page_size=page_size),
            lambda person: person.person_id,
            page_size=page_size,
        )

    async def get(self, workspace: str, person_id: Id) -> Person:
        """Read one person.

        Raises:
            NotFound: There is no such person, or the person was merged into another.

        Operation: get_person
        """
        return await self._send(Request("GET", person_path(workspace, person_id), Person))

    async def create(
        self,
        workspace: str,
        *,
        thumbnails: Iterable[NewThumbnail],
        name: str | None = None,
        description: str | None = None,
        extra: Extra | None = None,
    ) -> Person:
        """Create a person.

        `recommend_by_thumbnail()` finds out whether the workspace has the person already.

        Args:
            workspace: The workspace of the new person.
            thumbnails: Up to 100 pictures that were uploaded and checked; at most one of them is
                primary. A person without thumbnails cannot be compared with others.
            name: 1 to 50 characters, not all blank, unique in the workspace. None: the person
                stays anonymous.
            description: 1 to 700 characters. None: no description.
            extra: Further fields of the request's body, merged last.

        Returns:
            The person with its id, and with what else the answer has.

        Raises:
            InvalidArgument: An argument is out of range.
            ApiError: Another person has this name.

        Operation: create_person
        """
        pictures = _thumbnails_of_new_person(thumbnails)
        body = {**_descriptive_fields(name, description), "thumbnails": pictures}
        path = workspace_path(workspace, "persons")
        return await self._send(Request("POST", path, Person, body={**body, **(extra or {})}))

    async def update(
        self,
        workspace: str,
        person_id: Id,
        *,
        name: str | None = None,
        description: str | None = None,
        primary_thumbnail_id: Id | None = None,
        extra: Extra | None = None,
    ) -> Person:
        """Change a person's name, description or main picture; None leaves a field as it is.

        Args:
            workspace: The workspace of the person.
            person_id: Id of the person.
            name: 1 to 50 characters, not all blank, unique in the workspace. Whether a name can
                be taken away again is undocumented by the service.
            description: 1 to 700 characters.
            primary_thumbnail_id: Id of the person's thumbnail that becomes the main picture.
            extra: Further fields of the request's body, merged last.

        Raises:
            InvalidArgument: All arguments are None, or one is out of range.
            ApiError: Another person has this name.

        Operation: update_person
        """
        body = {
            **_descriptive_fields(name, description),
            **_primary_thumbnail_field(primary_thumbnail_id),
            **(extra or {}),
        }
        if not body:
            raise InvalidArgument(
                "name, description and primary_thumbnail_id are None; expected at least one of them"
            )
        return await self._send(
            Request("PATCH", person_path(workspace, person_id), Person, body=body)
        )

    async def delete(self, workspace: str, person_id: Id) -> None:
        """Delete a person together with the features of their face. Irreversible.

        Indexes that name the person show an anonymous person instead.

        Raises:
            NotFound: There is no such person.

        Operation: delete_person
        """
        await self._send(Request("DELETE", person_path(workspace, person_id), NoneType))

    async def merge(
        self, workspace: str, person_id: Id, absorbed_ids: Iterable[Id]
    ) -> MergedPersons:
        """Merge other persons into one. Irreversible.

        The remaining person gets the assets, scenes and thumbnails of the others, which can no
        longer be read. `list_similar()` finds candidates.

        Args:
            workspace: The workspace of the persons.
            person_id: Id of the person that remains.
            absorbed_ids: Ids of 1 to 10 other persons.

        Raises:
            InvalidArgument: *absorbed_ids* is empty, has more than 10 ids, or has *person_id*.
            ApiError: One of the persons was merged before.

        Operation: merge_persons
        """
        body = {"personIds": _absorbed_person_ids(person_id, absorbed_ids)}
        path = person_path(workspace, person_id, "merge")
        return await self._send(Request("POST", path, MergedPersons, body=body))

    async def list_similar(
        self,
        workspace: str,
        person_id: Id,
        *,
        person_count: int | None = None,
        score_threshold: int | None = None,
    ) -> SimilarPersons:
        """List the persons whose faces are similar to that of one person, the most similar first.

        Args:
            workspace: The workspace of the persons.
            person_id: Id of a person with thumbnails; others cannot be compared.
            person_count: Largest number of persons, 1 to 10. None: the service's default, 3.
            score_threshold: Lowest similarity, 80 to 100. None: the service's default, 80.

        Raises:
            InvalidArgument: A number is out of range.

        Operation: list_similar_persons
        """
        query = as_query(_comparison_fields(person_count, score_threshold))
        path = person_path(workspace, person_id, "similar")
        return await self._send(Request("GET", path, SimilarPersons, query=query))

    async def recommend_by_thumbnail(
        self,
        workspace: str,
        thumbnail_key: str,
        *,
        person_count: int | None = None,
        score_threshold: int | None = None,
    ) -> RecommendedPersons:
        """Find the persons whose faces are similar to the one on an image.

        Args:
            workspace: The workspace of the persons.
            thumbnail_key: The key that `upload_thumbnail()` returned within the last 24 hours.
            person_count: Largest number of persons, 1 to 10. None: the service's default, 3.
            score_threshold: Lowest similarity, 80 to 100. None: the service's default, 80.

        Returns:
            The answer in `extra`; its fields are undocumented by the service.

        Raises:
            InvalidArgument: *thumbnail_key* is empty, or a number is out of range.

        Operation: recommend_persons_by_thumbnail
        """
        key = as_text(thumbnail_key, "thumbnail_key")
        body = {"thumbnailKey": key, **_comparison_fields(person_count, score_threshold)}
        path = workspace_path(workspace, "persons", "recommend-by-thumbnail")
        return await self._send(
            Request("POST", path, RecommendedPersons, body=body, repeatable=True)
        )

    async def add_tags(self, workspace: str, person_id: Id, tag_ids: Iterable[Id]) -> PersonTags:
        """Add tags to a person, and return all tags of the person.

        The service ignores tags that are given twice, or that the person has already.

        Raises:
            InvalidArgument: *tag_ids* is empty, or has an id that is not a number.

        Operation: add_person_tags
        """
        path = person_path(workspace, person_id, "person-tags")
        body = {"tagIds": as_numeric_ids(tag_ids, "tag_ids")}
        return await self._send(Request("POST", path, PersonTags, body=body, repeatable=True))

    async def remove_tags(self, workspace: str, person_id: Id, tag_ids: Iterable[Id]) -> PersonTags:
        """Remove tags from a person, and return the remaining tags.

        The service ignores tags that do not exist, or that the person does not have.

        Raises:
            InvalidArgument: *tag_ids* is empty, or has an id that is not a number.

        Operation: remove_person_tags_by_post
        """
        path = person_path(workspace, person_id, "person-tags", "remove")
        body = {"tagIds": as_numeric_ids(tag_ids, "tag_ids")}
        return await self._send(Request("POST", path, PersonTags, body=body, repeatable=True))

    async def remove_tags_by_delete(
        self, workspace: str, person_id: Id, tag_ids: Iterable[Id]
    ) -> PersonTags:
        """Do the same as `remove_tags()` by the service's other form, a DELETE with a body.

        Raises:
            InvalidArgument: *tag_ids* is empty, or has an id that is not a number.

        Operation: remove_person_tags
        """
        path = person_path(workspace, person_id, "person-tags")
        body = {"tagIds": as_numeric_ids(tag_ids, "tag_ids")}
        return await self._send(Request("DELETE", path, PersonTags, body=body, repeatable=True))

    async def add_thumbnails(
        self, workspace: str, person_id: Id, thumbnails: Iterable[NewThumbnail]
    ) -> PersonThumbnails:
        """Add thumbnails to a person, and return all thumbnails of the person.

        Args:
            workspace: The workspace of the person.
            person_id: Id of the person.
            thumbnails: One or more pictures that were uploaded and checked.

        Raises:
            InvalidArgument: *thumbnails* is empty, or has an item that is not a `NewThumbnail`.

        Operation: add_person_thumbnails
        """
        path = person_path(workspace, person_id, "person-thumbnail")
        body = {"thumbnails": _added_thumbnails(thumbnails)}
        return await self._send(Request("POST", path, PersonThumbnails, body=body))

    async def remove_thumbnails(
        self, workspace: str, person_id: Id, thumbnail_ids: Iterable[Id]
    ) -> PersonThumbnails:
        """Remove thumbnails from a person, and return the remaining ones. Irreversible.

        The service ignores ids that do not exist. At least one thumbnail has to remain.

        Raises:
            InvalidArgument: *thumbnail_ids* is empty, or has an id that is not a number.
            ApiError: No thumbnail would remain.

        Operation: remove_person_thumbnails_by_post
        """
        path = person_path(workspace, person_id, "person-thumbnail", "remove")
        body = {"thumbnailIds": as_numeric_ids(thumbnail_ids, "thumbnail_ids")}
        # Repeatable: the service ignores thumbnails that are removed already.
        return await self._send(Request("POST", path, PersonThumbnails, body=body, repeatable=True))

    async def remove_thumbnails_by_delete(
        self, workspace: str, person_id: Id, thumbnail_ids: Iterable[Id]
    ) -> PersonThumbnails:
        """Do the same as `remove_thumbnails()` by the service's other form, a DELETE with a body.

        Raises:
            InvalidArgument: *thumbnail_ids* is empty, or has an id that is not a number.
            ApiError: No thumbnail would remain.

        Operation: remove_person_thumbnails
        """
        path = person_path(workspace, person_id, "person-thumbnail")
        body = {"thumbnailIds": as_numeric_ids(thumbnail_ids, "thumbnail_ids")}
        return await self._send(
            Request("DELETE", path, PersonThumbnails, body=body, repeatable=True)
        )

    async def issue_thumbnail_upload_url(self, workspace: str, file_name: str) -> UploadAddress:
        """Request a presigned address to send a thumbnail to.

        `upload_thumbnail()` does all steps of an upload.

        Raises:
            InvalidArgument: *file_name* is empty.

        Operation: issue_person_thumbnail_upload_url
        """
        path = workspace_path(workspace, "person-thumbnail", "uploads", "presigned-url")
        body = {"thumbnailFileName": as_text(file_name, "file_name")}
        return await self._send(
            Request("POST", path, UploadAddress, body=body, repeatable=True, small_answer=True)
        )

    async def check_thumbnail_upload(self, workspace: str, key: str) -> UploadStatus:
        """Check whether a thumbnail has arrived and the service accepts it.

        Raises:
            InvalidArgument: *key* is empty.

        Operation: check_person_thumbnail_upload
        """
        path = workspace_path(workspace, "person-thumbnail", "uploads", "complete")
        body = {"thumbnailKey": as_text(key, "key")}
        return await self._send(
            Request(
                "POST",
                path,
                UploadStatus,
                body=body,
                repeatable=True,
                lane="search",
                small_answer=True,
            )
        )

    async def upload_thumbnail(
        self,
        workspace: str,
        image: Image,
        *,
        file_name: str | None = None,
        on_progress: OnBytes | None = None,
    ) -> str:
        """Upload a picture of a person, and return its key, which is valid for 24 hours.

        Args:
            workspace: The workspace of the person.
            image: A path, the bytes, or an async iterable of bytes. JPG, PNG or WebP, at most
                5 MB, at least 256 x 256 pixels.
            file_name: A name whose ending tells the format. None: the name in the path.
            on_progress: A plain callable that gets the number of bytes sent so far.

        Raises:
            InvalidArgument: The image cannot be read, is too large, or has another format.
                Nothing was sent.
            InvalidRequest: The service does not accept the image; `code` and message say why.
            ApiError: The storage refused the image; `PermissionDenied` if the address expired.
            TransportError: The storage could not be reached, or did not answer.

        Operations: issue_person_thumbnail_upload_url, check_person_thumbnail_upload
        """
        as_workspace(workspace)
        return await upload_and_check(
            await read_picture(image, file_name, _THUMBNAIL_FORMATS),
            issue=lambda name: self.issue_thumbnail_upload_url(workspace, name),
            upload=self._upload,
            check=lambda key: self.check_thumbnail_upload(workspace, key),
            on_progress=on_progress,
            smallest_pixels=_SMALLEST_THUMBNAIL_PIXELS,
        )


def _conditions(name: str | None, tag_ids: Iterable[Id] | None) -> dict[str, str]:
    """Return the conditions of a listing, as a query string carries them."""
    query = {} if name is None else {"name": as_name_to_find(name)}
    if tag_ids is not None:
        ids = as_numeric_ids(tag_ids, "tag_ids", at_most=_MAX_TAGS)
        query["tagIdList"] = ",".join(str(each) for each in ids)
    return query


def _checked_query(value: PersonQuery) -> PersonQuery:
    if not isinstance(value, PersonQuery):
        raise InvalidArgument(f"query is {value!r}; expected a PersonQuery")
    return value


def _descriptive_fields(name: str | None, description: str | None) -> dict[str, Any]:
    """Return the fields of a body that describe a person, without those that are None."""
    fields = {}
    if name is not None:
        fields["name"] = as_text(name, "name", at_most=50)
        if not name.strip():
            raise InvalidArgument(f"name is {name!r}; expected a name that is not blank")
    if description is not None:
        fields["description"] = as_text(description, "description", at_most=700)
    return fields


def _thumbnails_of_new_person(thumbnails: Iterable[NewThumbnail]) -> list[dict[str, Any]]:
    """Return the thumbnails of a new person: up to 100, of which at most one is primary."""
    bodies = _thumbnail_bodies(thumbnails)
    if len(bodies) > _MAX_THUMBNAILS:
        raise InvalidArgument(
            f"thumbnails has {len(bodies)} items; expected at most {_MAX_THUMBNAILS}"
        )
    primary_count = sum(body["isPrimaryThumbnail"] for body in bodies)
    if primary_count > 1:
        raise InvalidArgument(f"thumbnails has {primary_count} primary ones; expected at most one")
    return bodies


def _added_thumbnails(thumbnails: Iterable[NewThumbnail]) -> list[dict[str, Any]]:
    bodies = _thumbnail_bodies(thumbnails)
    if not bodies:
        raise InvalidArgument("thumbnails is empty; expected one or more NewThumbnail")
    return bodies


def _thumbnail_bodies(thumbnails: Iterable[NewThumbnail]) -> list[dict[str, Any]]:
    given = list(thumbnails) if isinstance(thumbnails, Iterable) else None
    if given is None or not all(isinstance(each, NewThumbnail) for each in given):
        # The value is not quoted: it may be the presigned address of a picture, a secret.
        raise InvalidArgument("thumbnails has another type; expected a list of NewThumbnail(KEY)")
    return [each.body() for each in given]


def _primary_thumbnail_field(thumbnail_id: Id | None) -> dict[str, int]:
    if thumbnail_id is None:
        return {}
    return {"primaryThumbnailId": as_numeric_id(thumbnail_id, "primary_thumbnail_id")}


def _absorbed_person_ids(person_id: Id, absorbed_ids: Iterable[Id]) -> list[int]:
    """Return the ids of the persons to merge into *person_id*, which is not among them."""
    ids = as_numeric_ids(absorbed_ids, "absorbed_ids", at_most=_MAX_ABSORBED)
    if as_id(person_id, "person_id") in ids:
        raise InvalidArgument(
            f"absorbed_ids has {person_id!r}, the person that remains; expected others only"
        )
    return ids


def _comparison_fields(person_count: int | None, score_threshold: int | None) -> dict[str, int]:
    """Return the fields that limit a comparison, without those that are None."""
    fields = {}
    if person_count is not None:
        fields["personCount"] = as_whole_number(person_count, "person_count", 1, 10)
    if score_threshold is not None:
        fields["scoreThreshold"] = as_whole_number(score_threshold, "score_threshold", 80, 100)
    return fields
