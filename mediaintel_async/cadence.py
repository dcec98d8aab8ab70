"""When to look next. Every delay is a tenacity wait strategy; users may bring their own."""

import math
from typing import Any, cast

import tenacity
from tenacity.wait import wait_base

from mediaintel_async.models.common import JobStatus
from mediaintel_async.settings import server_hint_seconds

_SLOWEST_SECONDS = 15.0


def default_cadence() -> wait_base:
    """Return the strategy of a client that was given none.

    Looks come 1 to 1.5 s apart at first and 15 to 16 s apart in the end, each with jitter, so
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
    if isinstance(outcome, Exception) and (hint := server_hint_seconds(outcome)) is not None:
        return hint
    # Made for this one question: kept, it would cost each waiting job 1.6 kB.
    state = tenacity.RetryCallState(cast("Any", None), None, (), {})
    state.attempt_number = looks
    future = tenacity.Future(looks)
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)
    state.outcome = future
    state.outcome_timestamp = state.start_time + elapsed_seconds
    delay = cadence(state)
    return delay if math.isfinite(delay) and delay > 0 else 0.0
