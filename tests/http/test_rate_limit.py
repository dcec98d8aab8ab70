import asyncio
import itertools

import pytest
from attrs import evolve
from scripted_server import SUCCESS, Answer, Raw, connect, refusal

from mediaintel_async import Rate, RateLimit, Request, RetryPolicy
from mediaintel_async.http.rate_limit import Limiter, TurnTooLate

GET = Request("GET", "/api/v1/things", dict)
ONCE = RetryPolicy(attempts=1)
IDLE = Rate(calls_per_second=10, under_way=0, queued=0, pause_seconds=0)


@pytest.fixture
async def limiter(clock):
    """Ten calls a second, three at once."""
    return Limiter(RateLimit(per_second=10, at_once=3), clock)


async def send_many(client, calls):
    """Send *calls* requests at once, and return what each came to."""
    return await asyncio.gather(*(client.send(GET) for _ in range(calls)), return_exceptions=True)


async def pass_through(limiter, clock, calls):
    """Let *calls* through, and return when each passed."""
    passed = []

    async def call():
        async with limiter:
            passed.append(clock.monotonic())

    await asyncio.gather(*(call() for _ in range(calls)))
    return passed


@pytest.mark.parametrize(("per_second", "calls"), [(0.5, 100), (5, 200), (50, 600)])
async def test_calls_per_second_are_kept(server, clock, per_second, calls):
    """
    Over a long run, arrivals come at the configured rate, within five per cent.
    """
    settings = RateLimit(per_second=per_second)

    async with connect(server, clock=clock, rate_limit=settings) as client:
        await send_many(client, calls)

    seconds = server.arrivals[-1] - server.arrivals[0]
    assert calls == len(server.arrivals)
    assert 0.95 * per_second <= calls / seconds <= 1.05 * per_second


async def test_no_second_has_more_calls_than_allowed_but_for_a_short_burst(server, clock):
    """
    After idle time only a tenth of a second's calls leave together, not all that were not made.
    """
    async with connect(server, clock=clock, rate_limit=RateLimit(per_second=50)) as client:
        await send_many(client, 10)
        await clock.sleep(3600)
        before = clock.monotonic()
        await send_many(client, 200)

    assert sum(before <= at < before + 1 for at in server.arrivals) <= 56


async def test_calls_at_once_are_kept(server, clock):
    """
    No more than `at_once` requests are at the service at any time.
    """
    server.answers = [Answer(delay_seconds=10)]
    settings = RateLimit(per_second=1000, at_once=4)

    async with connect(server, clock=clock, rate_limit=settings) as client:
        await send_many(client, 40)

    assert 4 == server.most_at_once
    assert 100 <= clock.monotonic() < 105


@pytest.mark.parametrize(
    "answer", [refusal(500), refusal(404), Raw(), Answer(body=b"no JSON"), Raw(hangs=True)]
)
async def test_a_place_is_free_again_after_an_error(server, clock, answer):
    """
    A call that fails gives its place back.
    """
    server.answers = [answer] * 12 + [Answer()]
    settings = RateLimit(per_second=1000, at_once=2)
    async with connect(server, clock=clock, rate_limit=settings, retry=ONCE) as client:
        await send_many(client, 6)
        server.answers = [Answer()]

        assert await client.send(GET) == {}


async def test_a_place_is_free_again_after_cancellation(server, clock):
    """
    A cancelled call gives its place back, whether it was sent or still waited.
    """
    server.answers = [Raw(hangs=True)]
    settings = RateLimit(per_second=1, at_once=2)
    async with connect(server, clock=clock, rate_limit=settings) as client:
        tasks = [asyncio.ensure_future(client.send(GET)) for _ in range(6)]
        await clock.sleep(1.5)
        cancelled = [task.cancel() for task in tasks]
        await asyncio.wait(tasks)
        server.answers = [Answer()]

        assert await client.send(GET) == {}

    assert [True] * 6 == cancelled


async def test_who_is_cancelled_while_waiting_has_used_up_no_turn(limiter, clock):
    """
    Calls that are cancelled before their turn do not delay later calls.
    """
    crowd = asyncio.ensure_future(pass_through(limiter, clock, 1000))
    await clock.sleep(1)
    crowd.cancel()
    await asyncio.wait({crowd})
    before = clock.monotonic()

    (passed,) = await pass_through(limiter, clock, 1)

    assert passed - before <= 0.1 + 1e-6


async def test_a_newcomer_does_not_take_the_place_of_who_waits(limiter):
    """
    A call that arrives when a place is freed queues behind the calls that waited for it.
    """
    for _ in range(3):
        await limiter.enter()
    waiting = asyncio.ensure_future(limiter.enter())
    await asyncio.sleep(1)

    limiter.leave()

    assert not limiter.enter_at_once()
    await waiting


async def test_a_tenth_of_a_second_of_calls_leaves_together(clock):
    """
    After a rest, the calls of a tenth of a second pass at one moment, so that no timer is needed.
    """
    limiter = Limiter(RateLimit(per_second=50, at_once=64), clock)
    await clock.sleep(60)

    passed = await pass_through(limiter, clock, 20)

    assert pytest.approx([60] * 6 + [60.02]) == passed[:7]


