"""Person tags: the words that a workspace marks its persons with."""

# ruff: noqa: RUF009 - extra() and spelled() declare attrs fields

from datetime import datetime

from attrs import frozen

from mediaintel_async.models.common import Extra, Id, extra, spelled
from mediaintel_async.public import public


@public
@frozen(kw_only=True)
class PersonTag:
    """A word that persons are marked with; each answer tells some of its fields."""

    id: Id = spelled("id", required=True)
    name: str | None = None
    created_user_name: str | None = spelled("createdUserName", "createUserName")
    created_time: datetime | None = None
    updated_user_name: str | None = None
    updated_time: datetime | None = None
    extra: Extra = extra()
