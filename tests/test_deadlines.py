import asyncio

import pytest

from mediaintel_async.deadlines import Deadlines


@pytest.fixture
async def deadlines():
    """Deadlines that allow ten minutes in all, and five seconds of silence."""
    made = Deadlines(total_seconds=600, silence_seconds=5)
    yield made
    made.end_all()


async def in_silence(deadlines, *, counts_silence):
    """Make an attempt that hears nothing for an hour."""
    with deadlines.attempt(counts_silence=counts_silence):
        await asyncio.sleep(3600)


@pytest.fixture
async def upload(deadlines):
    """An attempt that has been under way for a minute, and whose silence does not count."""
    task = asyncio.create_task(in_silence(deadlines, counts_silence=False))
    await asyncio.sleep(60)
    yield task
    task.cancel()


async def test_a_silence_is_noticed_beside_what_may_be_silent(deadlines, upload, clock):
    """
    While an upload is under way, the silence of another call is noticed as soon as ever.
    """
    began = clock.monotonic()

    with pytest.raises(TimeoutError):
        await in_silence(deadlines, counts_silence=True)

    assert 5 == pytest.approx(clock.monotonic() - began, abs=0.1)


async def test_what_may_be_silent_has_all_of_its_time(upload, clock):
    """
    An upload is ended when its whole time is over, and not before.
    """
    with pytest.raises(TimeoutError):
        await upload

    assert 600 == pytest.approx(clock.monotonic(), abs=0.1)
