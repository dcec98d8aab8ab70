"""How much longer a job may take: an estimate from its own counts and from earlier jobs.

The estimate is a handful of remaining times, each as likely as the next, not one number: how
far they lie apart says how sure the estimate is. It comes from the best source there is:

1. The job has counts of scenes: seconds a scene so far, times the scenes left.
2. The job waits in the queue: earlier queues, plus the work that is then to come.
3. The job has no counts: how long earlier jobs of its kind worked, or took as a whole.
4. Nothing is known: multiples of the job's age.

`JobObservations` is what the looks at one job have shown, `Experience` what earlier jobs took.
"""

# ruff: noqa: RUF009 - _latest_seconds() declares attrs fields

import math
from collections import deque
from collections.abc import Iterable, Sequence
from statistics import median
from typing import Any, NamedTuple

from attrs import define, field

RemainingTimes = Sequence[float]
"""Seconds from now, sorted: the job may end after any of them, each as likely as the next.

Empty if there is nothing to estimate from.
"""

_REMEMBERED = 24
"""How many numbers of each sort are kept for a kind of job: enough to show how much jobs differ,
few enough to follow a service whose speed changes."""

_MOST_KINDS = 16

_NORMAL_POINTS = (-1.5, -0.9, -0.5, -0.15, 0.15, 0.5, 0.9, 1.5)
"""The middles of the eighths of a normal distribution, in standard deviations."""

_UNKNOWN_MULTIPLES = (0.4, 0.8, 1.5, 3.0, 6.0)
"""Remaining times of a job of unknown length, as multiples of its age."""

_NEW_JOB_SECONDS = 5.0
"""Added to the age of a job of unknown length: just after its start the age alone would be 0."""

_SCENE_VARIATION = 0.5
"""How much the scenes of one job differ in length: standard deviation over mean."""

_JOB_VARIATION = 0.5
"""How much jobs differ in their seconds a scene, as long as too few jobs were seen to tell."""

_LEAST_SECONDS = 1e-3

_FEWEST_FOR_SPREAD = 4
"""With fewer numbers than this, how far they lie apart says nothing."""

_OVERDUE_SHARE = 0.25
"""A scene that is overdue is expected to last this share of its delay longer: the longer an
estimate has been wrong, the less it is trusted."""


def _latest_seconds() -> Any:
    return field(factory=lambda: deque[float](maxlen=_REMEMBERED), init=False)


@define(eq=False)
class History:
    """What the latest jobs of one kind took, in seconds unless a field says otherwise."""

    queue_seconds: "deque[float]" = _latest_seconds()
    """From the first look to the beginning of the work."""

    work_seconds: "deque[float]" = _latest_seconds()
    """From the beginning of the work to the end of the job."""

    total_seconds: "deque[float]" = _latest_seconds()
    """From the first look to the end of the job."""

    scene_seconds: "deque[float]" = _latest_seconds()
    """For one scene, averaged over a job."""

    scenes_at_once: "deque[float]" = _latest_seconds()
    """A number of scenes: how many a job showed as ended together. The service may work on several
    scenes at a time, or bring its counts up to date rarely."""


