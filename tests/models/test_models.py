import math

import pytest
from attrs import exceptions

from mediaintel_async import (
    Asset,
    ConfidenceLevel,
    ImportState,
    ImportStatus,
    IndexOptions,
    IndexState,
    IndexStatus,
    InvalidArgument,
    JobStatus,
    Page,
    PersonThumbnail,
    SceneRange,
    SceneSummary,
    SceneSummaryState,
    SceneSummaryStatus,
)
from mediaintel_async.models.scene_summaries import SceneSummaryOptions

# The properties of a status: is_final, is_before, succeeded, canceled.
SAYS = {
    SceneSummaryState.BEFORE_SUMMARIZE: (False, True, False, False),
    SceneSummaryState.WAIT_SUMMARIZE: (False, False, False, False),
    SceneSummaryState.SUMMARIZING: (False, False, False, False),
    SceneSummaryState.SUMMARIZE_COMPLETED: (True, False, True, False),
    SceneSummaryState.SUMMARIZE_FAIL: (True, False, False, False),
    SceneSummaryState.SUMMARIZE_CANCELED: (True, False, False, True),
    SceneSummaryState("SUMMARIZE_PAUSED"): (False, False, False, False),
    IndexState.BEFORE_ANALYZE: (False, True, False, False),
    IndexState.WAIT_ANALYZE: (False, False, False, False),
    IndexState.ANALYZING: (False, False, False, False),
    IndexState.ANALYZE_COMPLETED: (True, False, True, False),
    IndexState.ANALYZE_FAIL: (True, False, False, False),
    IndexState.ANALYZE_CANCEL: (True, False, False, True),
    IndexState("ANALYZE_PAUSED"): (False, False, False, False),
    ImportState.IN_PROGRESS: (False, False, False, False),
    ImportState.COMPLETED: (True, False, True, False),
    ImportState.FAILED: (True, False, False, False),
    ImportState.FILE_NOT_EXIST: (True, False, False, False),
    ImportState.INVALID_METADATA: (True, False, False, False),
    ImportState("UPLOAD_PAUSED"): (False, False, False, False),
}
STATUSES = {
    SceneSummaryState: SceneSummaryStatus,
    IndexState: IndexStatus,
    ImportState: ImportStatus,
}


@pytest.mark.parametrize(("state", "expected"), SAYS.items(), ids=str)
def test_a_status_says_whether_and_how_it_ended(state, expected):
    """
    Only the documented final states end a run; an unknown state counts as in progress.
    """
    status = STATUSES[type(state)](state=state)

    assert expected == (status.is_final, status.is_before, status.succeeded, status.canceled)


@pytest.mark.parametrize("kind", STATUSES)
def test_no_word_of_the_documentation_is_forgotten(kind):
    """
    The table above has each state of each enum.
    """
    assert set(kind) <= set(SAYS)


@pytest.mark.parametrize(("kind", "status"), STATUSES.items())
def test_every_status_can_say_the_same(kind, status):
    """
    A status of any kind has all members of the protocol JobStatus.
    """
    made: JobStatus = status(state=next(iter(kind)), message="words")

    assert ("words", next(iter(kind)), None) == (made.message, made.state, made.progress)


@pytest.mark.parametrize(
    ("state", "done", "total", "expected"),
    [
        ("SUMMARIZING", 3, 10, 0.3),
        ("SUMMARIZING", 0, 10, 0.0),
        ("SUMMARIZING", 10, 10, 1.0),
        ("SUMMARIZING", 11, 10, 1.0),
        ("SUMMARIZING", -1, 10, 0.0),
        ("SUMMARIZING", 3, 0, None),
        ("SUMMARIZING", 3, None, None),
        ("SUMMARIZING", None, 10, None),
        ("SUMMARIZING", None, None, None),
        ("SUMMARIZE_COMPLETED", None, None, 1.0),
        ("SUMMARIZE_COMPLETED", 3, 10, 1.0),
        ("SUMMARIZE_FAIL", 3, 10, 0.3),
    ],
)
def test_the_progress_of_a_summary_comes_from_its_counts(state, done, total, expected):
    """
    Progress is a share from 0 to 1, or None if the service reports no counts.
    """
    status = SceneSummaryStatus(
        state=SceneSummaryState(state), analyzed_scene_count=done, total_scene_count=total
    )

    assert expected == status.progress


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (IndexStatus(state=IndexState.ANALYZING), None),
        (IndexStatus(state=IndexState.ANALYZE_FAIL), None),
        (IndexStatus(state=IndexState.ANALYZE_COMPLETED), 1.0),
        (ImportStatus(state=ImportState.IN_PROGRESS), None),
        (ImportStatus(state=ImportState.FAILED), None),
        (ImportStatus(state=ImportState.COMPLETED), 1.0),
    ],
)
def test_a_status_without_counts_knows_only_the_end(status, expected):
    """
    If the service reports no counts, progress is None until the run has succeeded.
    """
    assert expected == status.progress


