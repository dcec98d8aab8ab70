"""When to look next. Every delay is a tenacity wait strategy; users may bring their own."""

import math
import random
from statistics import median
from typing import Any, Protocol, cast

import tenacity
from tenacity.wait import wait_base

from mediaintel_async.decisions.likely_end import (
    Experience,
    JobObservations,
    RemainingTimes,
    remaining_times,
    remaining_times_by_age,
    seen_progress,
)
from mediaintel_async.errors import ConfigurationError, server_hint_seconds
from mediaintel_async.models.common import JobStatus
from mediaintel_async.public import public

SHORTEST_DELAY_SECONDS = 0.1
"""Between two looks at one address, whatever a strategy or the service says."""

LONGEST_DELAY_SECONDS = 3600.0
"""Between two looks, even if a strategy says "never"."""

_DELAY_FOR_NAN_SECONDS = 15.0
"""If a strategy returns NaN: slow enough to do no harm."""

_LOOK_PRICE_SECONDS = 0.35
"""What a look costs, in seconds of lag: a pause grows until the average lag that it causes is worth
one look. `benchmarks/cadence.py` shows what a price buys: looks a job against lag."""

_FLOOR_SECONDS = 1.0
_CEILING_SECONDS = 25.0
"""However far the likely end, a job may fail, or be cancelled elsewhere, at any time."""

_CEILING_SHARE = 0.05
"""The ceiling grows to this share of the elapsed time: after an hour, a lag of three minutes is
proportionate."""

_HIGHEST_CEILING_SECONDS = 180.0
_LONGEST_AFTER_FAILURE_SECONDS = 15.0
_LONGEST_ELAPSED_SECONDS = 1e9


class JobMemory(Protocol):
    """Holds one job's state for the wait strategy between looks."""

    observations: Any
    """Whatever the strategy keeps; None at first."""


