"""One start that several callers wait for."""

import asyncio
import math

import pytest

from mediaintel_async.decisions.whose_run import Run
from mediaintel_async.jobs.shared_start import SharedStart, StartOutcome
from mediaintel_async.waiting.poller import DeadlinePassed


async def test_closing_a_start_that_has_not_begun_is_harmless(clock):
    """
    A start that nobody has begun has nothing to see to its end.
    """
    shared_start = SharedStart(clock, lambda _: False)

    await shared_start.close()

    assert shared_start.outcome is None


async def test_callers_of_one_start_share_its_outcome(clock):
    """
    What a start does is done once, however many wait for it, and each gets the outcome.
    """
    begun = []

    async def begin():
        begun.append(clock.monotonic())
        await clock.sleep(5)
        return StartOutcome(Run(since=0))

    shared_start = SharedStart(clock, lambda _: False)

    first, second = await asyncio.gather(*(shared_start.wait(begin, math.inf) for _ in range(2)))

    assert first is second is shared_start.outcome
    assert 1 == len(begun)


async def test_a_start_that_nobody_waits_for_is_called_off(clock):
    """
    A start whose last caller leaves before a POST is in flight is stopped, and what it recorded
    of that POST is taken back at once.
    """
    shared_start, taken_back = SharedStart(clock, lambda _: False), []

    async def begin():
        with shared_start.recorded(lambda: taken_back.append(clock.monotonic())):
            await clock.sleep(100)

    with pytest.raises(DeadlinePassed):
        await shared_start.wait(begin, clock.monotonic() + 1)

    assert [1] == taken_back
    assert not shared_start.is_wanted
