import pytest

from mediaintel_async import (
    IndexState,
    IndexStatus,
    PipelineStatus,
    SceneSummaryState,
    SceneSummaryStatus,
    Stage,
)

ANALYZING = IndexStatus(state=IndexState.ANALYZING)
INDEXED = IndexStatus(state=IndexState.ANALYZE_COMPLETED)
SUMMARIZING = SceneSummaryStatus(
    state=SceneSummaryState.SUMMARIZING,
    analyzed_scene_count=3,
    total_scene_count=10,
    message="almost",
)
SUMMARIZED = SceneSummaryStatus(state=SceneSummaryState.SUMMARIZE_COMPLETED)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (PipelineStatus(stage=Stage.SUMMARY), ("BEFORE_SUMMARIZE", 0.5, None, True, False)),
        (
            PipelineStatus(stage=Stage.INDEX, index=ANALYZING),
            ("ANALYZING", 0.2, None, False, False),
        ),
        (
            PipelineStatus(stage=Stage.SUMMARY, summary=SUMMARIZING),
            ("SUMMARIZING", 0.65, "almost", False, False),
        ),
        (
            PipelineStatus(stage=Stage.SUMMARY, summary=SUMMARIZED, is_final=True),
            ("SUMMARIZE_COMPLETED", 1.0, None, False, True),
        ),
        (
            PipelineStatus(stage=Stage.INDEX, index=INDEXED, is_final=True),
            ("ANALYZE_COMPLETED", 0.5, None, False, False),
        ),
        (
            # The asset has an older summary, whose progress is not that of the present stage.
            PipelineStatus(stage=Stage.INDEX, index=ANALYZING, summary=SUMMARIZED),
            ("ANALYZING", 0.2, None, False, False),
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
    before, after = (
        PipelineStatus(stage=Stage.SUMMARY, token=token) for token in ("mi1.a", "mi1.b")
    )

    assert before == after


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"stage": Stage.IMPORT}, 0.0),
        ({"stage": Stage.INDEX}, 0.1),
        ({"stage": Stage.INDEX, "index": IndexStatus(state=IndexState.BEFORE_ANALYZE)}, 0.1),
        ({"stage": Stage.INDEX, "index": IndexStatus(state=IndexState.WAIT_ANALYZE)}, 0.1),
        ({"stage": Stage.INDEX, "index": IndexStatus(state=IndexState.ANALYZE_FAIL)}, 0.1),
        ({"stage": Stage.INDEX, "index": ANALYZING, "is_starting": True}, 0.1),
        ({"stage": Stage.INDEX, "index": IndexStatus(state=IndexState("A_NEW_WORD"))}, 0.2),
        ({"stage": Stage.SUMMARY, "summary": SUMMARIZED}, 0.5),
        ({"stage": Stage.SUMMARY, "summary": SUMMARIZING, "is_starting": True}, 0.5),
        (
            {
                "stage": Stage.SUMMARY,
                "summary": SceneSummaryStatus(state=SceneSummaryState.SUMMARIZING),
            },
            0.5,
        ),
    ],
)
def test_progress_is_about_the_whole_way(fields, expected):
    """
    The index is worth half of the progress, and the other half the scenes that are summarised; a
    summary of an earlier run counts nothing.
    """
    assert expected == PipelineStatus(**fields).progress
