from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaintel_async import IndexState, IndexStatus, SceneSummaryState, SceneSummaryStatus
from mediaintel_async.decisions.whose_run import (
    Baseline,
    Run,
    StartEvidence,
    Verdict,
    covers,
    evidence_of_start,
    is_of_another_run,
    judge,
)

S = SceneSummaryState
OLD = datetime(2026, 4, 17, 10, 30)
NEW = OLD + timedelta(minutes=5)
NEWER = NEW + timedelta(minutes=5)
BEFORE = SceneSummaryStatus(state=S.BEFORE_SUMMARIZE)


def summary(state, time=None, **fields):
    """A look at a summary."""
    return SceneSummaryStatus(state=state, requested_time=time, **fields)


def index(state, **fields):
    """A look at an index."""
    return IndexStatus(state=IndexState(state), **fields)


def accepted(before, **fields):
    """A run of ours, started after the look *before*."""
    return Run(baseline=Baseline.of(before), since=0.0, is_own=True, **fields)


def verdict(run, look, age=1.0):
    """What *look* means for *run*."""
    return judge(run, look, age_seconds=age, grace_seconds=120).verdict


OLD_DONE = summary(S.SUMMARIZE_COMPLETED, OLD)


@pytest.mark.parametrize(
    ("run", "look", "expected"),
    [
        # the time is newer than the baseline's
        (accepted(OLD_DONE), summary(S.SUMMARIZE_COMPLETED, NEW), Verdict.ENDED),
        (accepted(OLD_DONE), summary(S.SUMMARIZE_FAIL, NEW), Verdict.ENDED),
        (accepted(OLD_DONE), OLD_DONE, Verdict.GOING),
        (accepted(BEFORE), summary(S.SUMMARIZE_COMPLETED, NEW), Verdict.ENDED),
        (accepted(BEFORE), summary(S.SUMMARIZE_COMPLETED), Verdict.ENDED),
        # a look has shown the run in progress
        (accepted(summary(S.SUMMARIZE_FAIL), seen_going=True), summary(S.SUMMARIZE_FAIL), "ended"),
        (accepted(OLD_DONE, seen_going=True), OLD_DONE, Verdict.GOING),
        # no time, and another answer
        (accepted(index("ANALYZE_FAIL")), index("ANALYZE_COMPLETED"), Verdict.ENDED),
        (
            accepted(index("ANALYZE_COMPLETED", index_id=1)),
            index("ANALYZE_COMPLETED", index_id=2),
            Verdict.ENDED,
        ),
        # fields that are missing, or unknown to this version, are no evidence
        (
            accepted(index("ANALYZE_COMPLETED", index_id=1)),
            index("ANALYZE_COMPLETED"),
            Verdict.GOING,
        ),
        (
            accepted(index("ANALYZE_COMPLETED", extra={"traceId": 1})),
            index("ANALYZE_COMPLETED", extra={"traceId": 2}, message="x"),
            Verdict.GOING,
        ),
        # a joined run is known by its time: an older end is not its end
        (Run(since=0.0, requested_time=NEW), OLD_DONE, Verdict.GOING),
        (accepted(index("ANALYZE_FAIL")), index("ANALYZE_FAIL"), Verdict.GOING),
        (accepted(OLD_DONE), summary(S.SUMMARIZE_COMPLETED), Verdict.GOING),
        # in progress, in whatever state
        (accepted(OLD_DONE), summary(S.WAIT_SUMMARIZE, NEW), Verdict.GOING),
        (accepted(OLD_DONE), summary(S("A_NEW_WORD"), NEW), Verdict.GOING),
        (accepted(BEFORE), BEFORE, Verdict.GOING),
        # a later run
        (accepted(BEFORE, requested_time=NEW), summary(S.SUMMARIZING, NEWER), Verdict.SUPERSEDED),
        (accepted(BEFORE, requested_time=NEW), summary(S.SUMMARIZE_FAIL, NEWER), "superseded"),
        # joined or attached: any final status is the end
        (Run(since=0.0), OLD_DONE, Verdict.ENDED),
        (Run(since=0.0), summary(S.SUMMARIZING, OLD), Verdict.GOING),
    ],
)
def test_a_look_ends_a_wait_only_if_it_is_about_our_own_run(run, look, expected):
    """
    A newer time, a run seen in progress, or another answer ends a wait; an old answer does not.
    """
    assert Verdict(expected) == verdict(run, look)


