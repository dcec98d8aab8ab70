import pytest
from simulator_calls import ASSET

from mediaintel_async.simulator import Fault

VIDEO_ASSET = "/api/v1/workspaces/my-workspace/projects/1234/video-assets/5678"
SUMMARIES = f"{ASSET}/indexes/1001/scene-summaries"


@pytest.fixture
def where(summarized):
    """The asset 5678, with an index and a summary."""
    return summarized


@pytest.mark.parametrize("base", [ASSET, VIDEO_ASSET])
async def test_older_analyses_make_the_same_index(calls, fresh, clock, base):
    """
    An analysis started by an older call is the asset's one analysis.
    """
    accepted = await calls.post(f"{base}/analyze", {"analysisPersonCount": 3})
    refused = await calls.post(f"{ASSET}/index", {})
    await clock.sleep(45)
    status = await calls.get(f"{base}/analyze-status")
    index = await calls.get(f"{ASSET}/index")

    assert 1001 == accepted.result["id"] == index.result["indexId"]
    assert (409, "409") == refused.refusal
    assert {
        "status": "ANALYZE_COMPLETED",
        "analysisStatusMessage": None,
        "indexId": 1001,
    } == status.result


@pytest.mark.parametrize("base", [ASSET, VIDEO_ASSET])
async def test_older_analyses_are_cancelled_by_delete(calls, fresh, base):
    """
    The older form of cancelling is a DELETE.
    """
    await calls.post(f"{ASSET}/index", {})

    got = await calls.delete(f"{base}/analyze")
    status = await calls.get(f"{ASSET}/index/status")

    assert {"code": "0", "message": "success"} == got.json
    assert "ANALYZE_CANCEL" == status.result["status"]


@pytest.mark.parametrize("body", [None, {}, {"analysisPersonCount": -1}])
async def test_older_analyses_need_a_number_of_persons(calls, fresh, body):
    """
    The older form requires analysisPersonCount.
    """
    got = await calls.post(f"{ASSET}/analyze", body)

    assert (400, "10001") == got.refusal


async def test_indexes_are_listed(calls, where):
    """
    The older list holds the asset's one index.
    """
    got = await calls.get(f"{ASSET}/indexes")

    assert 1 == got.result["totalCount"]
    assert [1001] == [each["indexId"] for each in got.result["indexes"]]


async def test_no_indexes_are_an_empty_list(calls, fresh):
    """
    An asset without an index has an empty list of them.
    """
    got = await calls.get(f"{ASSET}/indexes")

    assert {"totalCount": 0, "indexes": []} == got.result


async def test_an_index_is_summarised(calls, indexed, clock):
    """
    The older summary is the asset's one summary.
    """
    accepted = await calls.post(SUMMARIES)
    running = await calls.get(f"{SUMMARIES}/101/status")
    await clock.sleep(45)
    completed = await calls.get(f"{SUMMARIES}/101/status")
    older, current = await calls.get(SUMMARIES), await calls.get(f"{ASSET}/scene-summary")

    assert 101 == accepted.result["sceneSummaryId"]
    assert "WAIT_SUMMARIZE" == running.result["status"]
    assert "SUMMARIZE_COMPLETED" == completed.result["status"]
    assert older.result == current.result


async def test_an_index_summary_can_be_partial(calls, where):
    """
    The older form names scenes too.
    """
    got = await calls.post(SUMMARIES, {"sceneIds": [1, 3, 5]})

    assert [1, 3, 5] == got.result["targetSceneIds"]


async def test_an_index_summary_is_cancelled(calls, indexed):
    """
    The older form of cancelling names the run.
    """
    await calls.post(SUMMARIES)

    got = await calls.delete(f"{SUMMARIES}/101")
    status = await calls.get(f"{ASSET}/scene-summary/status")

    assert {"code": "0", "message": "success"} == got.json
    assert "SUMMARIZE_CANCELED" == status.result["status"]


async def test_a_newer_summary_is_not_cancelled_by_an_older_id(calls, where):
    """
    Cancelling a run that is over leaves the one that is going alone.
    """
    await calls.post(SUMMARIES)

    got = await calls.delete(f"{SUMMARIES}/101")

    assert (409, "409") == got.refusal
    assert not calls.simulator.world.refunded


@pytest.mark.parametrize("target", [SUMMARIES, f"{SUMMARIES}/101/status"])
async def test_a_replaced_index_is_not_found(calls, where, target):
    """
    After a new analysis the former index is gone.
    """
    calls.simulator.world.start_elsewhere(where, "index")
    calls.simulator.world.finish(where, "index")

    got = await calls.get(target)

    assert (404, "404") == got.refusal


async def test_an_older_look_is_stale_too(calls, indexed):
    """
    The index-level status obeys the same faults.
    """
    await calls.post(SUMMARIES)
    calls.simulator.faults.add("get_index_scene_summary_status", Fault.STALE)

    got = await calls.get(f"{SUMMARIES}/101/status")

    assert "BEFORE_SUMMARIZE" == got.result["status"]