# The repr of models.


@pytest.mark.parametrize(
    "model",
    [
        PersonThumbnail(id=1, url="https://h/a.jpg?canary"),
        IndexStatus(state=IndexState.ANALYZING, extra={"unseen": "canary"}),
        Page(items=(), extra={"unseen": "canary"}),
        SceneSummary(scenes=({}, {}, {"summary": "canary"}), extra={"unseen": "canary"}),
        SceneSummary(scenes=({"url": "https://h/a.jpg?canary", "at": {"u": "s3://b/c?canary"}},)),
    ],
    ids=lambda model: type(model).__name__,
)
def test_a_printed_model_keeps_what_strangers_should_not_read(model):
    """
    The repr of a model shows no query of an address, no later scene and no undocumented field.
    """
    assert "canary" not in repr(model)
    assert "canary" not in str(model)


@pytest.mark.parametrize(
    ("scenes", "expected"),
    [
        ((), "<0 scenes>"),
        (({"id": 1},), "<1 scene: {'id': 1}>"),
        (({"id": 1}, {}, {"id": 3}), "<3 scenes: {'id': 1}, {}, ...>"),
        ((dict.fromkeys("abcde", 0),), "<1 scene: {'a': 0, 'b': 0, 'c': 0, 'd': 0, ...}>"),
        (({"text": "x" * 61},), f"<1 scene: {{'text': '{'x' * 57}...'}}>"),
        (({"text": "x\n" * 9},), f"<1 scene: {{'text': '{'x!n' * 9}'}}>".replace("!", "\\")),
    ],
)
def test_a_printed_summary_shows_its_first_scenes(scenes, expected):
    """
    The repr of a summary counts its scenes, and shows the first fields of the first two on a line.
    """
    assert f"scenes={expected})" in repr(SceneSummary(scenes=scenes))


def test_a_notebook_shows_a_table_of_the_first_scenes():
    """
    In a notebook, a summary is a table of its first five scenes, in which nothing acts as HTML.
    """
    scenes = tuple({"id": number, "<b>": "<script>"} for number in range(1, 7))

    shown = SceneSummary(index_id="<i>", scenes=scenes)._repr_html_()

    assert shown.startswith("<table><caption>Summary of the index &lt;i&gt;: 6 scenes</caption>")
    assert "<tr><td>5</td><td>&#x27;id&#x27;: 5<br>&#x27;&lt;b&gt;&#x27;: " in shown
    assert shown.endswith("<tr><td>...</td><td></td></tr></tbody></table>")
    assert 0 == shown.count("<script>") + shown.count("<b>") + shown.count("<td>6")
    assert "..." not in SceneSummary(scenes=scenes[:5])._repr_html_()


def test_models_do_not_change():
    """
    An answer can be shared, because its fields cannot be set.
    """
    asset = Asset(asset_id=1)

    with pytest.raises(exceptions.FrozenInstanceError):
        asset.key = "a"


# Options of requests.


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (IndexOptions(), {}),
        (IndexOptions(scene_range="LONG"), {"sceneRange": "LONG"}),
        (IndexOptions(scene_range=SceneRange.EXTRA_SHORT), {"sceneRange": "EXTRA_SHORT"}),
        (
            IndexOptions(min_scene_duration_sec=10, max_scene_duration_sec=10),
            {"minSceneDurationSec": 10, "maxSceneDurationSec": 10},
        ),
        (
            IndexOptions(min_scene_duration_sec=30, max_scene_duration_sec=600),
            {"minSceneDurationSec": 30, "maxSceneDurationSec": 600},
        ),
        (IndexOptions(extra={"analysisPersonCount": 3}), {"analysisPersonCount": 3}),
        (
            IndexOptions(scene_range="LONG", extra={"sceneRange": "NEW", "a": None}),
            {"sceneRange": "NEW", "a": None},
        ),
        (SceneSummaryOptions(), {}),
        (SceneSummaryOptions(scene_ids=[1, 3, 5]), {"sceneIds": [1, 3, 5]}),
        (SceneSummaryOptions(scene_ids=iter([0])), {"sceneIds": [0]}),
        (SceneSummaryOptions(locale="ko"), {"locale": "ko"}),
        (
            SceneSummaryOptions(scene_ids=[1], extra={"sceneIds": ["1"], "b": 2}),
            {"sceneIds": ["1"], "b": 2},
        ),
    ],
)
def test_options_send_what_was_set_and_extra_last(options, expected):
    """
    Options send only what was set; `extra` is merged last and has precedence.
    """
    assert expected == options.body()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (SceneSummaryOptions(), True),
        (SceneSummaryOptions(extra={}), True),
        (SceneSummaryOptions(scene_ids=[1]), False),
        (SceneSummaryOptions(locale="ko"), False),
        (SceneSummaryOptions(extra={"a": 1}), False),
    ],
)
def test_only_a_run_over_all_scenes_without_wishes_is_plain(options, expected):
    """
    Options are plain only if they ask for all scenes and nothing else.
    """
    assert expected is options.is_plain


