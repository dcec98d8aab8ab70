"""Projects: the parts of a workspace, which hold its assets.

By its page's table, the listing of projects has `totalCount` beside `result`, not inside it.
"""

# ruff: noqa: RUF009 - received_extra() and answer_field() declare attrs fields

from datetime import datetime

from attrs import field, frozen

from mediaintel_async.models.common import Extra, Id, Page, answer_field, received_extra
from mediaintel_async.models.model import Model
from mediaintel_async.public import public
from mediaintel_async.refs import ProjectRef


@public
@frozen(kw_only=True)
class Project(Model):
    """A project of a workspace. A field is None if the answer leaves it out.

    Times are in the service's own zone, probably Korean time, and carry none.
    """

    project_id: Id = answer_field("projectId", required=True)
    name: str | None = None
    is_base_project: bool | None = None
    """Whether the service made this project together with its workspace. The base project can be
    neither renamed nor deleted."""

    created_user_name: str | None = answer_field("createdUserName", "createUserName")
    created_time: datetime | None = None
    updated_user_name: str | None = None
    updated_time: datetime | None = None
    extra: Extra = received_extra()
    ref: ProjectRef | None = field(default=None, eq=False, metadata={"names": ()})
    """The project's reference, for other calls. The calls of `client.projects` set it; the service
    neither sends nor receives it."""


@frozen(kw_only=True)
class ProjectPage(Page[Project]):
    """All projects of a workspace: this listing has one page, and names its items `projects`.

    `total_count` is None unless the answer has it inside `result`.
    """

    items: tuple[Project, ...] = field(default=(), metadata={"names": ("projects",)})
