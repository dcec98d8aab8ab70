"""Runs of the simulated service: analyses and summaries, from request to end.

Nothing runs in the background. A run stores when it was requested and how long its steps take; its
state is computed from the clock when somebody asks for it.
"""

import itertools
import random
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum, auto
from typing import Any, Literal

from attrs import define, field, frozen

from mediaintel_async.public import public_in

Work = Literal["index", "summary"]
"""The two kinds of run that an asset can have."""


@public_in("mediaintel_async.simulator")
@frozen(kw_only=True)
class Timings:
    """How long the service takes, in seconds of the world's clock."""

    import_seconds: float = 2.0
    index_queue_seconds: float = 5.0
    index_seconds: float = 40.0
    summary_queue_seconds: float = 5.0
    scene_seconds: float = 4.0
    """The average: a summary of n scenes takes n times this, unevenly shared among the scenes."""

    search_seconds: float = 3.0


class RunState(Enum):
    """How far a run has come."""

    BEFORE = auto()
    WAITING = auto()
    RUNNING = auto()
    COMPLETED = auto()
    FAILED = auto()
    CANCELED = auto()


IN_PROGRESS = frozenset({RunState.WAITING, RunState.RUNNING})
"""States in which a run blocks other starts, and can be cancelled."""


@define(eq=False, kw_only=True)
class Run:
    """One analysis or summary, from request to end."""

    number: int
    """The summary id; of an analysis, the id of the index it makes."""

    index_id: int
    scene_ids: tuple[int, ...] | None = None
    """The scenes of a partial run; None for a run over all scenes."""

    locale: str | None = None
    setting: Mapping[str, Any] = field(factory=dict)
    """The request body of an analysis."""

    requested_time: datetime
    """Korean time in whole seconds: two runs of an asset may share it."""

    begins_at: float
    """When the run joins the queue and becomes visible, by the clock's `monotonic()`."""

    queue_seconds: float
    step_seconds: tuple[float, ...]
    """How long each scene takes; an analysis has one step."""

    failure: str | None = None
    """The reason with which the run fails half way; None: the run succeeds."""

    billed: bool = True
    """False for a run that was started with `World.start_elsewhere()`."""

    stopped: tuple[float, RunState] | None = None
    """When and in which state the run was ended early; None: it was not."""

    is_applied: bool = False
    """Whether the asset already has what the ended run made."""

    @property
    def ends_at(self) -> float:
        """When the run ends, or ended, by the clock's `monotonic()`."""
        if self.stopped is not None:
            return self.stopped[0]
        worked = sum(self.step_seconds)
        return (
            self.begins_at + self.queue_seconds + (worked if self.failure is None else worked / 2)
        )

    def state(self, now: float) -> RunState:
        """Return how far the run has come at *now*."""
        if now >= self.ends_at:
            return self._end()
        if now >= self.begins_at + self.queue_seconds:
            return RunState.RUNNING
        return RunState.WAITING

    def done_count(self, now: float) -> int:
        """Return how many steps are done at *now*; cancelling a run deletes its steps."""
        state = self.state(now)
        if state is RunState.COMPLETED:
            return len(self.step_seconds)
        if state is RunState.CANCELED:
            return 0
        worked = min(now, self.ends_at) - self.begins_at - self.queue_seconds
        return sum(total <= worked for total in itertools.accumulate(self.step_seconds))

    def completed_time(self, korean_time: Callable[[float], datetime]) -> datetime:
        """Return the Korean time of the run's end."""
        return korean_time(self.ends_at)

    def _end(self) -> RunState:
        if self.stopped is not None:
            return self.stopped[1]
        return RunState.COMPLETED if self.failure is None else RunState.FAILED


@frozen(kw_only=True)
class RunStatus:
    """What the service shows of an asset's newest run at one moment."""

    run: Run | None
    """None: no run was ever requested."""

    state: RunState
    done_count: int = 0
    completed_time: datetime | None = None
    """Korean time; None until the run has completed."""


NEVER_REQUESTED = RunStatus(run=None, state=RunState.BEFORE)


def uneven(seed: str, count: int, average: float) -> tuple[float, ...]:
    """Return *count* different numbers that add up to *count* times *average*."""
    dice = random.Random(seed)  # noqa: S311 - not a secret
    shares = [dice.uniform(0.5, 1.5) for _ in range(count)]
    total = sum(shares)
    return tuple(share * count * average / total for share in shares)