async def test_who_is_cancelled_while_pausing_leaves_no_sleeper(limiter, clock):
    """
    A pause that is cancelled also cancels the clock's `sleep()`.
    """
    pausing = asyncio.ensure_future(limiter.pause(50))
    await clock.sleep(1)

    pausing.cancel()
    await asyncio.wait({pausing})
    await asyncio.sleep(0)

    assert clock.next_wake() is None
    assert not limiter._sleepers


async def test_calls_pass_in_the_order_in_which_they_came(limiter, clock):
    """
    Calls leave in the order in which they arrived.
    """
    order = []

    async def call(number):
        async with limiter:
            order.append(number)

    await asyncio.gather(*(call(number) for number in range(20)))

    assert list(range(20)) == order
    assert clock.monotonic() > 1


async def test_a_crowd_that_waits_for_its_turn_costs_one_sleeper(limiter, clock):
    """
    When a place is freed, one waiting call wakes up, not all.
    """
    crowd = asyncio.ensure_future(pass_through(limiter, clock, 50))
    await clock.sleep(0.55)

    assert 1 == len(limiter._sleepers)

    await crowd


async def test_a_429_slows_down_every_call(limiter, clock):
    """
    A throttled client goes on at a tenth of its speed.
    """
    limiter.throttled(None)

    passed = await pass_through(limiter, clock, 3)

    assert 1.5 < passed[-1] - passed[0] <= 2


async def test_full_speed_returns_by_itself(limiter, clock):
    """
    Half a minute after a 429 the speed is what it was, and half way it was about half.
    """
    limiter.throttled(None)
    speeds = [limiter.rate().calls_per_second]
    await clock.sleep(15)
    speeds.append(limiter.rate().calls_per_second)
    await clock.sleep(15.1)
    speeds.append(limiter.rate().calls_per_second)

    assert pytest.approx([1.0, 5.5, 10.0], abs=0.05) == speeds


async def test_an_idle_limiter_says_so(limiter):
    """
    Before any call the rate is the configured one, and nothing stands in the way.
    """
    assert IDLE == limiter.rate()


async def test_the_present_state_counts_calls_and_those_who_wait(limiter, clock):
    """
    While calls last the rate says how many are under way, and how many wait for their turn.
    """

    async def call():
        async with limiter:
            await clock.sleep(10)

    calls = [asyncio.ensure_future(call()) for _ in range(8)]
    await clock.sleep(5)

    assert evolve(IDLE, under_way=3, queued=5) == limiter.rate()

    await asyncio.wait(calls)
    assert IDLE == limiter.rate()


async def test_the_present_state_counts_a_pause_down(limiter, clock):
    """
    After a 429 the rate says for how long nothing will be sent, and 0 from then on.
    """
    limiter.throttled(20)
    await clock.sleep(5)
    pauses = [limiter.rate().pause_seconds]
    await clock.sleep(16)
    pauses.append(limiter.rate().pause_seconds)

    assert [15, 0] == pauses


async def test_full_speed_does_not_return_before_a_pause_is_over(limiter, clock):
    """
    Half a minute of recovery counts from the end of the pause that the service asked for.
    """
    limiter.throttled(100)

    await clock.sleep(100)

    assert 1 == limiter.rate().calls_per_second


async def test_a_429_of_one_call_pauses_all(server, clock):
    """
    A 429 to one call slows every call of the client.
    """
    server.answers = [refusal(429, Retry_After="30"), Answer()]
    async with connect(server, clock=clock, retry=ONCE) as client:
        await send_many(client, 1)

        await send_many(client, 3)

    first, *others = server.arrivals
    assert all(at - first >= 30 for at in others)


async def test_a_429_pauses_those_who_wait_already(limiter, clock):
    """
    Calls that wait for their turn when a 429 comes wait out its pause as well.
    """
    calls = asyncio.ensure_future(pass_through(limiter, clock, 15))
    await clock.sleep(0.55)
    limiter.throttled(20)

    passed = await calls

    assert [] == [at for at in passed if 0.6 < at < 20.5]
    assert passed[-1] > 20.5


async def test_after_a_pause_calls_do_not_leave_together(limiter, clock):
    """
    Calls that waited for the end of a pause leave one by one, at the slowed speed.
    """
    limiter.throttled(20)

    passed = await pass_through(limiter, clock, 3)

    gaps = [later - earlier for earlier, later in itertools.pairwise(passed)]
    assert 20 <= passed[0] < 20.1
    assert min(gaps) > 0.7


@pytest.mark.parametrize("hint", [121, 1e9, float("inf")])
async def test_a_hint_is_capped(limiter, clock, hint):
    """
    A `Retry-After` pauses a client for at most two minutes.
    """
    limiter.throttled(hint)

    (passed,) = await pass_through(limiter, clock, 1)

    assert 120 <= passed < 120.1


