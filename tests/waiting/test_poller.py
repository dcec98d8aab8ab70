import asyncio
import itertools
import math

import pytest
import tenacity
from attrs import evolve, frozen
from scripted_server import Answer, ScriptedServer, connect

from mediaintel_async import (
    AnswerLost,
    AssetRef,
    ClientClosed,
    InvalidAnswer,
    NotFound,
    NotSent,
    PermissionDenied,
    QuotaExceeded,
    RateLimit,
    ServerError,
    StillRunning,
    TooManyRequests,
)
from mediaintel_async.waiting.cadence import wait_until_likely_done
from mediaintel_async.waiting.poller import (
    AddressSchedule,
    ClientIsClosing,
    DeadlinePassed,
    Poller,
    _Schedule,
)

ADDRESS = "asset 1"


@frozen
class Status:
    """What a look comes to."""

    number: int
    is_final: bool = False


class Service:
    """Answers looks at any address, slowly if need be, and writes them down."""

    def __init__(self, clock):
        self.clock = clock
        self.looks = []
        """When each look began, and at what."""

        self.seconds = 0.0
        """How long a look takes."""

        self.ends_at = math.inf
        self.errors = []
        """What the next looks come to instead of a status."""

        self.at_once = 0
        self.most_at_once = 0
        self._numbers = itertools.count(1)

    def look(self, address=ADDRESS):
        """Return the coroutine function that looks at *address*."""

        async def look():
            self.looks.append((self.clock.monotonic(), address))
            status = Status(next(self._numbers), self.clock.monotonic() >= self.ends_at)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
            try:
                await self.clock.sleep(self.seconds)
            finally:
                self.at_once -= 1
            if self.errors:
                raise self.errors.pop(0)
            return status

        return look

    @property
    def times(self):
        """When each look began."""
        return [round(at, 3) for at, _ in self.looks]


def until_final(status):
    """Wait for the end."""
    return status.is_final


def never(_):
    """Wait for ever."""
    return False


@pytest.fixture
async def service(clock):
    """A service whose work never ends until a test says when."""
    return Service(clock)


@pytest.fixture
async def make_poller(clock):
    """Makes pollers, and sees to it that they are closed in the end."""
    pollers = []

    def make(cadence=None, *, at_once=64, unreachable_seconds=900.0):
        cadence = cadence or tenacity.wait_fixed(10)
        poller = Poller(clock, cadence, at_once=at_once, unreachable_seconds=unreachable_seconds)
        pollers.append(poller)
        return poller

    yield make
    for poller in pollers:
        poller.close()
        await poller.wait_closed()


@pytest.fixture
async def poller(make_poller):
    """Looks every ten seconds."""
    return make_poller()


def in_background(coroutine):
    """Start *coroutine*."""
    return asyncio.ensure_future(coroutine)


async def endings(*tasks):
    """What each of *tasks* came to."""
    return await asyncio.gather(*tasks, return_exceptions=True)


def leftovers(poller):
    """How much the poller's tables hold."""
    return (
        len(poller._entries),
        len(poller._lanes),
        len(poller._due._heap),
        len(poller._due._current),
        len(poller._deadlines._heap),
        len(poller._deadlines._current),
    )


# Looks.


async def test_a_wait_looks_at_once_and_then_as_the_cadence_says(service, poller):
    """
    The first look comes without delay, the others ten seconds apart, until the end is seen.
    """
    service.ends_at = 25

    await poller.wait(ADDRESS, service.look(), until_final, deadline=math.inf)

    assert [0, 10, 20, 30] == service.times


async def test_every_look_is_shown_to_the_waiter(service, poller):
    """
    The waiter takes each status in the order of the looks.
    """
    service.ends_at = 25
    taken = []

    def on_status(status):
        taken.append(status.number)
        return status.is_final

    await poller.wait(ADDRESS, service.look(), on_status, deadline=math.inf)

    assert [1, 2, 3, 4] == taken


async def test_waiters_of_one_address_share_their_looks(service, poller):
    """
    A hundred who wait for the same asset cost one look at a time.
    """
    service.ends_at = 95
    service.seconds = 1

    await asyncio.gather(
        *(poller.wait(ADDRESS, service.look(), until_final, deadline=math.inf) for _ in range(100))
    )

    assert 1 == service.most_at_once
    assert len(service.looks) <= 10


