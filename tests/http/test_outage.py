"""Trouble that many calls share is logged once when it begins and once when it ends."""

import asyncio
import logging

import pytest
import tenacity
from scripted_server import connect, refusal

from mediaintel_async import (
    AssetRef,
    Credentials,
    InvalidRequest,
    MediaIntelligence,
    MediaIntelligenceError,
    NotSent,
    Request,
    RetryPolicy,
    ServerError,
)
from mediaintel_async.clock import ManualClock
from mediaintel_async.http.outage import Outage
from mediaintel_async.simulator import Fault

GET = Request("GET", "/api/v1/things", dict)
KEYS = Credentials("AK_TEST", "SK_TEST")
LOST = NotSent("GET /x", "no connection to https://x")


@pytest.fixture
def log(caplog):
    """Returns the lines logged so far at WARNING and above."""
    caplog.set_level(logging.WARNING, "mediaintel_async")
    return lambda: [record.getMessage() for record in caplog.records]


async def test_waits_that_do_not_reach_the_service_log_one_line(clock, log):
    """
    Two hundred waits at an address where nothing listens log its cause once, and the budget once.
    """
    async with MediaIntelligence(KEYS, base_url="http://127.0.0.1:1", clock=clock) as client:
        jobs = [client.jobs.attach_summary(AssetRef("w", 1, number)) for number in range(200)]

        await asyncio.gather(*(job.wait() for job in jobs), return_exceptions=True)

    (line,) = log()
    assert line.startswith("the service cannot be reached: GET /api/v1/workspaces/w/")
    assert "no connection to http://127.0.0.1:1" in line


async def test_pipelines_and_calls_that_fail_together_log_two_lines(clock, log):
    """
    Trouble and an empty retry budget are two lines, however many calls fail.
    """
    async with MediaIntelligence(KEYS, base_url="http://127.0.0.1:1", clock=clock) as client:
        assets = [AssetRef("w", 1, number) for number in range(200)]

        await asyncio.gather(
            *(client.summarize(asset) for asset in assets),
            *(client.assets.get(asset) for asset in assets),
            return_exceptions=True,
        )

    assert ["no retry: the budget of 50", "the service cannot be reach"] == sorted(
        line[:26] if line.startswith("no") else line[:27] for line in log()
    )


async def test_an_outage_amid_many_waits_logs_its_begin_and_its_end(
    new_client, world, simulator, clock, log
):
    """
    Fifty waits outlive half a minute of 503 with two lines, the second with its length.
    """
    client = new_client(cadence=tenacity.wait_fixed(5))
    places = [world.add_asset(indexed=True) for _ in range(50)]
    assets = [AssetRef.parse(str(place)) for place in places]
    waits = [asyncio.ensure_future(client.summarize(asset)) for asset in assets]
    await clock.sleep(10)
    simulator.faults.add("*", Fault.STATUS(503), times=float("inf"))
    await clock.sleep(34)
    simulator.faults.clear()

    await asyncio.gather(*waits)

    first, second = log()
    assert first.startswith("the service fails: GET /api/v1/workspaces/my-workspace/")
    assert "HTTP 503" in first
    assert second.startswith("the service answers again after 3")


async def test_failures_among_successes_are_no_outage(server, clock, log):
    """
    Calls that fail now and then are retried without a word.
    """
    server.answers = [one for _ in range(20) for one in (refusal(500), refusal(200, "0"))]
    retry = RetryPolicy(wait=tenacity.wait_fixed(5))
    async with connect(server, clock=clock, retry=retry) as client:
        for _ in range(15):
            await asyncio.gather(client.send(GET), return_exceptions=True)

    assert [] == log()


def test_a_second_failure_within_a_second_is_no_outage_yet(log):
    """
    An outage has at least two failures and lasts at least a second.
    """
    clock = ManualClock()
    outage = Outage(clock)

    outage.note_failure(LOST)
    outage.note_failure(LOST)
    clock.advance(0.9)
    outage.note_failure(LOST)

    assert [] == log()


def test_each_outage_is_logged(log):
    """
    After an answer the next outage is a new one, with lines of its own.
    """
    clock = ManualClock()
    outage = Outage(clock)

    for _ in range(2):
        outage.note_failure(LOST)
        clock.advance(34)
        outage.note_failure(LOST)
        outage.note_failure(LOST)
        outage.note_answer()
        outage.note_answer()

    assert [
        "the service cannot be reached: GET /x: no connection to https://x",
        "the service answers again after 34 s",
    ] * 2 == log()


async def test_a_refusal_ends_an_outage(server, clock, log):
    """
    A service that refuses a call answers.
    """
    server.answers = [refusal(500)] * 5 + [refusal(400)]
    retry = RetryPolicy(wait=tenacity.wait_fixed(5))
    async with connect(server, clock=clock, retry=retry) as client:
        with pytest.raises(ServerError):
            await client.send(GET)
        with pytest.raises(InvalidRequest):
            await client.send(GET)

    assert "the service answers again after 20 s" == log()[1]


async def test_closing_the_client_is_no_outage(server, clock, log):
    """
    Calls that closing the client ends are not logged as trouble of the service.
    """
    client = connect(server, clock=clock)
    server.answers = [refusal(500)]
    with pytest.raises(MediaIntelligenceError):
        await client.send(GET)
    outage = client._transport._outage
    outage.note_answer()
    hangs = asyncio.ensure_future(client.send(GET))
    await asyncio.sleep(0)

    await client.aclose()

    await asyncio.wait({hangs})
    assert 0 == outage._failures
