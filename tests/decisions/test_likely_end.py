import math
from types import SimpleNamespace

import pytest

from mediaintel_async import (
    ImportState,
    ImportStatus,
    IndexState,
    IndexStatus,
    SceneSummaryState,
    SceneSummaryStatus,
)
from mediaintel_async.decisions.likely_end import (
    Experience,
    JobObservations,
    counts_of,
    remaining_times,
    remaining_times_by_age,
    seen_progress,
)

ANALYZING = IndexStatus(state=IndexState.ANALYZING)
QUEUED = IndexStatus(state=IndexState.WAIT_ANALYZE)
INDEXED = IndexStatus(state=IndexState.ANALYZE_COMPLETED)
COMPLETED = SceneSummaryStatus(
    state=SceneSummaryState.SUMMARIZE_COMPLETED, analyzed_scene_count=40, total_scene_count=40
)


def summary(done, total=40):
    """The status of a summary: in the queue while *done* is None."""
    state = SceneSummaryState.WAIT_SUMMARIZE if done is None else SceneSummaryState.SUMMARIZING
    return SceneSummaryStatus(state=state, analyzed_scene_count=done, total_scene_count=total)


class Watcher:
    """Looks at one job."""

    def __init__(self, experience, status):
        self.observations = JobObservations(experience.history_of(status))
        self.looks = 0

    def see(self, status, now):
        """Return the remaining times after a look."""
        self.looks += 1
        seen = seen_progress(status)
        self.observations.note_status(seen, now, is_first=self.looks == 1)
        return remaining_times(self.observations, seen, now)

    def likely(self, status, now):
        """Return the likely end, in seconds since the first look."""
        ahead = self.see(status, now)
        return now + ahead[len(ahead) // 2]


def job(experience, *seen, end=COMPLETED, at):
    """Look at a job as often as *seen* has it, and report its end."""
    watcher = Watcher(experience, end)
    for status, now in seen:
        watcher.see(status, now)
    watcher.observations.observe_end(end, at)
    experience.observe_end(end, at)


@pytest.fixture
def experience():
    """The experience of a new client: none."""
    return Experience()


@pytest.mark.parametrize(
    ("done", "total", "progress", "expected"),
    [
        (3, 10, None, (3, 10)),
        (11, 10, None, (10, 10)),
        (None, 10, None, (0, 10)),
        (-1, 10, 0.9, (0, 10)),
        ("3", 10, None, (0, 10)),
        (3, None, None, (0, 0)),
        (3, 0, 0.25, (25, 100)),
        (None, None, 0.25, (25, 100)),
        (None, None, 25, (0, 0)),
        (None, None, -0.1, (0, 0)),
        (None, None, math.nan, (0, 0)),
        (3, math.inf, None, (0, 0)),
        (3, 10**400, None, (0, 0)),
    ],
)
def test_counts_are_taken_as_far_as_they_make_sense(done, total, progress, expected):
    """
    Counts of scenes come first, then a progress of 0 to 1; any other value is ignored.
    """
    status = SimpleNamespace(
        state="RUNNING", analyzed_scene_count=done, total_scene_count=total, progress=progress
    )

    assert expected == counts_of(status)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (QUEUED, True),
        (IndexStatus(state=IndexState.BEFORE_ANALYZE), True),
        (ANALYZING, False),
        (ImportStatus(state=ImportState.IN_PROGRESS), False),
        (summary(None), True),
        (summary(0), False),
        (SimpleNamespace(state="waiting"), True),
        (SimpleNamespace(state="WAIT", analyzed_scene_count=1, total_scene_count=2), False),
        (SimpleNamespace(state=7), False),
        (object(), False),
    ],
)
def test_a_waiting_job_is_known_by_its_state(status, expected):
    """
    A state that begins with WAIT or BEFORE is a queue, unless scenes are done already.
    """
    assert expected == seen_progress(status).is_waiting


def test_without_counts_and_experience_only_the_age_counts(experience):
    """
    A first job without counts has no remaining times but those that grow with its age.
    """
    watcher = Watcher(experience, ANALYZING)

    assert () == watcher.see(ANALYZING, 60.0)
    young, old = (
        max(remaining_times_by_age(watcher.observations, seen_progress(ANALYZING), age))
        for age in (1.0, 600.0)
    )
    assert young < old


def test_the_first_scenes_tell_the_end(experience):
    """
    After ten of forty scenes in 25 s, the likely end is at about 100 s.
    """
    watcher = Watcher(experience, summary(0))
    watcher.see(summary(0), 0.0)

    assert 85 < watcher.likely(summary(10), 25.0) < 115


