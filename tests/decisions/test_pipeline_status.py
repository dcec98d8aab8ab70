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
        (PipelineStatus(stage=Stage.SUMMARY), ("BEFORE_SUMMARIZE", None, None, True, False)),
        (
            PipelineStatus(stage=Stage.INDEX, index=ANALYZING),
            ("ANALYZING", None, None, False, False),
        ),
        (
            PipelineStatus(stage=Stage.SUMMARY, summary=SUMMARIZING),
            ("SUMMARIZING", 0.3, "almost", False, False),
        ),
        (
            PipelineStatus(stage=Stage.SUMMARY, summary=SUMMARIZED, is_final=True),
            ("SUMMARIZE_COMPLETED", 1.0, None, False, True),
        ),
        (
            PipelineStatus(stage=Stage.INDEX, index=INDEXED, is_final=True),
            ("ANALYZE_COMPLETED", None, None, False, False),
        ),
        (
            # The asset has an older summary, whose progress is not that of the present stage.
            PipelineStatus(stage=Stage.INDEX, index=ANALYZING, summary=SUMMARIZED),
            ("ANALYZING", None, None, False, False),
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
