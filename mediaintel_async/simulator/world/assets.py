"""Assets of the simulated service, with their index, their summary and their runs."""

import math
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Self, TypeAlias

from attrs import define, field, frozen

from mediaintel_async.public import public_in
from mediaintel_async.simulator.world.runs import Run, RunState, Timings, Work


@public_in("mediaintel_async.simulator")
@frozen(eq=False)
class Where:
    """Reference to an asset, as `workspace/project_id/asset_id`. The bill counts by it.

    The client takes it in place of an `AssetRef`. It is equal to whatever prints as it does: the
    text, and the client's reference to the same asset.
    """

    workspace: str
    project_id: int
    asset_id: int

    @classmethod
    def of(cls, asset: object) -> Self:
        """Return the reference that *asset*, a reference of any kind or its text, prints as.

        Raises:
            ValueError: It does not have the form `workspace/project_id/asset_id`.
        """
        if isinstance(asset, cls):
            return asset
        parts = str(asset).rsplit("/", 2)
        if len(parts) != 3 or not all(each.isascii() and each.isdecimal() for each in parts[1:]):  # noqa: PLR2004
            raise ValueError(f"{asset!r} is no asset; expected workspace/project_id/asset_id")
        return cls(parts[0], int(parts[1]), int(parts[2]))

    def __str__(self) -> str:
        return f"{self.workspace}/{self.project_id}/{self.asset_id}"

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    @property
    def project(self) -> tuple[str, int]:
        """The key by which the bill counts imports."""
        return (self.workspace, self.project_id)


AssetName: TypeAlias = object
"""A reference to an asset, of any kind that prints as a `Where` does."""


@frozen(kw_only=True)
class StoredObject:
    """An object in a bucket, and the result of registering it."""

    scenes: int
    outcome: str
    """The import status with which the registration ends."""


@frozen(kw_only=True)
class Index:
    """The result of a completed analysis."""

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
    """Scenes of the last run; None if it was over all scenes."""

    written_by: Mapping[int, int]
    """For each scene, the id of the run that wrote its text."""


@define(eq=False, kw_only=True)
class Asset:
    """A registered object, its one index, its one summary, and its runs."""

    where: Where
    file_name: str
    key: str
    scenes: int
    timings: Timings | None
    """None: those of the world."""

    imported_at: float = -math.inf
    """When the registration ends, by the clock's `monotonic()`."""

    import_outcome: str = "COMPLETED"
    index: Index | None = None
    summary: Summary | None = None
    runs: dict[Work, list[Run]] = field(factory=lambda: {"index": [], "summary": []})
    """In the order of the requests."""

    failures: defaultdict[Work, deque[str]] = field(factory=lambda: defaultdict(deque))
    """Reasons with which the next runs fail."""

    @property
    def is_video(self) -> bool:
        """Whether the file is a video and not an image, judging by the ending of its name."""
        return self.file_name.lower().endswith((".mp4", ".mkv", ".mov", ".webm"))

    @property
    def scene_ids(self) -> range:
        """The ids of the scenes that an analysis finds."""
        return range(1, self.scenes + 1)

    def apply_ended_runs(self, now: float, korean_time: Callable[[float], datetime]) -> None:
        """Update index and summary with the runs that have ended since the last call."""
        pending = [run for runs in self.runs.values() for run in runs if not run.is_applied]
        for run in sorted(pending, key=lambda run: run.ends_at):
            if now < run.ends_at:
                break
            run.is_applied = True
            if run.state(now) is not RunState.COMPLETED:
                continue
            if run in self.runs["index"]:
                self._replace_index(run, run.completed_time(korean_time))
            # A new index deletes earlier summary runs, those of this loop included.
            elif run in self.runs["summary"]:
                self._replace_summary(run, run.completed_time(korean_time))

    def clear_index(self) -> None:
        """Delete the index with its summary, and the runs of both."""
        self.index = None
        self.runs["index"].clear()
        self._clear_summary()

    def _replace_index(self, run: Run, completed_time: datetime) -> None:
        self.index = Index(index_id=run.number, created_time=completed_time, setting=run.setting)
        self._clear_summary()

    def _clear_summary(self) -> None:
        self.summary = None
        self.runs["summary"].clear()

    def _replace_summary(self, run: Run, completed_time: datetime) -> None:
        scene_ids = self.scene_ids if run.scene_ids is None else run.scene_ids
        former = self.summary if run.scene_ids is not None else None
        self.summary = Summary(
            index_id=run.index_id,
            locale=former.locale if former else run.locale,
            last_analyzed_time=completed_time,
            analyzed_scene_ids=run.scene_ids,
            written_by={
                **(former.written_by if former else {}),
                **dict.fromkeys(scene_ids, run.number),
            },
        )