@define(eq=False, weakref_slot=False)
class JobObservations:
    """What the looks at one job have shown so far. All times are seconds since the first look.

    The job's own seconds a scene are `(count_at - base_at) / (count - base_count)`.
    """

    history: History
    """What jobs of the same kind took; this job adds to it."""

    base_count: float = 0.0
    """How many scenes were done at `base_at`; 0 if the work was seen from its beginning."""

    base_at: float = math.nan
    """When the work began, or when it was first seen under way; NaN before that."""

    count: float = 0.0
    """The highest number of scenes that any look has shown as done."""

    count_at: float = math.nan
    """When `count` was reached."""

    last_look: float = math.nan
    likely_end: float = math.nan
    scenes_at_once: float = 1.0
    """The most scenes that have ended together."""

    has_recorded_scenes: bool = False
    """Whether this job's seconds a scene are in the history already."""

    @property
    def has_begun(self) -> bool:
        """Whether a look has shown the work under way."""
        return not math.isnan(self.base_at)

    def note_status(self, seen: "SeenProgress", now: float, *, is_first: bool) -> None:
        """Note what a look has shown.

        Args:
            seen: What the look has shown.
            now: When it did.
            is_first: Whether this was the first look at the job. If it was not, and yet nothing
                has been noted, the earlier looks failed, or what they showed was not kept.
        """
        done = seen.done
        if seen.is_waiting:
            self.last_look = now
            return
        if not self.has_begun:
            self._note_beginning(done, now, is_first=is_first)
        elif done < self.count / 2:
            # Counts may lag by a few scenes, but not by half: the service began anew.
            self._measure_from(done, now)
        elif done > self.count:
            self._note_scenes_at_once(done, now)
            # Spread the scenes that ended since the last look evenly over the time between.
            self.count_at = now - (now - self.last_look) / (done - self.count + 1)
            self.count = done
            self._record_scene_seconds(seen.total)
        self.last_look = now

    def observe_end(self, status: object, elapsed: float) -> None:
        """Add to the history what the job took, if it succeeded."""
        if not self.has_begun or not _tells_a_length(status, elapsed) or elapsed < self.last_look:
            return
        end = (self.last_look + elapsed) / 2
        self.history.scenes_at_once.append(self.scenes_at_once)
        if not self.base_count:
            self.history.work_seconds.append(end - self.base_at)
        _, total = counts_of(status)
        if total:
            self.count, self.count_at = total, end
            self._record_scene_seconds(total)

    def _note_beginning(self, done: float, now: float, *, is_first: bool) -> None:
        """Note the first look at work under way, which began between this look and the last."""
        queues, scenes = self.history.queue_seconds, self.history.scene_seconds
        if math.isnan(self.last_look):
            if is_first:
                # The work may have begun long ago: measure only what comes from here on.
                self._measure_from(done, now)
            else:
                self.base_at = min(median(queues) if queues else 0.0, now / 2)
                self.count, self.count_at = _with_half_a_scene(done), now
            return
        is_exact = not done or now - self.last_look < _narrow_gap(now)
        if is_exact or not scenes:
            began = (self.last_look + now) / 2
        else:
            # Count back from the scenes that are done, at the usual seconds a scene.
            began = min(now, max(self.last_look, now - (done + 0.5) * median(scenes)))
        if is_exact or scenes:
            queues.append(began)
        if is_exact:
            self.base_at, self.count, self.count_at = began, done, now if done else began
        else:
            self._measure_from(done, now)

    def _measure_from(self, done: float, now: float) -> None:
        """Measure the seconds a scene from this look on, whatever came before."""
        self.base_count, self.base_at = _with_half_a_scene(done), now
        self.count, self.count_at = self.base_count, now

    def _note_scenes_at_once(self, done: float, now: float) -> None:
        """Note how many scenes more have ended since the last look than its pace explains."""
        seconds, scenes = self.count_at - self.base_at, self.count - self.base_count
        if seconds > 0 and scenes > 0:
            expected = (now - self.last_look) * scenes / seconds
            self.scenes_at_once = max(self.scenes_at_once, done - self.count - expected)

    def _record_scene_seconds(self, total: float) -> None:
        """Add this job's seconds a scene to the history, once, when enough of it was measured."""
        scenes = self.count - self.base_count
        seconds = self.count_at - self.base_at
        is_enough = self.count >= total / 2 and scenes >= total / 4 and seconds > _LEAST_SECONDS
        if self.has_recorded_scenes or not is_enough:
            return
        self.has_recorded_scenes = True
        self.history.scene_seconds.append(seconds / scenes)


def _with_half_a_scene(done: float) -> float:
    """Return what is done at a moment picked at random: half of the next scene, too."""
    return done + 0.5 if done else 0.0


def _narrow_gap(now: float) -> float:
    """Return how far apart two looks may be to say when something happened between them."""
    return max(2.0, 0.15 * now)


