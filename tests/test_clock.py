import asyncio

import pytest

from mediaintel_async.clock import (
    FastClock,
    ManualClock,
    SkippingClock,
    SystemClock,
    within,
)


async def test_a_manual_clock_wakes_sleepers_in_order_of_their_due_time():
    """
    `advance()` ends the sleeps that are due, in their order, and no others.
    """
    clock = ManualClock()
    woken = []

    async def sleeper(seconds):
        await clock.sleep(seconds)
        woken.append(seconds)

    tasks = [asyncio.ensure_future(sleeper(seconds)) for seconds in (20, 10, 0)]
    await asyncio.sleep(0.001)
    clock.advance(15)
    await asyncio.wait(tasks[1:])

    assert [0, 10] == woken
    assert clock.next_wake() == 20
    tasks[0].cancel()


async def test_a_cancelled_sleeper_leaves_nothing_behind():
    """
    Advancing the clock past a cancelled sleep does nothing and raises nothing.
    """
    clock = ManualClock()
    task = asyncio.ensure_future(clock.sleep(10))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

    clock.advance(20)

    assert clock.next_wake() is None
    assert clock.wall() == 1_800_000_020


async def test_the_system_clock_follows_the_loop(clock):
    """
    The system clock is virtual in an event loop with virtual time.
    """
    before = clock.monotonic()

    await SystemClock().sleep(3600)

    assert clock.monotonic() - before >= 3600
    assert SystemClock().monotonic() == clock.monotonic()
    assert SystemClock().wall() > 1_700_000_000


async def test_a_fast_clock_shortens_sleep_and_keeps_true_wall_time(clock):
    """
    Sixty seconds at speed 60 take one second of the event loop.
    """
    before = clock.monotonic()

    await FastClock(speed=60).sleep(60)

    assert clock.monotonic() - before < 1.001
    assert abs(FastClock().wall() - SystemClock().wall()) < 60
    assert FastClock(speed=2).monotonic() > 0


def test_a_skipping_clock_turns_itself_in_an_ordinary_loop():
    """
    In an idle event loop, the sleeps of a skipping clock end in order, each at its own time.
    """
    clock = SkippingClock()
    woken = []

    async def sleeper(seconds):
        await clock.sleep(seconds)
        woken.append((seconds, clock.monotonic()))

    async def main():
        await asyncio.gather(*(sleeper(seconds) for seconds in (3600, 60, 60, 0)))

    asyncio.run(main())

    assert [(0, 0.0), (60, 60.0), (60, 60.0), (3600, 3600.0)] == woken


def test_a_skipping_clock_waits_while_something_happens():
    """
    A skipping clock does not jump while it is touched, and stops watching when nothing sleeps.
    """
    clock = SkippingClock()

    async def main():
        sleeping = asyncio.ensure_future(clock.sleep(10))
        for _ in range(1000):
            await asyncio.sleep(0)
            clock.touch()
        before = clock.monotonic()
        await sleeping
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return before

    before = asyncio.run(main())

    assert (0.0, 10.0) == (before, clock.monotonic())
    assert not clock._is_watching


async def test_work_within_its_time_is_returned(clock):
    """
    `within()` returns the result of the work, or raises its error.
    """

    async def fail():
        raise KeyError

    assert clock.monotonic() == await within(clock, 5, asyncio.sleep(0, clock.monotonic()))
    with pytest.raises(KeyError):
        await within(clock, 5, fail())
    assert 1 == await within(clock, float("inf"), asyncio.sleep(0, 1))


async def test_work_beyond_its_time_is_cancelled(clock):
    """
    `within()` raises TimeoutError at the deadline, after the cleanup of the cancelled work.
    """
    tidied = []

    async def work():
        try:
            await clock.sleep(100)
        finally:
            tidied.append(clock.monotonic())

    began = clock.monotonic()

    with pytest.raises(TimeoutError):
        await within(clock, 5, work())

    assert [began + 5] == tidied


async def test_a_cancelled_caller_cancels_the_work(clock):
    """
    Cancelling a task inside `within()` cancels the work, too.
    """
    task = asyncio.ensure_future(within(clock, 50, clock.sleep(100)))
    await asyncio.sleep(1)

    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert {asyncio.current_task()} == asyncio.all_tasks()
