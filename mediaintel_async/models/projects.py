"""Projects: what a workspace keeps its assets in."""

# ruff: noqa: RUF009 - extra() and spelled() declare attrs fields

from datetime import datetime

from attrs import field, frozen

from mediaintel_async.models.common import Extra, Id, Page, extra, spelled
from mediaintel_async.public import public
from mediaintel_async.refs import ProjectRef


@public
@frozen(kw_only=True)
class Project:
    """A project of a workspace."""

    project_id: Id = spelled("projectId", required=True)
    name: str | None = None
    is_base_project: bool | None = None
    """Whether it is the one that its workspace came with: it can be neither changed nor deleted."""

    created_user_name: str | None = spelled("createdUserName", "createUserName")
    created_time: datetime | None = None
    updated_user_name: str | None = None
    updated_time: datetime | None = None
    extra: Extra = extra()
    ref: ProjectRef | None = field(default=None, metadata={"names": ()})
    """Where the project lives. Ours: set by the calls of `client.projects`, never sent."""


@frozen(kw_only=True)
class ProjectPage(Page[Project]):
    """All projects of a workspace: this listing names its items otherwise, and has one page.

    `total_count` is None unless it stands in the answer's `result`: by the page's table it
    stands beside that.
    """

    items: tuple[Project, ...] = field(default=(), metadata={"names": ("projects",)})
