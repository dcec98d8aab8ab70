"""Persons of a workspace."""

# ruff: noqa: RUF009 - extra() and spelled() declare attrs fields

from attrs import field, frozen

from mediaintel_async.models.common import Extra, Id, extra, spelled


@frozen(kw_only=True)
class PersonThumbnail:
    """A picture by which a person is known."""

    id: Id = spelled("id", required=True)
    url: str | None = spelled("url", hidden=True)
    """A presigned address: whoever has it can fetch the picture, so it is in no repr."""

    is_primary_thumbnail: bool | None = None
    extra: Extra = extra()


@frozen(kw_only=True)
class PersonThumbnails:
    """The thumbnails that a person has after the call."""

    thumbnails: tuple[PersonThumbnail, ...] = field(
        default=(), metadata={"names": ("thumbnailList",)}
    )
    person_id: Id | None = None
    extra: Extra = extra()
