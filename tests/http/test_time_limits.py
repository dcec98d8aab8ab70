import asyncio
import contextlib

import pytest

from mediaintel_async.http.time_limits import Deadlines


@pytest.fixture
async def deadlines():
    """A minute altogether, five seconds of silence."""
    return Deadlines(total_seconds=60, silence_seconds=5)


async def for_ever():
    """Return never."""
    await asyncio.get_running_loop().create_future()


async def be_silent(deadlines, *, counts_silence=True):
    """Do something that never ends, and of which nothing is heard."""
    with deadlines.attempt(counts_silence=counts_silence):
        await for_ever()


async def be_heard(deadlines, *pauses, counts_silence=True):
    """Do something that is heard after each of *pauses*, and is silent then."""
    with deadlines.attempt(counts_silence=counts_silence) as attempt:
        for pause in pauses:
            await asyncio.sleep(pause)
            attempt.hear()
        await for_ever()


async def end_of(work, clock):
    """Return when *work* ended with a TimeoutError."""
    with pytest.raises(TimeoutError):
        await work
    return clock.monotonic()


def timers():
    """Return what the loop is to do at some time."""
    return [one for one in asyncio.get_running_loop()._scheduled if not one.cancelled()]


async def test_a_silence_counts_from_the_beginning(deadlines, clock):
    """
    An attempt that receives nothing ends after the allowed silence.
    """
    assert 5 == await end_of(be_silent(deadlines), clock)


async def test_a_silence_may_count_from_the_first_sound_on(deadlines, clock):
    """
    An attempt whose silence does not count yet ends at its total time.
    """
    assert 60 == await end_of(be_silent(deadlines, counts_silence=False), clock)


@pytest.mark.parametrize(
    ("pauses", "end"),
    [((4,), 9), ((4, 4, 4), 17), ((0, 0, 4.5), 9.5), ((4,) * 13, 57), ((4,) * 100, 60)],
)
async def test_a_silence_begins_anew_with_each_sound(deadlines, clock, pauses, end):
    """
    An attempt that keeps receiving bytes goes on until its total time is over.
    """
    assert end == await end_of(be_heard(deadlines, *pauses), clock)


@pytest.mark.parametrize(("pause", "end"), [(1, 6), (6, 11), (30, 35), (54, 59), (58, 60)])
async def test_a_silence_after_a_late_first_sound_is_noticed_in_time(deadlines, clock, pause, end):
    """
    However late the first sound comes, five seconds without a second one are the end.
    """
    assert end == await end_of(be_heard(deadlines, pause, counts_silence=False), clock)


@pytest.mark.parametrize("later", [0, 1, 5, 6, 30, 54])
async def test_an_attempt_beside_one_with_more_time_ends_in_time(deadlines, clock, later):
    """
    An attempt that may be silent holds up no deadline of those that begin after it.
    """
    patient = asyncio.ensure_future(be_silent(deadlines, counts_silence=False))
    await asyncio.sleep(later)

    assert later + 5 == await end_of(be_silent(deadlines), clock)
    assert 60 == await end_of(patient, clock)


async def test_each_attempt_has_its_own_end(deadlines, clock):
    """
    Attempts that began one after the other end one after the other.
    """

    async def begin(number):
        await asyncio.sleep(number)
        return await end_of(be_silent(deadlines), clock)

    assert [5, 6, 7, 8, 9, 10, 11] == await asyncio.gather(*(begin(number) for number in range(7)))


async def test_one_timer_serves_a_thousand_attempts(deadlines):
    """
    A thousand attempts share one timer.
    """
    before = len(timers())

    with contextlib.ExitStack() as stack:
        for _ in range(1000):
            stack.enter_context(deadlines.attempt(counts_silence=True))

        assert before + 1 == len(timers())


async def test_the_timer_stops_when_nothing_is_under_way(deadlines):
    """
    The timer stops when no attempt is in progress.
    """
    with deadlines.attempt(counts_silence=True):
        pass
    await asyncio.sleep(5.1)

    assert [] == timers()


async def test_what_is_over_in_time_is_left_alone(deadlines):
    """
    Nothing of an attempt that was in time reaches its task later.
    """
    with deadlines.attempt(counts_silence=True):
        await asyncio.sleep(4.9)
    await asyncio.sleep(100)

    assert not deadlines._under_way
    assert 0 == asyncio.current_task().cancelling()


