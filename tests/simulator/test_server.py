import asyncio
import io
import os
import re
import signal
import sys
from email.utils import formatdate

import aiohttp
import pytest
from attrs import evolve
from simulator_calls import ASSET, Calls, signature

from mediaintel_async.clock import SystemClock
from mediaintel_async.simulator import Simulator, World
from mediaintel_async.simulator.__main__ import main, serve
from mediaintel_async.simulator.assumed import Assumed
from mediaintel_async.simulator.server import OPERATIONS, expected_signature

PROJECT = "/api/v1/workspaces/my-workspace/projects/1234"
THUMBNAILS = "/api/v1/workspaces/my-workspace/persons/1001/person-thumbnail"


@pytest.fixture
def where(summarized):
    """The asset 5678, with an index and a summary."""
    return summarized


# Signatures.

VECTORS = [
    (
        "POST",
        "/vserver/v2/createServerInstances?regionCode=KR",
        "xBcE26XFU55BMjppdPT7ZY3oDrqoOedfPyAn3Cq4lUw=",
    ),
    (
        "GET",
        "/api/v1/workspaces?pageNum=1&pageSize=100",
        "FTp5QgRtM6hehAa4FuXDeREl/HfSPaAisewLfdbM6Rs=",
    ),
    (
        "GET",
        "/api/v1/workspaces/my-workspace/persons?pageNum=1&name=%ED%99%8D%EA%B8%B8%EB%8F%99",
        "g67vP4q0iFTIv/kiwIlqAS4ZLq+3wJ9lpw42moDRMho=",
    ),
]


@pytest.mark.parametrize("sign", [expected_signature, signature])
@pytest.mark.parametrize(("method", "target", "expected"), VECTORS)
def test_signatures_follow_the_recipe(sign, method, target, expected):
    """
    The simulator, and these tests, reproduce the known signatures.
    """
    assert expected == sign("SK_TEST", "AK_TEST", method, target, "1700000000000")


async def test_unsigned_requests_are_refused(calls, where, clock):
    """
    A request without a signature meets the gateway's 401, which tells the server's time.
    """
    got = await calls.send("GET", f"{ASSET}/scene-summary/status", headers={})

    assert (401, "200") == got.gateway_refusal
    assert {
        "error": {
            "errorCode": "200",
            "message": "Authentication Failed",
            "details": "Authentication information are missing.",
        }
    } == got.json
    assert formatdate(clock.wall(), usegmt=True) == got.headers["Date"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"x-ncp-apigw-signature-v2": "bm8="},
        {"x-ncp-apigw-signature-v2": "서명"},
        {"x-ncp-iam-access-key": "another"},
        {"x-ncp-apigw-timestamp": "0"},
        {"x-ncp-apigw-timestamp": "-1"},
        {"x-ncp-apigw-timestamp": "today"},
        {"x-ncp-apigw-timestamp": "9" * 5000},
    ],
)
async def test_badly_signed_requests_are_refused(calls, where, wrong):
    """
    Whatever is wrong with the three headers, nothing is done.
    """
    headers = {**calls.headers("POST", f"{ASSET}/scene-summary"), **wrong}

    got = await calls.send("POST", f"{ASSET}/scene-summary", headers=headers)

    assert (401, "200") == got.gateway_refusal
    assert not calls.simulator.world.bill


@pytest.mark.parametrize(
    ("late_seconds", "status"), [(299, 200), (301, 401), (-299, 200), (-301, 401)]
)
async def test_signatures_live_five_minutes(calls, where, late_seconds, status):
    """
    A signature made up to five minutes ago, or ahead, is good.
    """
    headers = calls.headers("GET", ASSET, late_seconds=late_seconds)

    got = await calls.send("GET", ASSET, headers=headers)

    assert status == got.status


async def test_the_servers_clock_can_be_wrong(calls, where, clock):
    """
    A skewed server refuses good signatures, and its Date shows by how much it is off.
    """
    calls.simulator.skew_seconds = 3600

    got = await calls.get(ASSET)

    assert (401, "200") == got.gateway_refusal
    assert formatdate(clock.wall() + 3600, usegmt=True) == got.headers["Date"]


