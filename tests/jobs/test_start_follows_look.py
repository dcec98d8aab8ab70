"""A start follows its look at once: no POST leaves on a look that is older than two seconds."""

import asyncio
import math

import pytest
from arrivals import sent

from mediaintel_async import (
    AssetRef,
    OutcomeUnknown,
    RateLimit,
    RetryPolicy,
    ServerError,
    TooManyRequests,
)
from mediaintel_async.simulator import Fault, Timings

REF = AssetRef("w", 1, 2)
LOOKS = {
    "request_index": "get_index_status",
    "request_scene_summary": "get_scene_summary_status",
}


@pytest.fixture
async def indexed(world):
    """An asset with an index and no summary."""
    return world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True)


def ages_of_looks(simulator):
    """How old the last look of the same asset was when each start arrived."""
    last, ages = {}, []
    for received in simulator.requests:
        asset = received.target.split("/assets/")[1].split("/")[0]
        last[received.operation, asset] = received.at
        if received.operation in LOOKS:
            ages.append(received.at - last[LOOKS[received.operation], asset])
    return ages


async def test_starts_do_not_queue_behind_looks(client, world, simulator):
    """
    However many assets are begun at the same moment, each POST arrives within 2 s of its look.
    """
    for number in range(200):
        world.add_asset(workspace="w", project_id=1, asset_id=number, scenes=1)

    await asyncio.gather(*(client.summarize(AssetRef("w", 1, number)) for number in range(200)))

    ages = ages_of_looks(simulator)
    assert 400 == len(ages)
    assert max(ages) <= 2


@pytest.mark.parametrize(
    "fault",
    [Fault.STATUS(429, retry_after="30"), Fault.STATUS(429), Fault.STATUS(503)],
    ids=["429 with a hint", "429", "the gateway's 503"],
)
async def test_a_start_that_was_turned_away_looks_again_first(
    client, indexed, simulator, world, fault
):
    """
    Whatever kept a start from the service, another look is made before it is sent again.
    """
    simulator.faults.add("request_scene_summary", fault, times=2)

    job = await client.jobs.start_summary(REF)

    assert (await job.wait()).succeeded
    assert 1 == world.bill[indexed, "summary"]
    assert max(ages_of_looks(simulator)) <= 2


async def test_a_start_is_sent_as_often_as_any_call(client, indexed, simulator, world, clock):
    """
    A start that is turned away every time ends with that error after `RetryPolicy.attempts`.
    """
    simulator.faults.add("request_scene_summary", Fault.STATUS(429, retry_after="7"), math.inf)

    with pytest.raises(TooManyRequests) as caught:
        await client.jobs.start_summary(REF)

    assert 5 == sent(simulator, "request_scene_summary")
    assert 28 <= clock.monotonic() < 60
    assert client.jobs.resume(caught.value.token).run is None


async def test_a_look_before_a_start_is_retried_as_any_call(new_client, indexed, simulator):
    """
    Where no look succeeds, a start ends with its error after `RetryPolicy.attempts`: none is sent.
    """
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(500), math.inf)

    with pytest.raises(ServerError):
        await new_client(retry=RetryPolicy(attempts=3)).jobs.start_summary(REF)

    assert (3, 0) == (
        sent(simulator, "get_scene_summary_status"),
        sent(simulator, "request_scene_summary"),
    )


async def test_what_another_process_did_meanwhile_is_not_billed_again(
    new_client, world, simulator, clock
):
    """
    A start that was told to come back later finds that somebody else's run is complete by then.
    """
    short = Timings(summary_queue_seconds=0.1, scene_seconds=0.1)
    here = world.add_asset(
        workspace="w", project_id=1, asset_id=2, indexed=True, scenes=5, timings=short
    )
    simulator.faults.add("request_scene_summary", Fault.STATUS(429, retry_after="5"))
    ours = asyncio.ensure_future(new_client().summarize(REF))
    await clock.sleep(1)
    await new_client().summarize(REF)

    await ours

    assert 1 == world.bill[here, "summary"]


async def test_a_pause_of_the_whole_client_makes_a_look_old(new_client, indexed, world, simulator):
    """
    A POST that a 429 of another call holds up is sent after a new look.
    """
    client = new_client()
    other = world.add_asset(workspace="w", project_id=1, asset_id=3, indexed=True)
    simulator.faults.add("get_scene_summary_status", Fault.SLOW(1))
    simulator.faults.add("get_index_status", Fault.STATUS(429, retry_after="20"))
    start = asyncio.ensure_future(client.jobs.start_summary(REF))
    await asyncio.sleep(0.5)
    status = asyncio.ensure_future(client.indexes.get_status(AssetRef("w", 1, other.asset_id)))

    await start

    await status
    first, second = [
        received.at
        for received in simulator.requests
        if received.operation == "get_scene_summary_status"
    ][:2]
    assert second - first >= 20
    assert max(ages_of_looks(simulator)) <= 2


