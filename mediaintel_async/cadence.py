"""When to look next. Every delay is a tenacity wait strategy; users may bring their own."""

import math
from typing import Any, cast

import tenacity
from tenacity.wait import wait_base

from mediaintel_async.models.common import JobStatus
from mediaintel_async.settings import server_hint_seconds

_SLOWEST_SECONDS = 15.0

SHORTEST_DELAY_SECONDS = 0.1
"""Between two looks at one address, whatever a strategy or the service says."""

LONGEST_DELAY_SECONDS = 3600.0
"""Between two looks, even if a strategy says "never"."""


def default_cadence() -> wait_base:
    """Return the strategy of a client that was given none.

    Looks come 1 to 2 s apart at first and 15 to 16 s apart in the end, each with jitter, so
    that jobs started together do not march in step.
    """
    growing = tenacity.wait_exponential(multiplier=1, exp_base=1.3, min=1, max=_SLOWEST_SECONDS)
    return growing + tenacity.wait_random(0, 1)


def next_delay(
    cadence: wait_base,
    outcome: JobStatus | Exception,
    *,
    looks: int,
    elapsed_seconds: float,
) -> float:
    """Ask *cadence* how long to wait after the look that came to *outcome*.

    A wish of the service wins. The strategy sees what tenacity would show it: the number of
    looks so far, the seconds since the first, and the last outcome.
    """
    delay = server_hint_seconds(outcome) if isinstance(outcome, Exception) else None
    if delay is None:
        delay = cadence(_state_after(outcome, looks, elapsed_seconds))
    if math.isnan(delay):
        # No number to go by: rather slow than in a rush.
        return _SLOWEST_SECONDS
    return min(max(delay, SHORTEST_DELAY_SECONDS), LONGEST_DELAY_SECONDS)


def _state_after(
    outcome: JobStatus | Exception, looks: int, elapsed_seconds: float
) -> tenacity.RetryCallState:
    # Made for one question at a time: kept, it would cost each waiting job 1.6 kB.
    state = tenacity.RetryCallState(cast("Any", None), None, (), {})
    state.attempt_number = looks
    future = tenacity.Future(looks)
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
    state.outcome = future
    state.outcome_timestamp = state.start_time + elapsed_seconds
    return state