async def test_a_shorter_hint_does_not_end_a_longer_one(limiter, clock):
    """
    Of several hints the one that lasts longest counts.
    """
    limiter.throttled(60)
    limiter.throttled(1)
    limiter.throttled(None)

    (passed,) = await pass_through(limiter, clock, 1)

    assert 60 <= passed < 60.1


async def test_a_closed_limiter_holds_nobody_up(limiter, clock):
    """
    Closing ends every pause, present and future.
    """
    limiter.throttled(100)
    waiting = asyncio.ensure_future(pass_through(limiter, clock, 5))
    pausing = asyncio.ensure_future(limiter.pause(50))
    await clock.sleep(1)

    limiter.close()

    await asyncio.wait({waiting, pausing})
    await pass_through(limiter, clock, 5)
    await limiter.pause(1000)
    assert clock.monotonic() < 1.1


async def test_a_broken_clock_is_not_swallowed(limiter):
    """
    An error of the clock's `sleep()` is raised by `pause()`.
    """

    async def broken(seconds):
        raise OverflowError(seconds)

    limiter._clock = type("Broken", (), {"sleep": staticmethod(broken)})

    with pytest.raises(OverflowError):
        await limiter.pause(5)


async def test_a_search_that_is_throttled_recovers_without_losing_calls(server, clock):
    """
    With its usual settings a client gets all of a hundred calls through a service that
    allows few.
    """
    seen = []

    def stingy(received):
        recent = sum(received.at - at < 1 for at in seen)
        seen.append(received.at)
        return Answer(body=SUCCESS) if recent < 20 else refusal(429, Retry_After="1")

    server.answers = [stingy]
    settings = RetryPolicy(attempts=50, budget=1000)

    async with connect(server, clock=clock, retry=settings) as client:
        answers = await send_many(client, 100)

    assert [{}] * 100 == answers


async def pass_first(limiter, clock, by):
    """Go ahead of ordinary calls, and return when that was."""
    await limiter.enter_first(by=by)
    limiter.leave()
    return clock.monotonic()


async def test_a_call_that_must_leave_soon_goes_ahead(limiter, clock):
    """
    A call with a time to leave by passes before the ordinary calls that wait, at the same pace.
    """
    ordinary = asyncio.ensure_future(pass_through(limiter, clock, 20))
    await clock.sleep(0.55)

    first = await asyncio.gather(*(pass_first(limiter, clock, by=3) for _ in range(3)))

    passed = await ordinary
    assert [0.6, 0.7, 0.8] == pytest.approx(first, abs=0.01)
    assert [] == [at for at in passed if 0.55 < at < 0.85]
    assert 2.1 == pytest.approx(passed[-1], abs=0.01)


async def test_a_call_that_must_leave_soon_obeys_a_pause(limiter, clock):
    """
    A pause after a 429 holds up whoever goes ahead, too.
    """
    limiter.throttled(20)

    assert await pass_first(limiter, clock, by=30) >= 20


async def test_a_call_that_comes_too_late_uses_up_no_turn(limiter, clock):
    """
    A call whose turn would come too late is told at once, and leaves the turn to others.
    """
    limiter.throttled(20)
    began = clock.monotonic()
    outcomes = await asyncio.gather(
        *(pass_first(limiter, clock, by=2) for _ in range(5)), return_exceptions=True
    )
    told = clock.monotonic()

    (passed,) = await pass_through(limiter, clock, 1)

    assert [TurnTooLate] * 5 == [type(one) for one in outcomes]
    assert began == told
    assert 20 <= passed < 20.1
    assert 0 == limiter.rate().queued


async def test_a_call_that_must_leave_soon_waits_for_a_place(limiter, clock):
    """
    Places are kept: whoever goes ahead waits for one, and is too late if it takes too long.
    """
    for _ in range(3):
        await limiter.enter()
    began = clock.monotonic()
    early = asyncio.ensure_future(pass_first(limiter, clock, by=9))
    late = asyncio.ensure_future(pass_first(limiter, clock, by=2))
    ordinary = asyncio.ensure_future(pass_through(limiter, clock, 1))
    await clock.sleep(5)

    limiter.leave()

    assert 5 == pytest.approx(await early - began, abs=0.01)
    with pytest.raises(TurnTooLate):
        await late
    assert 5 <= (await ordinary)[0] - began < 5.3


async def test_a_call_that_must_leave_soon_can_be_cancelled(limiter, clock):
    """
    Ordinary calls pass as soon as whoever went ahead has left the queue.
    """
    for _ in range(3):
        await limiter.enter()
    first = asyncio.ensure_future(pass_first(limiter, clock, by=99))
    ordinary = asyncio.ensure_future(pass_through(limiter, clock, 1))
    await clock.sleep(1)
    limiter.leave()
    first.cancel()

    assert [1] == pytest.approx(await ordinary, abs=0.2)


async def test_a_closed_limiter_is_too_late_for_nobody(limiter, clock):
    """
    Closing lets those through who must leave soon, whatever pause was asked for.
    """
    limiter.throttled(100)
    limiter.close()

    assert 0 == await pass_first(limiter, clock, by=1)
