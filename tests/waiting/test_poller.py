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
    ConfigurationError,
    InvalidAnswer,
    NotFound,
    NotSent,
    PermissionDenied,
    QuotaExceeded,
    RateLimit,
    RetryPolicy,
    ServerError,
    StillRunning,
    TooManyRequests,
)
from mediaintel_async.waiting.cadence import wait_until_likely_done
from mediaintel_async.waiting.patience import Patience
from mediaintel_async.waiting.poller import (
    AddressSchedule,
    ClientIsClosing,
    DeadlinePassed,
    Poller,
)

ADDRESS = "asset 1"


@frozen
class Status:
    """The outcome of a look."""

    number: int
    is_final: bool = False


class Service:
    """Answers looks at any address, slowly if need be, and records them."""

    def __init__(self, clock):
        self.clock = clock
        self.looks = []
        """When each look began, and at which address."""

        self.seconds = 0.0
        """How long a look takes."""

        self.ends_at = math.inf
        self.errors = []
        """Raised by the next looks, one each; None: that look succeeds."""

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
            if self.errors and (error := self.errors.pop(0)) is not None:
                raise error
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
    """Makes pollers, and closes them in the end."""
    pollers = []

    def make(cadence=None, *, at_once=64, unreachable_seconds=900.0, retry=None):
        cadence = cadence or tenacity.wait_fixed(10)
        patience = Patience(retry or RetryPolicy(), unreachable_seconds)
        poller = Poller(clock, cadence, at_once=at_once, patience=patience)
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
    """The result or the error of each of *tasks*."""
    return await asyncio.gather(*tasks, return_exceptions=True)


