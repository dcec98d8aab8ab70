"""Looks against lag: how many looks each wait strategy makes, and how late it notices the end.

Simulated jobs of many shapes (queues that grow and shrink together, uneven scenes, stalls, counts
that go backwards, no counts at all) are started one after the other, and looked at without a
network. One strategy serves all jobs of a run, and begins without experience. Lag is the time from
the end of a job to the look that shows it; looks include the first and the last. The dice are
seeded: the same code prints the same figures.

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
from collections.abc import Callable, Iterable
from functools import partial
from importlib.metadata import version
from pathlib import Path

import tenacity
from attrs import define, field, frozen
from tenacity.wait import wait_base

from mediaintel_async import wait_until_likely_done
from mediaintel_async.models.assets import ImportState, ImportStatus
from mediaintel_async.models.indexes import IndexState, IndexStatus
from mediaintel_async.models.scene_summaries import SceneSummaryState, SceneSummaryStatus
from mediaintel_async.waiting.cadence import next_delay, report_end

Status = SceneSummaryStatus | IndexStatus | ImportStatus
Seconds = Callable[[random.Random], float]
"""Draws a time at random."""


@frozen
class SimulatedJob:
    """One job, and the status that it shows at each moment."""

    begins: float
    queue_seconds: float
    scene_seconds: tuple[float, ...]
    kind: str = "summary"
    backwards: bool = False
    fails_at: float = math.inf
    """The share of the work after which the job fails."""

    refresh_seconds: float = 0.0
    """How often the service brings its counts up to date; 0: at each look."""

    ends: list[float] = field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "ends", list(itertools.accumulate(self.scene_seconds)))

    @property
    def seconds(self) -> float:
        """From its start to its end."""
        return self.queue_seconds + self.ends[-1] * min(1.0, self.fails_at)

    def status(self, elapsed: float) -> Status:
        """Return the status that a look shows *elapsed* seconds after the start."""
        is_over, is_waiting = elapsed >= self.seconds, elapsed < self.queue_seconds
        if self.kind == "import":
            return ImportStatus(state=ImportState.COMPLETED if is_over else ImportState.IN_PROGRESS)
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
    """A kind of job; times are scaled so that the median job lasts `median_seconds`."""

    queue: Seconds
    scenes: Callable[[random.Random], int] = lambda dice: dice.randint(6, 60)
    pace: Seconds = lambda dice: dice.lognormvariate(0, 0.3)
    """Seconds a scene of one job, before scaling."""

    scene: Seconds = lambda dice: dice.uniform(0.5, 1.5)
    """A factor for each scene: how uneven the scenes of a job are."""

    stalls: float = 0.0
    """The share of jobs that stand still for a while, once."""

    kind: str = "summary"
    median_seconds: float = 120.0
    gap_seconds: float = 10.0
    """Between two starts, on average; 0 starts all jobs at once."""

    load: float = 0.5
    """How much the queues of neighbouring jobs resemble each other, 0 to 1."""

    backwards: bool = False
    failing: float = 0.0
    refresh_seconds: float = 0.0

    def jobs(self, count: int, seed: int) -> list[SimulatedJob]:
        """Simulate *count* jobs."""
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
        # First to a median work of 1, the unit of the queues; then to the wanted seconds.
        works = statistics.median(sum(each[2]) for each in raw)
        jobs = [self._job(each, works) for each in raw]
        scale = self.median_seconds / statistics.median(job.seconds for job in jobs)
        return [self._scaled(job, scale) for job in jobs]

    def _job(self, raw: tuple, works: float) -> SimulatedJob:
        begins, queue, scenes, fails_at, stall, stall_share = raw
        scenes = [each / works for each in scenes]
        if stall is not None:
            scenes[stall] += stall_share
        return SimulatedJob(
            begins,
            queue,
            tuple(scenes),
            kind=self.kind,
            backwards=self.backwards,
            fails_at=fails_at,
            refresh_seconds=self.refresh_seconds,
        )

    @staticmethod
    def _scaled(job: SimulatedJob, scale: float) -> SimulatedJob:
        return SimulatedJob(
            job.begins,
            job.queue_seconds * scale,
            tuple(each * scale for each in job.scene_seconds),
            kind=job.kind,
            backwards=job.backwards,
            fails_at=job.fails_at,
            refresh_seconds=job.refresh_seconds,
        )


def around(median: float, sigma: float) -> Seconds:
    """Return log-normal times; *median* is in units of the median job's work."""
    return lambda dice: dice.lognormvariate(math.log(median), sigma)


