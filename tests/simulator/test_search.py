"""Searches and the storage behind presigned URLs, asked without the client."""

import io
import struct
from urllib.parse import urlsplit

import pytest
from yarl import URL

from mediaintel_async.simulator import Assumed

W = "/api/v1/workspaces/my-workspace"
SEARCH = f"{W}/assets/search"
IMAGES = "/api/v1/query-assets/uploads"
THUMBNAILS = f"{W}/person-thumbnail/uploads"
CAR = {"query": {"textQuery": "a red car"}}


@pytest.fixture(autouse=True)
def assets(world):
    """Three assets of a workspace, two of them indexed, and an indexed one of another."""
    world.add_asset("my-workspace", 1, 5678, scenes=70, indexed=True)
    world.add_asset("my-workspace", 2, 5679, scenes=10, summarized=True)
    world.add_asset("my-workspace", 2, 5680, scenes=10)
    world.add_asset("other", 3, 5681, scenes=5, indexed=True)


def png(side):
    """The part of a PNG that the simulator reads."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", side, 1000)


async def search(calls, clock, body=CAR, target=SEARCH):
    """Start a search, wait until it has ended, and return its id."""
    started = await calls.post(target, body)
    await clock.sleep(3)
    return started.result["searchId"]


async def found(calls, clock, **limits):
    """The assets that a search finds."""
    search_id = await search(calls, clock, {**CAR, "filter": limits})
    page = await calls.get(f"{SEARCH}/{search_id}?pageSize=100")
    return {hit["assetId"] for hit in page.result["results"]}


async def send(calls, method, target, content=b"picture", **headers):
    """Send a file to the storage, without a signature of the gateway."""
    url = target if target.startswith("http") else calls.simulator.url + target
    async with calls.session.request(
        method, URL(url, encoded=True), data=content, headers=headers
    ) as answer:
        return answer.status, await answer.text()


async def place(calls, name="car.png"):
    """Issue an upload URL for an image; return the key of the image, and the URL."""
    body = {"assetType": "IMAGE", "assetFileName": name}
    result = (await calls.post(f"{IMAGES}/presigned-url", body)).result
    return result["assetFileKey"], result["url"]


# Searches.


async def test_a_search_runs_for_a_while(calls, clock):
    """
    A search in progress shows neither counts nor hits.
    """
    started = await calls.post(SEARCH, CAR)
    await clock.sleep(2.9)

    page = await calls.get(f"{SEARCH}/{started.result['searchId']}")

    assert {**started.result, "status": "RUNNING"} == page.result


async def test_a_completed_search_has_pages(calls, clock):
    """
    A page has fifty hits by default, and the best hits come first.
    """
    search_id = await search(calls, clock)

    page = (await calls.get(f"{SEARCH}/{search_id}?pageNum=2")).result

    hits = page.pop("results")
    assert {
        "searchId": search_id,
        "status": "COMPLETED",
        "totalCount": 80,
        "totalPage": 2,
        "pageNo": 2,
        "pageSize": 50,
    } == page
    assert 30 == len(hits)
    assert sorted(hits, key=lambda hit: -hit["score"]) == hits


async def test_a_search_that_fails_has_no_hits(calls, clock, simulator):
    """
    The search after `fail_next()` ends as FAILED, and only that one.
    """
    simulator.world.searches.fail_next()

    failed = await search(calls, clock)
    good = await search(calls, clock)

    assert "FAILED" == (await calls.get(f"{SEARCH}/{failed}")).result["status"]
    assert "COMPLETED" == (await calls.get(f"{SEARCH}/{good}")).result["status"]


async def test_the_older_search_reads_by_workspace(calls, clock):
    """
    The result of a search in all workspaces shows each workspace its own hits.
    """
    search_id = await search(calls, clock, target="/api/v1/scene-search")

    here = await calls.get(f"{W}/scene-search/{search_id}")
    there = await calls.get(f"/api/v1/workspaces/other/scene-search/{search_id}")

    assert (80, 5) == (here.result["totalCount"], there.result["totalCount"])


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({}, {5678, 5679}),
        ({"projectIds": [2]}, {5679}),
        ({"projectIds": ["1", 7]}, {5678}),
        ({"assetIds": [5680]}, set()),
        ({"projectIds": [1], "assetIds": [5679]}, set()),
        ({"indexModifiedFrom": "1990-01-01T00:00:00"}, {5678, 5679}),
        ({"indexModifiedTo": "1970-01-01T00:00:00"}, set()),
    ],
    ids=str,
)
async def test_a_filter_limits_a_search(calls, clock, limits, expected):
    """
    A filter limits the hits by project, asset and time.
    """
    assert expected == await found(calls, clock, **limits)


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"query": []},
        {"query": {}},
        {"query": {"textQuery": "car", "imageQuery": "key"}},
        {"query": {"textQuery": ""}},
        {"query": {"textQuery": 5}},
        {"query": {"textQuery": "one;two"}},
        {"query": {"textQuery": "x" * 1001}},
        {"query": {"imageQuery": "never uploaded"}},
        {"query": {"textQuery": "car", "dialogQuery": {"must": ["a|b"]}}},
        {"query": {"textQuery": "car", "dialogQuery": {"all": ["a"]}}},
        {"query": {"textQuery": "car", "dialogQuery": {"must": "a"}}},
        {"query": {"textQuery": "car", "personQuery": {"not": ["1"]}}},
        {**CAR, "queryOption": {"confidenceLevel": "SURE"}},
        {**CAR, "filter": {"projectIds": 1}},
        {**CAR, "filter": {"indexModifiedFrom": "yesterday"}},
        {**CAR, "filter": {"indexModifiedTo": "2026-04-17T00:00:00Z"}},
    ],
    ids=str,
)
async def test_a_query_that_does_not_fit_is_refused(calls, body):
    """
    Parameters that are documented as invalid are refused with the documented code.
    """
    assert (400, "10001") == (await calls.post(SEARCH, body)).refusal


async def test_a_whole_query_is_taken(calls, clock):
    """
    A query with every documented field is accepted.
    """
    query = {
        "textQuery": "car",
        "dialogQuery": {"must": ["a"], "any": ["b"], "not": ["c"]},
        "personQuery": {"must": [1], "any": [2], "not": [3]},
    }

    assert await search(
        calls, clock, {"query": query, "queryOption": {"confidenceLevel": "LOW"}, "filter": {}}
    )


@pytest.mark.parametrize(
    ("body", "status"), [(CAR, 400), ({**CAR, "filter": {"assetIds": [5678]}}, 200)], ids=str
)
async def test_a_filter_may_be_required(simulator, calls, body, status):
    """
    A test decides whether a search must name projects or assets.
    """
    simulator.assumed = Assumed(search_needs_filter=True)

    assert status == (await calls.post(SEARCH, body)).status


@pytest.mark.parametrize("query", ["pageSize=0", "pageSize=101", "pageNum=0", "pageNum=x"])
async def test_pages_out_of_range_are_refused(calls, clock, query):
    """
    A page has 1 to 100 hits and counts from 1.
    """
    search_id = await search(calls, clock)

    assert (400, "10001") == (await calls.get(f"{SEARCH}/{search_id}?{query}")).refusal


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", f"{SEARCH}/nothing"),
        ("GET", f"{W}/scene-search/nothing"),
        ("GET", "/api/v1/workspaces/nowhere/assets/search/nothing"),
        ("POST", "/api/v1/workspaces/nowhere/assets/search"),
        ("POST", "/api/v1/workspaces/nowhere/person-thumbnail/uploads/presigned-url"),
        ("POST", "/api/v1/workspaces/nowhere/person-thumbnail/uploads/complete"),
    ],
)
async def test_what_is_not_there_is_missing(calls, method, target):
    """
    A search or a workspace that does not exist is a 404.
    """
    assert (404, "404") == (await calls.send(method, target)).refusal


# Uploads.


async def test_an_image_is_uploaded_and_checked(calls, clock):
    """
    A picture can be searched with once it was uploaded and checked.
    """
    key, url = await place(calls)
    sent = await send(calls, "PUT", url, png(224))

    checked = await calls.post(f"{IMAGES}/complete", {"assetKey": key})

    assert (200, "") == sent
    assert {"assetKey": key, "uploadStatus": "COMPLETED"} == checked.result
    assert await search(calls, clock, {"query": {"imageQuery": key}})


async def test_a_thumbnail_is_uploaded_and_checked(calls, simulator):
    """
    The answer to the check of a thumbnail has the upload status, and nothing else.
    """
    body = {"thumbnailFileName": "test_profile.jpg"}
    issued = (await calls.post(f"{THUMBNAILS}/presigned-url", body)).result
    await send(calls, "PUT", issued["url"])

    checked = await calls.post(f"{THUMBNAILS}/complete", {"thumbnailKey": issued["thumbnailKey"]})

    assert {"uploadStatus": "COMPLETED"} == checked.result
    assert simulator.world.storage.is_usable(issued["thumbnailKey"])


async def test_heic_is_converted(calls, clock):
    """
    The check of a HEIC image returns the key of the JPG.
    """
    key, url = await place(calls, "car.heic")
    await send(calls, "PUT", url)

    checked = (await calls.post(f"{IMAGES}/complete", {"assetKey": key})).result

    assert key.replace("heic", "jpg") == checked["assetKey"]
    assert await search(calls, clock, {"query": {"imageQuery": checked["assetKey"]}})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (png(223), "RESOLUTION_NOT_SUPPORT"),
        (io.BytesIO(bytes(5 * 2**20 + 1)), "OVER_SIZE_LIMIT"),
        (None, "FILE_NOT_EXIST"),
    ],
    ids=["small", "large", "nothing"],
)
async def test_a_bad_picture_fails_its_check(calls, content, message):
    """
    The check of a bad picture is a 200 answer with the reason of the failure.
    """
    key, url = await place(calls)
    await send(calls, "GET" if content is None else "PUT", url, content)

    checked = (await calls.post(f"{IMAGES}/complete", {"assetKey": key})).result

    assert {"assetKey": key, "uploadStatus": "FAILED", "uploadMessage": message} == checked


@pytest.mark.parametrize(
    ("target", "body"),
    [
        (f"{IMAGES}/presigned-url", {"assetFileName": "car.png"}),
        (f"{IMAGES}/presigned-url", {"assetType": "VIDEO", "assetFileName": "car.png"}),
        (f"{IMAGES}/presigned-url", {"assetType": "IMAGE", "assetFileName": "car.gif"}),
        (f"{IMAGES}/presigned-url", {"assetType": "IMAGE"}),
        (f"{IMAGES}/complete", {}),
        (f"{IMAGES}/complete", {"assetKey": ""}),
        (f"{THUMBNAILS}/presigned-url", {"thumbnailFileName": "car.heic"}),
        (f"{THUMBNAILS}/presigned-url", {}),
        (f"{THUMBNAILS}/complete", {"thumbnailKey": 5}),
    ],
    ids=str,
)
async def test_an_upload_that_does_not_fit_is_refused(calls, target, body):
    """
    Parameters that are documented as invalid are refused with the documented code.
    """
    assert (400, "10001") == (await calls.post(target, body)).refusal


async def test_an_address_works_once(calls):
    """
    A second upload to the same URL is refused, as storages refuse it.
    """
    _, url = await place(calls)
    await send(calls, "PUT", url)

    status, text = await send(calls, "PUT", url)

    assert 403 == status
    assert "<Code>AccessDenied</Code>" in text


@pytest.mark.parametrize(("seconds", "status"), [(900, 200), (901, 403)])
async def test_an_address_expires(calls, clock, seconds, status):
    """
    An upload URL is valid for fifteen minutes.
    """
    _, url = await place(calls)
    await clock.sleep(seconds)

    assert status == (await send(calls, "PUT", url))[0]


@pytest.mark.parametrize(
    "header", ["X-NCP-IAM-Access-Key", "x-ncp-apigw-timestamp", "Authorization"]
)
async def test_headers_of_the_gateway_are_refused(calls, simulator, header):
    """
    The storage refuses a request with the headers of the gateway.
    """
    _, url = await place(calls)

    assert 400 == (await send(calls, "PUT", url, **{header: "x"}))[0]
    assert [400] == [one.status for one in simulator.world.storage.received]


@pytest.mark.parametrize(
    ("method", "query", "status"),
    [("POST", None, 405), ("PUT", "", 403), ("PUT", "?X-Amz-Signature=other", 403)],
)
async def test_the_storage_takes_only_what_it_gave_an_address_for(calls, method, query, status):
    """
    The storage refuses other methods, and URLs with a missing or wrong signature.
    """
    _, url = await place(calls)
    target = url if query is None else urlsplit(url).path + query

    assert status == (await send(calls, method, target))[0]


async def test_an_unknown_path_is_refused(calls):
    """
    The storage refuses a path that was never issued.
    """
    assert 403 == (await send(calls, "PUT", "/storage/images/x.png?X-Amz-Signature=x"))[0]


async def stream():
    """A body without a known length."""
    yield b"picture"


async def test_chunks_are_refused(calls):
    """
    An upload without Content-Length is refused, as storages refuse it.
    """
    _, url = await place(calls)

    assert 411 == (await send(calls, "PUT", url, stream()))[0]


async def test_storage_requests_are_recorded(calls, simulator, clock):
    """
    Requests to the storage are recorded with their headers, apart from those to the service.
    """
    _, url = await place(calls)
    await send(calls, "PUT", url, Custom="value")

    (put,) = simulator.world.storage.received
    assert ("PUT", b"picture", 200, "value") == (
        put.method,
        put.content,
        put.status,
        put.headers["Custom"],
    )
    assert url == simulator.url + put.target
    assert clock.monotonic() == put.at
    assert 1 == len(simulator.requests)