def test_what_was_seen_before_tells_the_end_of_what_still_waits(experience):
    """
    A waiting job is expected to take the queue and the seconds a scene of earlier jobs.
    """
    for _ in range(10):
        job(experience, (summary(None), 0.0), (summary(0), 20.0), (summary(20), 60.0), at=110.0)
    watcher = Watcher(experience, summary(None))

    assert 80 < watcher.likely(summary(None), 0.0) < 115
    assert 170 < watcher.likely(summary(None, total=80), 0.0) < 215


def test_two_jobs_are_experience_enough(experience):
    """
    After two jobs, the remaining times of a third are spread widely around theirs.
    """
    for _ in range(2):
        job(experience, (summary(None), 0.0), (summary(0), 20.0), (summary(20), 60.0), at=110.0)

    ahead = Watcher(experience, summary(None)).see(summary(None), 0.0)

    assert min(ahead) < 60
    assert max(ahead) > 120


def test_a_queue_that_hides_the_total(experience):
    """
    A waiting job without counts is expected to work as long as earlier jobs did.
    """
    hidden = SceneSummaryStatus(state=SceneSummaryState.WAIT_SUMMARIZE)
    for _ in range(5):
        job(experience, (hidden, 0.0), (summary(0), 20.0), (summary(20), 60.0), at=110.0)

    assert 80 < Watcher(experience, hidden).likely(hidden, 0.0) < 125


def test_work_without_counts_is_measured_from_its_beginning(experience):
    """
    A job that waited for long is expected to work as long as earlier jobs, from its beginning on.
    """
    for _ in range(5):
        job(experience, (QUEUED, 0.0), (ANALYZING, 2.0), (ANALYZING, 60.0), end=INDEXED, at=62.0)
    watcher = Watcher(experience, QUEUED)
    watcher.see(QUEUED, 0.0)
    watcher.see(QUEUED, 999.0)

    assert 1055 < watcher.likely(ANALYZING, 1001.0) < 1065


def test_work_that_was_joined_is_measured_from_there(experience):
    """
    The seconds a scene of a run first seen halfway come from the scenes that end afterwards.
    """
    watcher = Watcher(experience, summary(20))
    watcher.see(summary(20), 0.0)
    watcher.see(summary(24), 9.0)

    assert 35 < watcher.likely(summary(28), 18.0) < 60


def test_lost_observations_are_replaced_by_age_and_count(experience):
    """
    If earlier observations were lost, the work is taken to be as old as the job.
    """
    watcher = Watcher(experience, summary(20))
    watcher.looks = 5

    assert 85 < watcher.likely(summary(20), 50.0) < 110


def test_a_late_look_tells_the_queue_by_the_count(experience):
    """
    If no look showed the work's beginning, it is counted back from the scenes that are done.
    """
    for _ in range(5):
        job(experience, (summary(None), 0.0), (summary(0), 2.0), (summary(20), 51.0), at=101.0)

    job(experience, (summary(None), 0.0), (summary(10), 60.0), at=135.0)

    assert 30 < experience.history_of(COMPLETED).queue_seconds[-1] < 40


def test_a_late_look_without_experience_tells_no_queue(experience):
    """
    If no look showed the work's beginning and scenes are of unknown length, no queue is recorded.
    """
    looks = (summary(None), 0.0), (summary(10), 60.0), (summary(30), 110.0)
    job(experience, *looks, at=135.0)

    assert 0 == len(experience.history_of(COMPLETED).queue_seconds)
    assert 2.3 < experience.history_of(COMPLETED).scene_seconds[-1] < 2.8


def test_scenes_that_end_at_once_make_the_end_less_sure(experience):
    """
    Ten scenes that appear within a second spread the remaining times: ten more may follow soon.
    """
    steady, rare = Watcher(experience, summary(0)), Watcher(experience, summary(0))
    for watcher in (steady, rare):
        watcher.see(summary(0), 0.0)
        watcher.see(summary(20), 50.0)
    steady.see(summary(29), 74.0)
    rare.see(summary(20), 74.0)

    near, far = (watcher.see(summary(30), 75.0) for watcher in (steady, rare))

    assert near[0] > far[0]
    assert near[-1] < far[-1]


def test_all_scenes_done_and_still_no_end(experience):
    """
    With every scene done the end is near, and moves away the longer it does not come.
    """
    watcher = Watcher(experience, summary(0))
    watcher.see(summary(0), 0.0)
    watcher.see(summary(40), 100.0)

    soon, later = watcher.likely(summary(40), 101.0), watcher.likely(summary(40), 160.0)

    assert soon - 101 < 20
    assert soon - 101 < later - 160