def either(short: float, long: float) -> Seconds:
    """Return one of two times, the shorter twice as often."""
    return lambda dice: dice.choice((short, short, long)) * dice.lognormvariate(0, 0.05)


def few(dice: random.Random) -> int:
    """Return two to five scenes."""
    return dice.randint(2, 5)


def one(_: random.Random) -> int:
    """Return one scene: work without counts is a single step."""
    return 1


def always(value: float) -> Seconds:
    """Return *value* each time."""
    return lambda _: value


def bursts(dice: random.Random) -> float:
    """Return scenes of which four end together, as if the service worked on four at a time."""
    return dice.choice([0.0, 0.0, 0.0, 4.0]) * dice.uniform(0.5, 1.5)


LASTING_TWO_MINUTES = "with counts, the median job lasts two minutes"
WITHOUT_COUNTS = "without counts (or 0 of 1), the median job lasts two minutes"
OF_OTHER_LENGTHS = "of other lengths"
HELD_OUT = "held out when the constants were chosen"

_summary = partial(Shape, queue=around(0.2, 0.7))
_index = partial(
    Shape, queue=around(0.3, 0.7), scenes=one, scene=always(1), kind="index", pace=around(1, 0.5)
)

GROUPS: dict[str, dict[str, Shape]] = {
    LASTING_TWO_MINUTES: {
        "usual": _summary(stalls=0.1),
        "even": Shape(queue=always(0.1), pace=always(1), scene=always(1), load=0),
        "uneven": _summary(scene=lambda dice: dice.expovariate(1)),
        "stalls": _summary(stalls=0.5),
        "backwards": _summary(backwards=True, stalls=0.1),
        "few scenes": _summary(scenes=few),
        "long queue": Shape(queue=around(2, 0.8)),
        "all at once": Shape(queue=around(0.3, 0.7), stalls=0.1, gap_seconds=0),
        "rare counts": _summary(refresh_seconds=10),
        "failing": _summary(failing=0.1),
        "bursts": _summary(scene=bursts, scenes=lambda dice: 4 * dice.randint(3, 15)),
    },
    WITHOUT_COUNTS: {
        "index": _index(),
        "steady": _index(pace=around(1, 0.05)),
        "equal": _index(queue=always(0.1), pace=always(1), load=0),
        "one scene": _summary(scenes=one),
        "two lengths": _index(queue=always(0.05), pace=either(0.3, 1.5)),
    },
    OF_OTHER_LENGTHS: {
        "an hour": Shape(queue=around(0.1, 0.7), median_seconds=3600, gap_seconds=60, stalls=0.1),
        "15 seconds": _summary(median_seconds=15, scenes=lambda dice: dice.randint(2, 15)),
        "import": Shape(
            queue=always(0), scenes=one, kind="import", median_seconds=8, pace=around(1, 0.6)
        ),
    },
    HELD_OUT: {
        "pareto": _summary(pace=lambda dice: dice.paretovariate(1.5)),
        "two paces": _summary(pace=either(0.4, 1.6)),
        "wild queue": Shape(queue=around(0.5, 1.5), load=0, stalls=0.2),
        "many scenes": _summary(scenes=lambda dice: dice.randint(100, 600)),
        "one at a time": _summary(gap_seconds=600, stalls=0.1),
        "five minutes": _summary(median_seconds=300, stalls=0.2),
        "40 seconds": _summary(median_seconds=40, stalls=0.2),
        "index, pareto": _index(pace=lambda dice: dice.paretovariate(1.5)),
    },
}
"""Shapes of jobs. No constant was chosen by the figures of the last group."""


