"""Persons of a workspace, their thumbnails and tags, and the conditions of a search for them.

Undocumented, as the pages were cut off: the names of a person's counts of assets and scenes, of
the score of a similar person, and every field of a recommendation.
"""

# ruff: noqa: RUF009 - received_extra() and answer_field() declare attrs fields

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import field, frozen
from attrs.converters import optional

from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.argument_checks import as_enum, as_numeric_ids, as_text
from mediaintel_async.models.common import Extra, Id, answer_field, received_extra, sent_extra
from mediaintel_async.models.model import Model
from mediaintel_async.models.person_tags import PersonTag
from mediaintel_async.public import public

# Answers.


@public
@frozen(kw_only=True)
class PersonThumbnail(Model):
    """A picture of a person's face."""

    id: Id = answer_field("id", required=True)
    url: str | None = answer_field("url", hidden=True)
    """A presigned address of the picture, left out of the repr: anyone who has it can fetch the
    picture. None if the answer leaves it out."""

    is_primary_thumbnail: bool | None = None
    """Whether this is the person's main picture; None if the answer leaves it out."""

    extra: Extra = received_extra()


@public
@frozen(kw_only=True)
class PersonThumbnails(Model):
    """The thumbnails that a person has after thumbnails were added or removed."""

    thumbnails: tuple[PersonThumbnail, ...] = field(
        default=(), metadata={"names": ("thumbnailList",)}
    )
    person_id: Id | None = answer_field("personId", "id")
    """None if the answer leaves it out."""

    extra: Extra = received_extra()


@public
@frozen(kw_only=True)
class PersonTags(Model):
    """The tags that a person has after tags were added or removed."""

    tags: tuple[PersonTag, ...] = field(default=(), metadata={"names": ("tagList",)})
    person_id: Id | None = answer_field("personId", "id")
    """None if the answer leaves it out."""

    extra: Extra = received_extra()


@public
@frozen(kw_only=True)
class Person(Model):
    """Somebody who appears in the assets of a workspace.

    The counts of the person's assets and scenes have names that are undocumented by the service:
    find them in `extra`.
    """

    person_id: Id = answer_field("personId", "id", required=True)
    """The person's number in the workspace."""

    name: str | None = None
    """None if the person is anonymous, or if the answer has the id alone."""

    description: str | None = None
    """None if the person has none, or if the answer leaves it out."""

    tags: tuple[PersonTag, ...] = ()
    thumbnails: tuple[PersonThumbnail, ...] = ()
    extra: Extra = received_extra()


@public
@frozen(kw_only=True)
class MergedPersons(Model):
    """What merging persons into one has moved. A field is None if the answer leaves it out."""

    person_id: Id | None = answer_field("personId", "id")
    """The person that remains."""

    transferred_asset_count: int | None = None
    """Number of assets that were moved to this person."""

    transferred_thumbnail_count: int | None = None
    """Number of thumbnails that were moved to this person."""

    merged_time: datetime | None = None
    """In the service's own zone, probably Korean time; it carries none."""

    extra: Extra = received_extra()


@public
@frozen(kw_only=True)
class SimilarPerson(Model):
    """A person whose face is similar to another's.

    How similar is undocumented by the service: find it in `extra`.
    """

    person_id: Id = answer_field("personId", "id", required=True)
    extra: Extra = received_extra()


@public
@frozen(kw_only=True)
class SimilarPersons(Model):
    """Persons whose faces are similar to that of one person."""

    similar_persons: tuple[SimilarPerson, ...] = ()
    """The most similar first; empty if nobody reaches the threshold."""

    person_id: Id | None = answer_field("personId", "id")
    """The person they are compared with; None if the answer leaves it out."""

    extra: Extra = received_extra()


@public
@frozen(kw_only=True)
class RecommendedPersons(Model):
    """Persons whose faces are similar to the one on an image.

    The fields are undocumented by the service: find them in `extra`.
    """

    extra: Extra = received_extra()


# Requests.


