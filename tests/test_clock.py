import asyncio

from mediaintel_async.clock import FastClock, ManualClock, SystemClock


async def test_a_manual_clock_wakes_sleepers_in_order_of_their_due_time():
    """
    Sleepers wake when the clock is turned past their time, and not before.
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
    Turning the clock past a cancelled sleeper wakes nobody and raises nothing.
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
    A loop with virtual time makes the system clock virtual too.
    """
    before = clock.monotonic()

    await SystemClock().sleep(3600)

    assert clock.monotonic() - before >= 3600
    assert SystemClock().monotonic() == clock.monotonic()
    assert SystemClock().wall() > 1_700_000_000


async def test_a_fast_clock_shortens_sleep_and_keeps_true_wall_time(clock):
    """
    Sixty seconds at speed 60 take one second of the loop.
    """
    before = clock.monotonic()

    await FastClock(speed=60).sleep(60)

    assert clock.monotonic() - before < 1.001
    assert abs(FastClock().wall() - SystemClock().wall()) < 60
    assert FastClock(speed=2).monotonic() > 0