@define(eq=False)
class Memory:
    """Where a strategy keeps what it notes of a job, as `AddressSchedule` is in the poller."""

    observations: object = None


@frozen
class Result:
    """For each job, how many looks it took, and how late the last one was."""

    looks: list[int] = field(factory=list)
    lags: list[float] = field(factory=list)

    def add(self, other: "Result") -> None:
        """Add the jobs of *other*."""
        self.looks.extend(other.looks)
        self.lags.extend(other.lags)

    @property
    def mean_looks(self) -> float:
        """Looks a job, on average."""
        return statistics.fmean(self.looks)

    @property
    def mean_lag(self) -> float:
        """Seconds from the end of a job to the look that showed it, on average."""
        return statistics.fmean(self.lags)

    @property
    def p95_lag(self) -> float:
        """The lag that one job in twenty exceeds."""
        return statistics.quantiles(self.lags, n=20)[-1]

    def __str__(self) -> str:
        product = self.mean_looks * self.mean_lag
        return f"{self.mean_looks:8.1f} {self.mean_lag:8.2f} {self.p95_lag:8.1f} {product:10.1f}"


def follow(jobs: list[SimulatedJob], policy: wait_base, *, latency: float = 0.02) -> Result:
    """Look at all jobs until each has ended."""
    order = itertools.count()
    due: list[tuple[float, int, SimulatedJob, int, Memory]] = [
        (job.begins, next(order), job, 1, Memory()) for job in jobs
    ]
    heapq.heapify(due)
    result = Result()
    while due:
        now, _, job, looks, memory = heapq.heappop(due)
        elapsed = now - job.begins
        status = job.status(elapsed)
        if status.is_final:
            result.looks.append(looks)
            result.lags.append(elapsed - job.seconds)
            report_end(policy, status, elapsed_seconds=elapsed, memory=memory)
            continue
        delay = next_delay(policy, status, looks=looks, elapsed_seconds=elapsed, memory=memory)
        heapq.heappush(due, (now + delay + latency, next(order), job, looks + 1, memory))
    return result


def growing(base: float, longest: float) -> Callable[[], wait_base]:
    """Return pauses of 1 s, then *base* times as long each time, up to *longest*."""
    return lambda: tenacity.wait_exponential(multiplier=1, exp_base=base, max=longest)


FIXED, OURS = "fixed 5 s", "wait_until_likely_done"

POLICIES: dict[str, Callable[[], wait_base]] = {
    "fixed 3 s": lambda: tenacity.wait_fixed(3),
    FIXED: lambda: tenacity.wait_fixed(5),
    "fixed 15 s (boto3's waiters)": lambda: tenacity.wait_fixed(15),
    "fixed 30 s (azure-core)": lambda: tenacity.wait_fixed(30),
    "1 s x 1.5 to 20 s (google-api-core)": growing(1.5, 20),
    "1 s x 1.3 to 15 s": growing(1.3, 15),
    OURS: wait_until_likely_done,
}
HEADING = f"{'looks':>8} {'lag':>8} {'p95 lag':>8} {'looks*lag':>10}"

Results = dict[str, dict[str, dict[str, Result]]]
"""By group, shape and policy."""


def measure(seeds: int, count: int) -> Results:
    """Follow *count* jobs of every shape with every policy, for each of *seeds* seeds."""
    results: Results = {}
    for group, shapes in GROUPS.items():
        for name, shape in shapes.items():
            of_shape = {policy: Result() for policy in POLICIES}
            results.setdefault(group, {})[name] = of_shape
            for seed in range(1, seeds + 1):
                random.seed(f"jitter {seed}")
                jobs = shape.jobs(count, seed=1000 + seed)
                for policy, make in POLICIES.items():
                    of_shape[policy].add(follow(jobs, make()))
    return results


def together(results: Iterable[Result]) -> Result:
    """Return one result for the jobs of all *results*."""
    whole = Result()
    for each in results:
        whole.add(each)
    return whole


