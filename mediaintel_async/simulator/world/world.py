"""The world: everything the simulated service knows, and the rules by which it changes.

Nothing here knows HTTP.
"""

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from attrs import Factory, define, field

from mediaintel_async.public import public_in
from mediaintel_async.simulator.world.assets import (
    Asset,
    AssetName,
    Index,
    StoredObject,
    Summary,
    Where,
)
from mediaintel_async.simulator.world.refusals import Reason, Refused
from mediaintel_async.simulator.world.runs import (
    IN_PROGRESS,
    NEVER_REQUESTED,
    Run,
    RunState,
    RunStatus,
    Timings,
    Work,
    uneven,
)
from mediaintel_async.simulator.world.searches import Searches
from mediaintel_async.simulator.world.storage import Storage
from mediaintel_async.simulator.world.workspaces import Account

Billed = tuple[object, Work | Literal["import"]]
"""A key of the bill: the runs of an asset by kind, or the imports of a project. The asset may be a
reference of any kind that is equal to its `Where`."""


@public_in("mediaintel_async.simulator")
@define(eq=False)
class World(Account):
    """Everything that the simulated service knows.

    Its methods give a `Where`, and take any reference to an asset: that, the client's `AssetRef`,
    or the text `workspace/project_id/asset_id`.

    A test prepares it (`add_asset()`, `put_object()`, `fail_next()` and others), and reads what
    was billed from it.
    """

    seed: int = 0
    """Decides how unevenly the time of a summary is shared among its scenes."""

    timings: Timings = field(factory=Timings, kw_only=True)
    """For assets without timings of their own."""

    bill: Counter[Billed] = field(factory=Counter, init=False)
    """Accepted starts: `bill[where, "summary"]`, `bill[where, "index"]`, and
    `bill[where.project, "import"]`."""

    refunded: Counter[Billed] = field(factory=Counter, init=False)
    """Billed runs that were cancelled."""

    elsewhere: Counter[Billed] = field(factory=Counter, init=False)
    """Runs started with `start_elsewhere()`, which are not on the bill."""

    storage: Storage = field(
        init=False, default=Factory(lambda self: Storage(self.clock), takes_self=True)
    )
    """Uploaded pictures, and every request to their presigned URLs."""

    searches: Searches = field(
        init=False, default=Factory(lambda self: Searches(self.clock), takes_self=True)
    )
    """Every search; `searches.fail_next()` makes the next one fail."""

    _objects: dict[tuple[str, str], StoredObject] = field(factory=dict, init=False)
    _asset_ids: Iterator[int] = field(factory=lambda: itertools.count(5678), init=False)
    _taken_ids: set[int] = field(factory=set, init=False)
    _numbers: Mapping[Work, Iterator[int]] = field(
        factory=lambda: {"index": itertools.count(1001), "summary": itertools.count(101)},
        init=False,
    )

    # What a test or a demonstration prepares.

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
        """Add an asset whose registration is complete.

        Args:
            workspace: Created if missing.
            project_id: Created if missing.
            asset_id: None: the next free id from 5678 on.
            file_name: Its ending decides whether the asset is a video or an image.
            scenes: How many scenes an analysis finds; their ids count from 1.
            indexed: Whether the asset was analysed an hour ago.
            summarized: Whether it was summarised half an hour ago; implies *indexed*.
            timings: How long its runs take; None: `World.timings` decides.
        """
        if (workspace, project_id) not in self._projects:
            self.add_project(workspace, project_id)
        asset = self._new_asset(
            workspace, project_id, asset_id, key=file_name, scenes=scenes, timings=timings
        )
        if indexed or summarized:
            self._add_past_run(asset, "index", hours_ago=1.0)
        if summarized:
            self._add_past_run(asset, "summary", hours_ago=0.5)
        return asset.where

    def put_object(
        self, bucket: str, key: str, *, scenes: int = 10, outcome: str = "COMPLETED"
    ) -> None:
        """Put an object into a bucket, from where it can be registered as an asset.

        Registering an object that is not in the bucket ends with `FILE_NOT_EXIST`.

        Args:
            bucket: The name of the bucket.
            key: The key of the object.
            scenes: How many scenes an analysis finds.
            outcome: The import status with which its registration ends.
        """
        self._objects[bucket, key] = StoredObject(scenes=scenes, outcome=outcome)

    def fail_next(self, where: AssetName, work: Work, message: str) -> None:
        """Make the next run that is started fail half way, with *message* as the reason."""
        self.asset(where).failures[work].append(message)

    def cancel_elsewhere(self, where: AssetName, work: Work) -> None:
        """Cancel the run in progress, as if in the console.

        Raises:
            Refused: No run is in progress.
        """
        self.cancel(where, work)

    def start_elsewhere(
        self, where: AssetName, work: Work, scene_ids: Sequence[int] | None = None
    ) -> Run:
        """Start a run that is not on the bill, as if in the console.

        A run in progress is cancelled first: an asset has at most one of each kind.
        """
        asset = self.asset(where)
        if self._is_in_progress(asset.where, work):
            self.cancel(asset.where, work)
        if work == "summary":
            self._check_summary(asset, scene_ids, None)
        run = self._begin(asset, work, billed=False, scene_ids=scene_ids)
        self.elsewhere[asset.where, work] += 1
        return run

    def finish(self, where: AssetName, work: Work) -> None:
        """Complete the run in progress now.

        Raises:
            Refused: No run is in progress.
        """
        self._stop(where, work, RunState.COMPLETED)

    # What the service does on request: assets.

    def analysis_count(self, workspace: str) -> int:
        """Return how many analyses of a workspace are on the bill."""
        return sum(
            count
            for (where, work), count in self.bill.items()
            if isinstance(where, Where) and where.workspace == workspace and work == "index"
        )

    def delete_workspace(self, name: str) -> None:
        """Delete a workspace with everything in it.

        Raises:
            Refused: There is no such workspace, or a run is in progress in it.
        """
        projects = self.projects(name)
        assets = [asset for project in projects for asset in project.assets.values()]
        if any(self._is_in_progress(asset.where, work) for asset in assets for work in asset.runs):
            raise Refused(Reason.WORKSPACE_BUSY)
        for project in projects:
            del self._projects[name, project.project_id]
        del self._workspaces[name]

    def asset(self, where: AssetName) -> Asset:
        """Return the asset, with the results of all runs that have ended by now.

        Raises:
            Refused: There is no such asset.
        """
        where = Where.of(where)
        asset = self.assets(where.workspace, where.project_id).get(where.asset_id)
        if asset is None:
            raise Refused(Reason.MISSING)
        asset.apply_ended_runs(self._now(), self.korean_time)
        return asset

    def assets(self, workspace: str, project_id: int) -> dict[int, Asset]:
        """Return the assets of a project by id, in the order of their registration.

        Raises:
            Refused: There is no such project.
        """
        return self.project(workspace, project_id).assets

    def move_asset(self, where: AssetName, project_id: int) -> Asset:
        """Move an asset to another project of its workspace; its entries on the bill move too.

        Raises:
            Refused: There is no such asset, or no such project.
        """
        asset = self.asset(where)
        where = asset.where
        new_home = self.assets(where.workspace, project_id)
        del self.assets(where.workspace, where.project_id)[where.asset_id]
        new_home[where.asset_id] = asset
        asset.where = Where(where.workspace, project_id, where.asset_id)
        for counter in (self.bill, self.refunded, self.elsewhere):
            for work in asset.runs:
                if (where, work) in counter:
                    counter[asset.where, work] = counter.pop((where, work))
        return asset

    def delete_asset(self, where: AssetName) -> None:
        """Delete an asset with its index and summary; its entries on the bill stay.

        Raises:
            Refused: There is no such asset.
        """
        where = self.asset(where).where
        del self.assets(where.workspace, where.project_id)[where.asset_id]

    def register(self, workspace: str, project_id: int, bucket: str, key: str) -> Asset:
        """Start registering an object as an asset, and bill the import.

        Raises:
            Refused: There is no such project, or the key names a folder.
        """
        self.assets(workspace, project_id)
        if key.endswith("/"):
            raise Refused(Reason.FOLDER)
        absent = StoredObject(scenes=0, outcome="FILE_NOT_EXIST")
        stored = self._objects.get((bucket, key), absent)
        asset = self._new_asset(workspace, project_id, None, key=key, scenes=stored.scenes)
        asset.imported_at = self.clock.monotonic() + self.timings.import_seconds
        asset.import_outcome = stored.outcome
        self.bill[asset.where.project, "import"] += 1
        return asset

    def import_status(self, where: AssetName) -> str:
        """Return how far the registration has come, in the service's words.

        Raises:
            Refused: There is no such asset.
        """
        asset = self.asset(where)
        if self._now() < asset.imported_at:
            return "IN_PROGRESS"
        return asset.import_outcome

    # What the service does on request: runs and their results.

    def start_index(
        self, where: AssetName, setting: Mapping[str, Any], *, late_seconds: float = 0.0
    ) -> Run:
        """Accept and bill an analysis.

        Args:
            where: The asset.
            setting: The request body.
            late_seconds: How long the run stays invisible, and blocks no other start.

        Raises:
            Refused: The asset is missing, not imported, or busy.
        """
        asset = self.asset(where)
        if self.import_status(where) != "COMPLETED":
            raise Refused(Reason.NOT_IMPORTED)
        if self._is_in_progress(where, "index"):
            raise Refused(Reason.INDEX_IN_PROGRESS)
        if self._is_in_progress(where, "summary"):
            raise Refused(Reason.INDEX_DURING_SUMMARY)
        self.bill[asset.where, "index"] += 1
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
            late_seconds: How long the run stays invisible, and blocks no other start.

        Raises:
            Refused: The asset is missing, not indexed, or busy, or the scenes are invalid.
        """
        asset = self.asset(where)
        if self._is_in_progress(where, "summary"):
            raise Refused(Reason.SUMMARY_IN_PROGRESS)
        self._check_summary(asset, scene_ids, locale)
        self.bill[asset.where, "summary"] += 1
        return self._begin(
            asset, "summary", late_seconds=late_seconds, scene_ids=scene_ids, locale=locale
        )

    def look(self, where: AssetName, work: Work, *, before_newest: bool = False) -> RunStatus:
        """Return what the service shows of the newest run.

        Args:
            where: The asset.
            work: The kind of run.
            before_newest: Whether to show the state before the newest run was started.

        Raises:
            Refused: There is no such asset.
        """
        runs = self.asset(where).runs[work]
        now = self._now()
        seen = [run for run in (runs[:-1] if before_newest else runs) if run.begins_at <= now]
        return self.look_at(seen[-1]) if seen else NEVER_REQUESTED

    def look_at(self, run: Run) -> RunStatus:
        """Return what the service shows of one run."""
        now = self._now()
        state = run.state(now)
        is_completed = state is RunState.COMPLETED
        return RunStatus(
            run=run,
            state=state,
            done_count=run.done_count(now),
            completed_time=run.completed_time(self.korean_time) if is_completed else None,
        )

    def summary_run(self, where: AssetName, number: int) -> Run:
        """Return the run with that summary id.

        Raises:
            Refused: The asset has no such run.
        """
        now = self._now()
        for run in self.asset(where).runs["summary"]:
            if run.number == number and run.begins_at <= now:
                return run
        raise Refused(Reason.MISSING)

    def cancel(self, where: AssetName, work: Work) -> None:
        """Cancel the run in progress, and refund it.

        Raises:
            Refused: No run is in progress.
        """
        run = self._stop(where, work, RunState.CANCELED)
        if run.billed:
            self.refunded[Where.of(where), work] += 1

    def readable_index(self, where: AssetName) -> Index:
        """Return the index of the latest completed analysis.

        Raises:
            Refused: There is none.
        """
        index = self.asset(where).index
        if index is None:
            raise Refused(Reason.MISSING)
        return index

    def readable_summary(self, where: AssetName) -> Summary:
        """Return the latest summary.

        Raises:
            Refused: There is none, or the newest run has not completed.
        """
        summary = self.asset(where).summary
        if summary is None:
            raise Refused(Reason.MISSING)
        if self.look(where, "summary").state is not RunState.COMPLETED:
            raise Refused(Reason.NOT_COMPLETED)
        return summary

    def delete_index(self, where: AssetName) -> None:
        """Delete the index and its summary.

        Raises:
            Refused: A run is in progress, or there is no index.
        """
        asset = self.asset(where)
        if self._is_in_progress(where, "index") or self._is_in_progress(where, "summary"):
            raise Refused(Reason.DELETE_DURING_RUN)
        self.readable_index(where)
        asset.clear_index()

    # Helpers.

    def _now(self) -> float:
        # A microsecond late: a sum of floats may come out just above the time that is now.
        return self.clock.monotonic() + 1e-6

    def _is_in_progress(self, where: AssetName, work: Work) -> bool:
        return self.look(where, work).state in IN_PROGRESS

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

    def _add_past_run(self, asset: Asset, work: Work, *, hours_ago: float) -> None:
        began_at = self.clock.monotonic() - hours_ago * 3600
        run = self._begin(asset, work, at=began_at, billed=False)
        run.stopped = (began_at + 600, RunState.COMPLETED)
        asset.apply_ended_runs(self._now(), self.korean_time)

    def _check_summary(
        self, asset: Asset, scene_ids: Sequence[int] | None, locale: str | None
    ) -> None:
        if asset.index is None or self._is_in_progress(asset.where, "index"):
            raise Refused(Reason.NO_FINISHED_INDEX)
        if scene_ids is None:
            return
        if asset.summary is None:
            raise Refused(Reason.NO_FULL_SUMMARY)
        if locale is not None or not scene_ids or not set(scene_ids) <= set(asset.scene_ids):
            raise Refused(Reason.INVALID)

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
        number = next(self._numbers[work])
        timings = asset.timings or self.timings
        failures = asset.failures[work]
        run = Run(
            number=number,
            index_id=asset.index.index_id if work == "summary" and asset.index else number,
            scene_ids=None if scene_ids is None else tuple(dict.fromkeys(scene_ids)),
            locale=locale,
            setting=setting or {},
            requested_time=self.korean_time(at),
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

    def _stop(self, where: AssetName, work: Work, state: RunState) -> Run:
        status = self.look(where, work)
        if status.run is None or status.state not in IN_PROGRESS:
            raise Refused(
                Reason.INDEX_NOT_IN_PROGRESS if work == "index" else Reason.SUMMARY_NOT_IN_PROGRESS
            )
        status.run.stopped = (self.clock.monotonic(), state)
        return status.run