async def test_the_signature_is_over_the_bytes_on_the_wire(calls, where):
    """
    The same address spelt another way needs another signature.
    """
    spelt = f"{ASSET}/index?confidence_level=L%4FW"
    headers = calls.headers("GET", f"{ASSET}/index?confidence_level=LOW")

    refused = await calls.send("GET", spelt, headers=headers)
    accepted = await calls.get(spelt)

    assert (401, 200) == (refused.status, accepted.status)


# Addresses.


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/"),
        ("GET", "/api/v1/nothing"),
        ("PUT", ASSET),
        ("GET", f"{ASSET}/"),
        ("GET", ASSET.replace("my-workspace", "")),
    ],
)
async def test_unknown_calls_are_refused_by_the_gateway(calls, where, method, target):
    """
    A path or method that nobody serves is the gateway's 404.
    """
    got = await calls.send(method, target)

    assert (404, "300") == got.gateway_refusal


@pytest.mark.parametrize(
    ("workspace", "encoded"),
    [
        ("q?z", "q%3Fz"),
        ("한글", "%ED%95%9C%EA%B8%80"),
        ("a b", "a%20b"),
        ("%2F", "%252F"),
        ("a/b", "a%2Fb"),
        ("..", "%2E%2E"),
        ("a+b&c=d", "a+b&c=d"),
    ],
)
async def test_parts_of_a_path_are_decoded_one_by_one(calls, workspace, encoded):
    """
    Whatever a workspace is called, its part of the path names it and nothing else.
    """
    where = calls.simulator.world.add_asset(workspace)
    target = f"/api/v1/workspaces/{encoded}/projects/1234/assets/{where.asset_id}"

    got = await calls.get(target)

    assert 5678 == got.result["assetId"]
    assert target == calls.simulator.requests[-1].target


@pytest.mark.parametrize(
    "asset_id",
    ["05678", "abc", "9999", "%EF%BC%95678", "+5678", "5678%20", "5678%2Findex", "9" * 5000],
)
async def test_ids_are_written_one_way(calls, where, asset_id):
    """
    What is not exactly an id names nothing.
    """
    got = await calls.get(f"{PROJECT}/assets/{asset_id}")

    assert (404, "404") == got.refusal


async def test_requests_are_recorded(calls, where, clock):
    """
    Each request is kept as it came, refused or not.
    """
    await calls.send("POST", f"{ASSET}/index?x=%20", {"sceneRange": "LONG"}, headers={"A": "b"})
    await calls.get("/nothing")

    first, second = calls.simulator.requests
    assert ("request_index", "POST") == (first.operation, first.method)
    assert f"{ASSET}/index?x=%20" == first.target
    assert {"sceneRange": "LONG"} == first.body
    assert "b" == first.headers["a"]
    assert clock.monotonic() == pytest.approx(first.at)
    assert ("", None) == (second.operation, second.body)


async def test_a_body_that_is_not_json_is_refused(calls, where):
    """
    Garbage is never taken for a summary of everything.
    """
    target = f"{ASSET}/scene-summary"

    got = await calls.send("POST", target, data=b"{", headers=calls.headers("POST", target))

    assert (400, "10001") == got.refusal
    assert not calls.simulator.world.bill


async def test_large_bodies_are_refused(calls, where):
    """
    A body of more than a mebibyte is the gateway's 413.
    """
    target = f"{ASSET}/index"
    body = io.BytesIO(b" " * (1024 * 1024 + 1))

    got = await calls.send("POST", target, data=body, headers=calls.headers("POST", target))

    assert (413, "430") == got.gateway_refusal


def test_operations_are_found_by_one_address_each():
    """
    No two operations share a method and a path, and no operation is served twice.
    """
    addresses = {(each.method, re.sub("{.*?}", "{}", each.path)) for each in OPERATIONS}
    names = {each.operation_id for each in OPERATIONS}

    assert len(OPERATIONS) == len(addresses) == len(names)


# Assets.


async def test_assets_are_listed_page_by_page(calls):
    """
    The second page of two holds the rest.
    """
    ids = [calls.simulator.world.add_asset().asset_id for _ in range(5)]

    got = await calls.get(f"{PROJECT}/assets?pageNum=2&pageSize=3")

    result = got.result
    assert ids[3:] == [asset["assetId"] for asset in result["content"]]
    assert (5, 2) == (result["totalCount"], result["totalPage"])
    assert (2, 3) == (result["pageNo"], result["pageSize"])


