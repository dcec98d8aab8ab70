"""How much longer a job may take, by its own counts and by what was seen of others before it."""

# ruff: noqa: RUF009 - _recent() declares attrs fields

import math
from collections import deque
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any, NamedTuple

from attrs import define, field

Chances = Sequence[float]
"""Seconds from now, sorted: the job may end after any of them, each as likely as the next."""

_REMEMBERED = 24
"""How many numbers of each sort are kept of a kind of job: enough for a spread, few enough to
follow a service that changes."""

_MOST_KINDS = 16

_GRID = (-1.5, -0.9, -0.5, -0.15, 0.15, 0.5, 0.9, 1.5)
"""Points of a bell curve, about equally likely, in standard deviations."""

_UNKNOWN = (0.4, 0.8, 1.5, 3.0, 6.0)
"""What is left of something never seen before, as multiples of its age."""

_FIRST_SECONDS = 5.0
"""Added to the age of what has only begun, of which next to nothing is known."""

_UNEVENNESS = 0.5
"""How much scenes of one job differ: standard deviation over mean."""

_DIFFERENCE = 0.5
"""How much jobs differ in their seconds a scene, until a few were seen."""

_LEAST_SECONDS = 1e-3

_FEW = 4
"""Below that many numbers a spread says nothing."""

_OVERDUE = 0.25
"""What outlives its time lasts that much longer, as a share of the excess: the longer an estimate
has been wrong, the less it is trusted."""


def _recent() -> Any:
    return field(factory=lambda: deque[float](maxlen=_REMEMBERED), init=False)


@define(eq=False)
class History:
    """What jobs of one kind took, in seconds; the latest of them."""

    queues: "deque[float]" = _recent()
    """From the first look to the beginning of the work."""

    works: "deque[float]" = _recent()
    """From there to the end."""

    totals: "deque[float]" = _recent()
    """Both."""

    bursts: "deque[float]" = _recent()
    """Scenes that ended at once: the service may work on several, or rarely count."""

    scenes: "deque[float]" = _recent()
    """A scene, on average over a job."""


@define(eq=False, weakref_slot=False)
class Notes:
    """What looks at one job have shown so far. All times are seconds since the first look."""

    history: History
    base_count: float = 0.0
    base_at: float = math.nan
    """When `base_count` scenes were done: the beginning of the work, or as early as is known."""

    count: float = 0.0
    count_at: float = math.nan
    """When that count, the highest so far, was reached."""

    last_look: float = math.nan
    likely_end: float = math.nan
    burst: float = 1.0
    """How many scenes have ended at once, at the most."""

    has_taught: bool = False
    """Whether its seconds a scene are in the history already."""

    @property
    def has_begun(self) -> bool:
        """Whether the work was seen under way."""
        return not math.isnan(self.base_at)

    def take(self, shown: "Shown", now: float, *, is_first: bool) -> None:
        """Note what a look shows *now*. *is_first*: of the job; else nothing was kept so far."""
        done = shown.done
        if shown.is_waiting:
            self.last_look = now
            return
        if not self.has_begun:
            self._begin(done, now, is_first=is_first)
        elif done < self.count / 2:
            # Not a count that is a little behind, but work begun anew.
            self._measure_from(done, now)
        elif done > self.count:
            self._notice_bursts(done, now)
            # The last of several that ended since then did so rather lately.
            self.count_at = now - (now - self.last_look) / (done - self.count + 1)
            self.count = done
            self._teach(shown.total)
        self.last_look = now

    def observe_end(self, status: object, elapsed: float) -> None:
        """Learn from the end of the job, if it was a good one."""
        if not self.has_begun or not _teaches(status, elapsed) or elapsed < self.last_look:
            return
        end = (self.last_look + elapsed) / 2
        self.history.bursts.append(self.burst)
        if not self.base_count:
            self.history.works.append(end - self.base_at)
        _, total = counts_of(status)
        if total:
            self.count, self.count_at = total, end
            self._teach(total)

    def _begin(self, done: float, now: float, *, is_first: bool) -> None:
        """Find out when the work began: between this look and the one before."""
        queues, scenes = self.history.queues, self.history.scenes
        if math.isnan(self.last_look):
            if is_first:
                # It may have been going for long.
                self._measure_from(done, now)
            else:
                self.base_at = min(median(queues) if queues else 0.0, now / 2)
                self.count, self.count_at = _halfway(done), now
            return
        is_sure = not done or now - self.last_look < _narrow(now)
        if is_sure or not scenes:
            began = (self.last_look + now) / 2
        else:
            began = min(now, max(self.last_look, now - (done + 0.5) * median(scenes)))
        if is_sure or scenes:
            queues.append(began)
        if is_sure:
            self.base_at, self.count, self.count_at = began, done, now if done else began
        else:
            self._measure_from(done, now)

    def _measure_from(self, done: float, now: float) -> None:
        self.base_count, self.base_at = _halfway(done), now
        self.count, self.count_at = self.base_count, now

    def _notice_bursts(self, done: float, now: float) -> None:
        seconds, scenes = self.count_at - self.base_at, self.count - self.base_count
        if seconds > 0 and scenes > 0:
            expected = (now - self.last_look) * scenes / seconds
            self.burst = max(self.burst, done - self.count - expected)

    def _teach(self, total: float) -> None:
        scenes = self.count - self.base_count
        seconds = self.count_at - self.base_at
        is_enough = self.count >= total / 2 and scenes >= total / 4 and seconds > _LEAST_SECONDS
        if self.has_taught or not is_enough:
            return
        self.has_taught = True
        self.history.scenes.append(seconds / scenes)


