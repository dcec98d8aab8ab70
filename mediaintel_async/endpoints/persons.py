"""Persons of a workspace: who is seen in its assets, and by which pictures they are known."""

from collections.abc import AsyncIterator, Iterable
from types import NoneType
from typing import Any

from mediaintel_async.endpoints.paging import every, in_query, paged
from mediaintel_async.endpoints.paths import of_person, of_workspace
from mediaintel_async.endpoints.uploads import Image, OnBytes, Upload, picture_of, upload
from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.argument_checks import as_number, as_numbers, as_text, as_whole
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
    as_name_sought,
)
from mediaintel_async.models.uploads import UploadAddress, UploadStatus
from mediaintel_async.refs import Id, as_id, as_workspace
from mediaintel_async.request import Request, Send

_LARGEST_PAGE = 1000
_LARGEST_PAGE_OF_SEARCH = 50
_MOST_TAGS = 30
_MOST_THUMBNAILS = 100
_MOST_MERGED = 10
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

        `search_page()` knows more conditions, and an order.

        Args:
            workspace: Whose persons.
            name: To look for: 2 to 50 characters but for `;`, `|` and the backtick.
            tag_ids: 1 to 30 tags to look for.
            page: Counted from 1.
            page_size: 1 to 1000 persons.

        Raises:
            InvalidArgument: An argument is out of range.

        Operation: list_persons
        """
        query = in_query(paged(page, page_size, largest=_LARGEST_PAGE)) | _sought(name, tag_ids)
        return await self._send(
            Request("GET", of_workspace(workspace, "persons"), Page[Person], query=query)
        )

    def iterate(
        self,
        workspace: str,
        *,
        name: str | None = None,
        tag_ids: Iterable[Id] | None = None,
        page_size: int = _LARGEST_PAGE,
    ) -> AsyncIterator[Person]:
        """Yield every such person once, page after page, as they are asked for.

        Persons may be deleted and merged meanwhile; a service that repeats a page cannot hold it.

        Operation: list_persons
        """
        tags = None if tag_ids is None else as_numbers(tag_ids, "tag_ids", at_most=_MOST_TAGS)
        return every(
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

        No page shows the answer; if it is no page like others, all of it is in `extra`.

        Args:
            workspace: Whose persons.
            query: The conditions and the order; by itself all, most assets first.
            page: Counted from 1.
            page_size: 1 to 50 persons.

        Raises:
            InvalidArgument: *query* is something else, or the page is out of range.

        Operation: search_persons
        """
        body = paged(page, page_size, largest=_LARGEST_PAGE_OF_SEARCH) | _as_query(query).body()
        path = of_workspace(workspace, "persons", "search")
        return await self._send(Request("POST", path, Page[Person], body=body, repeatable=True))

    def iterate_search(
        self,
        workspace: str,
        query: PersonQuery = PersonQuery(),  # noqa: B008 - frozen
        *,
        page_size: int = _LARGEST_PAGE_OF_SEARCH,
    ) -> AsyncIterator[Person]:
        """Yield every person found once, in their order, page after page, as asked for.

        While persons change, an order by `PERSON_ID` or `CREATED_AT` is the one to trust.

        Operation: search_persons
        """
        return every(
            lambda page: self.search_page(workspace, query, page=page, page_size=page_size),
            lambda person: person.person_id,
            page_size=page_size,
        )

    async def get(self, workspace: str, person_id: Id) -> Person:
        """Read one person.

        Raises:
            NotFound: There is no such person, or it was merged into another.

        Operation: get_person
        """
        return await self._send(Request("GET", of_person(workspace, person_id), Person))

    async def create(
        self,
        workspace: str,
        *,
        thumbnails: Iterable[NewThumbnail],
        name: str | None = None,
        description: str | None = None,
        extra: Extra | None = None,
    ) -> Person:
        """Register a person. `recommend_by_thumbnail()` tells first whether it is there already.

        Args:
            workspace: Where the person will be known.
            thumbnails: Pictures that were uploaded and checked: up to 100, and one primary one
                at most. Without any, nobody can be compared with the person.
            name: 1 to 50 characters, not blank; no other person of the workspace has it.
                None: anonymous.
            description: 1 to 700 characters.
            extra: Further fields of the body, merged last.

        Returns:
            The person, as far as the answer tells: certainly the id.

        Raises:
            InvalidArgument: An argument is out of range.
            ApiError: The name is taken.

        Operation: create_person
        """
        body = {**_about(name, description), "thumbnails": _for_new_person(thumbnails)}
        path = of_workspace(workspace, "persons")
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
        """Change what is given of a person; an anonymous one gets a name this way.

        Args:
            workspace: Whose person.
            person_id: Who.
            name: As for `create()`. Whether it can be taken away again, no page says.
            description: 1 to 700 characters.
            primary_thumbnail_id: Which of the person's thumbnails is to be the main one.
            extra: Further fields of the body, merged last.

        Raises:
            InvalidArgument: Nothing is given, or an argument is out of range.
            ApiError: The name is taken.

        Operation: update_person
        """
        body = {**_about(name, description), **_primary(primary_thumbnail_id), **(extra or {})}
        if not body:
            raise InvalidArgument("name, description or primary_thumbnail_id is to be given")
        return await self._send(
            Request("PATCH", of_person(workspace, person_id), Person, body=body)
        )

    async def delete(self, workspace: str, person_id: Id) -> None:
        """Delete a person and the features of their face. Irreversible.

        Indexes that name the person show somebody anonymous again.

        Raises:
            NotFound: There is no such person.

        Operation: delete_person
        """
        await self._send(Request("DELETE", of_person(workspace, person_id), NoneType))

    async def merge(
        self, workspace: str, person_id: Id, absorbed_ids: Iterable[Id]
    ) -> MergedPersons:
        """Fold persons into one. Irreversible.

        Their assets, scenes and thumbnails become that person's; they themselves can no longer
        be read. `list_similar()` finds candidates.

        Args:
            workspace: Whose persons.
            person_id: Who remains.
            absorbed_ids: 1 to 10 others.

        Raises:
            InvalidArgument: *absorbed_ids* are too many or none, or *person_id* is among them.
            ApiError: One of them was merged already.

        Operation: merge_persons
        """
        body = {"personIds": _others(person_id, absorbed_ids)}
        path = of_person(workspace, person_id, "merge")
        return await self._send(Request("POST", path, MergedPersons, body=body))

    async def list_similar(
        self,
        workspace: str,
        person_id: Id,
        *,
        person_count: int | None = None,
        score_threshold: int | None = None,
    ) -> SimilarPersons:
        """List the persons whose face is like that of one person, the likest first.

        Args:
            workspace: Whose persons.
            person_id: Who; without thumbnails nobody can be compared.
            person_count: 1 to 10 at the most; None: the service's 3.
            score_threshold: How like at least, 80 to 100; None: the service's 80.

        Raises:
            InvalidArgument: A number is out of range.

        Operation: list_similar_persons
        """
        query = in_query(_likeness(person_count, score_threshold))
        path = of_person(workspace, person_id, "similar")
        return await self._send(Request("GET", path, SimilarPersons, query=query))

    async def recommend_by_thumbnail(
        self,
        workspace: str,
        thumbnail_key: str,
        *,
        person_count: int | None = None,
        score_threshold: int | None = None,
    ) -> RecommendedPersons:
        """Find the persons whose face is like that on an image.

        Args:
            workspace: Whose persons.
            thumbnail_key: Of an image uploaded within the last 24 hours, and checked.
            person_count: 1 to 10 at the most; None: the service's 3.
            score_threshold: How like at least, 80 to 100; None: the service's 80.

        Returns:
            What the service says, in `extra`: no page shows its fields.

        Raises:
            InvalidArgument: *thumbnail_key* is empty, or a number is out of range.

        Operation: recommend_persons_by_thumbnail
        """
        key = as_text(thumbnail_key, "thumbnail_key")
        body = {"thumbnailKey": key, **_likeness(person_count, score_threshold)}
        path = of_workspace(workspace, "persons", "recommend-by-thumbnail")
        return await self._send(
            Request("POST", path, RecommendedPersons, body=body, repeatable=True)
        )

    async def add_tags(self, workspace: str, person_id: Id, tag_ids: Iterable[Id]) -> PersonTags:
        """Put tags on a person, and return all that the person has.

        Tags given twice, or on the person already, are ignored.

        Raises:
            InvalidArgument: *tag_ids* is empty, or holds what is no number.

        Operation: add_person_tags
        """
        path = of_person(workspace, person_id, "person-tags")
        body = {"tagIds": as_numbers(tag_ids, "tag_ids")}
        return await self._send(Request("POST", path, PersonTags, body=body, repeatable=True))

    async def remove_tags(self, workspace: str, person_id: Id, tag_ids: Iterable[Id]) -> PersonTags:
        """Take tags off a person, and return those that remain.

        Tags that do not exist, or are off already, are ignored.

        Raises:
            InvalidArgument: *tag_ids* is empty, or holds what is no number.

        Operation: remove_person_tags_by_post
        """
        path = of_person(workspace, person_id, "person-tags", "remove")
        body = {"tagIds": as_numbers(tag_ids, "tag_ids")}
        return await self._send(Request("POST", path, PersonTags, body=body, repeatable=True))

    async def remove_tags_by_delete(
        self, workspace: str, person_id: Id, tag_ids: Iterable[Id]
    ) -> PersonTags:
        """Do the same by the service's other form, a DELETE with a body.

        Raises:
            InvalidArgument: *tag_ids* is empty, or holds what is no number.

        Operation: remove_person_tags
        """
        path = of_person(workspace, person_id, "person-tags")
        body = {"tagIds": as_numbers(tag_ids, "tag_ids")}
        return await self._send(Request("DELETE", path, PersonTags, body=body, repeatable=True))

    async def add_thumbnails(
        self, workspace: str, person_id: Id, thumbnails: Iterable[NewThumbnail]
    ) -> PersonThumbnails:
        """Add pictures to a person, and return all that the person has.

        Args:
            workspace: Whose person.
            person_id: Who.
            thumbnails: One or more, uploaded and checked.

        Raises:
            InvalidArgument: *thumbnails* is empty, or holds something else.

        Operation: add_person_thumbnails
        """
        path = of_person(workspace, person_id, "person-thumbnail")
        body = {"thumbnails": _some_new(thumbnails)}
        return await self._send(Request("POST", path, PersonThumbnails, body=body))

    async def remove_thumbnails(
        self, workspace: str, person_id: Id, thumbnail_ids: Iterable[Id]
    ) -> PersonThumbnails:
        """Remove thumbnails from a person, and return those that remain. Irreversible.

        Ids that do not exist are ignored. Not all thumbnails of a person can be removed.

        Raises:
            InvalidArgument: *thumbnail_ids* is empty, or holds what is no number.

        Operation: remove_person_thumbnails_by_post
        """
        path = of_person(workspace, person_id, "person-thumbnail", "remove")
        body = {"thumbnailIds": as_numbers(thumbnail_ids, "thumbnail_ids")}
        # Doing it again ignores what is gone already.
        return await self._send(Request("POST", path, PersonThumbnails, body=body, repeatable=True))

    async def remove_thumbnails_by_delete(
        self, workspace: str, person_id: Id, thumbnail_ids: Iterable[Id]
    ) -> PersonThumbnails:
        """Do the same by the service's other form, a DELETE with a body.

        Raises:
            InvalidArgument: *thumbnail_ids* is empty, or holds what is no number.

        Operation: remove_person_thumbnails
        """
        path = of_person(workspace, person_id, "person-thumbnail")
        body = {"thumbnailIds": as_numbers(thumbnail_ids, "thumbnail_ids")}
        return await self._send(
            Request("DELETE", path, PersonThumbnails, body=body, repeatable=True)
        )

    async def issue_thumbnail_upload_url(self, workspace: str, file_name: str) -> UploadAddress:
        """Ask where a thumbnail is to be sent; `upload_thumbnail()` does the rest too.

        Raises:
            InvalidArgument: *file_name* is no text.

        Operation: issue_person_thumbnail_upload_url
        """
        path = of_workspace(workspace, "person-thumbnail", "uploads", "presigned-url")
        body = {"thumbnailFileName": as_text(file_name, "file_name")}
        return await self._send(Request("POST", path, UploadAddress, body=body, repeatable=True))

    async def check_thumbnail_upload(self, workspace: str, key: str) -> UploadStatus:
        """Ask whether a thumbnail arrived, and is usable.

        Raises:
            InvalidArgument: *key* is no text.

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
            upload=self._upload,
            check=lambda key: self.check_thumbnail_upload(workspace, key),
            on_progress=on_progress,
            smallest_pixels=_SMALLEST_THUMBNAIL_PIXELS,
        )


def _sought(name: str | None, tag_ids: Iterable[Id] | None) -> dict[str, str]:
    """Return the conditions of a listing, as a query carries them."""
    query = {} if name is None else {"name": as_name_sought(name)}
    if tag_ids is not None:
        ids = as_numbers(tag_ids, "tag_ids", at_most=_MOST_TAGS)
        query["tagIdList"] = ",".join(str(each) for each in ids)
    return query


def _as_query(value: PersonQuery) -> PersonQuery:
    if not isinstance(value, PersonQuery):
        raise InvalidArgument(f"query is a PersonQuery, not {value!r}")
    return value


def _about(name: str | None, description: str | None) -> dict[str, Any]:
    """Return what a body says about a person, as far as it is given."""
    about = {}
    if name is not None:
        about["name"] = as_text(name, "name", at_most=50)
        if not name.strip():
            raise InvalidArgument(f"name is not blank, as {name!r} is")
    if description is not None:
        about["description"] = as_text(description, "description", at_most=700)
    return about


def _for_new_person(thumbnails: Iterable[NewThumbnail]) -> list[dict[str, Any]]:
    """Return the pictures of a new person: up to 100, and one primary one at most."""
    bodies = _new(thumbnails)
    if len(bodies) > _MOST_THUMBNAILS:
        raise InvalidArgument(f"thumbnails are {_MOST_THUMBNAILS} at most, not {len(bodies)}")
    if sum(each["isPrimaryThumbnail"] for each in bodies) > 1:
        raise InvalidArgument("thumbnails have one primary one at most")
    return bodies


def _some_new(thumbnails: Iterable[NewThumbnail]) -> list[dict[str, Any]]:
    bodies = _new(thumbnails)
    if not bodies:
        raise InvalidArgument("thumbnails is one NewThumbnail or more, not none")
    return bodies


def _new(thumbnails: Iterable[NewThumbnail]) -> list[dict[str, Any]]:
    given = list(thumbnails) if isinstance(thumbnails, Iterable) else None
    if given is None or not all(isinstance(each, NewThumbnail) for each in given):
        # Without quoting what was given: it may be the presigned address of a picture.
        raise InvalidArgument("thumbnails is a list of NewThumbnail(KEY), and of nothing else")
    return [each.body() for each in given]


def _primary(thumbnail_id: Id | None) -> dict[str, int]:
    if thumbnail_id is None:
        return {}
    return {"primaryThumbnailId": as_number(thumbnail_id, "primary_thumbnail_id")}


def _others(person_id: Id, absorbed_ids: Iterable[Id]) -> list[int]:
    """Return those to fold into a person, who is not one of them."""
    ids = as_numbers(absorbed_ids, "absorbed_ids", at_most=_MOST_MERGED)
    if as_id(person_id, "person_id") in ids:
        raise InvalidArgument(f"absorbed_ids are others than the one that remains, {person_id!r}")
    return ids


def _likeness(person_count: int | None, score_threshold: int | None) -> dict[str, int]:
    """Return what a comparison is asked for, as far as it is given."""
    asked = {}
    if person_count is not None:
        asked["personCount"] = as_whole(person_count, "person_count", 1, 10)
    if score_threshold is not None:
        asked["scoreThreshold"] = as_whole(score_threshold, "score_threshold", 80, 100)
    return asked