@define(eq=False)
class Experience:
    """What earlier jobs of every kind took; shared by all jobs of a client."""

    _kinds: dict[type | None, History] = field(factory=dict, init=False)
    """By the type of a job's status, which tells summaries, indexes and imports apart."""

    def history_of(self, status: object) -> History:
        """Return what jobs took whose status has the type of *status*."""
        kind = type(status)
        if kind not in self._kinds and len(self._kinds) >= _MOST_KINDS:
            # Bounds the memory: all further types of status share one history.
            return self._kinds.setdefault(None, History())
        return self._kinds.setdefault(kind, History())

    def observe_end(self, status: object, elapsed: float) -> None:
        """Note how many seconds a job took from its first look, if it succeeded."""
        if _tells_a_length(status, elapsed):
            self.history_of(status).total_seconds.append(elapsed)


def _tells_a_length(status: object, elapsed: float) -> bool:
    """Whether an end says how long such jobs take: a job that failed says nothing about others."""
    return bool(getattr(status, "succeeded", True)) and 0 < elapsed < math.inf


class SeenProgress(NamedTuple):
    """What a status says about how far its job is."""

    is_waiting: bool
    """Whether the work has not begun. A count above 0 says that it has."""

    done: float
    """Scenes that have ended."""

    total: float
    """Scenes in all; 0 if the status does not say."""


def seen_progress(status: object) -> SeenProgress:
    """Read the progress from *status*, which may be any object."""
    done, total = counts_of(status)
    state = getattr(status, "state", None)
    name = state if isinstance(state, str) else str(getattr(state, "name", ""))
    return SeenProgress(name.upper().startswith(("WAIT", "BEFORE")) and not done, done, total)