async def test_waiters_of_different_addresses_do_not_share(service, poller):
    """
    Each address is looked at by itself.
    """
    service.ends_at = 5

    await asyncio.gather(
        *(
            poller.wait(number, service.look(number), until_final, deadline=math.inf)
            for number in range(3)
        )
    )

    assert [0, 1, 2, 0, 1, 2] == [address for _, address in service.looks]


async def test_looks_at_once_are_bounded(service, make_poller):
    """
    However many are due, no more than `at_once` looks are under way.
    """
    poller = make_poller(at_once=4)
    service.seconds, service.ends_at = 1, 0

    await asyncio.gather(
        *(
            poller.wait(number, service.look(number), until_final, deadline=math.inf)
            for number in range(20)
        )
    )

    assert 4 == service.most_at_once
    assert [0] * 4 + [1] * 4 + [2] * 4 + [3] * 4 + [4] * 4 == service.times


async def test_what_is_due_for_longest_is_looked_at_first(service, make_poller):
    """
    Under overload every address gets its turn before any gets a second one.
    """
    poller = make_poller(at_once=2)
    service.seconds = 3
    waits = [
        in_background(poller.wait(number, service.look(number), never, deadline=300))
        for number in range(20)
    ]

    await endings(*waits)

    addresses = [address for _, address in service.looks]
    assert set(range(20)) == set(addresses[:20])
    assert set(range(20)) == set(addresses[20:40])
    assert set(range(20)) == set(addresses[40:60])


async def test_a_free_lane_wakes_the_poller(service, make_poller):
    """
    What becomes due while all lanes are taken is looked at in its time, with a lane free again.
    """
    poller = make_poller(at_once=1)
    service.seconds = 5
    waits = [
        in_background(poller.wait(1, service.look(1), never, deadline=34)),
        in_background(poller.wait(2, service.look(2), lambda _: True, deadline=1000)),
    ]

    await endings(*waits)

    assert [(0, 1), (5, 2), (15, 1), (30, 1)] == [(round(at), what) for at, what in service.looks]


async def test_a_look_that_began_before_a_wait_is_not_its_answer(service, poller, clock):
    """
    Who joins during a look gets the next one, which comes right after it.
    """
    service.seconds = 4
    early = in_background(poller.wait(ADDRESS, service.look(), never, deadline=100))
    await clock.sleep(2)
    taken = []

    await poller.wait(
        ADDRESS, service.look(), lambda status: taken.append(status.number) or True, deadline=100
    )

    assert [2] == taken
    assert [0, 4] == service.times
    early.cancel()


async def test_a_crowd_that_joins_one_by_one_shares_ten_looks_a_second(service, poller, clock):
    """
    However many join a wait, one address is looked at no more often than every 0.1 s.
    """
    service.seconds = 0.002
    service.ends_at = 2.0

    async def join(number):
        await clock.sleep(0.01 * number)
        await poller.wait(ADDRESS, service.look(), until_final, deadline=math.inf)

    await asyncio.gather(*(join(number) for number in range(200)))

    gaps = [later - sooner for sooner, later in itertools.pairwise(service.times)]
    assert 0.1 == pytest.approx(min(gaps))
    assert 20 <= len(service.times) <= 22


async def test_who_joins_between_looks_gets_one_at_once(service, poller, clock):
    """
    A new waiter does not sit out the delay that was meant for the others.
    """
    early = in_background(poller.wait(ADDRESS, service.look(), never, deadline=100))
    await clock.sleep(3)

    await poller.wait(ADDRESS, service.look(), lambda _: True, deadline=100)

    assert [0, 3] == service.times
    early.cancel()


async def test_the_cadence_is_shown_how_long_and_how_often(service, make_poller):
    """
    The strategy gets the number of looks, the seconds since the first, and the last status.
    """
    shown = []

    class Spy(tenacity.wait.wait_base):
        def __call__(self, state):
            number = state.outcome.result().number
            shown.append((state.attempt_number, round(state.seconds_since_start, 1), number))
            return 10.0

    service.seconds, service.ends_at = 1, 20

    await make_poller(Spy()).wait(ADDRESS, service.look(), until_final, deadline=math.inf)

    assert [(1, 1.0, 1), (2, 12.0, 2)] == shown


# Deadlines.


async def test_a_deadline_is_kept_exactly(service, poller, clock):
    """
    A wait ends at its deadline, not at the look after it.
    """
    with pytest.raises(DeadlinePassed):
        await poller.wait(ADDRESS, service.look(), never, deadline=12.5)

    assert pytest.approx(12.5, abs=1e-6) == clock.monotonic()


