"""The calls that end in January 2027, from the client to the stand-in service and back."""

import asyncio
import warnings
from datetime import datetime
from urllib.parse import unquote

import pytest
from scripted_server import Answer, ScriptedServer, connect

from mediaintel_async import (
    AssetRef,
    Conflict,
    IndexState,
    InvalidArgument,
    LegacyApiWarning,
    NotFound,
    SceneSummaryState,
)
from mediaintel_async.http.decode import decode
from mediaintel_async.legacy.models import AnalysisOptions, AnalysisRequested, AnalysisSetting
from mediaintel_async.simulator.server import expected_signature

ASSET = AssetRef("my-workspace", 1234, 5678)

quietly = pytest.mark.filterwarnings("ignore::mediaintel_async.LegacyApiWarning")


@pytest.fixture
def where(summarized):
    """The asset 5678, with the index 1001 and a summary of it."""
    return summarized


# Summaries of one index.


@quietly
async def test_a_summary_of_an_index_is_requested(client, simulator, indexed):
    """
    The receipt has the summary's id, by which it is followed.
    """
    requested = await client.legacy.scene_summaries.request(ASSET, 1001)

    assert (101, 1001, None) == (
        requested.scene_summary_id,
        requested.index_id,
        requested.target_scene_ids,
    )
    assert 1 == simulator.world.bill[indexed, "summary"]


@quietly
async def test_a_summary_of_some_scenes_of_an_index_is_requested(client, simulator, where):
    """
    Scenes are named in the body, and `extra` is merged last.
    """
    requested = await client.legacy.scene_summaries.request(
        ASSET, 1001, scene_ids=[1, 3, 5], extra={"unseen": 1}
    )

    assert (1, 3, 5) == requested.target_scene_ids
    assert {"sceneIds": [1, 3, 5], "unseen": 1} == simulator.requests[0].body


@quietly
async def test_a_summary_of_an_index_is_followed(client, indexed, clock):
    """
    A summary is followed by its id, from the queue to its end.
    """
    summaries = client.legacy.scene_summaries
    requested = await summaries.request(ASSET, 1001)

    waiting = await summaries.get_status(ASSET, 1001, requested.scene_summary_id)
    await clock.sleep(3600)
    after = await summaries.get_status(ASSET, 1001, requested.scene_summary_id)

    assert [SceneSummaryState.WAIT_SUMMARIZE, SceneSummaryState.SUMMARIZE_COMPLETED] == [
        waiting.state,
        after.state,
    ]
    assert (10, 1.0) == (after.analyzed_scene_count, after.progress)


@quietly
async def test_the_summaries_of_an_index_are_read(client, where):
    """
    The texts of the scenes come as the service sent them.
    """
    summary = await client.legacy.scene_summaries.get(ASSET, 1001)

    assert (1001, 10) == (summary.index_id, len(summary.scenes))


@quietly
async def test_a_summary_of_an_index_is_cancelled(client, indexed):
    """
    Cancelling names the summary that is to stop.
    """
    summaries = client.legacy.scene_summaries
    requested = await summaries.request(ASSET, 1001)

    assert None is await summaries.cancel(ASSET, 1001, requested.scene_summary_id)

    status = await summaries.get_status(ASSET, 1001, requested.scene_summary_id)
    assert SceneSummaryState.SUMMARIZE_CANCELED == status.state


@quietly
async def test_an_index_that_is_not_there_has_no_summaries(client, where):
    """
    Another index id is not found.
    """
    with pytest.raises(NotFound):
        await client.legacy.scene_summaries.get(ASSET, 1)


# Analyses.

ANALYSES = ["analyses", "video_analyses"]