@pytest.mark.parametrize(
    ("argument", "options"),
    [
        (
            "min_scene_duration_sec is 10 and max_scene_duration_sec is None; expected both",
            {"min_scene_duration_sec": 10},
        ),
        (
            "min_scene_duration_sec is None and max_scene_duration_sec is 20; expected both",
            {"max_scene_duration_sec": 20},
        ),
        (
            "scene_range is LONG and scene durations are given, too; expected one of the two",
            {
                "scene_range": "LONG",
                "min_scene_duration_sec": 10,
                "max_scene_duration_sec": 20,
            },
        ),
        (
            "min_scene_duration_sec is 9; expected a whole number from 10 to 30",
            {"min_scene_duration_sec": 9, "max_scene_duration_sec": 20},
        ),
        (
            "min_scene_duration_sec is 31; expected a whole number from 10 to 30",
            {"min_scene_duration_sec": 31, "max_scene_duration_sec": 40},
        ),
        (
            "max_scene_duration_sec is 19; expected a whole number from 20 up",
            {"min_scene_duration_sec": 20, "max_scene_duration_sec": 19},
        ),
        (
            "min_scene_duration_sec is 10.5; expected a whole number",
            {"min_scene_duration_sec": 10.5, "max_scene_duration_sec": 20},
        ),
        (
            "max_scene_duration_sec is True; expected a whole number",
            {"min_scene_duration_sec": 10, "max_scene_duration_sec": True},
        ),
        (
            "max_scene_duration_sec is nan; expected a whole number",
            {"min_scene_duration_sec": 10, "max_scene_duration_sec": math.nan},
        ),
        (
            "min_scene_duration_sec is '10'; expected a whole number",
            {"min_scene_duration_sec": "10", "max_scene_duration_sec": 20},
        ),
        (
            "scene_range is 'long'; expected one of EXTRA_SHORT, SHORT, MEDIUM, LONG",
            {"scene_range": "long"},
        ),
        ("scene_range is ''; expected one of", {"scene_range": ""}),
        (r"scene_range is \[\]; expected one of", {"scene_range": []}),
        ("extra is None; expected a mapping", {"extra": None}),
        (r"extra is \[.*\]; expected a mapping", {"extra": [("a", 1)]}),
    ],
)
def test_impossible_wishes_for_an_index_are_refused(argument, options):
    """
    Options that the service rules out raise InvalidArgument when they are made, and the text names
    them.
    """
    with pytest.raises(InvalidArgument, match=f"^{argument}"):
        IndexOptions(**options)


@pytest.mark.parametrize(
    ("argument", "options"),
    [
        ("scene_ids is ", {"scene_ids": []}),
        ("scene_ids is ", {"scene_ids": ()}),
        ("scene_ids is ", {"scene_ids": iter([])}),
        ("scene_ids is ", {"scene_ids": 5}),
        ("scene_ids is ", {"scene_ids": "135"}),
        ("scene_ids is ", {"scene_ids": b"135"}),
        ("scene_ids is ", {"scene_ids": ["1"]}),
        ("scene_ids is ", {"scene_ids": [1, -1]}),
        ("scene_ids is ", {"scene_ids": [True]}),
        ("scene_ids is ", {"scene_ids": [1.0]}),
        ("locale is ", {"locale": ""}),
        ("locale is ", {"locale": 5}),
        ("locale is 'ko' and scene_ids are given", {"locale": "ko", "scene_ids": [1]}),
        ("extra is 'sceneIds'; expected a mapping", {"extra": "sceneIds"}),
    ],
)
def test_impossible_wishes_for_a_summary_are_refused(argument, options):
    """
    Empty scenes or locale, or both together, raise InvalidArgument, and the text names them.
    """
    with pytest.raises(InvalidArgument, match=f"^{argument}"):
        SceneSummaryOptions(**options)


def test_closed_enums_are_words_of_the_service():
    """
    Enums of requests have exactly the documented words.
    """
    assert ["LOW", "MEDIUM", "HIGH"] == list(ConfidenceLevel)
    assert ["EXTRA_SHORT", "SHORT", "MEDIUM", "LONG"] == list(SceneRange)