async def test_a_deadline_is_kept_while_a_look_hangs(service, poller, clock):
    """
    A look that does not answer holds up nobody's deadline.
    """
    service.seconds = 1000

    with pytest.raises(DeadlinePassed):
        await poller.wait(ADDRESS, service.look(), never, deadline=7)

    assert pytest.approx(7, abs=1e-6) == clock.monotonic()


async def test_a_deadline_is_kept_while_every_lane_hangs(service, make_poller, clock):
    """
    A wait that never got its first look ends in time as well.
    """
    poller = make_poller(at_once=1)
    service.seconds = 1000
    hanging = in_background(poller.wait(1, service.look(1), never, deadline=500))
    await clock.sleep(1)

    with pytest.raises(DeadlinePassed):
        await poller.wait(2, service.look(2), never, deadline=7)

    assert pytest.approx(7, abs=1e-6) == clock.monotonic()
    hanging.cancel()


async def test_each_waiter_has_its_own_deadline(service, poller, clock):
    """
    Of three who wait for one asset each leaves when its own time is up.
    """
    left = []

    async def wait_until(deadline):
        with pytest.raises(DeadlinePassed):
            await poller.wait(ADDRESS, service.look(), never, deadline=deadline)
        left.append(round(clock.monotonic(), 3))

    await asyncio.gather(wait_until(30), wait_until(5), wait_until(17))

    assert [5, 17, 30] == left


async def test_a_deadline_that_comes_later_wakes_the_poller_in_time(service, poller, clock):
    """
    A waiter with an early deadline may join while the poller sleeps for long.
    """
    early = in_background(poller.wait(ADDRESS, service.look(), never, deadline=1000))
    await clock.sleep(11)

    with pytest.raises(DeadlinePassed):
        await poller.wait(ADDRESS, service.look(), never, deadline=13)

    assert pytest.approx(13, abs=1e-6) == clock.monotonic()
    early.cancel()


async def test_who_joins_while_a_look_hangs_leaves_in_time(service, poller, clock):
    """
    A deadline wakes the poller also when there is no look to be planned.
    """
    service.seconds = 1000
    hanging = in_background(poller.wait(ADDRESS, service.look(), never, deadline=500))
    await clock.sleep(1)

    with pytest.raises(DeadlinePassed):
        await poller.wait(ADDRESS, service.look(), never, deadline=7)

    assert pytest.approx(7, abs=1e-6) == clock.monotonic()
    hanging.cancel()


async def test_a_wait_that_is_over_already_sends_no_look(service, poller):
    """
    With its deadline in the past a wait ends without asking the service.
    """
    with pytest.raises(DeadlinePassed):
        await poller.wait(ADDRESS, service.look(), never, deadline=-1)

    await asyncio.sleep(1)
    assert [] == service.looks


@pytest.mark.parametrize("seconds", [0, 20])
async def test_a_wait_for_one_look_makes_exactly_one(service, poller, seconds):
    """
    It ends after its look, however long that takes.
    """
    service.seconds = seconds

    with pytest.raises(DeadlinePassed) as caught:
        await poller.wait(ADDRESS, service.look(), never, deadline=0, wants_one_look=True)

    assert [0] == service.times
    assert caught.value.__cause__ is None


async def test_a_wait_for_one_look_may_see_the_end(service, poller):
    """
    A look after the deadline that shows the end is the end.
    """
    service.ends_at = 0

    await poller.wait(ADDRESS, service.look(), until_final, deadline=0, wants_one_look=True)

    assert [0] == service.times


async def test_a_wait_for_one_look_that_failed_says_why(service, poller):
    """
    A transient error of the only look is the cause of the end.
    """
    error = NotSent("GET /x", "no connection")
    service.errors = [error]

    with pytest.raises(DeadlinePassed) as caught:
        await poller.wait(ADDRESS, service.look(), never, deadline=0, wants_one_look=True)

    assert error is caught.value.__cause__


