"""A user's own tests with aioresponses, which answers in the place of aiohttp's session.

With aiohttp 3.14 such a test needs `response_class`, as below. It shows nothing of signatures and
time limits: neither aiohttp's middlewares nor its timeouts run. The simulator has both.
"""

import inspect
from types import SimpleNamespace

import aiohttp
import pytest
from aioresponses import aioresponses

from mediaintel_async import (
    AnswerLost,
    AssetRef,
    Credentials,
    MediaIntelligence,
    SceneSummaryState,
    TooManyRequests,
)

# aioresponses copies the arguments of a request; the virtual clock is among them, and its counter
# warns of that from Python 3.12 on.
pytestmark = pytest.mark.filterwarnings("ignore:Pickle, copy, and deepcopy support")

URL = "https://mi.apigw.ntruss.com/api/v1/workspaces/w/projects/1/assets/2/scene-summary/status"
ASSET = AssetRef("w", 1, 2)


class MockedResponse(aiohttp.ClientResponse):
    """A response that has the writer which aiohttp 3.14 asks for, and aioresponses leaves out."""

    def __init__(self, *args, **named):
        if "stream_writer" in inspect.signature(aiohttp.ClientResponse).parameters:
            named.setdefault("stream_writer", SimpleNamespace(output_size=0))
        super().__init__(*args, **named)


@pytest.fixture
async def users_client(clock):
    """A client as a user's program makes it."""
    async with MediaIntelligence(Credentials("access", "secret"), clock=clock) as client:
        yield client


@pytest.fixture
def mocked():
    """What answers instead of the service."""
    with aioresponses() as answers:
        yield answers


async def test_an_answer_of_aioresponses_is_decoded(users_client, mocked):
    """
    A mocked answer becomes a model, as one of the service would.
    """
    going = {"code": "0", "result": {"status": "SUMMARIZING"}}
    mocked.get(URL, payload=going, response_class=MockedResponse)

    status = await users_client.scene_summaries.get_status(ASSET)

    assert SceneSummaryState.SUMMARIZING == status.state


async def test_a_refusal_of_aioresponses_is_retried_and_then_raised(users_client, mocked, clock):
    """
    A mocked 429 is retried after the time it names, and raised if it stays.
    """
    mocked.get(
        URL, status=429, headers={"Retry-After": "7"}, repeat=True, response_class=MockedResponse
    )

    with pytest.raises(TooManyRequests):
        await users_client.scene_summaries.get_status(ASSET)

    assert clock.monotonic() >= 4 * 7


async def test_a_job_is_waited_for_with_aioresponses(users_client, mocked):
    """
    A wait goes from one mocked answer to the next.
    """
    for state in ("WAIT_SUMMARIZE", "SUMMARIZING", "SUMMARIZE_COMPLETED"):
        answer = {"code": "0", "result": {"status": state}}
        mocked.get(URL, payload=answer, response_class=MockedResponse)

    status = await users_client.jobs.attach_summary(ASSET).wait()

    assert SceneSummaryState.SUMMARIZE_COMPLETED == status.state


async def test_what_aioresponses_does_not_expect_is_an_error(users_client, mocked):
    """
    A request that no mocked answer fits comes to AnswerLost, like one of a broken connection.
    """
    with pytest.raises(AnswerLost):
        await users_client.scene_summaries.get_status(ASSET)