@quietly
@pytest.mark.parametrize("group", ANALYSES)
async def test_an_analysis_is_requested_with_its_options(client, simulator, fresh, group):
    """
    The options are what is sent, and the run is billed once.
    """
    requested = await getattr(client.legacy, group).request(
        ASSET,
        analysis_person_count=3,
        scene_range="LONG",
        tag_id_list=[101, "203"],
        source_language="ENKO",
        detect_audio_effects=False,
        extra={"unseen": 1},
    )

    assert {
        "sceneRange": "LONG",
        "sourceLanguage": "ENKO",
        "detectAudioEffects": False,
        "analysisPersonCount": 3,
        "tagIdList": [101, "203"],
        "unseen": 1,
    } == simulator.requests[0].body
    assert (1001, "username") == (requested.index_id, requested.created_user_name)
    assert isinstance(requested.created_time, datetime)
    assert 1 == simulator.world.bill[fresh, "index"]


@quietly
@pytest.mark.parametrize("group", ANALYSES)
async def test_an_analysis_is_followed(client, fresh, clock, group):
    """
    An analysis is followed from before its start to its end.
    """
    analyses = getattr(client.legacy, group)

    before = await analyses.get_status(ASSET)
    await analyses.request(ASSET, analysis_person_count=0)
    await clock.sleep(3600)
    after = await analyses.get_status(ASSET)

    assert (IndexState.BEFORE_ANALYZE, None) == (before.state, before.index_id)
    assert (IndexState.ANALYZE_COMPLETED, 1001) == (after.state, after.index_id)


@quietly
@pytest.mark.parametrize("group", ANALYSES)
async def test_the_reason_of_a_failed_analysis_is_read(client, simulator, fresh, clock, group):
    """
    The failure text is read under the name that the older pages' example has for it.
    """
    simulator.world.fail_next(fresh, "index", "extracting persons failed")
    analyses = getattr(client.legacy, group)
    await analyses.request(ASSET, analysis_person_count=0)
    await clock.sleep(3600)

    status = await analyses.get_status(ASSET)

    assert (IndexState.ANALYZE_FAIL, "extracting persons failed", {}) == (
        status.state,
        status.message,
        status.extra,
    )


@quietly
@pytest.mark.parametrize("group", ANALYSES)
async def test_an_analysis_is_cancelled(client, fresh, group):
    """
    Cancelling stops the run that is going.
    """
    analyses = getattr(client.legacy, group)
    await analyses.request(ASSET, analysis_person_count=0)

    assert None is await analyses.cancel(ASSET)

    assert IndexState.ANALYZE_CANCEL == (await analyses.get_status(ASSET)).state


@quietly
@pytest.mark.parametrize("group", ANALYSES)
async def test_an_analysis_that_is_not_going_is_not_cancelled(client, where, group):
    """
    Without a run there is nothing to cancel, which is a 409 of the service.
    """
    with pytest.raises(Conflict):
        await getattr(client.legacy, group).cancel(ASSET)


@quietly
async def test_the_indexes_of_an_asset_are_listed(client, where):
    """
    The older list shows the asset's one index with its facts.
    """
    listed = await client.legacy.analyses.list_indexes(ASSET)

    [index] = listed.indexes
    assert 1 == listed.total_count
    assert (1001, "VIDEO", "username") == (index.index_id, index.type, index.created_user_name)
    assert index.created_time == index.updated_time


@quietly
async def test_an_asset_without_index_lists_none(client, fresh):
    """
    The list of an asset that was never analysed is empty.
    """
    assert () == (await client.legacy.analyses.list_indexes(ASSET)).indexes


@quietly
async def test_an_index_of_the_list_says_how_it_was_made():
    """
    The setting of an analysis is read as far as the page shows it.
    """
    body = (
        b'{"code": "0", "result": {"indexes": [{"indexId": "1001", "analysisSetting":'
        b' {"analysisEngine": "Sinossi v1.0", "sceneRange": "LONG", "unseen": 1}}]}}'
    )
    async with ScriptedServer(Answer(body=body)) as server, connect(server) as client:
        listed = await client.legacy.analyses.list_indexes(ASSET)

    expected = AnalysisSetting(
        analysis_engine="Sinossi v1.0", scene_range="LONG", extra={"unseen": 1}
    )
    assert [(1001, expected)] == [(one.index_id, one.analysis_setting) for one in listed.indexes]