@public
class wait_until_likely_done(wait_base):  # noqa: N801 - named like tenacity's own
    """Looks rarely while the end is far, and often when it may come: the client's own cadence.

    Estimates the end from the counts of a status, and from how long jobs of its kind have
    waited and worked before. A pause lasts as long as the lag that it causes stays below a third
    of a second on average, from 1 s to 25 s (or 5 % of the elapsed time, up to 3 min, if that is
    longer), with jitter. After a failed look, pauses grow with the outage, up to 15 s; a
    `Retry-After` of the service replaces them.

    One instance serves all jobs of a client. What it notes of a single job it stores on the
    `retry_state`, so it works with plain tenacity as well, and then estimates from counts.
    `observe_end()` lets it estimate from the lengths of earlier jobs, too.
    """

    def __init__(self) -> None:
        self._experience = Experience()

    def __call__(self, retry_state: tenacity.RetryCallState) -> float:
        """Return the seconds until the next look."""
        now = _elapsed(retry_state)
        # The poller passes a memory, since it makes a new state for each look; tenacity keeps its
        # state as long as it retries, so the state itself serves as the memory.
        memory: Any = getattr(retry_state, "memory", retry_state)
        observations = getattr(memory, "observations", None)
        outcome = retry_state.outcome
        if outcome is None or outcome.failed:
            hint = server_hint_seconds(None if outcome is None else outcome.exception())
            if hint is not None:
                return max(_FLOOR_SECONDS, hint)
            # Look again after as long as the outage has lasted so far.
            since = observations.last_look if isinstance(observations, JobObservations) else 0.0
            pause = min(now - since, _LONGEST_AFTER_FAILURE_SECONDS)
        else:
            status = outcome.result()
            if not isinstance(observations, JobObservations):
                observations = JobObservations(self._experience.history_of(status))
                memory.observations = observations
            seen = seen_progress(status)
            observations.note_status(seen, now, is_first=retry_state.attempt_number <= 1)
            left = remaining_times(observations, seen, now)
            observations.likely_end = now + left[len(left) // 2] if left else math.nan
            pause = longest_pause(left or remaining_times_by_age(observations, seen, now))
        ceiling = min(max(_CEILING_SECONDS, _CEILING_SHARE * now), _HIGHEST_CEILING_SECONDS)
        # Jobs that were started together must not be looked at together for ever.
        jitter = random.uniform(0.9, 1.0)  # noqa: S311 - not a secret
        return max(_FLOOR_SECONDS / 0.9, min(pause, ceiling)) * jitter

    def observe_end(self, status: object, elapsed_seconds: float) -> None:
        """Learn from a job that ended.

        Args:
            status: Its final status. A job that failed or was cancelled teaches nothing.
            elapsed_seconds: How long after the first look at the job its end was seen.
        """
        self._experience.observe_end(status, elapsed_seconds)

    def usual_seconds(self, status: object) -> float | None:
        """Return how long jobs usually take whose statuses are of the class of *status*.

        The median of the jobs seen so far, in seconds from the first look to the end; None before
        the first.
        """
        seconds = self._experience.history_of(status).total_seconds
        return median(seconds) if seconds else None


def longest_pause(remaining: RemainingTimes) -> float:
    """Return the longest pause whose average lag is not worth another look.

    A look after `t` seconds notices an end at `T` with a lag of `t - T`, or has no lag if the job
    has not ended by then. The average lag is `E[max(0, t - T)]`. It grows with `t`, and it grows
    at the rate `P(T <= t)`: another second of pause adds one second of lag in just those cases in
    which the job has ended already. So the average lag is the area under `P(T <= t)` from 0 to
    `t`, and the pause ends where that area reaches the price of a look, `_LOOK_PRICE_SECONDS`.

    `P` comes from the `n` *remaining* times, each as likely as the next: they cut the future into
    `n + 1` parts, and the job ends in each part with the same probability, `1 / (n + 1)`, at every
    moment of it alike. The outermost parts have one bound each; their width is that of all inner
    parts together, divided by `n + 1`. So `P` climbs in straight lines, the area under a line is a
    quadratic function of time, and its root is the moment at which the area reaches the price. If
    the area stays below the price to the very end, the pause ends where the last part does.

    While the end is far, `P` is 0, and a long pause costs nothing: it lasts until about the first
    remaining time. Once the end is overdue, `P` is near 1, and each second of pause costs one.
    """
    share = 1 / (len(remaining) + 1)
    margin = (remaining[-1] - remaining[0]) * share
    time = max(0.0, remaining[0] - margin)
    # `probability` is P(T <= time), `lag` the area under it up to `time`.
    probability = lag = 0.0
    for bound in (*remaining, remaining[-1] + margin):
        width = bound - time
        more_lag = (probability + share / 2) * width
        if lag + more_lag >= _LOOK_PRICE_SECONDS:
            # Solve for x: probability * x + slope * x**2 / 2 = missing.
            slope = share / width
            missing = _LOOK_PRICE_SECONDS - lag
            root = math.sqrt(probability**2 + 2 * slope * missing)
            return time + (root - probability) / slope
        time, probability, lag = bound, probability + share, lag + more_lag
    return time


def _elapsed(retry_state: tenacity.RetryCallState) -> float:
    """Return the seconds since the first look; 0 if the state has no sensible number."""
    seconds = retry_state.seconds_since_start
    if seconds is None or not 0 <= seconds < _LONGEST_ELAPSED_SECONDS:
        return 0.0
    return seconds


def next_delay(
    cadence: wait_base,
    outcome: JobStatus | Exception,
    *,
    looks: int,
    elapsed_seconds: float,
    memory: JobMemory | None = None,
) -> float:
    """Return how many seconds to wait for the next look at a job.

    A `Retry-After` of the service wins. Otherwise *cadence* decides; it is shown what tenacity
    would show it.

    Args:
        cadence: The wait strategy.
        outcome: What the last look came to: a status, or the error that it failed with.
        looks: How many looks there were so far.
        elapsed_seconds: Since the first of them.
        memory: Where the strategy may keep what it notes of this job.

    Raises:
        ConfigurationError: *cadence* returned something else than a number.
    """
    delay = server_hint_seconds(outcome) if isinstance(outcome, Exception) else None
    if delay is None:
        delay = cadence(_state_after(outcome, looks, elapsed_seconds, memory))
    if not isinstance(delay, int | float):
        raise ConfigurationError(
            f"the wait strategy {type(cadence).__name__} returned {delay!r}; expected seconds"
        )
    if math.isnan(delay):
        return _DELAY_FOR_NAN_SECONDS
    return min(max(delay, SHORTEST_DELAY_SECONDS), LONGEST_DELAY_SECONDS)


def report_end(
    cadence: wait_base, status: JobStatus, *, elapsed_seconds: float, memory: JobMemory
) -> None:
    """Pass the final *status* of a job to each `observe_end()` there is.

    Both what the strategy has noted of this job and the strategy itself may have that method.
    """
    for observer in (memory.observations, cadence):
        observe_end = getattr(observer, "observe_end", None)
        if observe_end is not None:
            observe_end(status, elapsed_seconds)


def likely_end(memory: JobMemory) -> float | None:
    """Return how many seconds after its first look the job will probably end.

    None if the strategy does not estimate that, or has nothing to estimate from.
    """
    observations = memory.observations
    end = observations.likely_end if isinstance(observations, JobObservations) else math.nan
    return None if math.isnan(end) else end


def usual_seconds(cadence: wait_base, status: JobStatus) -> float | None:
    """Return how long jobs with a status like *status* usually take, if *cadence* can tell."""
    return cadence.usual_seconds(status) if isinstance(cadence, wait_until_likely_done) else None


class _RetryState(tenacity.RetryCallState):
    memory: JobMemory


class _FinishedFuture(tenacity.Future):
    """A finished tenacity Future without lock and condition: one is made for each look."""

    def __init__(self, attempt_number: int, outcome: JobStatus | Exception) -> None:
        self.attempt_number = attempt_number
        self._outcome = outcome

    def done(self) -> bool:
        return True

    def exception(self, timeout: float | None = None) -> Exception | None:  # noqa: ARG002 - as futures have it
        return self._outcome if isinstance(self._outcome, Exception) else None

    def result(self, timeout: float | None = None) -> Any:  # noqa: ARG002 - likewise
        if isinstance(self._outcome, Exception):
            raise self._outcome
        return self._outcome


def _state_after(
    outcome: JobStatus | Exception, looks: int, elapsed_seconds: float, memory: JobMemory | None
) -> tenacity.RetryCallState:
    # Made anew after each look: kept between looks, it would cost each waiting job 1.6 kB.
    state = _RetryState(cast("Any", None), None, (), {})
    if memory is not None:
        state.memory = memory
    state.attempt_number = looks
    state.outcome = _FinishedFuture(looks, outcome)
    state.outcome_timestamp = state.start_time + elapsed_seconds
    return state
