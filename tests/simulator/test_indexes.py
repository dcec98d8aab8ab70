import pytest
from attrs import evolve
from simulator_calls import ASSET

from mediaintel_async.simulator import Assumed


async def test_an_asset_is_analysed(calls, fresh, clock):
    """
    An analysis waits, runs, completes, and leaves an index.
    """
    accepted = await calls.post(f"{ASSET}/index", {"sceneRange": "LONG"})
    waiting = await calls.get(f"{ASSET}/index/status")
    await clock.sleep(20)
    running = await calls.get(f"{ASSET}/index/status")
    await clock.sleep(25)
    completed = await calls.get(f"{ASSET}/index/status")
    index = await calls.get(f"{ASSET}/index")

    assert 1001 == accepted.result["indexId"]
    assert {"status": "WAIT_ANALYZE", "analyzeStatusMessage": None} == waiting.result
    assert "ANALYZING" == running.result["status"]
    assert "ANALYZE_COMPLETED" == completed.result["status"]
    assert 1001 == index.result["indexId"]
    assert "VIDEO" == index.result["type"]
    assert "LONG" == index.result["analysisSetting"]["sceneRange"]
    assert 10 == len(index.result["scenes"])


async def test_an_image_has_an_index_too(calls, clock):
    """
    A file whose name does not end like a video's is an image.
    """
    calls.simulator.world.add_asset(file_name="photo.HEIC", scenes=1, indexed=True)

    got = await calls.get(f"{ASSET}/index")

    assert "IMAGE" == got.result["type"]


async def test_never_analysed_is_a_state(calls, fresh):
    """
    The status of an asset without runs is no error.
    """
    got = await calls.get(f"{ASSET}/index/status")

    assert "BEFORE_ANALYZE" == got.result["status"]


async def test_a_failed_analysis_says_why(calls, fresh, clock):
    """
    The status of a failed analysis is a 200 answer with the reason.
    """
    calls.simulator.world.fail_next(fresh, "index", "parsing the media failed")
    await calls.post(f"{ASSET}/index", {})
    await clock.sleep(30)

    got = await calls.get(f"{ASSET}/index/status")

    assert {
        "status": "ANALYZE_FAIL",
        "analyzeStatusMessage": "parsing the media failed",
    } == got.result


@pytest.mark.parametrize(
    "body",
    [
        {"sceneRange": "EXTRA_SHORT"},
        {"minSceneDurationSec": 10, "maxSceneDurationSec": 60},
        {"analysisPersonCount": 10, "tagIdList": [101, "203"], "sourceLanguage": "ZH-TW"},
        {"detectAudioEffects": True, "of tomorrow": 1},
    ],
)
async def test_settings_of_an_analysis_are_taken(calls, fresh, body):
    """
    Documented settings and unknown members are accepted.
    """
    got = await calls.post(f"{ASSET}/index", body)

    assert 200 == got.status


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"sceneRange": "HUGE"},
        {"minSceneDurationSec": 10},
        {"maxSceneDurationSec": 10},
        {"minSceneDurationSec": 9, "maxSceneDurationSec": 60},
        {"minSceneDurationSec": 31, "maxSceneDurationSec": 60},
        {"minSceneDurationSec": 20, "maxSceneDurationSec": 19},
        {"minSceneDurationSec": "10", "maxSceneDurationSec": 60},
        {"sceneRange": "LONG", "minSceneDurationSec": 10, "maxSceneDurationSec": 60},
        {"analysisPersonCount": 11},
        {"analysisPersonCount": True},
        {"tagIdList": 101},
        {"tagIdList": [1.5]},
        {"sourceLanguage": "FR"},
        {"detectAudioEffects": "yes"},
    ],
)
async def test_settings_of_an_analysis_are_checked(calls, fresh, body):
    """
    Settings that are documented as invalid are refused and not billed.
    """
    got = await calls.post(f"{ASSET}/index", body)

    assert (400, "10001") == got.refusal
    assert not calls.simulator.world.bill


async def test_a_second_analysis_is_a_conflict(calls, fresh):
    """
    A second analysis while one is in progress is refused with 409.
    """
    await calls.post(f"{ASSET}/index", {})

    got = await calls.post(f"{ASSET}/index", {})

    assert (409, "409") == got.refusal


async def test_an_analysis_is_cancelled(calls, fresh):
    """
    The answer to a cancellation has no result.
    """
    await calls.post(f"{ASSET}/index", {})

    got = await calls.post(f"{ASSET}/index/cancel")
    status = await calls.get(f"{ASSET}/index/status")

    assert {"code": "0", "message": "success"} == got.json
    assert "ANALYZE_CANCEL" == status.result["status"]


async def test_only_what_is_going_is_cancelled(calls, summarized):
    """
    Cancelling a finished analysis is refused with the documented message.
    """
    got = await calls.post(f"{ASSET}/index/cancel")

    assert 409 == got.status
    assert {"code": "409", "message": "Cannot cancel analysis in the current state"} == got.json


async def test_an_index_is_deleted(calls, summarized):
    """
    The answer to a deletion has no result, and a second deletion is a 404.
    """
    first = await calls.delete(f"{ASSET}/index")

    second = await calls.delete(f"{ASSET}/index")

    assert {"code": "0", "message": "success"} == first.json
    assert (404, "404") == second.refusal


async def test_an_index_in_the_making_is_not_deleted(calls, summarized):
    """
    Deleting an index during an analysis is refused with the documented message.
    """
    await calls.post(f"{ASSET}/index", {})

    got = await calls.delete(f"{ASSET}/index")

    assert 409 == got.status
    assert "Cannot delete index while analysis is in progress" == got.json["message"]


@pytest.mark.parametrize(("level", "count"), [("LOW", 3), ("MEDIUM", 2), ("HIGH", 1)])
async def test_confidence_decides_how_much_an_index_shows(calls, summarized, level, count):
    """
    The lower the level, the more keywords.
    """
    got = await calls.get(f"{ASSET}/index?confidence_level={level}")

    assert count == len(got.result["scenes"][0]["keywords"])


async def test_confidence_has_three_levels(calls, summarized):
    """
    A confidence level other than the three is refused.
    """
    got = await calls.get(f"{ASSET}/index?confidence_level=low")

    assert (400, "10001") == got.refusal


async def test_no_index_is_not_found(calls, fresh):
    """
    An index that was never made is a 404 of the service.
    """
    got = await calls.get(f"{ASSET}/index")

    assert (404, "404") == got.refusal


@pytest.mark.parametrize(("readable", "status"), [(True, 200), (False, 409)])
async def test_whether_a_former_index_is_readable_is_assumed(calls, summarized, readable, status):
    """
    A test decides whether a former index can be read during an analysis.
    """
    calls.simulator.assumed = Assumed(former_index_readable=readable)
    await calls.post(f"{ASSET}/index", {})

    got = await calls.get(f"{ASSET}/index")

    assert status == got.status


async def test_whether_an_analysis_shows_times_is_assumed(calls, summarized):
    """
    A test decides whether the status of an analysis shows its times.
    """
    calls.simulator.assumed = evolve(calls.simulator.assumed, index_status_shows_times=True)

    got = await calls.get(f"{ASSET}/index/status")

    assert "2027-01-15T16:00:00" == got.result["requestedTime"]
    assert "2027-01-15T16:10:00" == got.result["completedTime"]