@public
class PersonNameType(StrEnum):
    """Whether a person has a name."""

    NAMED = "NAMED"
    ANONYMOUS = "ANONYMOUS"


@public
class PersonSortColumn(StrEnum):
    """What persons can be sorted by."""

    ASSET_COUNT = "ASSET_COUNT"
    CREATED_AT = "CREATED_AT"
    PERSON_ID = "PERSON_ID"
    NAME = "NAME"


@public
class SortType(StrEnum):
    """The direction of sorting: ascending or descending."""

    ASC = "ASC"
    DESC = "DESC"


def _name_type(value: str) -> PersonNameType:
    return as_enum(PersonNameType, value, "name_type")


def _sort_column(value: str) -> PersonSortColumn:
    return as_enum(PersonSortColumn, value, "sort_column")


def _sort_type(value: str) -> SortType:
    return as_enum(SortType, value, "sort_type")


def as_name_to_find(value: str) -> str:
    """Return *value* if the service accepts it as a name to look for.

    Raises:
        InvalidArgument: *value* is not text of 2 to 50 characters, or it has a `;`, `|` or
            backtick.
    """
    return as_text(value, "name", at_least=2, at_most=50, without=";|`")


def _person_ids(values: Iterable[Id]) -> tuple[int, ...]:
    return tuple(as_numeric_ids(values, "person_ids"))


def _tag_ids(values: Iterable[Id]) -> tuple[int, ...]:
    return tuple(as_numeric_ids(values, "tag_ids"))


@public
@frozen(kw_only=True)
class PersonQuery:
    """Which persons to find, and in what order. A person has to meet all conditions.

    Raises:
        InvalidArgument: A condition is out of range.
    """

    name: str | None = field(default=None, converter=optional(as_name_to_find))
    """A name to look for: 2 to 50 characters without `;`, `|` and the backtick. None: any."""

    person_ids: tuple[int, ...] | None = field(default=None, converter=optional(_person_ids))
    """One or more ids of persons. None: any."""

    tag_ids: tuple[int, ...] | None = field(default=None, converter=optional(_tag_ids))
    """One or more ids of tags. None: any."""

    name_type: PersonNameType | None = field(default=None, converter=optional(_name_type))
    """Only named or only anonymous persons. None: both."""

    sort_column: PersonSortColumn | None = field(default=None, converter=optional(_sort_column))
    """None means the service's default, `ASSET_COUNT`."""

    sort_type: SortType | None = field(default=None, converter=optional(_sort_type))
    """None means the service's default, `DESC`."""

    extra: Extra = sent_extra()
    """Further fields of the request's body, merged last."""

    def body(self) -> dict[str, Any]:
        """Return the body of the request without its page, as the service spells its fields."""
        fields = {
            "name": self.name,
            "personIds": self.person_ids and list(self.person_ids),
            "tagIds": self.tag_ids and list(self.tag_ids),
            "nameType": self.name_type,
            "sortColumn": self.sort_column,
            "sortType": self.sort_type,
        }
        return {**{key: value for key, value in fields.items() if value is not None}, **self.extra}


def _thumbnail_key(value: str) -> str:
    return as_text(value, "thumbnail_key")


def _check_is_primary(value: bool) -> bool:  # noqa: FBT001 - attrs calls it
    if not isinstance(value, bool):
        raise InvalidArgument(f"is_primary_thumbnail is {value!r}; expected True or False")
    return value


@public
@frozen
class NewThumbnail:
    """A picture for a person, uploaded within the last 24 hours and checked.

    Raises:
        InvalidArgument: *thumbnail_key* is empty.
    """

    thumbnail_key: str = field(converter=_thumbnail_key)
    """The key that `client.persons.upload_thumbnail()` returned."""

    is_primary_thumbnail: bool = field(default=False, kw_only=True, converter=_check_is_primary)
    """Whether the picture becomes the person's main picture."""

    def body(self) -> dict[str, Any]:
        """Return the picture as a request's body carries it."""
        return {
            "thumbnailKey": self.thumbnail_key,
            "isPrimaryThumbnail": self.is_primary_thumbnail,
        }