@pytest.mark.parametrize("name", ["id", "indexId"])
def test_the_index_to_come_is_read_under_both_names(name):
    """
    The one page that shows it calls it `id`, all others `indexId`.
    """
    assert 1001 == decode("POST /a", AnalysisRequested, {name: 1001}).index_id


# Tricky names.


@quietly
@pytest.mark.parametrize(
    "name", ["q?z", "한글", "a b", "%2F", "+", "&", "..x", "a/b", "#", ";", "🎬"]
)
@pytest.mark.parametrize(("noun", "place"), [("indexes", 10), ("scene-summaries", 12)])
async def test_a_tricky_id_arrives_as_itself(noun, place, name):
    """
    The ids of an index and of a summary arrive as the one part that they are, well signed.
    """
    index_id, summary_id = {**dict.fromkeys(["indexes", "scene-summaries"], 1), noun: name}.values()
    async with ScriptedServer() as server, connect(server) as client:
        await client.legacy.scene_summaries.cancel(ASSET, index_id, summary_id)

    [received] = server.received
    arrived = [unquote(part) for part in received.target.split("/")]
    assert (13, noun, name) == (len(arrived), arrived[place - 1], arrived[place])
    assert received.headers["x-ncp-apigw-signature-v2"] == expected_signature(
        "SK_TEST",
        "AK_TEST",
        "DELETE",
        received.target,
        received.headers["x-ncp-apigw-timestamp"],
    )


# What is refused before anything is sent.

BAD = [
    ("asset", lambda legacy: legacy.analyses.get_status("w/1/2")),
    ("asset", lambda legacy: legacy.video_analyses.get_status(None)),
    ("asset", lambda legacy: legacy.scene_summaries.get(5678, 1001)),
    *(
        ("index_id", lambda legacy, bad=bad: legacy.scene_summaries.get(ASSET, bad))
        for bad in (None, "", "..", ".", True, -1)
    ),
    *(
        ("summary_id", lambda legacy, bad=bad: legacy.scene_summaries.get_status(ASSET, 1, bad))
        for bad in (None, "", "..", ".", True, -1)
    ),
    ("summary_id", lambda legacy: legacy.scene_summaries.cancel(ASSET, 1001, None)),
    ("scene_ids", lambda legacy: legacy.scene_summaries.request(ASSET, 1001, scene_ids=[])),
    ("extra", lambda legacy: legacy.scene_summaries.request(ASSET, 1001, extra="a")),
    (
        "analysis_person_count",
        lambda legacy: legacy.analyses.request(ASSET, analysis_person_count=11),
    ),
    (
        "analysis_person_count",
        lambda legacy: legacy.video_analyses.request(ASSET, analysis_person_count=-1),
    ),
]


@quietly
@pytest.mark.parametrize(("argument", "act"), BAD)
async def test_an_impossible_argument_is_refused_before_anything_is_sent(
    client, simulator, argument, act
):
    """
    A wrong argument is refused by its name, and the service hears nothing.
    """
    with pytest.raises(InvalidArgument, match=f"^{argument} is "):
        await act(client.legacy)

    assert [] == simulator.requests


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        *(("analysis_person_count", bad) for bad in (-1, 11, True, 1.0, "3", None)),
        *(("scene_range", bad) for bad in ("long", "", 5)),
        *(("source_language", bad) for bad in ("KR", "ko", "", 5)),
        *(("tag_id_list", bad) for bad in ("101", b"101", 101)),
        *(("a tag of tag_id_list", bad) for bad in ([None], [1.5], [""], [True])),
        *(("detect_audio_effects", bad) for bad in ("false", 0, 1)),
        *(("extra", bad) for bad in (None, [], "a")),
    ],
)
def test_impossible_wishes_for_an_analysis_are_refused(argument, value):
    """
    What the service does not document is refused by its name.
    """
    options = {"analysis_person_count": 0, argument.rpartition(" ")[2]: value}

    with pytest.raises(InvalidArgument, match=f"^{argument} is "):
        AnalysisOptions(**options)


@pytest.mark.parametrize("count", [0, 10])
def test_only_what_was_set_is_sent(count):
    """
    An analysis without wishes sends the number of persons alone.
    """
    assert {"analysisPersonCount": count} == AnalysisOptions(analysis_person_count=count).body()


