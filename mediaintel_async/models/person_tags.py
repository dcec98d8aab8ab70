"""Person tags: the words that mark the persons of a workspace."""

# ruff: noqa: RUF009 - received_extra() and answer_field() declare attrs fields

from datetime import datetime

from attrs import frozen

from mediaintel_async.models.common import Extra, Id, answer_field, received_extra
from mediaintel_async.models.model import Model
from mediaintel_async.public import public


@public
@frozen(kw_only=True)
class PersonTag(Model):
    """A word that marks persons. A field is None if the answer leaves it out.

    Times are in the service's own zone, probably Korean time, and carry none.
    """

    id: Id = answer_field("id", required=True)
    name: str | None = None
    created_user_name: str | None = answer_field("createdUserName", "createUserName")
    created_time: datetime | None = None
    updated_user_name: str | None = None
    updated_time: datetime | None = None
    extra: Extra = received_extra()
