"""Workspaces: what an account divides its work into."""

# ruff: noqa: RUF009 - extra() and spelled() declare attrs fields

from datetime import datetime

from attrs import frozen

from mediaintel_async.models.common import Extra, extra, spelled
from mediaintel_async.public import public


@public
@frozen(kw_only=True)
class Workspace:
    """A workspace of the account."""

    workspace_name: str = spelled("workspaceName", required=True)
    """What every other call knows it by."""

    workspace_url: str | None = None
    bucket_name: str | None = None
    """The bucket of Object Storage that it is tied to; None if it is tied to none."""

    monthly_analysis_count: int | None = None
    """Analyses of this month; listings leave it out."""

    created_user_name: str | None = spelled("createdUserName", "createUserName")
    created_time: datetime | None = None
    updated_user_name: str | None = None
    updated_time: datetime | None = None
    extra: Extra = extra()


@public
@frozen(kw_only=True)
class CreatedWorkspace:
    """The service's receipt for a new workspace; address and bucket are not on it."""

    workspace_name: str = spelled("workspaceName", required=True)
    created_user_name: str | None = spelled("createdUserName", "createUserName")
    created_time: datetime | None = None
    updated_user_name: str | None = None
    updated_time: datetime | None = None
    extra: Extra = extra()