def _halfway(done: float) -> float:
    """What is done when somebody looks for the first time: some of the next scene, too."""
    return done + 0.5 if done else 0.0


def _narrow(now: float) -> float:
    """How long a gap between two looks may be to say when something happened in it."""
    return max(2.0, 0.15 * now)


@define(eq=False)
class Experience:
    """What is known of jobs of every kind; shared by all jobs of a client."""

    _kinds: dict[type | None, History] = field(factory=dict, init=False)

    def history_of(self, status: object) -> History:
        """Return what is known of jobs with statuses of that type."""
        kind = type(status)
        if kind not in self._kinds and len(self._kinds) >= _MOST_KINDS:
            # Somebody makes up types; they share what is left.
            return self._kinds.setdefault(None, History())
        return self._kinds.setdefault(kind, History())

    def observe_end(self, status: object, elapsed: float) -> None:
        """Learn how long a job took as a whole, if it ended well."""
        if _teaches(status, elapsed):
            self.history_of(status).totals.append(elapsed)


def _teaches(status: object, elapsed: float) -> bool:
    """Whether an end says how long such jobs take: what failed says nothing about others."""
    return bool(getattr(status, "succeeded", True)) and 0 < elapsed < math.inf


class Shown(NamedTuple):
    """What a status says about how far its job is."""

    is_waiting: bool
    """Whether the work has not begun. A count above 0 says that it has."""

    done: float
    total: float
    """So many scenes; 0 of 0 where it does not say."""


def shown_by(status: object) -> Shown:
    """Read *status*, whatever it is."""
    done, total = counts_of(status)
    state = getattr(status, "state", None)
    name = state if isinstance(state, str) else str(getattr(state, "name", ""))
    return Shown(name.upper().startswith(("WAIT", "BEFORE")) and not done, done, total)


def counts_of(status: object) -> tuple[float, float]:
    """Return how many scenes of how many are done; 0 of 0 where *status* does not say.

    A status with nothing but a `progress` of 0 to 1 counts as so many of a hundred.
    """
    done = _count(getattr(status, "analyzed_scene_count", None))
    total = _count(getattr(status, "total_scene_count", None))
    if total:
        return min(done or 0.0, total), total
    progress = _count(getattr(status, "progress", None))
    if progress is None or progress > 1 or getattr(status, "is_final", False):
        return 0.0, 0.0
    return 100 * progress, 100.0


_LEAST_COUNT, _LARGEST_COUNT = 1e-6, 1e9


def _count(value: object) -> float | None:
    if not isinstance(value, int | float) or not 0 <= value <= _LARGEST_COUNT:
        return None
    return value if value >= _LEAST_COUNT else 0.0


def chances(notes: Notes, shown: Shown, now: float) -> Chances:
    """Return when the job of which a look has *shown* that may end; empty if nobody can tell."""
    history = notes.history
    if shown.is_waiting:
        return _chances_in_queue(history, shown.total, now)
    if shown.total:
        return _chances_by_counts(notes, shown.total, now)
    left = _left_of(history.works, now - notes.base_at)
    return left or _left_of(history.totals, now)