async def test_the_task_of_an_ended_attempt_goes_on(deadlines, clock):
    """
    After one attempt that took too long a task makes another, and sleeps as it likes.
    """
    ends = [await end_of(be_silent(deadlines), clock) for _ in range(3)]

    await asyncio.sleep(100)
    assert [5, 10, 15] == ends
    assert 0 == asyncio.current_task().cancelling()
    assert not deadlines._under_way


async def test_a_timeout_names_the_cancellation_behind_it(deadlines):
    """
    The TimeoutError says where the task was when its time was over.
    """
    with pytest.raises(TimeoutError) as caught:
        await be_silent(deadlines)

    assert isinstance(caught.value.__cause__, asyncio.CancelledError)


async def test_a_cancellation_from_outside_stays_one(deadlines):
    """
    A task that is cancelled during an attempt ends as cancelled, not with a TimeoutError.
    """
    task = asyncio.ensure_future(be_silent(deadlines))
    await asyncio.sleep(3)

    task.cancel()
    await asyncio.wait({task})

    assert task.cancelled()
    assert not deadlines._under_way


@pytest.mark.parametrize("is_first", [True, False])
async def test_a_cancellation_at_the_very_deadline_stays_one(deadlines, is_first):
    """
    Of a deadline and a cancellation in one round of the loop, the cancellation counts.
    """
    task = asyncio.ensure_future(be_silent(deadlines))
    await asyncio.sleep(1)
    (attempt,) = deadlines._under_way
    both = [task.cancel, attempt.end]

    for act in both if is_first else reversed(both):
        act()
    await asyncio.wait({task})

    assert task.cancelled()


async def test_a_timeout_around_an_attempt_that_is_late_as_well_is_kept(deadlines, clock):
    """
    `asyncio.timeout()` around an attempt ends it as its own, in the same round too.
    """
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(5) as around:
            await be_silent(deadlines)

    assert 5 == clock.monotonic()
    assert around.expired() or not deadlines._under_way
    assert 0 == asyncio.current_task().cancelling()


async def test_an_attempt_of_a_task_that_was_cancelled_before_ends_in_time(deadlines, clock):
    """
    A task that tidies up after a cancellation gets a TimeoutError for what takes too long.
    """
    ends = []

    async def tidy_up():
        try:
            await for_ever()
        finally:
            ends.append(await end_of(be_silent(deadlines), clock))

    task = asyncio.ensure_future(tidy_up())
    await asyncio.sleep(1)
    task.cancel()
    await asyncio.wait({task})

    assert [6] == ends
    assert task.cancelled()


async def test_an_error_at_the_end_is_that_error(deadlines):
    """
    An attempt that raises an error of its own when it is ended keeps that error.
    """

    async def fail():
        with deadlines.attempt(counts_silence=True):
            try:
                await for_ever()
            except asyncio.CancelledError:
                raise ZeroDivisionError from None

    with pytest.raises(ZeroDivisionError):
        await fail()

    assert 0 == asyncio.current_task().cancelling()


async def test_an_error_in_time_is_that_error(deadlines):
    """
    An attempt that fails in time is no longer under way.
    """
    with pytest.raises(ZeroDivisionError), deadlines.attempt(counts_silence=True):
        raise ZeroDivisionError

    assert not deadlines._under_way


async def test_ending_all_ends_each_at_once(deadlines, clock):
    """
    `end_all()` ends every attempt at once, long before its deadline.
    """
    tasks = [asyncio.ensure_future(be_silent(deadlines)) for _ in range(10)]
    await asyncio.sleep(1)

    deadlines.end_all()

    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [TimeoutError] * 10 == [type(one) for one in outcomes]
    assert 1 == clock.monotonic()
    assert [] == timers()


async def test_ending_all_with_nothing_under_way_does_nothing(deadlines):
    """
    A client that never sent anything is closed as any other.
    """
    deadlines.end_all()

    assert [] == timers()


async def test_an_attempt_is_ended_once(deadlines):
    """
    An attempt that is ended twice before its task runs is cancelled once.
    """
    task = asyncio.ensure_future(be_silent(deadlines))
    await asyncio.sleep(1)

    deadlines.end_all()
    deadlines.end_all()

    assert 1 == task.cancelling()
    await asyncio.wait({task})
    assert isinstance(task.exception(), TimeoutError)


async def test_an_attempt_outside_a_task_is_refused(deadlines):
    """
    An attempt outside a task raises RuntimeError: there would be nothing to cancel.
    """
    refused = asyncio.get_running_loop().create_future()

    def attempt():
        try:
            deadlines.attempt(counts_silence=True)
        except RuntimeError as error:
            refused.set_result(error)

    asyncio.get_running_loop().call_soon(attempt)

    assert "task" in str(await refused)
