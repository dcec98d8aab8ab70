import asyncio
import itertools
import math
import random
import statistics
import sys
from types import SimpleNamespace

import pytest
import tenacity
from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mediaintel_async import (
    AssetRef,
    IndexState,
    IndexStatus,
    NotSent,
    SceneSummaryState,
    SceneSummaryStatus,
    ServerError,
    wait_until_likely_done,
)
from mediaintel_async.simulator import Timings
from mediaintel_async.waiting.cadence import (
    LONGEST_DELAY_SECONDS,
    SHORTEST_DELAY_SECONDS,
    likely_end,
    next_delay,
    report_end,
)

STATUS = SceneSummaryStatus(state=SceneSummaryState.SUMMARIZING)
BUSY = ServerError("GET /x", 503)


@pytest.fixture(autouse=True)
def same_jitter():
    """Throw the same dice in every run."""
    random.seed(20)


class Spy(tenacity.wait.wait_base):
    """A strategy that records what it is shown, and always returns the same delay."""

    def __init__(self, delay=3.0):
        self.delay = delay
        self.shown = []

    def __call__(self, retry_state):
        """Record the state."""
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
    After a failed look the outcome is its error.
    """
    spy = Spy()
    error = NotSent("GET /x", "no connection")

    next_delay(spy, error, looks=1, elapsed_seconds=0.0)

    (state,) = spy.shown
    assert state.outcome.failed
    assert error is state.outcome.exception()


def test_a_strategy_may_take_the_outcome_for_a_future():
    """
    The outcome is a finished future: the result of a failed look raises its error.
    """
    spy = Spy()

    next_delay(spy, BUSY, looks=1, elapsed_seconds=0.0)

    (state,) = spy.shown
    assert state.outcome.done()
    with pytest.raises(ServerError):
        state.outcome.result()


@pytest.mark.parametrize(
    ("hint", "expected"), [(45.0, 45.0), (120.0, 120.0), (1e9, 120.0), (0.0, 0.1)]
)
def test_a_retry_after_of_the_service_wins(hint, expected):
    """
    `Retry-After` replaces the strategy's delay, up to two minutes, and never means at once.
    """
    spy = Spy()
    error = evolve(BUSY, retry_after_seconds=hint)

    delay = next_delay(spy, error, looks=1, elapsed_seconds=0.0)

    assert expected == delay
    assert [] == spy.shown


def test_without_a_retry_after_the_strategy_decides():
    """
    After an error without `Retry-After` the strategy's delay counts.
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
    Any delay of a strategy is brought between 0.1 s and an hour; NaN becomes 15 s.
    """
    assert next_delay(Spy(said), STATUS, looks=1, elapsed_seconds=0.0) == expected


TOTAL = 40
AGES = [0.1, 0.5, 1.0, 7.0, 100.0, 900.0, 1e5]


def summarizing(done, total=TOTAL):
    """The status of a summary under way."""
    return SceneSummaryStatus(
        state=SceneSummaryState.SUMMARIZING, analyzed_scene_count=done, total_scene_count=total
    )


def waiting(total=TOTAL):
    """The status of a summary in the queue."""
    return SceneSummaryStatus(
        state=SceneSummaryState.WAIT_SUMMARIZE, analyzed_scene_count=0, total_scene_count=total
    )


COMPLETED = SceneSummaryStatus(
    state=SceneSummaryState.SUMMARIZE_COMPLETED,
    analyzed_scene_count=TOTAL,
    total_scene_count=TOTAL,
)
INDEXED = IndexStatus(state=IndexState.ANALYZE_COMPLETED)
ANALYZING = IndexStatus(state=IndexState.ANALYZING)


class Followed:
    """A job that is looked at again and again; what the strategy notes of it is kept here."""

    def __init__(self, cadence):
        self.cadence = cadence
        self.observations = None
        self.looks = 0

    def look(self, outcome, elapsed):
        """Return the pause after a look."""
        self.looks += 1
        return next_delay(
            self.cadence, outcome, looks=self.looks, elapsed_seconds=elapsed, memory=self
        )

    def end(self, status, elapsed):
        """Report how the job ended."""
        report_end(self.cadence, status, elapsed_seconds=elapsed, memory=self)


def follow(cadence, status_at, end_at, final):
    """Follow a job to its end; return how many looks that took, and how late the last was."""
    job = Followed(cadence)
    elapsed = 0.0
    while elapsed < end_at:
        elapsed += job.look(status_at(elapsed), elapsed)
    job.end(final, elapsed)
    return job.looks + 1, elapsed - end_at


def summary_at(elapsed, queue=20.0, scene=2.5):
    """What a steady summary shows: twenty seconds of queue, then a scene each 2.5 s."""
    return waiting() if elapsed < queue else summarizing(int((elapsed - queue) / scene))


def index_at(_):
    """What an analysis shows all the time."""
    return ANALYZING


def test_few_looks_and_little_lag_by_counts():
    """
    The very first job, two minutes long and with counts, takes few looks and is noticed soon.
    """
    looks, lag = follow(wait_until_likely_done(), summary_at, 120.0, COMPLETED)

    assert looks <= 20
    assert lag < 2


def test_ends_are_learnt_from():
    """
    After jobs without counts that all took as long, the next takes fewer looks, noticed soon.
    """
    cadence = wait_until_likely_done()
    first, _ = follow(cadence, index_at, 120.0, INDEXED)
    lengths = [follow(cadence, index_at, 120.0, INDEXED) for _ in range(20)]

    looks, lag = lengths[-1]

    assert looks < first * 2 / 3
    assert lag < 2.5


def test_ends_are_learnt_from_without_looks():
    """
    `observe_end()` alone is enough: the pause lasts until the next job may be done.
    """
    cadence = wait_until_likely_done()
    for seconds in range(110, 130):
        cadence.observe_end(INDEXED, float(seconds))

    delay = next_delay(cadence, ANALYZING, looks=1, elapsed_seconds=0.0)

    assert 20 < delay <= 25


@pytest.mark.parametrize("succeeded", [True, False])
def test_only_good_ends_teach(succeeded):
    """
    A job that failed after 5 s does not make others seem likely to end after 5 s.
    """
    cadence = wait_until_likely_done()
    state = IndexState.ANALYZE_COMPLETED if succeeded else IndexState.ANALYZE_FAIL
    cadence.observe_end(IndexStatus(state=state), 5.0)

    learnt = list(cadence._experience.history_of(ANALYZING).total_seconds)

    assert ([5.0] if succeeded else []) == learnt


def test_kinds_of_work_are_kept_apart():
    """
    The lengths of index runs say nothing about summaries.
    """
    cadence = wait_until_likely_done()
    cadence.observe_end(INDEXED, 100.0)

    assert [100.0] == list(cadence._experience.history_of(ANALYZING).total_seconds)
    assert [] == list(cadence._experience.history_of(waiting()).total_seconds)


def test_an_estimate_that_failed_is_distrusted():
    """
    The longer a job outlasts its likely end, the longer the pauses.
    """
    cadence = wait_until_likely_done()
    for _ in range(10):
        follow(cadence, summary_at, 120.0, COMPLETED)
    job = Followed(cadence)
    job.look(summarizing(0), 0.0)
    job.look(summarizing(20), 51.0)
    job.look(summarizing(38), 96.0)
    job.look(summarizing(39), 98.0)

    delays = [job.look(summarizing(39), 98.0 + late) for late in (1.0, 60.0, 600.0)]

    assert delays[0] < 2
    assert delays[0] < delays[1] < delays[2]


def test_a_count_that_goes_back_a_little_is_no_step_back():
    """
    A count slightly below an earlier one is ignored.
    """
    job, other = Followed(wait_until_likely_done()), Followed(wait_until_likely_done())
    job.look(summarizing(0), 0.0)
    other.look(summarizing(0), 0.0)
    job.look(summarizing(30), 75.0)
    other.look(summarizing(30), 75.0)
    job.look(summarizing(28), 76.0)
    other.look(summarizing(30), 76.0)

    assert other.observations.likely_end == pytest.approx(job.observations.likely_end)


def test_work_begun_anew_is_measured_anew():
    """
    A count that falls below half of an earlier one is believed, and the likely end moves away.
    """
    job = Followed(wait_until_likely_done())
    job.look(summarizing(0), 0.0)
    job.look(summarizing(30), 75.0)
    before = likely_end(job)
    job.look(summarizing(2), 80.0)
    job.look(summarizing(12), 105.0)

    assert 90 < before < 110
    assert 160 < likely_end(job) < 190


def test_after_failed_looks_pauses_grow_with_the_outage():
    """
    A pause is as long as the outage has lasted so far, up to 15 s.
    """
    job = Followed(wait_until_likely_done())
    job.look(summarizing(39), 100.0)

    delays = [job.look(BUSY, 100.0 + seconds) for seconds in (1.0, 6.0, 400.0)]

    assert delays[0] < 2
    assert 5 < delays[1] <= 6
    assert 13 < delays[2] <= 15


@pytest.mark.parametrize(("hint", "expected"), [(45.0, 45.0), (1e9, 120.0), (0.0, 1.0)])
def test_with_plain_tenacity_too_a_retry_after_wins(hint, expected):
    """
    The strategy itself obeys a `Retry-After`, up to two minutes, and keeps its floor of 1 s.
    """
    state = tenacity.RetryCallState(None, None, (), {})
    state.set_exception((ServerError, evolve(BUSY, retry_after_seconds=hint), None))

    assert expected == wait_until_likely_done()(state)


def test_it_can_be_asked_before_any_look():
    """
    For a retry state without outcome or time, the pause is about 1 s.
    """
    state = tenacity.RetryCallState(None, None, (), {})

    assert 1 <= wait_until_likely_done()(state) < 1.2


def test_pauses_have_a_ceiling_that_grows():
    """
    However far the end, the longest pause is 25 s, or 5 % of the elapsed time if that is longer,
    but never more than three minutes.
    """
    cadence = wait_until_likely_done()
    for _ in range(5):
        cadence.observe_end(INDEXED, 1e6)

    delays = [
        next_delay(cadence, ANALYZING, looks=1, elapsed_seconds=elapsed)
        for elapsed in (0.0, 1200.0, 3600.0, 36_000.0)
    ]

    assert 22 < delays[0] <= 25
    assert 53 < delays[1] <= 60
    assert 160 < delays[2] <= 180
    assert 160 < delays[3] <= 180


@pytest.mark.parametrize("outcome", [summarizing(39), ANALYZING, waiting(), BUSY])
@pytest.mark.parametrize("elapsed", AGES)
def test_pauses_have_jitter(outcome, elapsed):
    """
    Pauses differ even at the floor and the ceiling, so jobs started together drift apart.
    """
    cadence = wait_until_likely_done()

    delays = {next_delay(cadence, outcome, looks=1, elapsed_seconds=elapsed) for _ in range(100)}

    assert 90 < len(delays)


def test_what_was_done_before_the_first_look_is_not_counted_as_quick_work():
    """
    For a job first seen halfway, only the scenes that end afterwards tell its seconds a scene.
    """
    job = Followed(wait_until_likely_done())
    job.look(summarizing(20), 0.0)

    job.look(summarizing(21), 10.0)

    # About ten seconds a scene, and nineteen scenes left.
    assert 100 < likely_end(job) - 10 < 400


@pytest.mark.parametrize("elapsed", [-1.0, 1e10, math.inf, math.nan])
def test_an_impossible_age_counts_as_none(elapsed):
    """
    A negative, huge, infinite or NaN elapsed time counts as 0.
    """
    job = Followed(wait_until_likely_done())

    assert 1 <= job.look(ANALYZING, elapsed) < 3


ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.lists(st.integers(), max_size=2),
    st.sampled_from(SceneSummaryState),
    st.sampled_from([10**400, "WAIT_ANALYZE", "RUNNING", 3, 40]),
)
STATUSES = st.builds(
    SimpleNamespace,
    state=ODD,
    analyzed_scene_count=ODD,
    total_scene_count=ODD,
    progress=ODD,
    succeeded=ODD,
)
TIMES = st.one_of(st.floats(), st.floats(0, 1e4), st.floats(0, 1e4))


@given(
    looks=st.lists(
        st.tuples(st.one_of(ODD, STATUSES, st.just(BUSY)), TIMES, st.booleans()), max_size=12
    )
)
@example(
    looks=[
        (SimpleNamespace(state="RUNNING", progress=progress), elapsed, False)
        for progress, elapsed in [(0.0, 0.0), (5e-324, 1.0), (1e-300, 1e8), (1e-300, 9e8)]
    ]
)
@example(
    looks=[
        (SimpleNamespace(state="RUNNING", analyzed_scene_count=done, total_scene_count=40), at, end)
        for done, at, end in [
            (0, 0.0, False),
            (0, 0.0, False),
            (39, 5e-324, False),
            (0, 0.0, False),
            (40, 1e-323, True),
            (39, 1e-323, False),
            (39, 1e-322, False),
        ]
    ]
)
@settings(max_examples=50)
def test_nothing_makes_it_fail(looks):
    """
    With any statuses, counts and times, every pause is from 1 s to 3 min.
    """
    cadence = wait_until_likely_done()
    jobs = itertools.cycle([Followed(cadence), Followed(cadence)])

    delays = [look_or_end(job, *each) for job, each in zip(jobs, looks, strict=False)]

    assert all(1.0 <= delay <= 180.0 for delay in delays)


def look_or_end(job, status, elapsed, is_end):
    """Return the pause after a look; 1 s after the end of the job."""
    if is_end:
        job.end(status, elapsed)
        return 1.0
    return job.look(status, elapsed)


async def test_it_works_with_plain_tenacity():
    """
    In a user's own AsyncRetrying it keeps its observations on the retry state.
    """
    counts = iter([0, 10, 30, 39, 40])
    pauses = []

    async def pause(seconds):
        pauses.append(seconds)

    retrying = tenacity.AsyncRetrying(
        wait=wait_until_likely_done(),
        retry=tenacity.retry_if_result(lambda status: status.analyzed_scene_count < TOTAL),
        sleep=pause,
    )

    async def look():
        return summarizing(next(counts))

    status = await retrying(look)

    assert TOTAL == status.analyzed_scene_count
    assert 4 == len(pauses)
    assert all(1 <= one <= 25 for one in pauses)


def test_it_goes_with_other_strategies():
    """
    It can be combined with another strategy by `+`.
    """
    both = wait_until_likely_done() + tenacity.wait_fixed(30)

    assert 31 <= next_delay(both, STATUS, looks=1, elapsed_seconds=0.0) <= 55


def test_what_is_remembered_is_bounded():
    """
    After ten thousand ends of a hundred kinds, 17 histories of at most 24 numbers are kept.
    """
    cadence = wait_until_likely_done()
    kinds = [type(f"Status{number}", (), {"state": "RUNNING"}) for number in range(100)]

    for number in range(10_000):
        job = Followed(cadence)
        job.look(kinds[number % 100](), 0.0)
        job.end(kinds[number % 100](), 10.0)

    histories = cadence._experience._kinds.values()
    assert 17 == len(histories)
    assert 24 == max(len(history.total_seconds) for history in histories)
    assert 24 == max(len(history.work_seconds) for history in histories)


def test_observations_of_a_job_are_small():
    """
    The observations of one job take at most 128 bytes.
    """
    job = Followed(wait_until_likely_done())

    job.look(waiting(), 0.0)
    job.look(summarizing(5), 17.5)

    assert not hasattr(job.observations, "__dict__")
    assert sys.getsizeof(job.observations) <= 128


def test_a_strategy_that_estimates_nothing_expects_no_end():
    """
    With a strategy that makes no estimates, a job has no likely end.
    """
    job = Followed(tenacity.wait_fixed(5))
    job.look(STATUS, 0.0)

    assert likely_end(job) is None


def test_ends_are_reported_to_a_strategy_with_observe_end():
    """
    `observe_end()` is called on any strategy that has it; others need not have it.
    """

    class Learner(Spy):
        def observe_end(self, status, elapsed_seconds):
            self.shown.append((status, elapsed_seconds))

    learner = Learner()
    Followed(learner).end(COMPLETED, 100.0)
    Followed(Spy()).end(COMPLETED, 100.0)

    assert [(COMPLETED, 100.0)] == learner.shown


def put_assets(world):
    """Put in eighty indexed assets of uneven lengths, whose runs last about two minutes."""
    dice = random.Random(7)  # noqa: S311 - not a secret
    return [
        world.add_asset(
            scenes=(scenes := dice.randint(4, 60)),
            indexed=True,
            timings=Timings(
                summary_queue_seconds=dice.lognormvariate(3, 0.7),
                scene_seconds=dice.lognormvariate(4.6, 0.4) / scenes,
            ),
        )
        for _ in range(80)
    ]


async def summarize(client, simulator, clock, where):
    """Summarise an asset; return how long the service took, and how much later we noticed."""
    began = clock.monotonic()
    job = await client.jobs.start_summary(
        AssetRef(where.workspace, where.project_id, where.asset_id)
    )
    await job.wait()
    (run,) = simulator.world.asset(where).runs["summary"]
    return run.ends_at - began, clock.monotonic() - run.ends_at


async def test_a_client_looks_less_often_than_every_five_seconds_and_sees_ends_sooner(
    client, simulator, clock
):
    """
    Eighty summaries at once, the first of a client, take less than two thirds of the looks that
    pauses of 5 s would take, and their ends are noticed in less than half the time.
    """
    places = put_assets(simulator.world)

    followed = await asyncio.gather(
        *(summarize(client, simulator, clock, where) for where in places)
    )

    looks = sum(each.target.endswith("/status") for each in simulator.requests)
    # Each start makes one look before it.
    fixed_looks = sum(2 + math.ceil(seconds / 5) for seconds, _ in followed)
    assert looks < fixed_looks * 2 / 3
    assert statistics.fmean(lag for _, lag in followed) < 1.25
