import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaintel_async import (
    IndexOptions,
    IndexState,
    IndexStatus,
    PipelineStatus,
    SceneSummaryState,
    SceneSummaryStatus,
    Stage,
)
from mediaintel_async.decisions.next_step import Done, Facts, Fetch, Intent, Look, Start, next_step
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
        (Facts(), Look(SUMMARY)),
        (Facts(summary=COMPLETED), Fetch()),
        (Facts(summary=GOING), Look(SUMMARY, until_ended=True)),
        (Facts(summary=summary("WAIT_SUMMARIZE")), Look(SUMMARY, until_ended=True)),
        (Facts(summary=summary("A_NEW_WORD")), Look(SUMMARY, until_ended=True)),
        (Facts(summary=BEFORE), Look(INDEX)),
        (Facts(summary=FAILED), Look(INDEX)),
        (Facts(summary=summary("SUMMARIZE_CANCELED")), Look(INDEX)),
        (Facts(summary=BEFORE, index=index("ANALYZE_COMPLETED")), Start(SUMMARY)),
        (Facts(summary=BEFORE, index=index("WAIT_ANALYZE")), Look(INDEX, until_ended=True)),
        (Facts(summary=BEFORE, index=index("ANALYZING")), Look(INDEX, until_ended=True)),
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
        (Facts(summary=COMPLETED, waiting_for=SUMMARY), Look(SUMMARY, until_ended=True)),
        (Facts(summary=COMPLETED, ended=frozenset({SUMMARY})), Fetch()),
        (Facts(summary=FAILED, ended=frozenset({SUMMARY})), Done()),
    ],
)
def test_each_step_follows_from_what_is_known(facts, expected):
    """
    Rules 1 and 5, line by line: fetch what is there, join what is going, start what is due.
    """
    assert expected == next_step(Intent(), facts)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (Facts(summary=COMPLETED), Look(INDEX)),
        (Facts(summary=COMPLETED, index=index("ANALYZE_COMPLETED")), Start(SUMMARY)),
        (Facts(summary=GOING, index=index("ANALYZE_COMPLETED")), Start(SUMMARY)),
    ],
)
def test_without_reuse_a_new_run_is_asked_for(facts, expected):
    """
    With reuse=False a summary that is there, or on its way, will not do.
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
    With index=None the service's refusal is the answer, and no index is paid for.
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
    No facts at all lead to a start beside a run of ours, nor to indexing twice.
    """
    step = next_step(intent, facts)

    assert not (isinstance(step, Start) and facts.waiting_for is not None)
    assert not (step == Start(INDEX) and INDEX in facts.started)
    assert not (step == Start(INDEX) and intent.index is None)
    assert not (step == Start(SUMMARY) and facts.summary_refused)


@given(facts=facts_of_any_kind)
def test_with_reuse_a_summary_that_is_there_is_never_paid_again(facts):
    """
    A completed summary leads to reading it, whatever else is known.
    """
    step = next_step(Intent(), facts)

    assert not (isinstance(step, Start) and facts.summary is not None and facts.summary.succeeded)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (PipelineStatus(stage=SUMMARY), ("BEFORE_SUMMARIZE", None, None, True, False)),
        (
            PipelineStatus(stage=INDEX, index=index("ANALYZING")),
            ("ANALYZING", None, None, False, False),
        ),
        (
            PipelineStatus(
                stage=SUMMARY,
                summary=SceneSummaryStatus(
                    state=SceneSummaryState.SUMMARIZING,
                    analyzed_scene_count=3,
                    total_scene_count=10,
                    message="almost",
                ),
            ),
            ("SUMMARIZING", 0.3, "almost", False, False),
        ),
        (
            PipelineStatus(stage=SUMMARY, summary=COMPLETED, is_final=True),
            ("SUMMARIZE_COMPLETED", 1.0, None, False, True),
        ),
        (
            PipelineStatus(stage=INDEX, index=index("ANALYZE_COMPLETED"), is_final=True),
            ("ANALYZE_COMPLETED", None, None, False, False),
        ),
        (
            # The asset has an older summary, whose progress is not that of the present stage.
            PipelineStatus(stage=INDEX, index=index("ANALYZING"), summary=COMPLETED),
            ("ANALYZING", None, None, False, False),
        ),
        (
            PipelineStatus(stage=SUMMARY, summary=FAILED, is_final=True),
            ("SUMMARIZE_FAIL", FAILED.progress, None, False, False),
        ),
    ],
)
def test_a_pipeline_speaks_the_words_of_its_present_stage(status, expected):
    """
    State, progress and message are those of the stage; success is a summary that is there.
    """
    seen = (status.state, status.progress, status.message, status.is_before, status.succeeded)

    assert expected == seen
    assert not status.canceled


def test_a_new_token_alone_is_no_change_of_a_pipeline():
    """
    Two statuses that differ in nothing but their tokens are equal.
    """
    before, after = (PipelineStatus(stage=SUMMARY, token=token) for token in ("mi1.a", "mi1.b"))

    assert before == after
