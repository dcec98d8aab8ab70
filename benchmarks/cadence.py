"""Looks against lag: what each way of deciding when to look next costs, and how late it is.

Jobs of many shapes are made up (queues that keep pace with their workspace, uneven scenes, stalls,
counts that go backwards, or none at all), started one after the other, and looked at without any
network. One strategy serves all jobs of a run, beginning with no experience. Lag is the time from
the end of a job to the look that shows it; looks include the first and the last.

    python benchmarks/cadence.py [--seeds 5] [--jobs 200] [--plot FILE.svg]
"""

import argparse
import heapq
import itertools
import math
import platform
import random
import statistics
from bisect import bisect_right
from collections.abc import Callable, Iterator
from importlib.metadata import version

import tenacity
from attrs import define, field, frozen
from tenacity.wait import wait_base

from mediaintel_async import wait_until_likely_done
from mediaintel_async.cadence import next_delay, tell_end
from mediaintel_async.models.assets import ImportState, ImportStatus
from mediaintel_async.models.indexes import IndexState, IndexStatus
from mediaintel_async.models.scene_summaries import SceneSummaryState, SceneSummaryStatus

Status = SceneSummaryStatus | IndexStatus | ImportStatus
Seconds = Callable[[random.Random], float]
"""Throws dice for a time."""


@frozen
class MadeUp:
    """One job: what it shows at every moment."""

    begins: float
    queue_seconds: float
    scene_seconds: tuple[float, ...]
    kind: str = "summary"
    backwards: bool = False
    fails_at: float = math.inf
    """Share of the work after which it fails."""

    refresh_seconds: float = 0.0
    """How rarely the service brings its counts up to date."""

    ends: list[float] = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "ends", list(itertools.accumulate(self.scene_seconds)))

    @property
    def seconds(self) -> float:
        """From its start to its end."""
        return self.queue_seconds + self.ends[-1] * min(1.0, self.fails_at)

    def status(self, elapsed: float) -> Status:
        """What a look shows so long after the start."""
        is_over, is_waiting = elapsed >= self.seconds, elapsed < self.queue_seconds
        if self.kind == "import":
            return ImportStatus(
                state=ImportState.COMPLETED if is_over else ImportState.IN_PROGRESS
            )
        if self.kind == "index":
            state = (
                (IndexState.ANALYZE_FAIL if self.fails_at < 1 else IndexState.ANALYZE_COMPLETED)
                if is_over
                else IndexState.WAIT_ANALYZE
                if is_waiting
                else IndexState.ANALYZING
            )
            return IndexStatus(state=state)
        worked = elapsed - self.queue_seconds
        if self.refresh_seconds and not is_over:
            worked = math.floor(worked / self.refresh_seconds) * self.refresh_seconds
        done = bisect_right(self.ends, worked)
        if self.backwards and int(elapsed) % 7 == 0:
            done = max(0, done - 3)
        state = (
            (
                SceneSummaryState.SUMMARIZE_FAIL
                if self.fails_at < 1
                else SceneSummaryState.SUMMARIZE_COMPLETED
            )
            if is_over
            else SceneSummaryState.WAIT_SUMMARIZE
            if is_waiting
            else SceneSummaryState.SUMMARIZING
        )
        return SceneSummaryStatus(
            state=state,
            analyzed_scene_count=0 if is_waiting else done,
            total_scene_count=len(self.ends),
        )


@frozen(kw_only=True)
class Shape:
    """A workload; times are scaled until its median job lasts `median_seconds`."""

    queue: Seconds
    scenes: Callable[[random.Random], int] = lambda dice: dice.randint(6, 60)
    pace: Seconds = lambda dice: dice.lognormvariate(0, 0.3)
    """Of a job: seconds a scene, before scaling."""

    scene: Seconds = lambda dice: dice.uniform(0.5, 1.5)
    """How uneven scenes are: a factor."""

    stalls: float = 0.0
    """How many jobs of a hundred stand still for a while, once."""

    kind: str = "summary"
    median_seconds: float = 120.0
    gap_seconds: float = 10.0
    """Between two starts, on average; 0: all at once."""

    load: float = 0.5
    """How far queues of neighbouring jobs keep pace, 0 to 1."""

    backwards: bool = False
    failing: float = 0.0
    refresh_seconds: float = 0.0

    def jobs(self, count: int, seed: int) -> list[MadeUp]:
        """Make up *count* jobs."""
        dice = random.Random(f"{seed}")  # noqa: S311 - not a secret
        raw = []
        load, begins = 0.0, 0.0
        for _ in range(count):
            load = 0.95 * load + dice.gauss(0, 0.3)
            begins += dice.expovariate(1 / self.gap_seconds) if self.gap_seconds else 0.0
            pace = self.pace(dice)
            scenes = [pace * self.scene(dice) for _ in range(self.scenes(dice))]
            queue = self.queue(dice) * math.exp(self.load * load)
            fails_at = dice.random() if dice.random() < self.failing else math.inf
            stall = dice.randrange(len(scenes)) if dice.random() < self.stalls else None
            stall_share = dice.uniform(0.1, 0.6)
            raw.append((begins, queue, scenes, fails_at, stall, stall_share))
        # The queue is part of the whole: both are scaled, each to its share.
        works = statistics.median(sum(each[2]) for each in raw)
        jobs = [self._job(each, works) for each in raw]
        scale = self.median_seconds / statistics.median(job.seconds for job in jobs)
        return [self._scaled(job, scale) for job in jobs]

    def _job(self, raw: tuple, works: float) -> MadeUp:
        begins, queue, scenes, fails_at, stall, stall_share = raw
        scenes = [each / works for each in scenes]
        if stall is not None:
            scenes[stall] += stall_share
        return MadeUp(
            begins,
            queue,
            tuple(scenes),
            kind=self.kind,
            backwards=self.backwards,
            fails_at=fails_at,
            refresh_seconds=self.refresh_seconds,
        )

    @staticmethod
    def _scaled(job: MadeUp, scale: float) -> MadeUp:
        return MadeUp(
            job.begins,
            job.queue_seconds * scale,
            tuple(each * scale for each in job.scene_seconds),
            kind=job.kind,
            backwards=job.backwards,
            fails_at=job.fails_at,
            refresh_seconds=job.refresh_seconds,
        )