def print_tables(results: Results) -> None:
    """Print a table of policies for each group, and a table of shapes."""
    for group, shapes in results.items():
        print(f"\njobs {group}: {', '.join(shapes)}")
        print(f"{'':36}{HEADING}")
        for policy in POLICIES:
            print(f"{policy:36}{together(each[policy] for each in shapes.values())}")
    print(f"\n{'':16}{OURS:>37}  {FIXED:>37}\n{'':16}{HEADING}  {HEADING}")
    for shapes in results.values():
        for name, each in shapes.items():
            ours, fixed = each[OURS], each[FIXED]
            is_beaten = ours.mean_looks > fixed.mean_looks and ours.mean_lag > fixed.mean_lag
            print(f"{name:16}{ours}  {fixed}{'  beaten in both' if is_beaten else ''}")


WIDTH, HEIGHT, MARGIN = 760, 480, 60
LOOKS_SHOWN, LAGS_SHOWN = (3, 100), (0.3, 30)


def plot(results: Results, path: Path) -> None:
    """Draw mean lag over looks: a large dot for each policy, a small one for each shape."""
    colours = ("#777777", "#1f77b4", "#2ca02c", "#9467bd", "#ff7f0e", "#8c564b", "#d62728")
    shapes = results[LASTING_TWO_MINUTES]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"',
        ' font-family="sans-serif" font-size="12" text-anchor="middle">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{WIDTH / 2}" y="20">Jobs {LASTING_TWO_MINUTES}</text>',
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 12}">looks a job</text>',
        f'<text transform="translate(16 {HEIGHT / 2}) rotate(-90)">mean lag, seconds</text>',
    ]
    low, right = HEIGHT - MARGIN, WIDTH - MARGIN
    for looks in (3, 5, 10, 20, 50, 100):
        x, _ = place(looks, 1)
        parts.append(f'<path d="M{x} 30V{low}" stroke="#ddd"/>')
        parts.append(f'<text x="{x}" y="{low + 16}">{looks}</text>')
    for lag in (0.3, 1, 3, 10, 30):
        _, y = place(10, lag)
        parts.append(f'<path d="M{MARGIN} {y}H{right}" stroke="#ddd"/>')
        parts.append(f'<text x="{MARGIN - 16}" y="{y + 4}">{lag}</text>')
    for policy, colour in zip(POLICIES, colours, strict=True):
        parts.extend(dot(each[policy], 3, colour) for each in shapes.values())
        whole = together(each[policy] for each in shapes.values())
        x, y = place(whole.mean_looks, whole.mean_lag)
        parts.append(dot(whole, 7, colour))
        parts.append(
            f'<text x="{x + 10}" y="{y + 4}" fill="{colour}" text-anchor="start">{policy}</text>'
        )
    path.write_text("\n".join([*parts, "</svg>", ""]), "utf-8")


def place(looks: float, lag: float) -> tuple[float, float]:
    """Return the coordinates on the plot; both axes are logarithmic."""

    def share(value: float, least: float, most: float) -> float:
        within = min(max(value, least), most)
        return math.log(within / least) / math.log(most / least)

    x = MARGIN + share(looks, *LOOKS_SHOWN) * (WIDTH - 2 * MARGIN)
    y = HEIGHT - MARGIN - share(lag, *LAGS_SHOWN) * (HEIGHT - MARGIN - 30)
    return round(x, 1), round(y, 1)


def dot(result: Result, radius: int, colour: str) -> str:
    """Return the SVG of one result."""
    x, y = place(result.mean_looks, result.mean_lag)
    return f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{colour}" fill-opacity="0.6"/>'


def main() -> None:
    """Print the tables, and draw the plot if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=200, help="of each shape and seed")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="an SVG to draw")
    arguments = parser.parse_args()
    results = measure(arguments.seeds, arguments.jobs)
    print(
        f"tenacity {version('tenacity')}, Python {platform.python_version()},"
        f" {arguments.seeds} seeds of {arguments.jobs} jobs"
    )
    print_tables(results)
    if arguments.plot is not None:
        plot(results, arguments.plot)


if __name__ == "__main__":
    main()