def test_an_empty_list_of_tags_is_sent():
    """
    A list that was set is sent, even an empty one; `extra` wins over it.
    """
    options = AnalysisOptions(
        analysis_person_count=0, tag_id_list=[], extra={"analysisPersonCount": 1}
    )

    assert {"analysisPersonCount": 1, "tagIdList": []} == options.body()


# Warnings.

EVERY_CALL = {
    "IndexSceneSummaries.request": lambda legacy: legacy.scene_summaries.request(ASSET, 1001),
    "IndexSceneSummaries.get_status": lambda legacy: legacy.scene_summaries.get_status(
        ASSET, 1001, 101
    ),
    "IndexSceneSummaries.get": lambda legacy: legacy.scene_summaries.get(ASSET, 1001),
    "IndexSceneSummaries.cancel": lambda legacy: legacy.scene_summaries.cancel(ASSET, 1001, 101),
    "Analyses.request": lambda legacy: legacy.analyses.request(ASSET, analysis_person_count=0),
    "Analyses.get_status": lambda legacy: legacy.analyses.get_status(ASSET),
    "Analyses.cancel": lambda legacy: legacy.analyses.cancel(ASSET),
    "Analyses.list_indexes": lambda legacy: legacy.analyses.list_indexes(ASSET),
    "VideoAnalyses.request": lambda legacy: legacy.video_analyses.request(
        ASSET, analysis_person_count=0
    ),
    "VideoAnalyses.get_status": lambda legacy: legacy.video_analyses.get_status(ASSET),
    "VideoAnalyses.cancel": lambda legacy: legacy.video_analyses.cancel(ASSET),
}


@pytest.fixture
async def accepting():
    """A client of a service that accepts everything."""
    body = b'{"code": "0", "result": {"status": "ANALYZING"}}'
    async with ScriptedServer(Answer(body=body)) as server, connect(server) as client:
        yield client


@pytest.mark.parametrize(("name", "act"), EVERY_CALL.items())
async def test_an_older_call_warns_once(accepting, recwarn, name, act):
    """
    The first call says when it ends and what to use, at the caller's line; the second nothing.
    """
    await act(accepting.legacy)
    await act(accepting.legacy)

    [warning] = recwarn
    assert LegacyApiWarning is warning.category
    assert str(warning.message).startswith(f"{name} ends in January 2027; use client.")
    assert __file__ == warning.filename
    assert act.__code__.co_firstlineno <= warning.lineno <= act.__code__.co_firstlineno + 2


async def test_each_call_and_each_client_warns_for_itself(accepting, client, fresh, recwarn):
    """
    One call's warning does not silence that of another call, or of another client.
    """
    await accepting.legacy.analyses.get_status(ASSET)
    await accepting.legacy.video_analyses.get_status(ASSET)
    await client.legacy.analyses.get_status(ASSET)

    assert ["Analyses.get_status", "VideoAnalyses.get_status", "Analyses.get_status"] == [
        str(one.message).partition(" ")[0] for one in recwarn
    ]


async def test_a_call_that_runs_as_a_task_warns_at_the_line_that_made_it(accepting):
    """
    The warning names the line that called, and not the event loop.
    """
    with pytest.warns(LegacyApiWarning) as caught:
        await asyncio.gather(accepting.legacy.analyses.get_status(ASSET))

    assert __file__ == caught[0].filename


@pytest.mark.parametrize("act", EVERY_CALL.values(), ids=EVERY_CALL)
async def test_warnings_as_errors_stop_an_older_call(client, simulator, act):
    """
    Under `-W error` nothing is sent, however often it is tried.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(LegacyApiWarning):
            await act(client.legacy)
        with pytest.raises(LegacyApiWarning):
            await act(client.legacy)

    assert [] == simulator.requests


def test_the_warning_is_one_that_python_shows_to_developers():
    """
    Test runners show it by default, since it is a DeprecationWarning.
    """
    assert issubclass(LegacyApiWarning, DeprecationWarning)
