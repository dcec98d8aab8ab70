"""The five documentation pages that are known in full: their examples, sent and decoded."""

import json
import re
from datetime import datetime

import pytest
from contract import FOLDER
from scripted_server import Answer, connect
from yarl import URL

from mediaintel_async import (
    AssetRef,
    IndexState,
    IndexStatus,
    PersonThumbnail,
    PersonThumbnails,
    SceneSummaryRequested,
    SceneSummaryState,
    SceneSummaryStatus,
)
from mediaintel_async.client import DEFAULT_BASE_URL

pytestmark = pytest.mark.filterwarnings("ignore::mediaintel_async.LegacyApiWarning")

SEEDS = {path.name[:3]: path.read_text("utf-8") for path in (FOLDER / "seeds").iterdir()}
ASSET = AssetRef("my-workspace", 1234, 5678)

CALLS = {
    "000": lambda client: client.legacy.scene_summaries.cancel(ASSET, 1001, 101),
    "001": lambda client: client.legacy.scene_summaries.get_status(ASSET, 1001, 101),
    "002": lambda client: client.legacy.scene_summaries.request(ASSET, 1001, scene_ids=[1, 3, 5]),
    "003": lambda client: client.legacy.video_analyses.get_status(ASSET),
    "004": lambda client: client.persons.remove_thumbnails_by_delete("my-workspace", 1001, [1234]),
}

RESULTS = {
    "000": None,
    "001": SceneSummaryStatus(
        state=SceneSummaryState.SUMMARIZING,
        message=None,
        scene_summary_id=101,
        target_scene_ids=None,
        analyzed_scene_count=3,
        total_scene_count=10,
        requested_time=datetime(2026, 4, 17, 10, 30),
        completed_time=None,
        extra={},
    ),
    "002": SceneSummaryRequested(
        scene_summary_id=101,
        index_id=1001,
        target_scene_ids=None,
        created_time=datetime(2026, 4, 17, 10, 30),
        created_user_name="username",
        extra={},
    ),
    "003": IndexStatus(state=IndexState.ANALYZE_COMPLETED, message=None, index_id=1001, extra={}),
    "004": PersonThumbnails(
        thumbnails=(
            PersonThumbnail(
                id=4321,
                url="https://kr.object.ncloudstorage.com/.../jiho2.jpg?...",
                is_primary_thumbnail=True,
                extra={},
            ),
        ),
        person_id=None,
        extra={},
    ),
}


def curl_of(seed):
    """Method, address, headers and body of a page's request example."""
    [example] = re.findall(r"curl --location .*?(?=\nResponse\n)", SEEDS[seed], re.DOTALL)
    [(method, address)] = re.findall(r"--request (\w+) '([^']+)'", example)
    headers = dict(re.findall(r"--header '([^:]+): ([^']+)'", example))
    body = re.search(r"--data '([^']+)'", example)
    return method, URL(address), headers, json.loads(body[1]) if body else None


def answer_of(seed):
    """The bytes of a page's response example."""
    _, _, example = SEEDS[seed].rpartition("The response example is as follows:")
    return example.strip().encode()


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_request_example_is_what_is_sent(server, seed):
    """
    The client sends method, path and body of the page's curl command.
    """
    server.answers = [Answer(body=answer_of(seed))]

    async with connect(server) as client:
        await CALLS[seed](client)

    [received] = server.received
    method, address, _, body = curl_of(seed)
    assert (method, address.raw_path_qs) == (received.method, received.target)
    assert body == json.loads(received.body or "null")


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_headers_of_the_example_are_sent(server, seed):
    """
    The client sends every header of the page's curl command, the content type as written there.
    """
    server.answers = [Answer(body=answer_of(seed))]

    async with connect(server) as client:
        await CALLS[seed](client)

    [received] = server.received
    _, _, headers, _ = curl_of(seed)
    assert set() == set(headers) - {name for name in headers if received.headers.get(name)}
    assert headers["Content-Type"] == received.headers["Content-Type"]


@pytest.mark.parametrize("seed", SEEDS)
async def test_the_response_example_is_decoded_exactly(server, seed):
    """
    Each field of the page's answer is in the model, and `extra` is empty.
    """
    server.answers = [Answer(body=answer_of(seed))]

    async with connect(server) as client:
        result = await CALLS[seed](client)

    assert RESULTS[seed] == result


@pytest.mark.parametrize("seed", ["000", "001", "002", "003"])
def test_the_pages_call_the_address_that_is_the_default(seed):
    """
    A client without a base URL calls the host of the request examples.
    """
    _, address, _, _ = curl_of(seed)

    assert URL(DEFAULT_BASE_URL) == address.origin()


def test_the_pages_are_all_here():
    """
    Five pages are known in full.
    """
    assert {"000", "001", "002", "003", "004"} == set(SEEDS)
