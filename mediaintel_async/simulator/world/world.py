"""The state behind the stand-in service: workspaces, assets, their runs, and the bill.

Nothing here knows HTTP, and nothing runs by itself. A run stores when it was taken up and how
long its steps last; what it shows is a function of the clock.
"""

import itertools
import math
import random
from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from enum import Enum, auto
from typing import Any, Literal

from attrs import Factory, define, field, frozen

from mediaintel_async.clock import Clock
from mediaintel_async.public import public_in
from mediaintel_async.simulator.world.persons import People
from mediaintel_async.simulator.world.refusals import Refused, Why
from mediaintel_async.simulator.world.searches import Searches
from mediaintel_async.simulator.world.storage import Storage

Work = Literal["index", "summary"]
"""The two kinds of run an asset can have."""

KOREA = timezone(timedelta(hours=9))

MOST_PROJECTS = 1000
"""How many projects a workspace has room for."""

BASE_PROJECT_NAME = "default"


@public_in("mediaintel_async.simulator")
@frozen
class Where:
    """Where an asset lives; the key of the bill."""

    workspace: str
    project_id: int
    asset_id: int

    def __str__(self) -> str:
        return f"{self.workspace}/{self.project_id}/{self.asset_id}"

    @property
    def project(self) -> tuple[str, int]:
        """The key under which imports are billed."""
        return (self.workspace, self.project_id)


Billed = tuple[Where, Work] | tuple[tuple[str, int], Literal["import"]]
"""What a counter of the world counts by: an asset's runs, or a project's imports."""


@public_in("mediaintel_async.simulator")
@frozen(kw_only=True)
class Timings:
    """How long the service takes, in seconds of the world's clock."""

    import_seconds: float = 2.0
    index_queue_seconds: float = 5.0
    index_seconds: float = 40.0
    summary_queue_seconds: float = 5.0
    scene_seconds: float = 4.0
    """On average: a run over n scenes takes n times this, unevenly shared."""

    search_seconds: float = 3.0


class State(Enum):
    """How far a run has come."""

    BEFORE = auto()
    WAITING = auto()
    RUNNING = auto()
    COMPLETED = auto()
    FAILED = auto()
    CANCELED = auto()


GOING = frozenset({State.WAITING, State.RUNNING})
"""States in which a run keeps others out, and can be cancelled."""


@define(eq=False, kw_only=True)
class Run:
    """One analysis or summary, from request to end."""

    number: int
    """The summary id; of an analysis, the id of the index it makes."""

    index_id: int
    scene_ids: tuple[int, ...] | None = None
    """The scenes of a partial run; None for a run over all of them."""

    locale: str | None = None
    setting: Mapping[str, Any] = field(factory=dict)
    """The body an analysis was asked for with."""

    requested_time: datetime
    """Korean time in whole seconds; no two runs of an asset share it."""

    begins_at: float
    """When it joins the queue, and can be seen, by the clock's `monotonic()`."""

    queue_seconds: float
    step_seconds: tuple[float, ...]
    """How long each scene takes; of an analysis, one step."""

    failure: str | None = None
    """Why it fails half way; None if it does not."""

    billed: bool = True
    """False for a run that was started elsewhere."""

    stopped: tuple[float, State] | None = None
    """When and how it was ended from outside; None: it takes its course."""

    settled: bool = False
    """Whether what it made has been put into its asset."""

    @property
    def ends_at(self) -> float:
        """When it ends, or ended."""
        if self.stopped is not None:
            return self.stopped[0]
        worked = sum(self.step_seconds)
        return (
            self.begins_at + self.queue_seconds + (worked if self.failure is None else worked / 2)
        )

    def state(self, now: float) -> State:
        """How far it has come at *now*."""
        if now >= self.ends_at:
            return self._end()
        if now >= self.begins_at + self.queue_seconds:
            return State.RUNNING
        return State.WAITING

    def done_count(self, now: float) -> int:
        """How many steps are done at *now*; a cancelled run's are deleted."""
        state = self.state(now)
        if state is State.COMPLETED:
            return len(self.step_seconds)
        if state is State.CANCELED:
            return 0
        worked = min(now, self.ends_at) - self.begins_at - self.queue_seconds
        return sum(total <= worked for total in itertools.accumulate(self.step_seconds))

    def _end(self) -> State:
        if self.stopped is not None:
            return self.stopped[1]
        return State.COMPLETED if self.failure is None else State.FAILED