def around(median: float, sigma: float) -> Seconds:
    """Lognormal times; the median is in units of the median job's work."""
    return lambda dice: dice.lognormvariate(math.log(median), sigma)


def either(short: float, long: float) -> Seconds:
    """One of two, about as often."""
    return lambda dice: (short if dice.random() < 0.6 else long) * dice.lognormvariate(0, 0.05)


def few(dice: random.Random) -> int:
    """Two to five scenes."""
    return dice.randint(2, 5)


def one(_: random.Random) -> int:
    """One step, as work without counts has."""
    return 1


def always(value: float) -> Seconds:
    """No dice at all."""
    return lambda _: value


SHAPES = {
    "usual": Shape(queue=around(0.2, 0.7), stalls=0.1),
    "even": Shape(queue=always(0.1), pace=always(1), scene=always(1), load=0),
    "uneven": Shape(queue=around(0.2, 0.7), scene=lambda dice: dice.expovariate(1)),
    "stalls": Shape(queue=around(0.2, 0.7), stalls=0.5),
    "backwards": Shape(queue=around(0.2, 0.7), backwards=True, stalls=0.1),
    "few scenes": Shape(queue=around(0.2, 0.7), scenes=few),
    "long queue": Shape(queue=around(2, 0.8)),
    "at once": Shape(queue=around(0.3, 0.7), stalls=0.1, gap_seconds=0),
    "rare counts": Shape(queue=around(0.2, 0.7), refresh_seconds=10),
    "failing": Shape(queue=around(0.2, 0.7), failing=0.1),
    "hour": Shape(queue=around(0.1, 0.7), median_seconds=3600, gap_seconds=60, stalls=0.1),
    "short": Shape(queue=around(0.2, 0.7), median_seconds=15, scenes=lambda d: d.randint(2, 15)),
    "index": Shape(queue=around(0.3, 0.7), scenes=one, kind="index", pace=around(1, 0.5), scene=always(1)),
    "index, steady": Shape(queue=around(0.3, 0.7), scenes=one, kind="index", pace=around(1, 0.05), scene=always(1)),
    "index, equal": Shape(
        queue=always(0.1), scenes=one, kind="index", pace=always(1), scene=always(1), load=0
    ),
    "two lengths": Shape(queue=always(0.05), scenes=one, kind="index", pace=either(0.3, 1.5), scene=always(1)),
    "import": Shape(
        queue=always(0), scenes=one, kind="import", median_seconds=8, pace=around(1, 0.6)
    ),
}


@define(eq=False)
class Pace:
    """What a policy may keep of a job, as the poller has it."""

    notes: object = None


@frozen
class Result:
    """What following jobs came to."""

    looks: list[int]
    lags: list[float]


def follow(jobs: list[MadeUp], policy: wait_base, *, latency: float = 0.02) -> Result:
    """Look at all jobs until each has ended."""
    order = itertools.count()
    due: list[tuple[float, int, MadeUp, int, Pace]] = [
        (job.begins, next(order), job, 1, Pace()) for job in jobs
    ]
    heapq.heapify(due)
    result = Result([], [])
    while due:
        now, _, job, looks, pace = heapq.heappop(due)
        elapsed = now - job.begins
        status = job.status(elapsed)
        if status.is_final:
            result.looks.append(looks)
            result.lags.append(elapsed - job.seconds)
            tell_end(policy, status, elapsed_seconds=elapsed, keeper=pace)
            continue
        delay = next_delay(policy, status, looks=looks, elapsed_seconds=elapsed, keeper=pace)
        heapq.heappush(due, (now + delay + latency, next(order), job, looks + 1, pace))
    return result