async def test_a_page_is_large_unless_told(calls, where):
    """
    Without a pageSize a page holds 1000 assets.
    """
    got = await calls.get(f"{PROJECT}/assets?pageNum=1")

    assert 1000 == got.result["pageSize"]


@pytest.mark.parametrize(
    "query",
    [
        "pageSize=10",
        "pageNum=",
        "pageNum=0",
        "pageNum=x",
        "pageNum=1&pageSize=0",
        "pageNum=1&pageSize=1001",
    ],
)
async def test_page_numbers_are_checked(calls, where, query):
    """
    Pages count from 1 and hold 1 to 1000 assets.
    """
    got = await calls.get(f"{PROJECT}/assets?{query}")

    assert (400, "10001") == got.refusal


async def test_an_asset_can_be_read(calls, where):
    """
    An asset shows its file and its id as a number.
    """
    got = await calls.get(ASSET)

    assert {
        "assetId": 5678,
        "fileName": "sample-video.mp4",
        "projectId": 1234,
        "metaData": {
            "resolution": "1280x720",
            "durationMs": 150_000,
            "size": 10_000_000,
            "format": "mp4",
        },
        "key": "sample-video.mp4",
        "createUserName": "username",
    } == got.result


@pytest.mark.parametrize(("query", "status"), [("", 400), ("?new_project_id=", 404)])
async def test_a_move_says_where_to(calls, where, query, status):
    """
    A move without a new project, or to one without a number, is refused.
    """
    got = await calls.send("PATCH", ASSET + query)

    assert status == got.status


async def test_an_object_is_registered(calls, clock):
    """
    A new asset is in progress for two seconds.
    """
    calls.simulator.world.add_project("my-workspace", 1234)
    calls.simulator.world.put_object("my-storage-bucket", "sample-video.mp4")
    body = {"key": "sample-video.mp4", "bucketName": "my-storage-bucket"}

    registered = await calls.post(f"{PROJECT}/assets/import/object-storage", body)
    during = await calls.get(f"{ASSET}/import-status")
    await clock.sleep(2)
    after = await calls.get(f"{ASSET}/import-status")

    assert {"assetId": 5678, "createUserName": "username"} == registered.result
    assert "IN_PROGRESS" == during.result["uploadStatus"]
    assert "COMPLETED" == after.result["uploadStatus"]
    assert 1 == calls.simulator.world.bill[("my-workspace", 1234), "import"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (None, "10001"),
        ([], "10001"),
        ({"key": "a.mp4"}, "10001"),
        ({"key": "", "bucketName": "b"}, "10001"),
        ({"key": 1, "bucketName": "b"}, "10001"),
        ({"key": "folder/", "bucketName": "b"}, "10016"),
    ],
)
async def test_a_registration_names_bucket_and_file(calls, body, code):
    """
    Without both, or with a folder, nothing is registered.
    """
    calls.simulator.world.add_project("my-workspace", 1234)

    got = await calls.post(f"{PROJECT}/assets/import/object-storage", body)

    assert (400, code) == got.refusal
    assert not calls.simulator.world.bill