@pytest.mark.parametrize(
    ("run", "look", "expected"),
    [
        (accepted(OLD_DONE), OLD_DONE, Verdict.ENDED),
        (accepted(BEFORE), BEFORE, Verdict.NEVER_STARTED),
        (Run(since=0.0), BEFORE, Verdict.NEVER_STARTED),
        (accepted(OLD_DONE), summary(S.SUMMARIZING, NEW), Verdict.GOING),
        (accepted(OLD_DONE, requested_time=NEW), OLD_DONE, Verdict.GOING),
        (accepted(OLD_DONE, requested_time=NEW, seen_going=True), BEFORE, Verdict.GOING),
    ],
)
def test_after_the_grace_period_an_unchanged_answer_counts(run, look, expected):
    """
    After the grace period a final answer ends the wait unless it is from before our own run.
    """
    assert expected == verdict(run, look, age=120.0)


def test_a_run_that_is_gone_for_the_grace_period_counts_as_never_started():
    """
    A run that was in progress and shows no more ends the wait, but only after the grace period.
    """
    seen = accepted(BEFORE, seen_going=True)

    first = judge(seen, BEFORE, age_seconds=500, grace_seconds=120)
    later = judge(first.run, BEFORE, age_seconds=619, grace_seconds=120)
    gone = judge(later.run, BEFORE, age_seconds=620, grace_seconds=120)

    expected = [Verdict.GOING, Verdict.GOING, Verdict.NEVER_STARTED]
    assert expected == [each.verdict for each in (first, later, gone)]
    assert [False, False, True] == [each.only_by_grace for each in (first, later, gone)]


def test_a_look_at_the_run_begins_the_count_anew():
    """
    A look that shows the run starts the grace period for a missing run anew.
    """
    seen = accepted(BEFORE, seen_going=True)

    blind = judge(seen, BEFORE, age_seconds=500, grace_seconds=120)
    going = judge(blind.run, summary(S.SUMMARIZING, NEW), age_seconds=600, grace_seconds=120)
    again = judge(going.run, BEFORE, age_seconds=700, grace_seconds=120)

    assert Verdict.GOING == again.verdict


def test_what_counts_by_grace_alone_is_marked():
    """
    A verdict without other evidence than the end of the grace period is marked.
    """
    late = judge(accepted(OLD_DONE), OLD_DONE, age_seconds=120, grace_seconds=120)
    sure = judge(accepted(BEFORE), OLD_DONE, age_seconds=120, grace_seconds=120)

    assert late.only_by_grace
    assert not sure.only_by_grace


def test_a_look_at_our_run_fixes_its_time():
    """
    The first look that shows our run in progress fixes the time by which it is recognised.
    """
    look = summary(S.WAIT_SUMMARIZE, NEW)

    run = judge(accepted(OLD_DONE), look, age_seconds=1, grace_seconds=120).run

    assert (True, NEW) == (run.seen_going, run.requested_time)


def test_a_look_without_a_time_still_shows_our_run_going():
    """
    A run counts as seen going even if the service does not say when it was asked for.
    """
    look = summary(S.SUMMARIZING)

    run = judge(accepted(BEFORE), look, age_seconds=1, grace_seconds=120).run

    assert (True, None) == (run.seen_going, run.requested_time)


@pytest.mark.parametrize("time", [None, NEW])
def test_a_look_that_teaches_nothing_new_keeps_the_run_as_it_is(time):
    """
    Of thousands of equal looks only the first makes a new Run.
    """
    look = summary(S.SUMMARIZING, time)
    run = accepted(BEFORE, seen_going=True, requested_time=time)

    assert run is judge(run, look, age_seconds=1, grace_seconds=120).run


def test_a_stale_look_at_the_run_before_changes_nothing():
    """
    A run in progress with the time of a baseline in progress, or an older one, is not ours.
    """
    going, older = summary(S.SUMMARIZING, OLD), summary(S.SUMMARIZING, OLD - timedelta(days=1))

    same = judge(accepted(going), going, age_seconds=1, grace_seconds=120).run
    past = judge(accepted(OLD_DONE), older, age_seconds=1, grace_seconds=120).run

    assert (False, None) == (same.seen_going, same.requested_time)
    assert (False, None) == (past.seen_going, past.requested_time)


def test_a_run_in_the_second_of_one_that_had_ended_is_ours():
    """
    A run in progress with the time of a baseline that had ended is a new run, and its end counts.
    """
    run = judge(
        accepted(OLD_DONE), summary(S.SUMMARIZING, OLD), age_seconds=1, grace_seconds=120
    ).run

    ended = judge(run, summary(S.SUMMARIZE_FAIL, OLD), age_seconds=2, grace_seconds=120)

    assert (True, OLD) == (run.seen_going, run.requested_time)
    assert Verdict.ENDED == ended.verdict