@pytest.mark.parametrize("elapsed", [math.nan, math.inf, -1.0, 0.0])
def test_nonsense_is_not_learnt(experience, elapsed):
    """
    An end after 0, negative, infinite or NaN seconds is not recorded.
    """
    job(experience, (ANALYZING, 0.0), end=INDEXED, at=elapsed)

    history = experience.history_of(INDEXED)
    assert (0, 0) == (len(history.work_seconds), len(history.total_seconds))


def test_what_outlives_all_others_is_looked_at_ever_more_rarely(experience):
    """
    For a job longer than all earlier ones, the remaining times grow with the excess.
    """
    for _ in range(5):
        experience.observe_end(INDEXED, 60.0)
    watcher = Watcher(experience, ANALYZING)
    watcher.looks = 1

    little, much = watcher.see(ANALYZING, 70.0), watcher.see(ANALYZING, 600.0)

    assert max(little) < 15
    assert max(much) > 100


def test_a_joined_run_does_not_tell_how_long_work_takes(experience):
    """
    The length of a run that was in progress at the first look is unknown, and not recorded.
    """
    job(experience, (summary(20), 0.0), (summary(39), 50.0), at=52.0)

    assert 0 == len(experience.history_of(COMPLETED).work_seconds)


def test_any_queue_may_be_over_just_now(experience):
    """
    However long earlier queues were, the remaining times begin with the work alone.
    """
    for _ in range(5):
        job(
            experience, (QUEUED, 899.0), (ANALYZING, 901.0), (ANALYZING, 959.0), end=INDEXED, at=961
        )
    watcher = Watcher(experience, QUEUED)

    ahead = watcher.see(QUEUED, 0.0)

    assert 55 < ahead[0] < 65
    assert 955 < ahead[len(ahead) // 2] < 965


def test_between_two_ends_there_may_be_others(experience):
    """
    A job that has outlived some earlier jobs may end before the next longer one did.
    """
    for seconds in (60.0, 300.0, 400.0):
        experience.observe_end(INDEXED, seconds)
    watcher = Watcher(experience, ANALYZING)
    watcher.looks = 1

    assert [100.0, 200.0, 300.0] == watcher.see(ANALYZING, 100.0)


def test_an_end_before_the_last_look_is_not_learnt(experience):
    """
    An end that lies before the last look is not recorded.
    """
    watcher = Watcher(experience, INDEXED)
    watcher.see(QUEUED, 0)
    watcher.see(ANALYZING, 1)
    watcher.see(ANALYZING, 50)

    watcher.observations.observe_end(INDEXED, 20)

    assert not experience.history_of(INDEXED).work_seconds


def test_the_last_of_several_scenes_ended_rather_lately(experience):
    """
    Scenes that ended between two looks are spread evenly, the last of them before the look.
    """
    watcher = Watcher(experience, COMPLETED)
    watcher.see(summary(0), 0)

    watcher.see(summary(9), 100)

    assert pytest.approx(90) == watcher.observations.count_at


def test_the_beginning_of_a_job_does_not_tell_its_pace(experience):
    """
    The seconds a scene are recorded when half of the job is done, and only once.
    """
    watcher = Watcher(experience, COMPLETED)
    learnt = experience.history_of(COMPLETED).scene_seconds
    numbers = []
    for done, now in [(0, 0), (15, 100), (25, 200), (35, 300)]:
        watcher.see(summary(done), now)
        numbers.append(len(learnt))

    assert [0, 0, 1, 1] == numbers


def test_an_end_has_no_progress_to_count():
    """
    The `progress` of a final status is not counted as scenes.
    """
    assert (0, 0) == counts_of(INDEXED)
    assert (50, 100) == counts_of(SimpleNamespace(progress=0.5, is_final=False))
    assert (0, 0) == counts_of(SimpleNamespace(progress=0.5, is_final=True))


def test_a_job_that_has_come_to_a_halt_is_expected_ever_later(experience):
    """
    The longer no scene has ended, the later the likely end.
    """
    watcher = Watcher(experience, COMPLETED)
    watcher.see(summary(0), 0)
    soon = watcher.likely(summary(20), 200) - 200

    late = watcher.likely(summary(20), 1200) - 1200

    assert 150 < soon < 250
    assert late > 300


def test_two_jobs_alike_do_not_make_a_third_the_same(experience):
    """
    After only two jobs, a third one's own seconds a scene soon count for more than theirs.
    """
    for _ in range(2):
        job(experience, *((summary(done), done) for done in (0, 10, 20, 30, 39)), at=40)
    watcher = Watcher(experience, COMPLETED)
    watcher.see(summary(0), 0)

    assert watcher.likely(summary(5), 50) - 50 > 200
