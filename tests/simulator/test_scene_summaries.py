import pytest
from simulator_calls import ASSET

from mediaintel_async.simulator import Assumed


async def test_a_summary_starts_as_the_page_shows(calls, indexed):
    """
    The answer to a start has the members of the documented example.
    """
    got = await calls.post(f"{ASSET}/scene-summary")

    assert {
        "sceneSummaryId": 101,
        "indexId": 1001,
        "targetSceneIds": None,
        "createdTime": "2027-01-15T17:00:00",
        "createdUserName": "username",
    } == got.result


async def test_a_summary_is_followed_as_the_page_shows(calls, indexed, clock):
    """
    The status of a running summary has the members of the documented example.
    """
    await calls.post(f"{ASSET}/scene-summary")
    await clock.sleep(20)

    got = await calls.get(f"{ASSET}/scene-summary/status")

    count = got.result["analyzedSceneCount"]
    assert 0 < count < 10
    assert {
        "status": "SUMMARIZING",
        "statusMessage": None,
        "sceneSummaryId": 101,
        "targetSceneIds": None,
        "analyzedSceneCount": count,
        "totalSceneCount": 10,
        "requestedTime": "2027-01-15T17:00:00",
        "completedTime": None,
    } == got.result


async def test_a_completed_summary_shows_a_scene_as_its_id(calls, summarized):
    """
    Once completed, sceneSummaryId is the id of the last scene, as documented.
    """
    got = await calls.get(f"{ASSET}/scene-summary/status")

    assert "SUMMARIZE_COMPLETED" == got.result["status"]
    assert 10 == got.result["sceneSummaryId"]
    assert "2027-01-15T16:40:00" == got.result["completedTime"]


async def test_never_summarised_is_a_state(calls, fresh):
    """
    The status of an asset without a summary is no error.
    """
    got = await calls.get(f"{ASSET}/scene-summary/status")

    assert "BEFORE_SUMMARIZE" == got.result["status"]
    assert got.result["requestedTime"] is None


async def test_a_failed_summary_says_why(calls, indexed, clock):
    """
    The status of a failed summary has the reason, and there is no result to read.
    """
    calls.simulator.world.fail_next(indexed, "summary", "out of luck")
    await calls.post(f"{ASSET}/scene-summary")
    await clock.sleep(60)

    status = await calls.get(f"{ASSET}/scene-summary/status")
    summary = await calls.get(f"{ASSET}/scene-summary")

    assert ("SUMMARIZE_FAIL", "out of luck") == (
        status.result["status"],
        status.result["statusMessage"],
    )
    assert (404, "404") == summary.refusal


async def test_a_summary_is_read(calls, summarized):
    """
    Each scene has a text.
    """
    got = await calls.get(f"{ASSET}/scene-summary")

    assert 1001 == got.result["indexId"]
    assert {
        "lastAnalyzedAt": "2027-01-15T16:40:00",
        "analyzedSceneIds": None,
    } == got.result["sceneSummaryInfo"]
    assert 10 == len(got.result["sceneSummaries"])


async def test_some_scenes_are_summarised_again(calls, summarized):
    """
    Only the named scenes get a new text, and the result has their ids as strings.
    """
    accepted = await calls.post(f"{ASSET}/scene-summary", {"sceneIds": [1, 3]})
    calls.simulator.world.finish(summarized, "summary")
    status = await calls.get(f"{ASSET}/scene-summary/status")
    got = await calls.get(f"{ASSET}/scene-summary")

    assert [1, 3] == accepted.result["targetSceneIds"] == status.result["targetSceneIds"]
    assert (2, 3) == (status.result["totalSceneCount"], status.result["sceneSummaryId"])
    assert ["1", "3"] == got.result["sceneSummaryInfo"]["analyzedSceneIds"]
    scenes = got.result["sceneSummaries"]
    assert "by run 102." in scenes[0]["summary"]
    assert "by run 101." in scenes[1]["summary"]


async def test_a_language_can_be_asked_for(calls, indexed):
    """
    The locale of a full run decides its language.
    """
    await calls.post(f"{ASSET}/scene-summary", {"locale": "ko"})
    calls.simulator.world.finish(indexed, "summary")

    got = await calls.get(f"{ASSET}/scene-summary")

    assert "told in ko" in got.result["sceneSummaries"][0]["summary"]


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"locale": 1},
        {"sceneIds": 1},
        {"sceneIds": ["1"]},
        {"sceneIds": [True]},
        {"sceneIds": [99]},
        {"sceneIds": [1], "locale": "ko"},
    ],
)
async def test_a_summarys_body_is_checked(calls, summarized, body):
    """
    Scene ids that do not exist, or that come with a locale, are refused.
    """
    got = await calls.post(f"{ASSET}/scene-summary", body)

    assert (400, "10001") == got.refusal
    assert not calls.simulator.world.bill


@pytest.mark.parametrize(("status", "code"), [(400, "10001"), (409, "409")])
async def test_how_a_second_summary_is_refused_is_assumed(calls, indexed, status, code):
    """
    A test decides with which status a second summary is refused while one is in progress.
    """
    calls.simulator.assumed = Assumed(second_request_status=status)
    await calls.post(f"{ASSET}/scene-summary")

    got = await calls.post(f"{ASSET}/scene-summary")

    assert (status, code) == got.refusal


async def test_a_summary_is_cancelled(calls, indexed):
    """
    The answer to a cancellation has no result, and a second cancellation is refused.
    """
    await calls.post(f"{ASSET}/scene-summary")

    first = await calls.post(f"{ASSET}/scene-summary/cancel")
    second = await calls.post(f"{ASSET}/scene-summary/cancel")

    assert {"code": "0", "message": "success"} == first.json
    assert (409, "409") == second.refusal
