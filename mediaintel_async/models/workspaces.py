"""Workspaces: the parts of an account, which hold projects and persons."""

# ruff: noqa: RUF009 - received_extra() and answer_field() declare attrs fields

from datetime import datetime

from attrs import frozen

from mediaintel_async.models.common import Extra, answer_field, received_extra
from mediaintel_async.models.model import Model
from mediaintel_async.public import public


@public
@frozen(kw_only=True)
class Workspace(Model):
    """A workspace of the account. A field is None if the answer leaves it out.

    Times are in the service's own zone, probably Korean time, and carry none.
    """

    workspace_name: str = answer_field("workspaceName", required=True)
    """The name, by which every other call identifies the workspace."""

    workspace_url: str | None = None
    bucket_name: str | None = None
    """The bucket of Object Storage that belongs to the workspace; None if it has none."""

    monthly_analysis_count: int | None = None
    """Number of analyses in this month. None in listings."""

    created_user_name: str | None = answer_field("createdUserName", "createUserName")
    created_time: datetime | None = None
    updated_user_name: str | None = None
    updated_time: datetime | None = None
    extra: Extra = received_extra()


@public
@frozen(kw_only=True)
class CreatedWorkspace(Model):
    """The service's receipt for a new workspace, without its address and bucket.

    A field is None if the answer leaves it out. Times are in the service's own zone, probably
    Korean time, and carry none.
    """

    workspace_name: str = answer_field("workspaceName", required=True)
    created_user_name: str | None = answer_field("createdUserName", "createUserName")
    created_time: datetime | None = None
    updated_user_name: str | None = None
    updated_time: datetime | None = None
    extra: Extra = received_extra()
