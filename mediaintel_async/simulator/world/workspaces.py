"""The account of the simulated service: its workspaces, and their projects."""

import itertools
import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone

from attrs import define, field

from mediaintel_async.clock import Clock
from mediaintel_async.simulator.world.assets import Asset
from mediaintel_async.simulator.world.persons import People
from mediaintel_async.simulator.world.refusals import Reason, Refused

KOREA = timezone(timedelta(hours=9))

MOST_PROJECTS = 1000
"""How many projects a workspace can have."""

BASE_PROJECT_NAME = "default"


@define(eq=False)
class Workspace:
    """A workspace: the part of an account that holds projects and persons."""

    name: str
    bucket: str | None
    created_at: float
    """By the clock's `monotonic()`."""

    people: People = field(factory=People)


@define(eq=False, kw_only=True)
class Project:
    """A project of a workspace, and the assets in it."""

    project_id: int
    name: str
    is_base: bool
    """Whether it was created together with its workspace."""

    created_at: float
    updated_at: float
    """By the clock's `monotonic()`, like `created_at`."""

    assets: dict[int, Asset] = field(factory=dict)
    """By id, in the order of their registration."""


@define(eq=False)
class Account:
    """Workspaces and projects, without what happens to the assets in them."""

    clock: Clock
    most_workspaces: float = field(default=math.inf, kw_only=True)
    """How many workspaces the account can have; the service's limit differs by account."""

    _workspaces: dict[str, Workspace] = field(factory=dict, init=False)
    _projects: dict[tuple[str, int], Project] = field(factory=dict, init=False)
    _project_ids: Iterator[int] = field(factory=lambda: itertools.count(900_001), init=False)
    _origin: tuple[float, float] | None = field(default=None, init=False)

    def add_workspace(self, name: str, bucket: str | None = None) -> None:
        """Create a workspace with its base project, or give an existing one another bucket."""
        self._ensure_workspace(name).bucket = bucket

    def add_project(self, workspace: str, project_id: int, name: str = "my-project") -> None:
        """Create a project, and its workspace if missing; an existing project is renamed."""
        self._ensure_workspace(workspace)
        if (workspace, project_id) not in self._projects:
            self._new_project(workspace, name, project_id)
        self._projects[workspace, project_id].name = name

    def add_person(
        self,
        workspace: str,
        person_id: int,
        thumbnail_ids: Sequence[int] = (),
        *,
        name: str | None = None,
        tag_ids: Sequence[int] = (),
        asset_count: int = 0,
    ) -> None:
        """Add a person with thumbnails, the first being the primary one.

        Args:
            workspace: Created if missing.
            person_id: Replaces the person with this id, if there is one.
            thumbnail_ids: The ids of the thumbnails.
            name: None: the person is anonymous.
            tag_ids: Ids of existing person tags.
            asset_count: In how many assets the person appears.
        """
        self._ensure_workspace(workspace).people.put(
            person_id, thumbnail_ids, name=name, tag_ids=tag_ids, asset_count=asset_count
        )

    def add_person_tag(self, workspace: str, tag_id: int, name: str) -> None:
        """Add a person tag; its workspace is created if missing."""
        self._ensure_workspace(workspace).people.put_tag(tag_id, name, self.clock.monotonic())

    def workspaces(self) -> list[Workspace]:
        """Return every workspace, in the order of creation."""
        return list(self._workspaces.values())

    def workspace(self, name: str) -> Workspace:
        """Return the workspace of that name.

        Raises:
            Refused: There is no such workspace.
        """
        workspace = self._workspaces.get(name)
        if workspace is None:
            raise Refused(Reason.MISSING)
        return workspace

    def create_workspace(self, name: str, bucket: str | None) -> Workspace:
        """Create a workspace with its base project.

        Raises:
            Refused: The name is taken, or the account has as many workspaces as it can have.
        """
        if name in self._workspaces:
            raise Refused(Reason.NAME_TAKEN)
        if len(self._workspaces) >= self.most_workspaces:
            raise Refused(Reason.NO_ROOM)
        workspace = self._ensure_workspace(name)
        workspace.bucket = bucket
        return workspace

    def projects(self, workspace: str) -> list[Project]:
        """Return the projects of a workspace, the base project first.

        Raises:
            Refused: There is no such workspace.
        """
        self.workspace(workspace)
        return [project for (place, _), project in self._projects.items() if place == workspace]

    def project(self, workspace: str, project_id: int) -> Project:
        """Return the project with that id.

        Raises:
            Refused: There is no such project.
        """
        project = self._projects.get((workspace, project_id))
        if project is None:
            raise Refused(Reason.MISSING)
        return project

    def create_project(self, workspace: str, name: str) -> Project:
        """Create a project.

        Raises:
            Refused: There is no such workspace, it has as many projects as it can have, or it has
                a project of that name.
        """
        projects = self.projects(workspace)
        if name in {each.name for each in projects}:
            raise Refused(Reason.NAME_TAKEN)
        if len(projects) >= MOST_PROJECTS:
            raise Refused(Reason.NO_ROOM)
        return self._new_project(workspace, name)

    def rename_project(self, workspace: str, project_id: int, name: str) -> Project:
        """Rename a project; the name it has already is accepted.

        Raises:
            Refused: There is no such project, it is the base project, or the name is taken.
        """
        project = self._changeable_project(workspace, project_id)
        if name in {each.name for each in self.projects(workspace) if each is not project}:
            raise Refused(Reason.NAME_TAKEN)
        project.name = name
        project.updated_at = self.clock.monotonic()
        return project

    def delete_project(self, workspace: str, project_id: int) -> None:
        """Delete a project and the assets in it.

        Raises:
            Refused: There is no such project, or it is the base project.
        """
        self._changeable_project(workspace, project_id)
        del self._projects[workspace, project_id]

    def korean_time(self, at: float) -> datetime:
        """Return a moment of the clock's `monotonic()` as the service writes times.

        That is Korean time without a zone, in whole seconds.
        """
        if self._origin is None:
            self._origin = (self.clock.wall(), self.clock.monotonic())
        wall, monotonic = self._origin
        # Not clock.wall(): the wall clock of a FastClock does not run faster.
        return datetime.fromtimestamp(int(wall + at - monotonic), KOREA).replace(tzinfo=None)

    def _ensure_workspace(self, name: str) -> Workspace:
        """Return the workspace of that name, created if missing."""
        if name not in self._workspaces:
            self._workspaces[name] = Workspace(name, None, self.clock.monotonic())
            self._new_project(name, BASE_PROJECT_NAME, is_base=True)
        return self._workspaces[name]

    def _new_project(
        self, workspace: str, name: str, project_id: int | None = None, *, is_base: bool = False
    ) -> Project:
        if project_id is None:
            taken = {each for _, each in self._projects}
            project_id = next(each for each in self._project_ids if each not in taken)
        now = self.clock.monotonic()
        project = Project(
            project_id=project_id, name=name, is_base=is_base, created_at=now, updated_at=now
        )
        self._projects[workspace, project_id] = project
        return project

    def _changeable_project(self, workspace: str, project_id: int) -> Project:
        project = self.project(workspace, project_id)
        if project.is_base:
            raise Refused(Reason.BASE_PROJECT)
        return project