@frozen(kw_only=True)
class Look:
    """What the service shows of an asset's newest run at one moment."""

    run: Run | None
    """None: nothing was ever requested."""

    state: State
    done_count: int = 0
    completed_time: datetime | None = None
    """Korean time; None until the run has completed."""


NOTHING_YET = Look(run=None, state=State.BEFORE)


@frozen(kw_only=True)
class Index:
    """What a completed analysis made."""

    index_id: int
    created_time: datetime
    setting: Mapping[str, Any]


@frozen(kw_only=True)
class Summary:
    """The texts of an asset's scenes, as the latest completed run left them."""

    index_id: int
    locale: str | None
    last_analyzed_time: datetime
    analyzed_scene_ids: tuple[int, ...] | None
    """Scenes of the last run; None if it was over all of them."""

    told_by: Mapping[int, int]
    """For each scene, the id of the run whose text it carries."""


@frozen(kw_only=True)
class StoredObject:
    """A file in a bucket, and what registering it comes to."""

    scenes: int
    outcome: str


@define(eq=False, kw_only=True)
class Asset:
    """A registered file, its one index, its one summary, and its runs."""

    where: Where
    file_name: str
    key: str
    scenes: int
    timings: Timings | None
    """None: the world's."""

    imported_at: float = -math.inf
    """When its registration ends, by the clock's `monotonic()`."""

    import_outcome: str = "COMPLETED"
    index: Index | None = None
    summary: Summary | None = None
    runs: dict[Work, list[Run]] = field(factory=lambda: {"index": [], "summary": []})
    """In the order in which they were requested."""

    failures: defaultdict[Work, deque[str]] = field(factory=lambda: defaultdict(deque))
    """Texts with which the next runs are to fail."""

    last_requested_time: datetime = datetime.min  # noqa: DTZ901 - wire times have no zone

    @property
    def is_video(self) -> bool:
        """Whether it is a video and not an image, by the ending of its name."""
        return self.file_name.lower().endswith((".mp4", ".mkv", ".mov", ".webm"))

    @property
    def scene_ids(self) -> range:
        """The ids of the scenes an analysis finds."""
        return range(1, self.scenes + 1)


@define(eq=False)
class Workspace:
    """What an account divides its work into."""

    name: str
    bucket: str | None
    created_at: float
    """When, by the clock's `monotonic()`."""

    people: People = field(factory=People)


@define(eq=False, kw_only=True)
class Project:
    """A part of a workspace, and the assets in it."""

    project_id: int
    name: str
    is_base: bool
    """Whether its workspace came with it."""

    created_at: float
    updated_at: float
    """When, by the clock's `monotonic()`."""

    assets: dict[int, Asset] = field(factory=dict)
    """By id, in the order of their registration."""