async def test_a_run_that_began_during_a_pause_is_joined(new_client, indexed, world, simulator):
    """
    A look that is made again may show that the start has become unnecessary.
    """
    client = new_client()
    simulator.faults.add("get_scene_summary_status", Fault.SLOW(1))
    simulator.faults.add("get_index_status", Fault.STATUS(429, retry_after="20"))
    start = asyncio.ensure_future(client.jobs.start_summary(REF))
    await asyncio.sleep(0.5)
    status = asyncio.ensure_future(client.indexes.get_status(REF))
    await asyncio.sleep(5)
    world.start_elsewhere(indexed, "summary")

    job = await start

    await status
    assert (await job.wait()).succeeded
    assert 0 == sent(simulator, "request_scene_summary")


@pytest.mark.parametrize("per_second", [0.05, 0.3, 3])
async def test_a_slow_pace_lets_starts_through(new_client, indexed, world, simulator, per_second):
    """
    Where a call is allowed every few seconds only, the POST is the call after its look.
    """
    client = new_client(rate_limit=RateLimit(per_second=per_second))

    await client.jobs.start_summary(REF)

    assert ["get_scene_summary_status", "request_scene_summary"] == [
        received.operation for received in simulator.requests[:2]
    ]


async def test_a_lost_start_is_sent_again_on_a_fresh_look(client, indexed, simulator, world):
    """
    A second POST too follows a look at once, and is turned away and sent again like the first.
    """
    simulator.faults.add("request_scene_summary", Fault.DROP_BEFORE)
    simulator.faults.add("request_scene_summary", Fault.STATUS(429, retry_after="20"))

    job = await client.jobs.start_summary(REF)

    assert (await job.wait()).succeeded
    assert (1, 3) == (world.bill[indexed, "summary"], sent(simulator, "request_scene_summary"))
    assert max(ages_of_looks(simulator)) <= 2


async def test_a_lost_start_whose_repetition_cannot_be_looked_at_is_unknown(
    new_client, indexed, simulator
):
    """
    A start that may have taken effect is never given up as one that certainly did not.
    """
    simulator.faults.add("request_scene_summary", Fault.DROP_BEFORE)
    simulator.faults.add("request_scene_summary", Fault.STATUS(429, retry_after="2"), math.inf)

    with pytest.raises(OutcomeUnknown) as caught:
        await new_client().jobs.start_summary(REF)

    assert isinstance(caught.value.__cause__, TooManyRequests)
    assert 1 == new_client().jobs.resume(caught.value.token).run.sends


async def test_a_post_that_was_called_off_is_not_recorded_as_sent(
    new_client, indexed, simulator, world
):
    """
    A start that is left while its POST waits for its turn knows, at once, that nothing was sent.
    """
    client = new_client()
    simulator.faults.add("get_scene_summary_status", Fault.SLOW(1))
    simulator.faults.add("get_index_status", Fault.STATUS(429, retry_after="60"))
    start = asyncio.ensure_future(client.jobs.start_summary(REF))
    await asyncio.sleep(0.5)
    status = asyncio.ensure_future(client.indexes.get_status(REF))
    await asyncio.sleep(1)

    start.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await start

    status.cancel()
    assert new_client().jobs.resume(caught.value.token).run is None
    assert 0 == sent(simulator, "request_scene_summary")


async def test_waits_go_on_while_many_start(client, world, simulator, clock):
    """
    A look waits for those who came before it, and for one POST of each: it is not starved.
    """
    for number in range(400):
        world.add_asset(workspace="w", project_id=1, asset_id=number, indexed=True)
    first = [client.jobs.start_summary(AssetRef("w", 1, number)) for number in range(100)]
    first = [asyncio.ensure_future(start) for start in first]
    await clock.sleep(0.1)
    began = clock.monotonic()
    look = asyncio.ensure_future(client.indexes.get_status(AssetRef("w", 1, 0)))
    await clock.sleep(0)
    later = [client.jobs.start_summary(AssetRef("w", 1, number)) for number in range(100, 400)]
    later = asyncio.gather(*later)

    await look

    assert clock.monotonic() - began < 2 * 100 / 50
    await asyncio.gather(*first, later)


@pytest.mark.parametrize("seed", range(3))
async def test_eight_clients_bill_each_asset_once(new_client, world, simulator, seed):
    """
    Eight clients at the same assets, with 429s and lost answers, start one run of each kind.
    """
    short = Timings(index_queue_seconds=0.5, index_seconds=4.5, scene_seconds=0.5)
    simulator.faults.seed = seed
    here = [
        world.add_asset(workspace="w", project_id=1, asset_id=number, timings=short)
        for number in range(10)
    ]
    for operation in LOOKS:
        turned_away = Fault.STATUS(429, retry_after="3")
        simulator.faults.add(operation, turned_away, math.inf, probability=0.3)
        simulator.faults.add(operation, Fault.DROP_AFTER, math.inf, probability=0.5)
    clients = [new_client() for _ in range(8)]

    await asyncio.gather(
        *(one.summarize(AssetRef("w", 1, where.asset_id)) for one in clients for where in here)
    )

    assert {1} == {world.bill[where, work] for where in here for work in ("index", "summary")}