def leftovers(poller):
    """The sizes of the poller's tables."""
    return (
        len(poller._entries),
        len(poller._look_tasks),
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
    A waiter's `on_status` gets each status, in the order of the looks.
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
    A hundred waits for one asset cost one look at a time.
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


async def test_the_address_due_for_longest_is_looked_at_first(service, make_poller):
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


async def test_a_look_that_ends_wakes_the_poller(service, make_poller):
    """
    An address that becomes due while `at_once` looks are under way is looked at after one ends.
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
    A wait that begins during a look gets the next one, which follows at once.
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


async def test_waits_that_begin_one_by_one_share_ten_looks_a_second(service, poller, clock):
    """
    However many waits begin, one address is looked at no more often than every 0.1 s.
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


async def test_a_wait_that_begins_between_looks_gets_one_at_once(service, poller, clock):
    """
    A new wait does not sit out the pause before the next look of the others.
    """
    early = in_background(poller.wait(ADDRESS, service.look(), never, deadline=100))
    await clock.sleep(3)

    await poller.wait(ADDRESS, service.look(), lambda _: True, deadline=100)

    assert [0, 3] == service.times
    early.cancel()


async def test_the_cadence_sees_the_elapsed_time_and_the_number_of_looks(service, make_poller):
    """
    The strategy sees the number of looks, the seconds since the first, and the last status.
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
    A look that does not end delays no deadline.
    """
    service.seconds = 1000

    with pytest.raises(DeadlinePassed):
        await poller.wait(ADDRESS, service.look(), never, deadline=7)

    assert pytest.approx(7, abs=1e-6) == clock.monotonic()


async def test_a_deadline_is_kept_while_every_look_hangs(service, make_poller, clock):
    """
    A wait that never got its first look ends at its deadline as well.
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
    Each of three waits for one asset ends at its own deadline.
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
    A wait may begin, with an early deadline, while the poller sleeps for long.
    """
    early = in_background(poller.wait(ADDRESS, service.look(), never, deadline=1000))
    await clock.sleep(11)

    with pytest.raises(DeadlinePassed):
        await poller.wait(ADDRESS, service.look(), never, deadline=13)

    assert pytest.approx(13, abs=1e-6) == clock.monotonic()
    early.cancel()


async def test_a_wait_that_begins_while_a_look_hangs_ends_in_time(service, poller, clock):
    """
    A deadline wakes the poller even if there is no look to schedule.
    """
    service.seconds = 1000
    hanging = in_background(poller.wait(ADDRESS, service.look(), never, deadline=500))
    await clock.sleep(1)

    with pytest.raises(DeadlinePassed):
        await poller.wait(ADDRESS, service.look(), never, deadline=7)

    assert pytest.approx(7, abs=1e-6) == clock.monotonic()
    hanging.cancel()


async def test_a_wait_past_its_deadline_sends_no_look(service, poller):
    """
    A wait with its deadline in the past ends without a look.
    """
    with pytest.raises(DeadlinePassed):
        await poller.wait(ADDRESS, service.look(), never, deadline=-1)

    await asyncio.sleep(1)
    assert [] == service.looks


@pytest.mark.parametrize("seconds", [0, 20])
async def test_a_wait_for_one_look_makes_exactly_one(service, poller, seconds):
    """
    A wait for one look ends after that look, however long it takes.
    """
    service.seconds = seconds

    with pytest.raises(DeadlinePassed) as caught:
        await poller.wait(ADDRESS, service.look(), never, deadline=0, wants_one_look=True)

    assert [0] == service.times
    assert caught.value.__cause__ is None


async def test_a_wait_for_one_look_may_see_the_end(service, poller):
    """
    A wait for one look ends well if that look shows the end, though the deadline has passed.
    """
    service.ends_at = 0

    await poller.wait(ADDRESS, service.look(), until_final, deadline=0, wants_one_look=True)

    assert [0] == service.times


async def test_a_wait_for_one_look_that_failed_says_why(service, poller):
    """
    A transient error of the only look is the cause of `DeadlinePassed`.
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
    If a look and a deadline end in the same moment, the wait has the outcome of one of them.
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
    A transient error does not end a wait that has had a good look.
    """
    service.errors = [None, error, error]
    service.ends_at = 25

    await poller.wait(ADDRESS, service.look(), until_final, deadline=math.inf)

    assert [0, 10, 20, 30] == service.times


async def test_a_retry_after_of_the_service_moves_the_next_look(service, poller):
    """
    `Retry-After` in the response to a look replaces the cadence.
    """
    service.errors = [evolve(ServerError("GET /x", 503), retry_after_seconds=33.0)]
    service.ends_at = 1

    await poller.wait(ADDRESS, service.look(), until_final, deadline=math.inf)

    assert [0, 33] == service.times


@pytest.mark.parametrize("kind", [NotFound, PermissionDenied])
async def test_an_error_that_is_not_transient_ends_the_wait(service, poller, kind):
    """
    An error that the next look would meet again is raised at once.
    """
    service.errors = [kind("GET /x", 404)]

    with pytest.raises(kind):
        await poller.wait(ADDRESS, service.look(), never, deadline=math.inf)

    assert [0] == service.times


async def test_each_waiter_gets_its_own_error(service, poller):
    """
    Waits share a look, but not the error object, since each error carries its own token.
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


async def test_a_service_unreachable_for_long_ends_the_wait(service, make_poller, clock):
    """
    Once looks have been failing for `unreachable_seconds` the last error is raised.
    """
    poller = make_poller(unreachable_seconds=55)
    service.errors = [None, *(NotSent("GET /x", str(number)) for number in range(100))]

    with pytest.raises(NotSent) as caught:
        await poller.wait(ADDRESS, service.look(), never, deadline=math.inf)

    assert "6" == caught.value.reason
    assert pytest.approx(70, abs=0.01) == clock.monotonic()


async def test_one_failure_long_after_the_last_good_look_ends_no_wait(service, make_poller, clock):
    """
    A wait that is looked at more rarely than `unreachable_seconds` outlives one failing look.
    """
    poller = make_poller(tenacity.wait_fixed(1000), unreachable_seconds=900)
    service.errors = [None, ServerError("GET /x", 502), None, ServerError("GET /x", 502), None]
    service.ends_at = 3500

    await poller.wait(ADDRESS, service.look(), until_final, deadline=math.inf)

    assert 4000 == round(clock.monotonic())


async def test_two_seconds_of_trouble_end_none_of_many_waits(service, make_poller, clock):
    """
    Waits looked at every 15 seconds, with 10 seconds of `unreachable_seconds`, all outlive it.
    """
    poller = make_poller(tenacity.wait_fixed(15), unreachable_seconds=10)
    service.seconds = 1
    waits = [
        in_background(poller.wait(number, service.look(number), until_final, deadline=math.inf))
        for number in range(300)
    ]
    await clock.sleep(20)

    service.errors = [ServerError("GET /x", 503)] * 40
    service.ends_at = 60

    assert [None] * 300 == await endings(*waits)
    assert [] == service.errors


async def test_two_failures_that_lasted_long_enough_end_the_wait(service, make_poller, clock):
    """
    The first failure after the last good look begins the count, and the second may end the wait.
    """
    poller = make_poller(tenacity.wait_fixed(1000), unreachable_seconds=900)
    service.errors = [None, ServerError("GET /x", 502), ServerError("GET /x", 503)]

    with pytest.raises(ServerError, match="503"):
        await poller.wait(ADDRESS, service.look(), never, deadline=math.inf)

    assert 2000 == round(clock.monotonic())


async def test_a_wait_that_never_reached_the_service_gives_up_as_a_call_does(
    service, make_poller, clock
):
    """
    It looks as often as a call is sent, with the pauses of a call, and raises the last error.
    """
    retry = RetryPolicy(attempts=4, wait=tenacity.wait_incrementing(start=1, increment=1))
    poller = make_poller(retry=retry)
    service.errors = [NotSent("GET /x", str(number)) for number in range(1, 100)]

    with pytest.raises(NotSent) as caught:
        await poller.wait(ADDRESS, service.look(), never, deadline=math.inf)

    assert "4" == caught.value.reason
    assert [0, 1, 3, 6] == service.times


async def test_a_good_look_among_the_first_makes_a_wait_patient(service, make_poller):
    """
    From its first good look on, failing looks are passed over, at the pace of the cadence.
    """
    poller = make_poller(retry=RetryPolicy(attempts=2, wait=tenacity.wait_fixed(1)))
    lost = NotSent("GET /x", "no connection")
    service.errors = [lost, None, lost, lost, lost]
    service.ends_at = 35

    await poller.wait(ADDRESS, service.look(), until_final, deadline=math.inf)

    assert [0, 1, 11, 21, 31, 41] == service.times


async def test_a_wait_whose_caller_reached_the_service_is_patient_at_once(service, make_poller):
    """
    With `was_reached` the first looks may fail, too: a start just before was answered.
    """
    poller = make_poller(retry=RetryPolicy(attempts=2, wait=tenacity.wait_fixed(1)))
    service.errors = [NotSent("GET /x", "no connection")] * 3
    service.ends_at = 25

    await poller.wait(ADDRESS, service.look(), until_final, deadline=math.inf, was_reached=True)

    assert [0, 10, 20, 30] == service.times


async def test_a_wait_that_joins_an_answering_address_is_patient(service, make_poller, clock):
    """
    It counts as one that has reached the service, if the last look at its address succeeded.
    """
    poller = make_poller(retry=RetryPolicy(attempts=1))
    first = in_background(poller.wait(ADDRESS, service.look(), until_final, deadline=math.inf))
    await clock.sleep(1)
    service.errors = [NotSent("GET /x", "no connection")] * 2
    service.ends_at = 20

    joined = in_background(poller.wait(ADDRESS, service.look(), until_final, deadline=math.inf))

    assert [None, None] == await endings(first, joined)


async def test_a_wait_that_joins_a_failing_address_hears_it_at_once(service, make_poller, clock):
    """
    The waits there go on; the one that has never had an answer gives up as a call does.
    """
    poller = make_poller(retry=RetryPolicy(attempts=3, wait=tenacity.wait_fixed(1)))
    first = in_background(poller.wait(ADDRESS, service.look(), until_final, deadline=math.inf))
    await clock.sleep(1)
    service.errors = [NotSent("GET /x", "no connection")] * 5
    await clock.sleep(15)

    with pytest.raises(NotSent):
        await poller.wait(ADDRESS, service.look(), never, deadline=math.inf)

    assert 18 == round(clock.monotonic())
    assert not first.done()
    service.ends_at = 20
    assert await first is None


async def test_one_good_look_starts_the_count_anew(service, make_poller):
    """
    Failures before the last good look do not count as part of an outage.
    """
    poller = make_poller(unreachable_seconds=55)
    lost = NotSent("GET /x", "no connection")
    look, fails = service.look(), iter([False] + [True] * 5 + [False] + [True] * 5 + [False])
    service.ends_at = 115

    async def flaky():
        status = await look()
        if next(fails):
            raise lost
        return status

    await poller.wait(ADDRESS, flaky, until_final, deadline=math.inf)

    assert 13 == len(service.looks)


async def test_a_waiter_that_fails_fails_alone(service, poller, clock):
    """
    An exception in one wait's `on_status` is raised by that wait; the others go on.
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
    Each wait for that address raises a copy of its exception; other addresses go on.
    """
    poller = make_poller(Broken())
    service.ends_at = 50
    healthy = in_background(poller.wait(1, service.look(1), until_final, deadline=100))
    waits = [in_background(poller.wait(2, service.look(2), never, deadline=100)) for _ in range(2)]

    first, second = await endings(*waits)

    assert [ZeroDivisionError] * 2 == [type(first), type(second)]
    assert first is not second
    assert await healthy is None


@pytest.mark.parametrize("delay", [None, "soon", "15"])
async def test_a_strategy_that_returns_no_number_is_named(service, make_poller, delay):
    """
    The wait raises `ConfigurationError`, which names the strategy and what it returned.
    """

    class Odd(tenacity.wait.wait_base):
        def __call__(self, retry_state):  # noqa: ARG002 - tenacity's signature
            return delay

    poller = make_poller(Odd())

    with pytest.raises(ConfigurationError, match=f"the wait strategy Odd returned {delay!r}; "):
        await poller.wait(ADDRESS, service.look(), never, deadline=100)


async def test_a_bug_in_a_look_ends_its_waits(service, poller):
    """
    An exception that is not the library's own ends the wait.
    """
    service.errors = [KeyError("bug")]

    with pytest.raises(KeyError):
        await poller.wait(ADDRESS, service.look(), never, deadline=100)


async def test_a_wait_that_began_during_a_look_with_a_bug_gets_a_look(service, poller, clock):
    """
    A failed look ends only the waits that began before it.
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
    An exception class with a constructor of its own still ends the wait.
    """

    class Odd(Exception):
        def __init__(self, *, word):
            super().__init__(word)

    service.errors = [Odd(word="odd")]

    with pytest.raises(Odd, match="odd"):
        await poller.wait(ADDRESS, service.look(), never, deadline=100)


async def test_a_poller_that_fails_fails_every_wait(service, poller, monkeypatch, caplog):
    """
    If the driver itself fails, every wait raises its error.
    """
    waits = [
        in_background(poller.wait(number, service.look(number), never, deadline=math.inf))
        for number in range(3)
    ]
    await asyncio.sleep(1)

    def broken():
        raise MemoryError

    monkeypatch.setattr(poller, "_start_due_looks", broken)
    ends = await endings(*waits)

    assert [MemoryError] * 3 == [type(end) for end in ends]
    assert "the poller failed" in caplog.text


async def test_a_poller_that_failed_serves_the_next_wait(service, poller, monkeypatch):
    """
    After the driver has failed, the next wait starts a new one.
    """
    with monkeypatch.context() as broken:
        broken.setattr(poller, "_start_due_looks", lambda: 1 / 0)
        await endings(poller.wait(ADDRESS, service.look(), never, deadline=100))

    await poller.wait(ADDRESS, service.look(), lambda _: True, deadline=100)

    assert 1 == len(service.looks)


async def test_a_look_that_is_cancelled_from_outside_ends_its_waits(service, poller, clock):
    """
    If a program cancels the task of a look, its waits end with `ClientIsClosing`.
    """
    service.seconds = 10
    wait = in_background(poller.wait(ADDRESS, service.look(), never, deadline=math.inf))
    await clock.sleep(1)

    (look_task,) = poller._look_tasks
    look_task.cancel()

    (ending,) = await endings(wait)
    assert isinstance(ending, ClientIsClosing)


async def test_a_driver_that_is_cancelled_from_outside_ends_its_waits(service, poller, clock):
    """
    If a program cancels the driver, all waits end with `ClientIsClosing`.
    """
    wait = in_background(poller.wait(ADDRESS, service.look(), never, deadline=math.inf))
    await clock.sleep(1)

    poller._driver.cancel()

    (ending,) = await endings(wait)
    assert isinstance(ending, ClientIsClosing)


# Waits that are cancelled.


async def test_a_waiter_that_leaves_does_not_disturb_the_others(service, poller, clock):
    """
    When one wait is cancelled, the others for its address go on unchanged.
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
    When a wait is cancelled, the look under way goes on for the others.
    """
    service.seconds, service.ends_at = 5, 0
    stays = in_background(poller.wait(ADDRESS, service.look(), until_final, deadline=100))
    leaves = in_background(poller.wait(ADDRESS, service.look(), until_final, deadline=100))
    await clock.sleep(2)

    leaves.cancel()

    assert await stays is None
    assert [0] == service.times


async def test_an_address_without_waits_is_not_looked_at(service, poller, clock):
    """
    When the last wait for an address is cancelled, no further look is made.
    """
    wait = in_background(poller.wait(ADDRESS, service.look(), never, deadline=100))
    await clock.sleep(5)
    wait.cancel()
    await clock.sleep(100)

    assert [0] == service.times
    assert 0 == poller.waiting_for(ADDRESS)


async def test_waiters_are_counted(service, poller, clock):
    """
    `waiting_for()` returns how many waits an address has.
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
async def test_nothing_is_kept_of_waits_that_have_ended(service, poller, clock, how):
    """
    However the waits ended, the poller's tables are empty and its tasks are gone.
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
    A wait that is cancelled leaves no deadline and no entry behind, while others go on.
    """
    stays = in_background(poller.wait(ADDRESS, service.look(), never, deadline=1e6))
    leaving = [
        in_background(poller.wait(number % 5, service.look(), never, deadline=1e6))
        for number in range(20)
    ]
    await clock.sleep(5)
    [wait.cancel() for wait in leaving]
    await endings(*leaving)

    assert [ADDRESS] == list(poller._entries)
    assert 1 == len(poller._due._current)
    assert 1 == len(poller._deadlines._current)
    stays.cancel()


# Cost.


async def test_many_waits_are_no_tasks(clock):
    """
    A thousand pending `job.wait()` cost no tasks but their own, the driver and the looks.
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

    # The driver and its sleeper, the looks, and the sleeper of the rate limit.
    assert 8 <= tasks <= 2 + 8 + 1
    assert {StillRunning} == {type(end) for end in ends}


async def test_many_waits_leave_no_memory_behind(service, poller, clock):
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


# Closing.


async def test_closing_ends_every_wait(service, poller, clock):
    """
    Every wait ends with `ClientIsClosing`, even while its look is under way.
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
    A wait after closing raises `ClientClosed`.
    """
    poller.close()

    with pytest.raises(ClientClosed, match="this client was closed"):
        await poller.wait(ADDRESS, service.look(), never, deadline=100)

    assert poller.is_closed


async def test_closing_an_unused_poller_is_harmless(poller):
    """
    A poller without waits can be closed, even twice.
    """
    poller.close()
    poller.close()

    assert await poller.wait_closed() is None


# Steps of a watch.


async def step(poller, service, pace):
    """Wait for the next look, as each step of a watch does."""
    await poller.wait(ADDRESS, service.look(), lambda _: True, deadline=1e6, pace=pace)


async def test_a_watcher_keeps_its_pace_between_steps(service, poller, clock):
    """
    The steps of a watch are as far apart as the cadence says.
    """
    pace = AddressSchedule(clock.monotonic())

    await step(poller, service, pace)
    await step(poller, service, pace)
    await step(poller, service, pace)

    assert [0, 10, 20] == service.times
    assert 3 == pace.looks


async def test_a_watcher_that_comes_late_looks_at_once(service, poller, clock):
    """
    A step that begins after the next look was due does not wait again.
    """
    pace = AddressSchedule(clock.monotonic())
    await step(poller, service, pace)
    await clock.sleep(100)

    await step(poller, service, pace)

    assert [0, 100] == service.times


async def test_a_watcher_does_not_hurry_those_who_wait(service, poller, clock):
    """
    The steps of a watch that shares an address add no looks to those of the others.
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
    Between two steps of a watch the poller's tables are empty: it needs no closing.
    """
    pace = AddressSchedule(clock.monotonic())

    await step(poller, service, pace)
    await clock.sleep(0.1)

    assert (0, 0, 0, 0, 0, 0) == leftovers(poller)


async def test_the_pace_of_a_watcher_is_what_the_cadence_sees(service, make_poller, clock):
    """
    The strategy sees the looks and seconds of the whole watch, not of one step.
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


# Ends reported to the cadence.


class Learner(tenacity.wait_fixed):
    """Looks every ten seconds, and has an `observe_end()`."""

    def __init__(self):
        super().__init__(10)
        self.ends = []

    def observe_end(self, status, elapsed_seconds):
        """Record the end."""
        self.ends.append((status.number, round(elapsed_seconds)))


async def test_ends_are_reported_to_the_cadence(service, make_poller):
    """
    `observe_end()` gets the final status, and the seconds since the first look.
    """
    learner = Learner()
    poller = make_poller(learner)
    service.ends_at = 25

    await poller.wait(ADDRESS, service.look(), until_final, deadline=math.inf)

    assert [(4, 30)] == learner.ends


async def test_a_job_that_had_ended_before_the_first_look_is_not_reported(service, make_poller):
    """
    An end that the very first look shows may be long past, and is not reported.
    """
    learner = Learner()
    poller = make_poller(learner)
    service.ends_at = 0

    await poller.wait(ADDRESS, service.look(), until_final, deadline=math.inf)

    assert [] == learner.ends


async def test_the_end_of_an_earlier_run_is_not_reported(service, make_poller):
    """
    A final status that ends no wait is not passed to `observe_end()`.
    """
    learner = Learner()
    poller = make_poller(learner)
    service.ends_at = 0

    await poller.wait(ADDRESS, service.look(), lambda status: status.number == 3, deadline=math.inf)

    assert [0, 10, 20] == service.times
    assert [(3, 20)] == learner.ends


async def test_the_likely_end_is_known_in_callbacks(service, make_poller):
    """
    `on_status` can ask for the likely end that follows from its status.
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


async def test_a_wait_whose_last_look_failed_ends_at_its_deadline_with_that_cause(
    service, poller, clock
):
    """
    The error of the last look is the cause of `DeadlinePassed`.
    """
    service.errors = [None, NotSent("GET /x", "first"), NotSent("GET /x", "second")]

    with pytest.raises(DeadlinePassed) as caught:
        await poller.wait(ADDRESS, service.look(), never, deadline=27)

    assert "second" == caught.value.__cause__.reason


async def test_a_wait_whose_last_look_succeeded_ends_at_its_deadline_without_a_cause(
    service, poller, clock
):
    """
    Trouble that has passed is no cause of `DeadlinePassed`.
    """
    service.errors = [None, NotSent("GET /x", "no connection"), None]

    with pytest.raises(DeadlinePassed) as caught:
        await poller.wait(ADDRESS, service.look(), never, deadline=27)

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