def counts_of(status: object) -> tuple[float, float]:
    """Return how many scenes are done, and of how many; 0 of 0 where *status* does not say.

    A status with nothing but a `progress` of 0 to 1 counts as that share of 100 scenes.
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
    """Return *value* if it can be a count, else None."""
    if not isinstance(value, int | float) or not 0 <= value <= _LARGEST_COUNT:
        return None
    return value if value >= _LEAST_COUNT else 0.0


def remaining_times(
    observations: JobObservations, seen: SeenProgress, now: float
) -> RemainingTimes:
    """Return the remaining times of a job whose last look has *seen* that much.

    Empty if neither the job's counts nor earlier jobs say anything.
    """
    history = observations.history
    if seen.is_waiting:
        return _remaining_in_queue(history, seen.total, now)
    if seen.total:
        return _remaining_by_counts(observations, seen.total, now)
    left = _remaining_of(history.work_seconds, now - observations.base_at)
    return left or _remaining_of(history.total_seconds, now)


def remaining_times_by_age(
    observations: JobObservations, seen: SeenProgress, now: float
) -> RemainingTimes:
    """Return remaining times that grow with the age of a job of which nothing else is known."""
    if seen.total and not seen.is_waiting:
        # Not one scene has ended since the work began: take each to last as long as that.
        age = now - observations.count_at
        return _spread_around(max((seen.total + 1) * age, _NEW_JOB_SECONDS), math.inf)
    return _remaining_of_unknown(now)


def _remaining_in_queue(history: History, total: float, now: float) -> RemainingTimes:
    """Add each likely length of the work to each likely rest of the queue."""
    work = _work_to_come(history, total)
    if not work:
        return _remaining_of(history.total_seconds, now)
    queue = _five_of(_remaining_of(history.queue_seconds, now) or _remaining_of_unknown(now))
    # However long earlier queues were, this one may have ended just now: the work alone is left.
    return sorted([work[1], work[-2], *(one + other for one in queue for other in work)])


def _work_to_come(history: History, total: float) -> RemainingTimes:
    """Return how long the work of a job may take that has not begun; empty if nothing is known."""
    if not total or not history.scene_seconds:
        works = history.work_seconds
        return _five_of(sorted(works)) if len(works) > 1 else ()
    if len(history.scene_seconds) < _FEWEST_FOR_SPREAD:
        likely = total * median(history.scene_seconds)
        return _five_of(_spread_around(likely, _JOB_VARIATION * likely))
    # The longer the job, the better its uneven scenes balance: by the square root.
    variation = _SCENE_VARIATION / math.sqrt(total)
    return _five_of(
        sorted(
            total * seconds * (1 + variation * step)
            for seconds in _five_of(sorted(history.scene_seconds))
            for step in (-1, 0, 1)
        )
    )


def _remaining_by_counts(observations: JobObservations, total: float, now: float) -> RemainingTimes:
    """Multiply the scenes left by the seconds a scene; empty if no scene was ever measured.

    The seconds a scene are an average of this job's own scenes and of earlier jobs. Over `n`
    scenes of its own the error of a job's mean is `_SCENE_VARIATION / sqrt(n)`; the error of
    taking another job's mean for it is the difference between jobs. The two are equal at
    `n = (_SCENE_VARIATION / difference)**2`: earlier jobs count for that many scenes.
    """
    scene_seconds = observations.history.scene_seconds
    measured = observations.count - observations.base_count
    seconds = observations.count_at - observations.base_at
    weight = (_SCENE_VARIATION / _job_variation(scene_seconds)) ** 2 if scene_seconds else 0.0
    age = now - observations.count_at
    if measured < _LEAST_COUNT or seconds <= 0:
        measured, seconds = 0.0, 0.0
        if not scene_seconds:
            return ()
    a_scene = (seconds + weight * median(scene_seconds or (0.0,))) / (measured + weight)
    left = total - observations.count
    if left < 1:
        # Every scene is done, and the job still runs: it is finishing.
        return _spread_around(0.3 * max(a_scene, age), math.inf)
    # From here on, scenes that end together count as one long scene.
    usual = median(observations.history.scenes_at_once or (1.0,))
    at_once = min(left, max(observations.scenes_at_once, usual))
    a_scene, left, weight = a_scene * at_once, left / at_once, (measured + weight) / at_once
    present = max(a_scene - age, 0.3 * a_scene, _OVERDUE_SHARE * (age - a_scene))
    likely = (left - 1) * a_scene + present
    # Three independent errors: of the mean, of the scenes to come, of the scene under way.
    variance = (
        (left * a_scene * _SCENE_VARIATION) ** 2 / weight
        + left * (a_scene * _SCENE_VARIATION) ** 2
        + (present / 2) ** 2
    )
    return _spread_around(likely, math.sqrt(variance))


def _job_variation(scene_seconds: Iterable[float]) -> float:
    """Return how much jobs differ in their seconds a scene: standard deviation over mean.

    Measured as half the distance, on a logarithmic scale, that the middle two thirds cover.
    """
    ordered = sorted(scene_seconds)
    if len(ordered) < _FEWEST_FOR_SPREAD:
        return _JOB_VARIATION
    outer = len(ordered) // 6
    return min(1.0, max(0.1, math.log(ordered[-1 - outer] / ordered[outer]) / 2))


def _remaining_of(durations: Iterable[float], age: float) -> RemainingTimes:
    """Return what is left of something of that *age*, if it lasts as long as one of *durations*.

    Durations shorter than the age are out of the question. Empty if there are fewer than two.
    """
    ordered = sorted(durations)
    if len(ordered) <= 1:
        return ()
    left = [duration - age for duration in ordered if duration > age]
    if len(left) > 1:
        # The job may also end before the next longer duration: half way to it stands for that.
        return left if len(left) == len(ordered) else [left[0] / 2, *left]
    # Longer than all earlier ones, or all but one: the remaining times grow with the excess.
    excess = max(age - ordered[-1], 0.2 * age, 1.0) / 2
    return sorted([excess * share for share in (0.25, 0.5, 0.75, 1.0, 1.5)] + left)


def _remaining_of_unknown(age: float) -> RemainingTimes:
    return [(age + _NEW_JOB_SECONDS) * multiple for multiple in _UNKNOWN_MULTIPLES]


def _spread_around(likely: float, deviation: float) -> RemainingTimes:
    """Return eight remaining times around *likely*, the further apart the larger *deviation*.

    They follow a log-normal distribution with *likely* as its median: none is negative, and the
    long ones lie further out than the short ones, as a job can be late by more than early.
    """
    likely = max(likely, _LEAST_SECONDS)
    relative = min(1.5, deviation / likely)
    return [likely * math.exp(relative * point) for point in _NORMAL_POINTS]


def _five_of(ordered: RemainingTimes) -> RemainingTimes:
    """Return five of the *ordered* times that stand for all: the middle of each fifth."""
    size = len(ordered)
    return [ordered[(2 * number + 1) * size // 10] for number in range(5)]