# Indexes.


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
    What is not a video by its name is an image.
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
    The reason stands in the status, which is a success in HTTP.
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
    What the pages allow, and what they do not name, is accepted.
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
    What the pages rule out is refused and costs nothing.
    """
    got = await calls.post(f"{ASSET}/index", body)

    assert (400, "10001") == got.refusal
    assert not calls.simulator.world.bill


async def test_a_second_analysis_is_a_conflict(calls, fresh):
    """
    While one is going a further one is refused with 409.
    """
    await calls.post(f"{ASSET}/index", {})

    got = await calls.post(f"{ASSET}/index", {})

    assert (409, "409") == got.refusal


async def test_an_analysis_is_cancelled(calls, fresh):
    """
    Cancelling answers without a result.
    """
    await calls.post(f"{ASSET}/index", {})

    got = await calls.post(f"{ASSET}/index/cancel")
    status = await calls.get(f"{ASSET}/index/status")

    assert {"code": "0", "message": "success"} == got.json
    assert "ANALYZE_CANCEL" == status.result["status"]


async def test_only_what_is_going_is_cancelled(calls, where):
    """
    A finished analysis cannot be cancelled, in the words of the page.
    """
    got = await calls.post(f"{ASSET}/index/cancel")

    assert 409 == got.status
    assert {"code": "409", "message": "Cannot cancel analysis in the current state"} == got.json


async def test_an_index_is_deleted(calls, where):
    """
    Deleting answers without a result, and twice is a 404.
    """
    first = await calls.delete(f"{ASSET}/index")

    second = await calls.delete(f"{ASSET}/index")

    assert {"code": "0", "message": "success"} == first.json
    assert (404, "404") == second.refusal


async def test_an_index_in_the_making_is_not_deleted(calls, where):
    """
    While an analysis is going deleting is refused, in the words of the page.
    """
    await calls.post(f"{ASSET}/index", {})

    got = await calls.delete(f"{ASSET}/index")

    assert 409 == got.status
    assert "Cannot delete index while analysis is in progress" == got.json["message"]


@pytest.mark.parametrize(("level", "count"), [("LOW", 3), ("MEDIUM", 2), ("HIGH", 1)])
async def test_confidence_decides_how_much_an_index_shows(calls, where, level, count):
    """
    The lower the level, the more keywords.
    """
    got = await calls.get(f"{ASSET}/index?confidence_level={level}")

    assert count == len(got.result["scenes"][0]["keywords"])


async def test_confidence_has_three_levels(calls, where):
    """
    Another level is refused.
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
async def test_whether_a_former_index_is_readable_is_assumed(calls, where, readable, status):
    """
    The pages disagree, so a test may have it either way.
    """
    calls.simulator.assumed = Assumed(former_index_readable=readable)
    await calls.post(f"{ASSET}/index", {})

    got = await calls.get(f"{ASSET}/index")

    assert status == got.status


async def test_whether_an_analysis_shows_times_is_assumed(calls, where):
    """
    Their times are hidden, unless a test wants them.
    """
    calls.simulator.assumed = evolve(calls.simulator.assumed, index_status_shows_times=True)

    got = await calls.get(f"{ASSET}/index/status")

    assert "2027-01-15T16:00:00" == got.result["requestedTime"]
    assert "2027-01-15T16:10:00" == got.result["completedTime"]


# Scene summaries.


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


