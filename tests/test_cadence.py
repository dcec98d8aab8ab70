import math

import pytest
import tenacity
from attrs import evolve

from mediaintel_async import NotSent, SceneSummaryState, SceneSummaryStatus, ServerError
from mediaintel_async.cadence import (
    LONGEST_DELAY_SECONDS,
    SHORTEST_DELAY_SECONDS,
    next_delay,
)

STATUS = SceneSummaryStatus(state=SceneSummaryState.SUMMARIZING)
BUSY = ServerError("GET /x", 503)


class Spy(tenacity.wait.wait_base):
    """A strategy that keeps what it is shown, and says one number."""

    def __init__(self, delay=3.0):
        self.delay = delay
        self.shown = []

    def __call__(self, retry_state):
        """Answer as prepared."""
        self.shown.append(retry_state)
        return self.delay


def test_a_strategy_sees_the_status():
    """
    A strategy is shown the number of looks, the seconds since the first, and the last status.
    """
    spy = Spy()

    delay = next_delay(spy, STATUS, looks=7, elapsed_seconds=90.0)

    (state,) = spy.shown
    assert 3.0 == delay
    assert 7 == state.attempt_number
    assert pytest.approx(90.0) == state.seconds_since_start
    assert STATUS is state.outcome.result()
    assert not state.outcome.failed


def test_a_strategy_sees_the_error():
    """
    After a look that failed the outcome is its error.
    """
    spy = Spy()
    error = NotSent("GET /x", "no connection")

    next_delay(spy, error, looks=1, elapsed_seconds=0.0)

    (state,) = spy.shown
    assert state.outcome.failed
    assert error is state.outcome.exception()


@pytest.mark.parametrize(
    ("hint", "expected"), [(45.0, 45.0), (120.0, 120.0), (1e9, 120.0), (0.0, 0.1)]
)
def test_a_wish_of_the_service_wins(hint, expected):
    """
    `Retry-After` replaces the strategy, up to two minutes, and never means at once.
    """
    spy = Spy()
    error = evolve(BUSY, retry_after_seconds=hint)

    delay = next_delay(spy, error, looks=1, elapsed_seconds=0.0)

    assert expected == delay
    assert [] == spy.shown


def test_without_a_wish_the_strategy_decides():
    """
    A refusal without `Retry-After` is for the strategy to judge.
    """
    assert next_delay(Spy(8.0), BUSY, looks=1, elapsed_seconds=0.0) == 8.0


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (math.nan, 15.0),
        (math.inf, LONGEST_DELAY_SECONDS),
        (-math.inf, SHORTEST_DELAY_SECONDS),
        (-1.0, SHORTEST_DELAY_SECONDS),
        (0, SHORTEST_DELAY_SECONDS),
        (1e12, LONGEST_DELAY_SECONDS),
    ],
)
def test_nonsense_from_a_strategy_is_harmless(said, expected):
    """
    There is a floor and a ceiling to whatever a strategy says.
    """
    assert next_delay(Spy(said), STATUS, looks=1, elapsed_seconds=0.0) == expected
