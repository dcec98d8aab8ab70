"""When to look next. Every delay is a tenacity wait strategy; users may bring their own."""

import math
import random
from typing import Any, Protocol, cast

import tenacity
from tenacity.wait import wait_base

from mediaintel_async.decisions.likely_end import (
    Chances,
    Experience,
    Notes,
    blind_chances,
    chances,
    shown_by,
)
from mediaintel_async.errors import server_hint_seconds
from mediaintel_async.models.common import JobStatus
from mediaintel_async.public import public

SHORTEST_DELAY_SECONDS = 0.1
"""Between two looks at one address, whatever a strategy or the service says."""

LONGEST_DELAY_SECONDS = 3600.0
"""Between two looks, even if a strategy says "never"."""

_WITHOUT_A_NUMBER_SECONDS = 15.0

_WORTH_SECONDS = 0.35
"""How much later an end may be noticed, on average over all ways it may come, to save a look."""

_FLOOR_SECONDS = 1.0
_CEILING_SECONDS = 25.0
"""Any job may fail, or be cancelled elsewhere, long before its likely end."""

_CEILING_SHARE = 0.05
"""Who has waited for an hour does not mind three minutes."""

_HIGHEST_CEILING_SECONDS = 180.0
_LONGEST_AFTER_FAILURE_SECONDS = 15.0
_LONGEST_ELAPSED_SECONDS = 1e9


class Keeper(Protocol):
    """Somebody who keeps for a strategy what that wants to remember of one job."""

    notes: Any
    """None at first."""


@public
class wait_until_likely_done(wait_base):  # noqa: N801 - named like tenacity's own
    """Looks rarely while the end is far, and often when it may come: the client's own cadence.

    Estimates the end from the counts of a status, and from how long jobs of its kind have
    waited and worked before. The pause is as long as an average lag of a third of a second
    allows, from 1 s to 25 s (5 % of the time that has passed, up to 3 min, if that is longer),
    with jitter. After a failed look pauses grow with the outage, to 15 s; a `Retry-After` of
    the service replaces them.

    One instance serves all jobs of a client: it has no other memory of a single job than what
    it leaves with the `retry_state`. With plain tenacity it needs nothing else, and learns from
    counts; `observe_end()` teaches it more.
    """

    def __init__(self) -> None:
        self._experience = Experience()

    def __call__(self, retry_state: tenacity.RetryCallState) -> float:
        """Return the seconds until the next look."""
        now = _elapsed(retry_state)
        keeper: Any = getattr(retry_state, "keeper", retry_state)
        notes = getattr(keeper, "notes", None)
        outcome = retry_state.outcome
        if outcome is None or outcome.failed:
            hint = server_hint_seconds(None if outcome is None else outcome.exception())
            if hint is not None:
                return max(_FLOOR_SECONDS, hint)
            # Nothing was seen; the outage may last as long again.
            since = notes.last_look if isinstance(notes, Notes) else 0.0
            wish = min(now - since, _LONGEST_AFTER_FAILURE_SECONDS)
        else:
            status = outcome.result()
            if not isinstance(notes, Notes):
                notes = keeper.notes = Notes(self._experience.history_of(status))
            shown = shown_by(status)
            notes.take(shown, now, is_first=retry_state.attempt_number <= 1)
            ahead = chances(notes, shown, now)
            notes.likely_end = now + ahead[len(ahead) // 2] if ahead else math.nan
            wish = longest_pause(ahead or blind_chances(notes, shown, now))
        ceiling = min(max(_CEILING_SECONDS, _CEILING_SHARE * now), _HIGHEST_CEILING_SECONDS)
        # Jobs that were started together must not march in step.
        jitter = random.uniform(0.9, 1.0)  # noqa: S311 - not a secret
        return max(_FLOOR_SECONDS / 0.9, min(wish, ceiling)) * jitter

    def observe_end(self, status: object, elapsed_seconds: float) -> None:
        """Learn that a job ended with *status*, so long after the first look at it."""
        self._experience.observe_end(status, elapsed_seconds)


def longest_pause(ahead: Chances) -> float:
    """Return after how many seconds to look, if the job ends after any of those *ahead*.

    The longer the pause, the later the end is noticed if it comes meanwhile. The pause ends
    where that lag, averaged over all chances, is worth a look. Between two chances the end is
    taken to be equally likely at any time.
    """
    share = 1 / (len(ahead) + 1)
    gap = (ahead[-1] - ahead[0]) * share
    time = max(0.0, ahead[0] - gap)
    # The likelihood of an end by *time*, and the average lag of a look then.
    likelihood = lag = 0.0
    for chance in (*ahead, ahead[-1] + gap):
        length = chance - time
        more_lag = (likelihood + share / 2) * length
        if lag + more_lag >= _WORTH_SECONDS:
            slope = share / length
            left = _WORTH_SECONDS - lag
            root = math.sqrt(likelihood**2 + 2 * slope * left)
            return time + (root - likelihood) / slope
        time, likelihood, lag = chance, likelihood + share, lag + more_lag
    return time


def _elapsed(retry_state: tenacity.RetryCallState) -> float:
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
    keeper: Keeper | None = None,
) -> float:
    """Ask *cadence* how long to wait after the look that came to *outcome*.

    A wish of the service wins. The strategy sees what tenacity would show it: the number of
    looks so far, the seconds since the first, and the last outcome. What it wants to remember
    of the job it may leave with *keeper*, which it finds in the state.
    """
    delay = server_hint_seconds(outcome) if isinstance(outcome, Exception) else None
    if delay is None:
        delay = cadence(_state_after(outcome, looks, elapsed_seconds, keeper))
    if math.isnan(delay):
        # No number to go by: rather slow than in a rush.
        return _WITHOUT_A_NUMBER_SECONDS
    return min(max(delay, SHORTEST_DELAY_SECONDS), LONGEST_DELAY_SECONDS)


def tell_end(
    cadence: wait_base, status: JobStatus, *, elapsed_seconds: float, keeper: Keeper
) -> None:
    """Let whoever wants to know learn that a job ended: the strategy, and its notes of the job."""
    for learner in (keeper.notes, cadence):
        observe_end = getattr(learner, "observe_end", None)
        if observe_end is not None:
            observe_end(status, elapsed_seconds)


def likely_end(keeper: Keeper) -> float | None:
    """Return how long after its first look the job will probably end.

    None, if its strategy does not estimate that, or has nothing to go by.
    """
    end = keeper.notes.likely_end if isinstance(keeper.notes, Notes) else math.nan
    return None if math.isnan(end) else end


class _State(tenacity.RetryCallState):
    keeper: Keeper


class _Outcome(tenacity.Future):
    """A future that has its outcome: one that could be waited for takes longer to make."""

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
    outcome: JobStatus | Exception, looks: int, elapsed_seconds: float, keeper: Keeper | None
) -> tenacity.RetryCallState:
    # Made for one question at a time: kept, it would cost each waiting job 1.6 kB.
    state = _State(cast("Any", None), None, (), {})
    if keeper is not None:
        state.keeper = keeper
    state.attempt_number = looks
    state.outcome = _Outcome(looks, outcome)
    state.outcome_timestamp = state.start_time + elapsed_seconds
    return state
