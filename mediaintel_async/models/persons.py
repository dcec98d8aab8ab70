"""Persons of a workspace: who is looked for, who is found, and how they are known."""

# ruff: noqa: RUF009 - extra() and spelled() declare attrs fields

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import field, frozen
from attrs.converters import optional

from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.argument_checks import as_numbers, as_text, as_word
from mediaintel_async.models.common import Extra, Id, extra, further, spelled
from mediaintel_async.models.person_tags import PersonTag
from mediaintel_async.public import public

# What is answered.


@public
@frozen(kw_only=True)
class PersonThumbnail:
    """A picture by which a person is known."""

    id: Id = spelled("id", required=True)
    url: str | None = spelled("url", hidden=True)
    """A presigned address: whoever has it can fetch the picture, so it is in no repr."""

    is_primary_thumbnail: bool | None = None
    extra: Extra = extra()


@public
@frozen(kw_only=True)
class PersonThumbnails:
    """The thumbnails that a person has after the call."""

    thumbnails: tuple[PersonThumbnail, ...] = field(
        default=(), metadata={"names": ("thumbnailList",)}
    )
    person_id: Id | None = spelled("personId", "id")
    extra: Extra = extra()


@public
@frozen(kw_only=True)
class PersonTags:
    """The tags that a person has after the call."""

    tags: tuple[PersonTag, ...] = field(default=(), metadata={"names": ("tagList",)})
    person_id: Id | None = spelled("personId", "id")
    extra: Extra = extra()


@public
@frozen(kw_only=True)
class Person:
    """Somebody who is seen in the assets of a workspace.

    In how many assets and scenes, the service says under names that no page shows: see `extra`.
    """

    person_id: Id = spelled("personId", "id", required=True)
    """The number under which older answers say `id`, and newer ones `personId`."""

    name: str | None = None
    """None: the person is anonymous, or the answer tells the id alone."""

    description: str | None = None
    tags: tuple[PersonTag, ...] = ()
    thumbnails: tuple[PersonThumbnail, ...] = ()
    extra: Extra = extra()


@public
@frozen(kw_only=True)
class MergedPersons:
    """What folding persons into one has moved."""

    person_id: Id | None = spelled("personId", "id")
    """The person that remains."""

    transferred_asset_count: int | None = None
    """Links to assets that now are this person's."""

    transferred_thumbnail_count: int | None = None
    merged_time: datetime | None = None
    extra: Extra = extra()


@public
@frozen(kw_only=True)
class SimilarPerson:
    """A person with a face like another's; how like, no page shows: see `extra`."""

    person_id: Id = spelled("personId", "id", required=True)
    extra: Extra = extra()


@public
@frozen(kw_only=True)
class SimilarPersons:
    """Persons with a face like that of one person."""

    similar_persons: tuple[SimilarPerson, ...] = ()
    """The likest first; empty when nobody reaches the threshold."""

    person_id: Id | None = spelled("personId", "id")
    """The person they are compared with."""

    extra: Extra = extra()


@public
@frozen(kw_only=True)
class RecommendedPersons:
    """Persons with a face like that on an image; no page shows any field: see `extra`."""

    extra: Extra = extra()


# What is sent.


@public
class PersonNameType(StrEnum):
    """Whether a person has a name."""

    NAMED = "NAMED"
    ANONYMOUS = "ANONYMOUS"


@public
class PersonSortColumn(StrEnum):
    """What persons are sorted by."""

    ASSET_COUNT = "ASSET_COUNT"
    CREATED_AT = "CREATED_AT"
    PERSON_ID = "PERSON_ID"
    NAME = "NAME"


@public
class SortType(StrEnum):
    """Upwards or downwards."""

    ASC = "ASC"
    DESC = "DESC"


def _name_type(value: str) -> PersonNameType:
    return as_word(PersonNameType, value, "name_type")


def _sort_column(value: str) -> PersonSortColumn:
    return as_word(PersonSortColumn, value, "sort_column")


def _sort_type(value: str) -> SortType:
    return as_word(SortType, value, "sort_type")


def as_name_sought(value: str) -> str:
    """Return *value*, a name that persons are looked for by.

    Raises:
        InvalidArgument: It is not 2 to 50 characters, or has `;`, `|` or a backtick.
    """
    return as_text(value, "name", at_least=2, at_most=50, without=";|`")


def _person_ids(values: Iterable[Id]) -> tuple[int, ...]:
    return tuple(as_numbers(values, "person_ids"))


def _tag_ids(values: Iterable[Id]) -> tuple[int, ...]:
    return tuple(as_numbers(values, "tag_ids"))


@public
@frozen(kw_only=True)
class PersonQuery:
    """Which persons to find, and in what order; all conditions must be met.

    Raises:
        InvalidArgument: A condition cannot be one.
    """

    name: str | None = field(default=None, converter=optional(as_name_sought))
    """2 to 50 characters but for `;`, `|` and the backtick."""

    person_ids: tuple[int, ...] | None = field(default=None, converter=optional(_person_ids))
    tag_ids: tuple[int, ...] | None = field(default=None, converter=optional(_tag_ids))
    name_type: PersonNameType | None = field(default=None, converter=optional(_name_type))
    """None: with a name or without."""

    sort_column: PersonSortColumn | None = field(default=None, converter=optional(_sort_column))
    """None: the service's `ASSET_COUNT`."""

    sort_type: SortType | None = field(default=None, converter=optional(_sort_type))
    """None: the service's `DESC`."""

    extra: Extra = further()
    """Further fields of the body, merged last."""

    def body(self) -> dict[str, Any]:
        """Return what is sent, without the page."""
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


def _is_primary(value: bool) -> bool:  # noqa: FBT001 - attrs calls it
    if not isinstance(value, bool):
        raise InvalidArgument(f"is_primary_thumbnail is True or False, not {value!r}")
    return value


@public
@frozen
class NewThumbnail:
    """A picture for a person: uploaded within the last 24 hours, and checked.

    Raises:
        InvalidArgument: *thumbnail_key* is empty.
    """

    thumbnail_key: str = field(converter=_thumbnail_key)
    """What the service called it when it was uploaded."""

    is_primary_thumbnail: bool = field(default=False, kw_only=True, converter=_is_primary)
    """Whether it is to be the person's main picture."""

    def body(self) -> dict[str, Any]:
        """Return what is sent."""
        return {
            "thumbnailKey": self.thumbnail_key,
            "isPrimaryThumbnail": self.is_primary_thumbnail,
        }
