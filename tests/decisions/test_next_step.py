import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaintel_async import (
    IndexOptions,
    IndexState,
    IndexStatus,
    SceneSummaryState,
    SceneSummaryStatus,
    Stage,
)
from mediaintel_async.decisions.next_step import (
    Done,
    Facts,
    Fetch,
    Intent,
    LookAt,
    Start,
    next_step,
)
from mediaintel_async.models.scene_summaries import SceneSummaryOptions

INDEX, SUMMARY = Stage.INDEX, Stage.SUMMARY


def summary(state):
    """A look at a summary."""
    return SceneSummaryStatus(state=SceneSummaryState(state))


def index(state):
    """A look at an index."""
    return IndexStatus(state=IndexState(state))


BEFORE, FAILED = summary("BEFORE_SUMMARIZE"), summary("SUMMARIZE_FAIL")
COMPLETED, GOING = summary("SUMMARIZE_COMPLETED"), summary("SUMMARIZING")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(), LookAt(SUMMARY)),
        (Facts(summary=COMPLETED), Fetch()),
        (Facts(summary=GOING), LookAt(SUMMARY, until_ended=True)),
        (Facts(summary=summary("WAIT_SUMMARIZE")), LookAt(SUMMARY, until_ended=True)),
        (Facts(summary=summary("A_NEW_WORD")), LookAt(SUMMARY, until_ended=True)),
        (Facts(summary=BEFORE), LookAt(INDEX)),
        (Facts(summary=FAILED), LookAt(INDEX)),
        (Facts(summary=summary("SUMMARIZE_CANCELED")), LookAt(INDEX)),
        (Facts(summary=BEFORE, index=index("ANALYZE_COMPLETED")), Start(SUMMARY)),
        (Facts(summary=BEFORE, index=index("WAIT_ANALYZE")), LookAt(INDEX, until_ended=True)),
        (Facts(summary=BEFORE, index=index("ANALYZING")), LookAt(INDEX, until_ended=True)),
        (Facts(summary=BEFORE, index=index("BEFORE_ANALYZE")), Start(INDEX)),
        (Facts(summary=BEFORE, index=index("ANALYZE_FAIL")), Start(SUMMARY)),
        (Facts(summary=BEFORE, index=index("ANALYZE_CANCEL")), Start(SUMMARY)),
        (
            Facts(summary=BEFORE, index=index("ANALYZE_FAIL"), summary_refused=True),
            Start(INDEX),
        ),
        (
            Facts(
                summary=BEFORE,
                index=index("ANALYZE_FAIL"),
                started=frozenset({INDEX}),
                ended=frozenset({INDEX}),
            ),
            Done(),
        ),
        (
            Facts(summary=BEFORE, index=index("ANALYZE_COMPLETED"), summary_refused=True),
            Done(),
        ),
        (Facts(summary=COMPLETED, waiting_for=SUMMARY), LookAt(SUMMARY, until_ended=True)),
        (Facts(summary=COMPLETED, ended=frozenset({SUMMARY})), Fetch()),
        (Facts(summary=FAILED, ended=frozenset({SUMMARY})), Done()),
    ],
)
def test_each_step_follows_from_what_is_known(facts, expected):
    """
    A complete summary is read, a run in progress joined, and a missing stage started.
    """
    assert expected == next_step(Intent(), facts)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(summary=COMPLETED), LookAt(INDEX)),
        (Facts(summary=COMPLETED, index=index("ANALYZE_COMPLETED")), Start(SUMMARY)),
        (Facts(summary=GOING, index=index("ANALYZE_COMPLETED")), Start(SUMMARY)),
    ],
)
def test_without_reuse_a_new_run_is_asked_for(facts, expected):
    """
    With reuse=False a summary that is complete, or in progress, is not used.
    """
    assert expected == next_step(Intent(reuse=False), facts)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(summary=BEFORE, index=index("BEFORE_ANALYZE")), Start(SUMMARY)),
        (Facts(summary=BEFORE, index=index("BEFORE_ANALYZE"), summary_refused=True), Done()),
        (Facts(summary=BEFORE, index=index("ANALYZE_FAIL"), summary_refused=True), Done()),
    ],
)
def test_index_none_never_indexes(facts, expected):
    """
    With index=None no index is started, even if the service refuses to summarise without one.
    """
    assert expected == next_step(Intent(index=None), facts)


stages = st.frozensets(st.sampled_from(Stage))
facts_of_any_kind = st.builds(
    Facts,
    summary=st.none() | st.sampled_from(SceneSummaryState).map(summary),
    index=st.none() | st.sampled_from(IndexState).map(index),
    waiting_for=st.none() | st.sampled_from(Stage),
    started=stages,
    ended=stages,
    summary_refused=st.booleans(),
)
intents = st.builds(
    Intent,
    reuse=st.booleans(),
    index=st.none() | st.just(IndexOptions()),
    summary=st.just(SceneSummaryOptions()),
)


@given(intent=intents, facts=facts_of_any_kind)
def test_nothing_is_started_while_a_run_is_waited_for_or_twice(intent, facts):
    """
    No facts lead to a start while a run is waited for, nor to a second index run.
    """
    step = next_step(intent, facts)

    assert not (isinstance(step, Start) and facts.waiting_for is not None)
    assert not (step == Start(INDEX) and INDEX in facts.started)
    assert not (step == Start(INDEX) and intent.index is None)
    assert not (step == Start(SUMMARY) and facts.summary_refused)


@given(facts=facts_of_any_kind)
def test_with_reuse_a_complete_summary_is_never_paid_again(facts):
    """
    With a completed summary nothing is started, whatever else is known.
    """
    step = next_step(Intent(), facts)

    assert not (isinstance(step, Start) and facts.summary is not None and facts.summary.succeeded)