def blind_chances(notes: Notes, shown: Shown, now: float) -> Chances:
    """Return when a job may end of which nothing is known but its age."""
    if shown.total and not shown.is_waiting:
        # Not one scene has ended since it began.
        return _bell(max((shown.total + 1) * (now - notes.count_at), _FIRST_SECONDS), math.inf)
    return _left_of_unknown(now)


def _chances_in_queue(history: History, total: float, now: float) -> Chances:
    work = _work_ahead(history, total)
    if not work:
        return _left_of(history.totals, now)
    queue = _fifths(_left_of(history.queues, now) or _left_of_unknown(now))
    # Whatever the queues before: this one may be over just now.
    return sorted([work[1], work[-2], *(one + other for one in queue for other in work)])


def _work_ahead(history: History, total: float) -> Chances:
    """Return how long the work of a job may take that has not begun; empty if nobody knows."""
    if not total or not history.scenes:
        return _fifths(sorted(history.works)) if len(history.works) > 1 else ()
    if len(history.scenes) < _FEW:
        likely = total * median(history.scenes)
        return _fifths(_bell(likely, _DIFFERENCE * likely))
    unevenness = _UNEVENNESS / math.sqrt(total)
    return _fifths(
        sorted(
            total * seconds * (1 + unevenness * step)
            for seconds in _fifths(sorted(history.scenes))
            for step in (-1, 0, 1)
        )
    )


def _chances_by_counts(notes: Notes, total: float, now: float) -> Chances:
    scenes = notes.history.scenes
    measured, seconds = notes.count - notes.base_count, notes.count_at - notes.base_at
    # Experience counts for as many scenes as tell as much about this job's pace.
    weight = (_UNEVENNESS / _difference(scenes)) ** 2 if scenes else 0.0
    age = now - notes.count_at
    if measured < _LEAST_COUNT or seconds <= 0:
        measured, seconds = 0.0, 0.0
        if not scenes:
            return ()
    pace = (seconds + weight * median(scenes or (0.0,))) / (measured + weight)
    left = total - notes.count
    if left < 1:
        # All scenes are done, and still no end.
        return _bell(0.3 * max(pace, age), math.inf)
    # What ends at once counts as one scene.
    burst = min(left, max(notes.burst, median(notes.history.bursts or (1.0,))))
    pace, left, weight = pace * burst, left / burst, (measured + weight) / burst
    present = max(pace - age, 0.3 * pace, _OVERDUE * (age - pace))
    likely = (left - 1) * pace + present
    variance = (
        (left * pace * _UNEVENNESS) ** 2 / weight
        + left * (pace * _UNEVENNESS) ** 2
        + (present / 2) ** 2
    )
    return _bell(likely, math.sqrt(variance))


def _difference(scenes: Iterable[float]) -> float:
    """Return how much jobs differ in their seconds a scene: the middle two thirds of them."""
    ordered = sorted(scenes)
    if len(ordered) < _FEW:
        return _DIFFERENCE
    outer = len(ordered) // 6
    return min(1.0, max(0.1, math.log(ordered[-1 - outer] / ordered[outer]) / 2))


def _left_of(durations: Iterable[float], age: float) -> Chances:
    """Return what durations seen before leave of one of that *age*; empty if they are too few."""
    ordered = sorted(durations)
    if len(ordered) <= 1:
        return ()
    left = [duration - age for duration in ordered if duration > age]
    if len(left) > 1:
        # Between the last that is over and the next there may be others.
        return left if len(left) == len(ordered) else [left[0] / 2, *left]
    # It has outlived what was seen before.
    excess = max(age - ordered[-1], 0.2 * age, 1.0) / 2
    return sorted([excess * share for share in (0.25, 0.5, 0.75, 1.0, 1.5)] + left)


def _left_of_unknown(age: float) -> Chances:
    return [(age + _FIRST_SECONDS) * share for share in _UNKNOWN]


def _bell(likely: float, deviation: float) -> Chances:
    """Return chances around *likely*, all in the future; a wide bell leans to the left."""
    likely = max(likely, _LEAST_SECONDS)
    relative = min(1.5, deviation / likely)
    return [likely * math.exp(relative * step) for step in _GRID]


def _fifths(ordered: Chances) -> Chances:
    """Return five that stand for all."""
    size = len(ordered)
    return [ordered[(2 * number + 1) * size // 10] for number in range(5)]