@public_in("mediaintel_async.simulator")
@define(eq=False)
class World:
    """Everything the stand-in service knows."""

    clock: Clock
    seed: int = 0
    """Decides how unevenly a summary's time is shared among its scenes."""

    timings: Timings = field(factory=Timings, kw_only=True)
    """For assets that were not given their own."""

    most_workspaces: float = field(default=math.inf, kw_only=True)
    """How many the account has room for: the service's limit differs by account."""

    bill: Counter[Billed] = field(factory=Counter, init=False)
    """Accepted starts: `bill[where, "summary"]`, and `bill[where.project, "import"]`."""

    refunded: Counter[Billed] = field(factory=Counter, init=False)
    """Billed runs that were cancelled."""

    elsewhere: Counter[Billed] = field(factory=Counter, init=False)
    """Runs started with `start_elsewhere`, which are not on the bill."""

    storage: Storage = field(
        init=False, default=Factory(lambda self: Storage(self.clock), takes_self=True)
    )
    """Pictures that were uploaded, and what came to their presigned addresses."""

    searches: Searches = field(
        init=False, default=Factory(lambda self: Searches(self.clock), takes_self=True)
    )
    _workspaces: dict[str, Workspace] = field(factory=dict, init=False)
    _projects: dict[tuple[str, int], Project] = field(factory=dict, init=False)
    _objects: dict[tuple[str, str], StoredObject] = field(factory=dict, init=False)
    _project_ids: Iterator[int] = field(factory=lambda: itertools.count(900_001), init=False)
    _asset_ids: Iterator[int] = field(factory=lambda: itertools.count(5678), init=False)
    _taken_ids: set[int] = field(factory=set, init=False)
    _numbers: Mapping[Work, Iterator[int]] = field(
        factory=lambda: {"index": itertools.count(1001), "summary": itertools.count(101)},
        init=False,
    )
    _origin: tuple[float, float] | None = field(default=None, init=False)

    # What a test or a demonstration puts in.

    def add_workspace(self, name: str, bucket: str | None = None) -> None:
        """Create a workspace with its base project, or tie another bucket to it."""
        self._workspace_at_hand(name).bucket = bucket

    def add_project(self, workspace: str, project_id: int, name: str = "my-project") -> None:
        """Create a project, and its workspace when that is missing, or name it anew."""
        self._workspace_at_hand(workspace)
        if (workspace, project_id) not in self._projects:
            self._new_project(workspace, name, project_id)
        self._projects[workspace, project_id].name = name

    def add_asset(
        self,
        workspace: str = "my-workspace",
        project_id: int = 1234,
        asset_id: int | None = None,
        *,
        file_name: str = "sample-video.mp4",
        scenes: int = 10,
        indexed: bool = False,
        summarized: bool = False,
        timings: Timings | None = None,
    ) -> Where:
        """Put in an asset whose registration is complete.

        Args:
            workspace: Created when missing.
            project_id: Created when missing.
            asset_id: None: the next free one from 5678.
            file_name: Its ending decides whether it is a video or an image.
            scenes: How many scenes an analysis finds; their ids count from 1.
            indexed: Whether it was analysed an hour ago.
            summarized: Whether it was summarised half an hour ago; implies *indexed*.
            timings: None: the world's.
        """
        if (workspace, project_id) not in self._projects:
            self.add_project(workspace, project_id)
        asset = self._new_asset(
            workspace, project_id, asset_id, key=file_name, scenes=scenes, timings=timings
        )
        if indexed or summarized:
            self._past_run(asset, "index", hours_ago=1.0)
        if summarized:
            self._past_run(asset, "summary", hours_ago=0.5)
        return asset.where

    def put_object(
        self, bucket: str, key: str, *, scenes: int = 10, outcome: str = "COMPLETED"
    ) -> None:
        """Put a file into a bucket; *outcome* is the import status registering it comes to.

        An object that was never put comes to `FILE_NOT_EXIST`.
        """
        self._objects[bucket, key] = StoredObject(scenes=scenes, outcome=outcome)

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
        """Create a person with thumbnails, the first being the main one.

        Args:
            workspace: Created when missing.
            person_id: Whoever had it before is gone.
            thumbnail_ids: Of pictures without a key.
            name: None: the person is anonymous.
            tag_ids: Of tags that are there.
            asset_count: In how many assets the person is seen.
        """
        self._workspace_at_hand(workspace)
        self._workspaces[workspace].people.put(
            person_id, thumbnail_ids, name=name, tag_ids=tag_ids, asset_count=asset_count
        )

    def add_person_tag(self, workspace: str, tag_id: int, name: str) -> None:
        """Create a person tag, and its workspace when that is missing."""
        self._workspace_at_hand(workspace)
        self._workspaces[workspace].people.put_tag(tag_id, name, self.clock.monotonic())

    def fail_next(self, where: Where, work: Work, message: str) -> None:
        """Let the next run started fail half way, with *message* as the reason."""
        self.asset(where).failures[work].append(message)

    def cancel_elsewhere(self, where: Where, work: Work) -> None:
        """Cancel the run that is going, as if from the console."""
        self.cancel(where, work)

    def start_elsewhere(
        self, where: Where, work: Work, scene_ids: Sequence[int] | None = None
    ) -> Run:
        """Start a run that is not on the bill, as if from the console.

        A run that is going is cancelled first: the service has room for one.
        """
        asset = self.asset(where)
        if self.look(where, work).state in GOING:
            self.cancel(where, work)
        if work == "summary":
            self._check_summary(asset, scene_ids, None)
        run = self._begin(asset, work, billed=False, scene_ids=scene_ids)
        self.elsewhere[where, work] += 1
        return run

    def finish(self, where: Where, work: Work) -> None:
        """End the run that is going right now, successfully.

        Raises:
            Refused: No such run is going.
        """
        self._stop(where, work, State.COMPLETED)

    # What the service does when it is asked.

    def workspaces(self) -> list[Workspace]:
        """Every workspace, in the order of creation."""
        return list(self._workspaces.values())

    def workspace(self, name: str) -> Workspace:
        """The workspace of that name.

        Raises:
            Refused: There is no such workspace.
        """
        workspace = self._workspaces.get(name)
        if workspace is None:
            raise Refused(Why.MISSING)
        return workspace

    def analysis_count(self, workspace: str) -> int:
        """How many analyses of a workspace are on the bill."""
        return sum(
            count
            for (where, work), count in self.bill.items()
            if isinstance(where, Where) and where.workspace == workspace and work == "index"
        )

    def create_workspace(self, name: str, bucket: str | None) -> Workspace:
        """Create a workspace with its base project.

        Raises:
            Refused: The name is taken, or there is no room for another.
        """
        if name in self._workspaces:
            raise Refused(Why.NAME_TAKEN)
        if len(self._workspaces) >= self.most_workspaces:
            raise Refused(Why.NO_ROOM)
        workspace = self._workspace_at_hand(name)
        workspace.bucket = bucket
        return workspace

    def delete_workspace(self, name: str) -> None:
        """Delete a workspace and all that is in it.

        Raises:
            Refused: There is no such workspace, or a run is going in it.
        """
        projects = self.projects(name)
        assets = [asset for project in projects for asset in project.assets.values()]
        states = {self.look(asset.where, work).state for asset in assets for work in asset.runs}
        if states & GOING:
            raise Refused(Why.WORKSPACE_BUSY)
        for project in projects:
            del self._projects[name, project.project_id]
        del self._workspaces[name]

    def projects(self, workspace: str) -> list[Project]:
        """The projects of a workspace, the base project first.

        Raises:
            Refused: There is no such workspace.
        """
        self.workspace(workspace)
        return [project for (place, _), project in self._projects.items() if place == workspace]

    def project(self, workspace: str, project_id: int) -> Project:
        """The project with that id.

        Raises:
            Refused: There is no such project.
        """
        project = self._projects.get((workspace, project_id))
        if project is None:
            raise Refused(Why.MISSING)
        return project

    def create_project(self, workspace: str, name: str) -> Project:
        """Create a project.

        Raises:
            Refused: There is no such workspace, it is full, or has a project of that name.
        """
        projects = self.projects(workspace)
        if name in {each.name for each in projects}:
            raise Refused(Why.NAME_TAKEN)
        if len(projects) >= MOST_PROJECTS:
            raise Refused(Why.NO_ROOM)
        return self._new_project(workspace, name)

    def rename_project(self, workspace: str, project_id: int, name: str) -> Project:
        """Give a project another name, or the same again.

        Raises:
            Refused: There is no such project, it is the base project, or the name is taken.
        """
        project = self._changeable_project(workspace, project_id)
        if name in {each.name for each in self.projects(workspace) if each is not project}:
            raise Refused(Why.NAME_TAKEN)
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

    def asset(self, where: Where) -> Asset:
        """The asset as of now.

        Raises:
            Refused: There is no such asset.
        """
        asset = self.assets(where.workspace, where.project_id).get(where.asset_id)
        if asset is None:
            raise Refused(Why.MISSING)
        self._settle(asset)
        return asset

    def assets(self, workspace: str, project_id: int) -> dict[int, Asset]:
        """The assets of a project by id, in the order of their registration.

        Raises:
            Refused: There is no such project.
        """
        return self.project(workspace, project_id).assets

    def move_asset(self, where: Where, project_id: int) -> Asset:
        """Move an asset, and what is on the bill for it, to another project of its workspace.

        Raises:
            Refused: There is no such asset, or no such project.
        """
        asset = self.asset(where)
        new_home = self.assets(where.workspace, project_id)
        del self.assets(where.workspace, where.project_id)[where.asset_id]
        new_home[where.asset_id] = asset
        asset.where = Where(where.workspace, project_id, where.asset_id)
        for counter in (self.bill, self.refunded, self.elsewhere):
            for work in asset.runs:
                if (where, work) in counter:
                    counter[asset.where, work] = counter.pop((where, work))
        return asset

    def delete_asset(self, where: Where) -> None:
        """Delete an asset with all its runs came to; what is on the bill stays there.

        Raises:
            Refused: There is no such asset.
        """
        self.asset(where)
        del self.assets(where.workspace, where.project_id)[where.asset_id]

    def register(self, workspace: str, project_id: int, bucket: str, key: str) -> Asset:
        """Start registering an object as an asset.

        Raises:
            Refused: There is no such project, or the key names a folder.
        """
        self.assets(workspace, project_id)
        if key.endswith("/"):
            raise Refused(Why.FOLDER)
        absent = StoredObject(scenes=0, outcome="FILE_NOT_EXIST")
        stored = self._objects.get((bucket, key), absent)
        asset = self._new_asset(workspace, project_id, None, key=key, scenes=stored.scenes)
        asset.imported_at = self.clock.monotonic() + self.timings.import_seconds
        asset.import_outcome = stored.outcome
        self.bill[asset.where.project, "import"] += 1
        return asset

    def import_status(self, where: Where) -> str:
        """How far the registration has come, in the service's words."""
        asset = self.asset(where)
        if self._now() < asset.imported_at:
            return "IN_PROGRESS"
        return asset.import_outcome

    def start_index(
        self, where: Where, setting: Mapping[str, Any], *, late_seconds: float = 0.0
    ) -> Run:
        """Accept and bill an analysis.

        Args:
            where: The asset.
            setting: The body it was asked for with.
            late_seconds: How long the run stays invisible, and keeps nobody out.

        Raises:
            Refused: The asset is missing, not imported, or busy.
        """
        asset = self.asset(where)
        if self.import_status(where) != "COMPLETED":
            raise Refused(Why.NOT_IMPORTED)
        if self.look(where, "index").state in GOING:
            raise Refused(Why.INDEX_GOING)
        if self.look(where, "summary").state in GOING:
            raise Refused(Why.INDEX_DURING_SUMMARY)
        self.bill[where, "index"] += 1
        return self._begin(asset, "index", late_seconds=late_seconds, setting=setting)

    def start_summary(
        self,
        where: Where,
        scene_ids: Sequence[int] | None = None,
        locale: str | None = None,
        *,
        late_seconds: float = 0.0,
    ) -> Run:
        """Accept and bill a summary.

        Args:
            where: The asset.
            scene_ids: None: all scenes.
            locale: The language of the texts; only for a run over all scenes.
            late_seconds: How long the run stays invisible, and keeps nobody out.

        Raises:
            Refused: The asset is missing, not indexed, or busy, or the scenes do not fit.
        """
        asset = self.asset(where)
        if self.look(where, "summary").state in GOING:
            raise Refused(Why.SUMMARY_GOING)
        self._check_summary(asset, scene_ids, locale)
        self.bill[where, "summary"] += 1
        return self._begin(
            asset, "summary", late_seconds=late_seconds, scene_ids=scene_ids, locale=locale
        )

    def look(self, where: Where, work: Work, *, before_newest: bool = False) -> Look:
        """What is shown of the newest run.

        Args:
            where: The asset.
            work: Which kind of run.
            before_newest: Show what was there before the newest run was started.
        """
        runs = self.asset(where).runs[work]
        now = self._now()
        seen = [run for run in (runs[:-1] if before_newest else runs) if run.begins_at <= now]
        return self.look_at(seen[-1]) if seen else NOTHING_YET

    def look_at(self, run: Run) -> Look:
        """What is shown of one run."""
        now = self._now()
        state = run.state(now)
        completed = self._completed_time(run) if state is State.COMPLETED else None
        return Look(run=run, state=state, done_count=run.done_count(now), completed_time=completed)

    def summary_run(self, where: Where, number: int) -> Run:
        """The run with that summary id.

        Raises:
            Refused: The asset has no such run.
        """
        now = self._now()
        for run in self.asset(where).runs["summary"]:
            if run.number == number and run.begins_at <= now:
                return run
        raise Refused(Why.MISSING)

    def cancel(self, where: Where, work: Work) -> None:
        """Cancel the run that is going; it is not charged.

        Raises:
            Refused: None is going.
        """
        run = self._stop(where, work, State.CANCELED)
        if run.billed:
            self.refunded[where, work] += 1

    def readable_index(self, where: Where) -> Index:
        """The index of the latest analysis that succeeded.

        Raises:
            Refused: There is none.
        """
        index = self.asset(where).index
        if index is None:
            raise Refused(Why.MISSING)
        return index

    def readable_summary(self, where: Where) -> Summary:
        """The latest summary.

        Raises:
            Refused: There is none, or the newest run has not completed.
        """
        summary = self.asset(where).summary
        if summary is None:
            raise Refused(Why.MISSING)
        if self.look(where, "summary").state is not State.COMPLETED:
            raise Refused(Why.NOT_COMPLETED)
        return summary

    def delete_index(self, where: Where) -> None:
        """Delete the index and the summary that hangs on it.

        Raises:
            Refused: A run is going, or there is no index.
        """
        asset = self.asset(where)
        if {self.look(where, "index").state, self.look(where, "summary").state} & GOING:
            raise Refused(Why.DELETE_WHILE_GOING)
        self.readable_index(where)
        asset.index = None
        asset.runs["index"].clear()
        self._clear_summary(asset)

    def korean_time(self, at: float) -> datetime:
        """A moment of the clock's `monotonic()` as the service writes it: no zone, no fraction."""
        if self._origin is None:
            self._origin = (self.clock.wall(), self.clock.monotonic())
        wall, monotonic = self._origin
        # Never the wall clock of the moment: a sped-up clock's stays true.
        return datetime.fromtimestamp(int(wall + at - monotonic), KOREA).replace(tzinfo=None)

    # Helpers, in the order of their first use.

    def _workspace_at_hand(self, name: str) -> Workspace:
        """The workspace of that name, created when missing."""
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
            raise Refused(Why.BASE_PROJECT)
        return project

    def _now(self) -> float:
        # A microsecond ahead, so that no sum of floats puts off what is due now.
        return self.clock.monotonic() + 1e-6

    def _new_asset(
        self,
        workspace: str,
        project_id: int,
        asset_id: int | None,
        *,
        key: str,
        scenes: int,
        timings: Timings | None = None,
    ) -> Asset:
        if asset_id is None:
            asset_id = next(each for each in self._asset_ids if each not in self._taken_ids)
        self._taken_ids.add(asset_id)
        asset = Asset(
            where=Where(workspace, project_id, asset_id),
            file_name=key.rpartition("/")[2],
            key=key,
            scenes=scenes,
            timings=timings,
        )
        self._projects[asset.where.project].assets[asset_id] = asset
        return asset

    def _past_run(self, asset: Asset, work: Work, *, hours_ago: float) -> None:
        began_at = self.clock.monotonic() - hours_ago * 3600
        run = self._begin(asset, work, at=began_at, billed=False)
        run.stopped = (began_at + 600, State.COMPLETED)
        self._settle(asset)

    def _check_summary(
        self, asset: Asset, scene_ids: Sequence[int] | None, locale: str | None
    ) -> None:
        if asset.index is None or self.look(asset.where, "index").state in GOING:
            raise Refused(Why.NO_FINISHED_INDEX)
        if scene_ids is None:
            return
        if asset.summary is None:
            raise Refused(Why.NO_FULL_SUMMARY)
        if locale is not None or not scene_ids or not set(scene_ids) <= set(asset.scene_ids):
            raise Refused(Why.INVALID)

    def _begin(
        self,
        asset: Asset,
        work: Work,
        *,
        at: float | None = None,
        late_seconds: float = 0.0,
        billed: bool = True,
        scene_ids: Sequence[int] | None = None,
        locale: str | None = None,
        setting: Mapping[str, Any] | None = None,
    ) -> Run:
        at = self.clock.monotonic() if at is None else at
        asset.last_requested_time = max(
            self.korean_time(at), asset.last_requested_time + timedelta(seconds=1)
        )
        number = next(self._numbers[work])
        timings = asset.timings or self.timings
        failures = asset.failures[work]
        run = Run(
            number=number,
            index_id=asset.index.index_id if work == "summary" and asset.index else number,
            scene_ids=None if scene_ids is None else tuple(dict.fromkeys(scene_ids)),
            locale=locale,
            setting=setting or {},
            requested_time=asset.last_requested_time,
            begins_at=at + late_seconds,
            queue_seconds=(
                timings.index_queue_seconds if work == "index" else timings.summary_queue_seconds
            ),
            step_seconds=(
                (timings.index_seconds,)
                if work == "index"
                else uneven(
                    f"{self.seed} {asset.where} {number}",
                    asset.scenes if scene_ids is None else len(set(scene_ids)),
                    timings.scene_seconds,
                )
            ),
            failure=failures.popleft() if failures else None,
            billed=billed,
        )
        asset.runs[work].append(run)
        return run

    def _settle(self, asset: Asset) -> None:
        """Put what has ended since the last call into the asset, in the order of the ends."""
        now = self._now()
        pending = [run for runs in asset.runs.values() for run in runs if not run.settled]
        for run in sorted(pending, key=lambda run: run.ends_at):
            if now < run.ends_at:
                break
            run.settled = True
            if run.state(now) is not State.COMPLETED:
                continue
            if run in asset.runs["index"]:
                self._take_index(asset, run)
            # An index that ended just before may have cleared the summary's runs.
            elif run in asset.runs["summary"]:
                self._take_summary(asset, run)

    def _take_index(self, asset: Asset, run: Run) -> None:
        asset.index = Index(
            index_id=run.number, created_time=self._completed_time(run), setting=run.setting
        )
        self._clear_summary(asset)

    def _clear_summary(self, asset: Asset) -> None:
        asset.summary = None
        asset.runs["summary"].clear()

    def _take_summary(self, asset: Asset, run: Run) -> None:
        scene_ids = asset.scene_ids if run.scene_ids is None else run.scene_ids
        former = asset.summary if run.scene_ids is not None else None
        asset.summary = Summary(
            index_id=run.index_id,
            locale=former.locale if former else run.locale,
            last_analyzed_time=self._completed_time(run),
            analyzed_scene_ids=run.scene_ids,
            told_by={**(former.told_by if former else {}), **dict.fromkeys(scene_ids, run.number)},
        )

    def _completed_time(self, run: Run) -> datetime:
        # The requested time may have been put off by a second, to be its asset's only one.
        return max(self.korean_time(run.ends_at), run.requested_time)

    def _stop(self, where: Where, work: Work, end: State) -> Run:
        look = self.look(where, work)
        if look.run is None or look.state not in GOING:
            raise Refused(Why.INDEX_NOT_GOING if work == "index" else Why.SUMMARY_NOT_GOING)
        look.run.stopped = (self.clock.monotonic(), end)
        return look.run


def uneven(seed: str, count: int, average: float) -> tuple[float, ...]:
    """Numbers that differ, but always add up to *count* times *average*."""
    dice = random.Random(seed)  # noqa: S311 - not a secret
    shares = [dice.uniform(0.5, 1.5) for _ in range(count)]
    total = sum(shares)
    return tuple(share * count * average / total for share in shares)