def test_a_joined_run_is_known_by_the_time_it_showed_first():
    """
    A joined run keeps the time it showed first, by which a later run is told from it.
    """
    run = judge(Run(since=0.0), summary(S.SUMMARIZING, NEW), age_seconds=1, grace_seconds=9).run

    assert is_of_another_run(run, summary(S.SUMMARIZING, NEWER))
    assert not is_of_another_run(run, summary(S.SUMMARIZING, NEW))
    assert not is_of_another_run(run, summary(S.SUMMARIZE_COMPLETED, NEWER))


@pytest.mark.parametrize(
    ("before", "look", "wanted", "expected"),
    [
        (BEFORE, BEFORE, None, StartEvidence.NONE),
        (BEFORE, summary(S.WAIT_SUMMARIZE, NEW), None, StartEvidence.OURS),
        (BEFORE, summary(S.SUMMARIZE_COMPLETED, NEW), None, StartEvidence.OURS),
        (OLD_DONE, OLD_DONE, None, StartEvidence.NONE),
        (OLD_DONE, summary(S.SUMMARIZING, NEW), None, StartEvidence.OURS),
        (OLD_DONE, summary(S.SUMMARIZING), None, StartEvidence.OURS),
        (OLD_DONE, summary(S.SUMMARIZING, OLD), None, StartEvidence.OURS),
        (summary(S.WAIT_SUMMARIZE, OLD), summary(S.SUMMARIZING, OLD), None, StartEvidence.NONE),
        (OLD_DONE, summary(S.SUMMARIZING, OLD - timedelta(days=1)), None, StartEvidence.NONE),
        (
            OLD_DONE,
            summary(S.SUMMARIZING, NEW, target_scene_ids=(1, 2)),
            (2, 1),
            StartEvidence.OURS,
        ),
        (OLD_DONE, summary(S.SUMMARIZING, NEW, target_scene_ids=(1, 2)), (1,), "somebody else's"),
        (OLD_DONE, summary(S.SUMMARIZING, NEW, target_scene_ids=(1, 2)), None, "somebody else's"),
        (index("ANALYZE_FAIL"), index("WAIT_ANALYZE"), None, StartEvidence.OURS),
        (index("ANALYZE_FAIL"), index("ANALYZE_FAIL"), None, StartEvidence.NONE),
        (index("ANALYZE_FAIL"), index("BEFORE_ANALYZE"), None, StartEvidence.NONE),
    ],
)
def test_a_lost_start_is_found_by_what_changed_since_the_baseline(before, look, wanted, expected):
    """
    A run newer than the baseline is taken for that of a lost start, unless its scenes differ.
    """
    assert StartEvidence(expected) == evidence_of_start(Baseline.of(before), look, wanted)


def test_a_run_without_target_scenes_covers_any():
    """
    If the service does not say which scenes a run is over, it counts as the wanted ones.
    """
    assert covers(index("ANALYZING"), None)
    assert covers(summary(S.SUMMARIZING), (1, 2))


times = st.none() | st.integers(0, 20).map(lambda minutes: OLD + timedelta(minutes=minutes))
statuses = st.builds(
    SceneSummaryStatus,
    state=st.sampled_from([*S, S("A_NEW_WORD")]),
    requested_time=times,
    target_scene_ids=st.none() | st.tuples(st.integers(0, 3)),
    analyzed_scene_count=st.none() | st.integers(0, 9),
)


@given(before=statuses, looks=st.lists(statuses, max_size=6), ages=st.floats(0, 300))
def test_no_sequence_of_looks_ends_a_wait_with_a_run_that_is_going(before, looks, ages):
    """
    A wait ends only with a final status, or with a status that shows no run at all.
    """
    run = accepted(before)
    judgements = []
    for look in looks:
        judgements.append(judge(run, look, age_seconds=ages, grace_seconds=120))
        run = judgements[-1].run

    pairs = list(zip(judgements, looks, strict=True))
    assert all(look.is_final for one, look in pairs if one.verdict is Verdict.ENDED)
    assert all(look.is_before for one, look in pairs if one.verdict is Verdict.NEVER_STARTED)


@given(before=statuses, look=statuses)
def test_within_grace_the_baseline_itself_never_ends_a_wait(before, look):
    """
    The status from before the start is not the end of the run that was started.
    """
    run = judge(accepted(before), look, age_seconds=1, grace_seconds=120).run

    judged = judge(accepted(before), before, age_seconds=2, grace_seconds=120)

    assert Verdict.GOING == judged.verdict
    assert run.baseline == Baseline.of(before)
