import pytest
from simulator_calls import ASSET

PROJECT = "/api/v1/workspaces/my-workspace/projects/1234"


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


async def test_a_page_is_large_unless_told(calls, summarized):
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
async def test_page_numbers_are_checked(calls, summarized, query):
    """
    Pages count from 1 and hold 1 to 1000 assets.
    """
    got = await calls.get(f"{PROJECT}/assets?{query}")

    assert (400, "10001") == got.refusal


async def test_an_asset_can_be_read(calls, summarized):
    """
    An asset has its file name, and its id as a number.
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
async def test_a_move_says_where_to(calls, summarized, query, status):
    """
    A move without a new project, or to a project id that is not a number, is refused.
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
    Without bucket and key, or with the key of a folder, nothing is registered.
    """
    calls.simulator.world.add_project("my-workspace", 1234)

    got = await calls.post(f"{PROJECT}/assets/import/object-storage", body)

    assert (400, code) == got.refusal
    assert not calls.simulator.world.bill