async def test_a_completed_summary_shows_a_scene_as_its_id(calls, where):
    """
    Upon completion sceneSummaryId is the last scene's, by the page's own words.
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
    The reason stands in the status, and there is nothing to read.
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


async def test_a_summary_is_read(calls, where):
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


async def test_some_scenes_are_summarised_again(calls, where):
    """
    Only the named scenes get a new text, and the result names them as text.
    """
    accepted = await calls.post(f"{ASSET}/scene-summary", {"sceneIds": [1, 3]})
    calls.simulator.world.finish(where, "summary")
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
async def test_a_summarys_body_is_checked(calls, where, body):
    """
    Scenes are named by existing numbers, and not together with a locale.
    """
    got = await calls.post(f"{ASSET}/scene-summary", body)

    assert (400, "10001") == got.refusal
    assert not calls.simulator.world.bill


@pytest.mark.parametrize(("status", "code"), [(400, "10001"), (409, "409")])
async def test_how_a_second_summary_is_refused_is_assumed(calls, indexed, status, code):
    """
    While one is going a further one is refused, with one of two statuses.
    """
    calls.simulator.assumed = Assumed(second_request_status=status)
    await calls.post(f"{ASSET}/scene-summary")

    got = await calls.post(f"{ASSET}/scene-summary")

    assert (status, code) == got.refusal


async def test_a_summary_is_cancelled(calls, indexed):
    """
    Cancelling answers without a result, once.
    """
    await calls.post(f"{ASSET}/scene-summary")

    first = await calls.post(f"{ASSET}/scene-summary/cancel")
    second = await calls.post(f"{ASSET}/scene-summary/cancel")

    assert {"code": "0", "message": "success"} == first.json
    assert (409, "409") == second.refusal


# Workspaces and projects.


async def test_the_total_of_projects_stands_beside_the_result(calls):
    """
    The table of the page has totalCount there; the projects are not called content.
    """
    calls.simulator.world.add_project("my-workspace", 1234)

    got = await calls.get("/api/v1/workspaces/my-workspace/projects")

    assert 2 == got.json["totalCount"]
    assert ["projects"] == list(got.result)
    assert {
        "projectId": 1234,
        "name": "my-project",
        "isBaseProject": False,
        "createdUserName": "username",
        "createdTime": "2027-01-15T17:00:00",
        "updatedUserName": "username",
        "updatedTime": "2027-01-15T17:00:00",
    } == got.result["projects"][1]


async def test_deletions_answer_as_the_pages_show(calls):
    """
    The deletion of a project has no result, that of a workspace names it.
    """
    calls.simulator.world.add_project("my-workspace", 1234)

    project = await calls.delete(PROJECT)
    workspace = await calls.delete("/api/v1/workspaces/my-workspace")

    assert {"code": "0", "message": "success"} == project.json
    assert {"workspaceName": "my-workspace"} == workspace.result


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"workspaceName": 123},
        {"workspaceName": "ab"},
        {"workspaceName": "My-workspace"},
        {"workspaceName": "my-workspace", "bucketName": ""},
        {"workspaceName": "my-workspace", "bucketName": 1},
    ],
)
async def test_a_workspaces_body_is_checked(calls, body):
    """
    A workspace has a name that fits, and a bucket that is one.
    """
    got = await calls.post("/api/v1/workspaces", body)

    assert (400, "10001") == got.refusal
    assert [] == calls.simulator.world.workspaces()


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize(
    "body", [None, [], {}, {"name": 1}, {"name": ""}, {"name": "a;b"}, {"name": "a" * 101}]
)
async def test_a_projects_body_is_checked(calls, method, body):
    """
    A project has a name that fits, a new one and an old one.
    """
    calls.simulator.world.add_project("my-workspace", 1234)
    paths = {"POST": "/api/v1/workspaces/my-workspace/projects", "PATCH": PROJECT}

    got = await calls.send(method, paths[method], body)

    assert (400, "10001") == got.refusal


# Persons.


async def test_thumbnails_are_removed(calls):
    """
    The DELETE form answers as the page shows: with what remains, the first being the main one.
    """
    calls.simulator.world.add_person("my-workspace", 1001, [1234, 4321])

    got = await calls.delete(THUMBNAILS, {"thumbnailIds": [1234, 999]})

    (thumbnail,) = got.result["thumbnailList"]
    assert ["thumbnailList"] == list(got.result)
    assert (4321, True) == (thumbnail["id"], thumbnail["isPrimaryThumbnail"])
    assert thumbnail["url"].startswith("https://")


async def test_thumbnails_are_removed_by_post(calls):
    """
    The POST form does the same, and names the person.
    """
    calls.simulator.world.add_person("my-workspace", 1001, [1, 2, 3])

    got = await calls.post(f"{THUMBNAILS}/remove", {"thumbnailIds": [2]})

    assert 1001 == got.result["personId"]
    assert [1, 3] == [each["id"] for each in got.result["thumbnailList"]]


@pytest.mark.parametrize("body", [None, {}, {"thumbnailIds": "1"}, {"thumbnailIds": [1, 2]}])
async def test_a_removal_names_some_thumbnails(calls, body):
    """
    Without a list, or with all thumbnails of the person, nothing is removed.
    """
    calls.simulator.world.add_person("my-workspace", 1001, [1, 2])

    got = await calls.delete(THUMBNAILS, body)

    assert (400, "10001") == got.refusal


async def test_an_unknown_person_is_not_found(calls):
    """
    A person who is not there is a 404 of the service.
    """
    got = await calls.post(f"{THUMBNAILS}/remove", {"thumbnailIds": [2]})

    assert (404, "404") == got.refusal


# Starting and stopping.


async def test_stopping_twice_is_harmless(clock):
    """
    A stopped simulator stays stopped, and leaves no task behind.
    """
    before = asyncio.all_tasks()
    simulator = Simulator(clock)
    await simulator.start()
    await simulator.stop()

    await simulator.stop()

    assert before == asyncio.all_tasks()


async def test_a_simulator_comes_back_on_its_port(calls, where):
    """
    Stopped and started again, it has the same address and the same world.
    """
    url = calls.simulator.url
    await calls.simulator.stop()

    await calls.simulator.start()

    assert url == calls.simulator.url
    assert 200 == (await calls.get(ASSET)).status


async def test_a_simulator_starts_once(simulator):
    """
    Starting a running simulator is a mistake.
    """
    with pytest.raises(RuntimeError, match="already running"):
        await simulator.start()


async def test_a_taken_port_is_an_error(simulator, clock):
    """
    A simulator that cannot have its port leaves nothing open.
    """
    second = Simulator(clock, port=simulator.port)

    with pytest.raises(OSError, match=r"(?i)address already in use"):
        await second.start()


async def test_a_simulator_needs_nothing(clock):
    """
    Without arguments there is real time and an empty world; with a world there is its clock.
    """
    assert isinstance(Simulator().clock, SystemClock)
    assert clock is Simulator(world=World(clock)).clock


async def test_a_program_can_serve(clock):
    """
    It says what to paste, serves, and ends at a signal.
    """
    lines = []
    serving = asyncio.create_task(serve(assets=2, say=lines.append))
    await clock.sleep(1)

    os.kill(os.getpid(), signal.SIGTERM)
    await serving

    assert re.fullmatch(r"export MEDIAINTEL_BASE_URL=http://127.0.0.1:\d+", lines[0])
    assert "export NCLOUD_ACCESS_KEY_ID=sim-access-key" == lines[1]
    assert "export NCLOUD_SECRET_ACCESS_KEY=sim-secret-key" == lines[2]
    assert "# asset my-workspace/1234/5678" in lines


def test_a_command_can_serve(monkeypatch):
    """
    The command line's numbers reach the service.
    """
    chosen = {}

    async def remember(**settings):
        chosen.update(settings)

    monkeypatch.setattr("mediaintel_async.simulator.__main__.serve", remember)

    main(["--port=8080", "--speed=3600", "--seed=1", "--assets=9", "--faults=faults.toml"])

    assert {
        "port": 8080,
        "speed": 3600.0,
        "seed": 1,
        "assets": 9,
        "faults": "faults.toml",
    } == chosen


def test_a_command_refuses_faults_without_sense(tmp_path, capsys):
    """
    A file of faults that cannot be understood ends the command with 2, and says where.
    """
    path = tmp_path / "faults.toml"
    path.write_text("fault = 1", "utf-8")

    with pytest.raises(SystemExit) as leaving:
        main(["--faults", str(path)])

    assert 2 == leaving.value.code
    assert f"{path}: 'fault' is not written as [[fault]] tables" in capsys.readouterr().err


async def test_faults_of_a_file_are_served(clock, tmp_path):
    """
    What a file plans goes wrong for whoever asks.
    """
    path = tmp_path / "faults.toml"
    path.write_text('[[fault]]\noperation = "*"\nkind = "HTML"\ntimes = "always"', "utf-8")
    lines = []
    serving = asyncio.create_task(serve(faults=path, say=lines.append))
    await clock.sleep(1)
    served = Simulator(port=int(lines[0].rpartition(":")[2]))

    async with aiohttp.ClientSession() as session:
        got = await Calls(served, session).get(ASSET)
    os.kill(os.getpid(), signal.SIGTERM)
    await serving

    assert 502 == got.status


async def test_a_line_is_printed_at_once(capsys, clock):
    """
    Without a say, what to paste goes to standard output.
    """
    serving = asyncio.create_task(serve(assets=0))
    await clock.sleep(1)

    os.kill(os.getpid(), signal.SIGINT)
    await serving

    assert "export MEDIAINTEL_BASE_URL=http://127.0.0.1:" in capsys.readouterr().out


async def test_a_process_can_serve():
    """
    `python -m mediaintel_async.simulator` ends with 0 at an interrupt.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "mediaintel_async.simulator",
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    first = await process.stdout.readline()

    process.send_signal(signal.SIGINT)
    await process.communicate()

    assert first.startswith(b"export MEDIAINTEL_BASE_URL=http://127.0.0.1:")
    assert 0 == process.returncode