@pytest.mark.parametrize("hops", range(5))
@pytest.mark.parametrize("hops_before", range(3))
async def test_a_look_that_ends_at_the_very_deadline_breaks_nothing(
    service, poller, clock, hops, hops_before
):
    """
    Whichever comes first in that moment counts.
    """

    async def look():
        [await asyncio.sleep(0) for _ in range(hops_before)]
        await clock.sleep(7 - clock.monotonic())
        [await asyncio.sleep(0) for _ in range(hops)]
        return Status(1, is_final=True)

    other = in_background(poller.wait("other", service.look(), never, deadline=20))

    (ending,) = await endings(poller.wait(ADDRESS, look, until_final, deadline=7))

    assert type(ending) in (type(None), DeadlinePassed)
    assert pytest.approx(7, abs=1e-6) == clock.monotonic()
    assert [DeadlinePassed] == [type(end) for end in await endings(other)]


# Errors.


@pytest.mark.parametrize(
    "error",
    [
        NotSent("GET /x", "no connection"),
        AnswerLost("GET /x", "broken"),
        ServerError("GET /x", 503),
        TooManyRequests("GET /x", 429),
        QuotaExceeded("GET /x", 429),
        InvalidAnswer("GET /x", "$", "no JSON"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_a_transient_error_only_moves_the_next_look(service, poller, error):
    """
    What may pass by itself does not end a wait.
    """
    service.errors = [error, error]
    service.ends_at = 15

    await poller.wait(ADDRESS, service.look(), until_final, deadline=math.inf)

    assert [0, 10, 20] == service.times


async def test_a_wish_of_the_service_moves_the_next_look(service, poller):
    """
    `Retry-After` in the answer to a look replaces the cadence.
    """
    service.errors = [evolve(ServerError("GET /x", 503), retry_after_seconds=33.0)]
    service.ends_at = 1

    await poller.wait(ADDRESS, service.look(), until_final, deadline=math.inf)

    assert [0, 33] == service.times


@pytest.mark.parametrize("kind", [NotFound, PermissionDenied])
async def test_another_refusal_ends_the_wait(service, poller, kind):
    """
    What will be the same the next time is raised.
    """
    service.errors = [kind("GET /x", 404)]

    with pytest.raises(kind):
        await poller.wait(ADDRESS, service.look(), never, deadline=math.inf)

    assert [0] == service.times


async def test_each_waiter_gets_its_own_error(service, poller):
    """
    Waiters share a look, but not the error object: each will carry its own token.
    """
    cause = OSError("wire")
    error = NotFound("GET /x", 404)
    error.__cause__ = cause
    service.errors = [error]

    first, second = await endings(
        *(poller.wait(ADDRESS, service.look(), never, deadline=math.inf) for _ in range(2))
    )

    assert first is not second
    assert "GET /x" == first.operation
    assert cause is first.__cause__


async def test_a_service_that_is_out_of_reach_for_long_ends_the_wait(service, make_poller, clock):
    """
    Without one good look for `unreachable_seconds` the last error is raised.
    """
    poller = make_poller(unreachable_seconds=55)
    service.errors = [NotSent("GET /x", str(number)) for number in range(100)]

    with pytest.raises(NotSent) as caught:
        await poller.wait(ADDRESS, service.look(), never, deadline=math.inf)

    assert "6" == caught.value.reason
    assert pytest.approx(60, abs=0.01) == clock.monotonic()


async def test_one_good_look_starts_the_count_anew(service, make_poller):
    """
    Only an unbroken series of failures counts.
    """
    poller = make_poller(unreachable_seconds=55)
    lost = NotSent("GET /x", "no connection")
    look, fails = service.look(), iter([True] * 5 + [False] + [True] * 5 + [False])
    service.ends_at = 100

    async def flaky():
        status = await look()
        if next(fails):
            raise lost
        return status

    await poller.wait(ADDRESS, flaky, until_final, deadline=math.inf)

    assert 12 == len(service.looks)


async def test_a_waiter_that_fails_fails_alone(service, poller, clock):
    """
    An exception in one `on_status` leaves through that wait; the others go on.
    """

    def broken(_):
        raise LookupError

    other = in_background(poller.wait(ADDRESS, service.look(), until_final, deadline=100))

    with pytest.raises(LookupError):
        await poller.wait(ADDRESS, service.look(), broken, deadline=100)

    service.ends_at = clock.monotonic()
    assert await other is None


class Broken(tenacity.wait.wait_base):
    """A strategy that fails at its second question."""

    def __init__(self):
        self.questions = 0

    def __call__(self, retry_state):  # noqa: ARG002 - tenacity's signature
        """Fail."""
        self.questions += 1
        if self.questions == 2:
            raise ZeroDivisionError
        return 10.0


async def test_a_strategy_that_fails_ends_the_waits_it_was_asked_for(service, make_poller):
    """
    Its exception reaches them, each its own; other addresses go on.
    """
    poller = make_poller(Broken())
    service.ends_at = 50
    healthy = in_background(poller.wait(1, service.look(1), until_final, deadline=100))
    waits = [in_background(poller.wait(2, service.look(2), never, deadline=100)) for _ in range(2)]

    first, second = await endings(*waits)

    assert [ZeroDivisionError] * 2 == [type(first), type(second)]
    assert first is not second
    assert await healthy is None


async def test_a_bug_in_a_look_ends_its_waits(service, poller):
    """
    An exception that is not the library's own is no transient error.
    """
    service.errors = [KeyError("bug")]

    with pytest.raises(KeyError):
        await poller.wait(ADDRESS, service.look(), never, deadline=100)


async def test_who_joined_during_a_look_with_a_bug_gets_a_look(service, poller, clock):
    """
    Only who was there when the look began has to do with its failure.
    """
    service.errors, service.seconds = [KeyError("bug")], 5
    early = in_background(poller.wait(ADDRESS, service.look(), never, deadline=100))
    await clock.sleep(1)
    late = in_background(poller.wait(ADDRESS, service.look(), lambda _: True, deadline=100))

    error, ending = await endings(early, late)

    assert isinstance(error, KeyError)
    assert ending is None


async def test_an_error_that_cannot_be_copied_is_raised_as_it_is(service, poller):
    """
    Somebody's exception with a constructor of its own still ends the wait.
    """

    class Odd(Exception):
        def __init__(self, *, word):
            super().__init__(word)

    service.errors = [Odd(word="odd")]

    with pytest.raises(Odd, match="odd"):
        await poller.wait(ADDRESS, service.look(), never, deadline=100)


async def test_a_poller_that_fails_fails_every_wait(service, poller, monkeypatch, caplog):
    """
    If the schedule itself breaks, nobody waits for ever.
    """
    waits = [
        in_background(poller.wait(number, service.look(number), never, deadline=math.inf))
        for number in range(3)
    ]
    await asyncio.sleep(1)

    def broken():
        raise MemoryError

    monkeypatch.setattr(poller, "_start_lanes", broken)
    ends = await endings(*waits)

    assert [MemoryError] * 3 == [type(end) for end in ends]
    assert "the poller failed" in caplog.text


async def test_a_poller_that_failed_serves_the_next_wait(service, poller, monkeypatch):
    """
    After a failure of the schedule the next wait starts it again.
    """
    with monkeypatch.context() as broken:
        broken.setattr(poller, "_start_lanes", lambda: 1 / 0)
        await endings(poller.wait(ADDRESS, service.look(), never, deadline=100))

    await poller.wait(ADDRESS, service.look(), lambda _: True, deadline=100)

    assert 1 == len(service.looks)


async def test_a_look_that_is_cancelled_from_outside_ends_its_waits(service, poller, clock):
    """
    Somebody who cancels every task there is leaves no wait behind that never ends.
    """
    service.seconds = 10
    wait = in_background(poller.wait(ADDRESS, service.look(), never, deadline=math.inf))
    await clock.sleep(1)

    (lane,) = poller._lanes
    lane.cancel()

    (ending,) = await endings(wait)
    assert isinstance(ending, ClientIsClosing)


async def test_a_schedule_that_is_cancelled_from_outside_ends_its_waits(service, poller, clock):
    """
    The same holds for the task behind all waits.
    """
    wait = in_background(poller.wait(ADDRESS, service.look(), never, deadline=math.inf))
    await clock.sleep(1)

    poller._driver.cancel()

    (ending,) = await endings(wait)
    assert isinstance(ending, ClientIsClosing)


# Leaving.


async def test_a_waiter_that_leaves_does_not_disturb_the_others(service, poller, clock):
    """
    The others of its address go on as if nothing had happened.
    """
    service.ends_at = 35
    waits = [
        in_background(poller.wait(ADDRESS, service.look(), until_final, deadline=100))
        for _ in range(3)
    ]
    await clock.sleep(15)

    waits[0].cancel()

    ends = await endings(*waits)
    assert isinstance(ends[0], asyncio.CancelledError)
    assert [None, None] == ends[1:]
    assert [0, 10, 20, 30, 40] == service.times


async def test_a_waiter_that_leaves_during_a_look_does_not_end_it(service, poller, clock):
    """
    The look goes on for those who still wait.
    """
    service.seconds, service.ends_at = 5, 0
    stays = in_background(poller.wait(ADDRESS, service.look(), until_final, deadline=100))
    leaves = in_background(poller.wait(ADDRESS, service.look(), until_final, deadline=100))
    await clock.sleep(2)

    leaves.cancel()

    assert await stays is None
    assert [0] == service.times


async def test_an_address_that_nobody_waits_for_is_not_looked_at(service, poller, clock):
    """
    With the last waiter goes the next look.
    """
    wait = in_background(poller.wait(ADDRESS, service.look(), never, deadline=100))
    await clock.sleep(5)
    wait.cancel()
    await clock.sleep(100)

    assert [0] == service.times
    assert 0 == poller.waiting_for(ADDRESS)


async def test_waiters_are_counted(service, poller, clock):
    """
    The poller can say how many wait for an address.
    """
    waits = [
        in_background(poller.wait(ADDRESS, service.look(), never, deadline=5)) for _ in range(3)
    ]
    await clock.sleep(1)

    assert 3 == poller.waiting_for(ADDRESS)
    assert 0 == poller.waiting_for("another")

    await endings(*waits)


LEAVINGS = {
    "end": {"ends_at": 50},
    "deadline": {"deadline": 50},
    "cancel": {"leave": lambda _, waits: [wait.cancel() for wait in waits]},
    "cancel in a look": {"leave": lambda _, waits: [wait.cancel() for wait in waits], "seconds": 5},
    "close": {"leave": lambda poller, _: poller.close()},
    "close in a look": {"leave": lambda poller, _: poller.close(), "seconds": 5},
}


@pytest.mark.parametrize("how", LEAVINGS.values(), ids=LEAVINGS)
async def test_nothing_is_kept_of_waits_that_are_over(service, poller, clock, how):
    """
    However they ended, the poller's tables are empty and its task is gone.
    """
    service.ends_at, service.seconds = how.get("ends_at", math.inf), how.get("seconds", 0)
    deadline, leave = how.get("deadline", 1e9), how.get("leave", lambda *_: None)
    waits = [
        in_background(poller.wait(n % 70, service.look(n % 70), until_final, deadline=deadline))
        for n in range(200)
    ]
    await clock.sleep(3)

    leave(poller, waits)

    await endings(*waits)
    await clock.sleep(6)
    assert (0, 0, 0, 0, 0, 0) == leftovers(poller)
    assert poller._driver.done()
    assert {asyncio.current_task()} == asyncio.all_tasks()


async def test_nothing_is_kept_of_waits_that_left_the_others(service, poller, clock):
    """
    Who leaves takes along deadline and place, though the poller goes on for others.
    """
    stays = in_background(poller.wait(ADDRESS, service.look(), never, deadline=1e6))
    token_on_errors = [
        in_background(poller.wait(number % 5, service.look(), never, deadline=1e6))
        for number in range(20)
    ]
    await clock.sleep(5)
    [wait.cancel() for wait in token_on_errors]
    await endings(*token_on_errors)

    assert [ADDRESS] == list(poller._entries)
    assert 1 == len(poller._due._current)
    assert 1 == len(poller._deadlines._current)
    stays.cancel()


# Cost.


async def test_many_waits_are_no_tasks(clock):
    """
    A thousand pending `job.wait()` cost no task but their own, the poller's and its lanes.
    """
    going = b'{"code":"0","result":{"sceneSummaryStatus":"SUMMARIZING"}}'
    settings = {"cadence": tenacity.wait_fixed(100), "rate_limit": RateLimit(at_once=8)}
    async with (
        ScriptedServer(Answer(body=going, delay_seconds=0.1)) as server,
        connect(server, clock=clock, **settings) as client,
    ):
        jobs = [client.jobs.attach_summary(AssetRef("w", 1, number)) for number in range(1000)]
        before = len(asyncio.all_tasks())
        waits = [in_background(job.wait(timeout=30)) for job in jobs]
        await clock.sleep(10)
        of_the_server = [task for task in asyncio.all_tasks() if "RequestHandler" in str(task)]
        tasks = len(asyncio.all_tasks()) - len(of_the_server) - before - len(waits)

        ends = await endings(*waits)

    # The schedule and its sleeper, the lanes, and the sleeper of the rate limit.
    assert 8 <= tasks <= 2 + 8 + 1
    assert {StillRunning} == {type(end) for end in ends}


def pass_by(schedule, things):
    """Put each of *things* into the schedule, and forget it again."""
    for thing in things:
        schedule.put(thing, 1e6)
        schedule.discard(thing)


def stay_a_while(schedule, things):
    """Put all of *things* into the schedule, and forget them only then."""
    for thing in things:
        schedule.put(thing, 1e6)
    for thing in things:
        schedule.discard(thing)


def put_off(schedule, times):
    """Put one thing into the schedule, again and again."""
    for when in times:
        schedule.put("thing", when)


@pytest.mark.parametrize("use", [pass_by, stay_a_while, put_off])
def test_a_schedule_does_not_keep_what_is_over(use):
    """
    However many things went through it, a schedule has room for few more than it holds.
    """
    schedule = _Schedule()
    empty = schedule._current.__sizeof__()

    use(schedule, range(300_000))

    assert len(schedule._heap) <= 70
    assert schedule._current.__sizeof__() <= empty + 10_000


async def test_a_crowd_of_waits_leaves_no_memory_behind(service, poller, clock):
    """
    After a thousand waits at a time the tables are as small as those of a new poller.
    """
    new = poller._entries.__sizeof__()
    service.seconds = 1000
    waits = [
        in_background(poller.wait(number, service.look(number), never, deadline=5))
        for number in range(1000)
    ]

    await endings(*waits)
    await clock.sleep(2000)

    assert (0, 0, 0, 0, 0, 0) == leftovers(poller)
    assert poller._entries.__sizeof__() <= new + 1000


def test_a_schedule_hands_out_what_is_due_for_longest():
    """
    Things come out in the order of their times, equal ones in the order in which they came.
    """
    schedule = _Schedule()
    for thing, when in [("b", 2), ("a", 1), ("c", 2), ("d", 3), ("e", 1)]:
        schedule.put(thing, when)
    schedule.put("e", 2.5)
    schedule.discard("c")

    assert ["a", "b", "e"] == [schedule.pop_due(2.9) for _ in range(3)]
    assert schedule.pop_due(2.9) is None
    assert 3 == schedule.next_time()
    assert 3 == schedule.when("d", 0)
    assert 7 == schedule.when("a", 7)


# Closing.


async def test_closing_ends_every_wait(service, poller, clock):
    """
    Those who wait, and those whose look is under way, get `ClientIsClosing`.
    """
    service.seconds = 5
    waits = [
        in_background(poller.wait(number, service.look(number), never, deadline=math.inf))
        for number in range(100)
    ]
    await clock.sleep(7)

    poller.close()

    await poller.wait_closed()
    assert {ClientIsClosing} == {type(end) for end in await endings(*waits)}
    assert 0 == service.at_once


async def test_a_closed_poller_takes_no_more_waits(service, poller):
    """
    A wait after closing is refused in plain words.
    """
    poller.close()

    with pytest.raises(ClientClosed, match="this client was closed"):
        await poller.wait(ADDRESS, service.look(), never, deadline=100)

    assert poller.is_closed


async def test_closing_what_was_never_used_is_harmless(poller):
    """
    There is nothing to end, and nothing to wait for.
    """
    poller.close()
    poller.close()

    assert await poller.wait_closed() is None


# Watching.


async def step(poller, service, pace):
    """Wait for the next look, as a watcher does."""
    await poller.wait(ADDRESS, service.look(), lambda _: True, deadline=1e6, pace=pace)


async def test_a_watcher_keeps_its_pace_between_steps(service, poller, clock):
    """
    Steps of a watcher are as far apart as the cadence says, not as fast as it asks.
    """
    pace = AddressSchedule(clock.monotonic())

    await step(poller, service, pace)
    await step(poller, service, pace)
    await step(poller, service, pace)

    assert [0, 10, 20] == service.times
    assert 3 == pace.looks


async def test_a_watcher_that_took_its_time_looks_at_once(service, poller, clock):
    """
    Who comes back after its next look was due does not wait again.
    """
    pace = AddressSchedule(clock.monotonic())
    await step(poller, service, pace)
    await clock.sleep(100)

    await step(poller, service, pace)

    assert [0, 100] == service.times


async def test_a_watcher_does_not_hurry_those_who_wait(service, poller, clock):
    """
    Between its steps a watcher that shares an address is shown what the next look shows.
    """
    other = in_background(poller.wait(ADDRESS, service.look(), never, deadline=1e6))
    await clock.sleep(4)
    pace = AddressSchedule(clock.monotonic())

    await step(poller, service, pace)
    await step(poller, service, pace)
    await step(poller, service, pace)

    assert [0, 4, 14, 24] == service.times
    other.cancel()


async def test_a_watcher_holds_nothing_between_its_steps(service, poller, clock):
    """
    Leaving a watch needs no closing.
    """
    pace = AddressSchedule(clock.monotonic())

    await step(poller, service, pace)
    await clock.sleep(0.1)

    assert (0, 0, 0, 0, 0, 0) == leftovers(poller)


async def test_the_pace_of_a_watcher_is_what_the_cadence_sees(service, make_poller, clock):
    """
    The strategy is shown the looks and seconds of the whole watch, not of one step.
    """
    shown = []

    class Spy(tenacity.wait.wait_base):
        def __call__(self, state):
            shown.append((state.attempt_number, round(state.seconds_since_start)))
            return 10.0

    poller, pace = make_poller(Spy()), AddressSchedule(clock.monotonic())
    await step(poller, service, pace)
    await step(poller, service, pace)
    await step(poller, service, pace)

    assert [(1, 0), (2, 10), (3, 20)] == shown


# Learning.


class Learner(tenacity.wait_fixed):
    """Looks every ten seconds, and wants to know about ends."""

    def __init__(self):
        super().__init__(10)
        self.told = []

    def observe_end(self, status, elapsed_seconds):
        """Keep what is told."""
        self.told.append((status.number, round(elapsed_seconds)))


async def test_a_cadence_is_told_of_ends(service, make_poller):
    """
    A strategy with `observe_end()` is told of the final status, and how long after the first look.
    """
    learner = Learner()
    poller = make_poller(learner)
    service.ends_at = 25

    await poller.wait(ADDRESS, service.look(), until_final, deadline=math.inf)

    assert [(4, 30)] == learner.told


async def test_what_had_ended_before_teaches_nothing(service, make_poller):
    """
    An end that the very first look shows may be long past.
    """
    learner = Learner()
    poller = make_poller(learner)
    service.ends_at = 0

    await poller.wait(ADDRESS, service.look(), until_final, deadline=math.inf)

    assert [] == learner.told


async def test_an_end_that_nobody_takes_for_one_teaches_nothing(service, make_poller):
    """
    A final status of the run before is not the end that somebody waits for.
    """
    learner = Learner()
    poller = make_poller(learner)
    service.ends_at = 0

    await poller.wait(ADDRESS, service.look(), lambda status: status.number == 3, deadline=math.inf)

    assert [0, 10, 20] == service.times
    assert [(3, 20)] == learner.told


async def test_an_end_is_expected_before_anybody_is_told(service, make_poller):
    """
    Whoever is shown a status can ask at once when the end will probably come.
    """
    cadence = wait_until_likely_done()
    poller = make_poller(cadence)
    service.ends_at = 25
    for seconds in (20, 30, 40):
        cadence.observe_end(Status(0, is_final=True), seconds)
    expected = []

    def on_status(status):
        expected.append(poller.likely_end(ADDRESS))
        return status.is_final

    await poller.wait(ADDRESS, service.look(), on_status, deadline=math.inf)

    assert 0 < expected[0] < 100
    assert poller.likely_end(ADDRESS) is None


async def test_a_look_that_fails_at_the_deadline_is_not_the_cause_of_the_end(
    service, poller, clock
):
    """
    A wait ends at its deadline without a cause: only a wait for one look names its error.
    """
    service.seconds = 7
    service.errors = [NotSent("GET /x", "no connection")]

    with pytest.raises(DeadlinePassed) as caught:
        await poller.wait(ADDRESS, service.look(), never, deadline=7)

    assert caught.value.__cause__ is None


async def test_a_poller_that_is_closed_at_once_ends_its_first_wait(service, poller):
    """
    Closing ends a wait that has begun, even before the poller's own task has run at all.
    """
    waiting = in_background(poller.wait(ADDRESS, service.look(), never, deadline=math.inf))
    await asyncio.sleep(0)

    poller.close()

    with pytest.raises(ClientIsClosing):
        async with asyncio.timeout(1):
            await waiting
