"""A refused start joins the run in the way, also one that has ended meanwhile or shows late."""

import asyncio
import math

import pytest
from arrivals import sent
from attrs import evolve

from mediaintel_async import AssetRef, Conflict, IndexOptions, InvalidRequest, NotFound, RateLimit
from mediaintel_async.simulator import Fault, Timings

REF = AssetRef("w", 1, 2)
SLOW_409 = evolve(Fault.CONFLICT, delay_seconds=5)
SLOW_400 = evolve(Fault.STATUS(400, "10001"), delay_seconds=5)


@pytest.fixture
async def bare(world):
    """An asset with neither index nor summary."""
    return world.add_asset(workspace="w", project_id=1, asset_id=2)


@pytest.fixture
async def indexed(world):
    """An asset with an index and no summary."""
    return world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True)


@pytest.fixture
async def summarized(world):
    """An asset with an index and a summary."""
    return world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True, summarized=True)


async def run_elsewhere(world, where, work, *, finishes=True, after=1.0):
    """Start a run from elsewhere a moment later, and end it."""
    await asyncio.sleep(after)
    world.start_elsewhere(where, work)
    await asyncio.sleep(1)
    if finishes:
        world.finish(where, work)
    else:
        world.cancel(where, work)


@pytest.mark.parametrize("refusal", [SLOW_409, SLOW_400], ids=["409", "400"])
async def test_a_run_that_ended_meanwhile_is_fetched(client, indexed, simulator, world, refusal):
    """
    With reuse, a start that was refused for a run that is complete by now brings its summary.
    """
    simulator.faults.add("request_scene_summary", refusal)
    other = asyncio.ensure_future(run_elsewhere(world, indexed, "summary"))

    summary = await client.summarize(REF)

    await other
    assert summary.scenes
    assert 0 == world.bill[indexed, "summary"]


async def test_a_run_that_shows_late_is_joined(client, indexed, simulator, world):
    """
    A status that lags behind a 409 is looked at until the run in the way shows.
    """
    simulator.faults.add("request_scene_summary", SLOW_409)
    other = asyncio.ensure_future(asyncio.sleep(1))
    other.add_done_callback(lambda _: world.start_elsewhere(indexed, "summary"))
    simulator.faults.add("get_scene_summary_status", Fault.STALE, times=6)

    job = await client.jobs.start_summary(REF)

    assert (await job.wait()).succeeded
    assert 0 == world.bill[indexed, "summary"]


async def test_an_index_that_ended_meanwhile_serves_a_pipeline(client, bare, simulator, world):
    """
    The index stage of a pipeline takes any index, also one that was refused to it and is complete.
    """
    simulator.faults.add("request_index", SLOW_409)
    other = asyncio.ensure_future(run_elsewhere(world, bare, "index"))

    await client.summarize(REF)

    await other
    assert (0, 1) == (world.bill[bare, "index"], world.bill[bare, "summary"])


async def test_an_index_that_ended_meanwhile_serves_a_plain_start(client, bare, simulator, world):
    """
    An analysis with the default options takes the one that was refused to it; the older index, of
    before the start, is not taken for it.
    """
    world.start_elsewhere(bare, "index")
    world.finish(bare, "index")
    simulator.faults.add("request_index", SLOW_409)
    other = asyncio.ensure_future(run_elsewhere(world, bare, "index"))

    job = await client.jobs.start_index(REF)

    await other
    assert world.look(bare, "index").run.number == (await job.result()).index_id
    assert 0 == world.bill[bare, "index"]


async def test_a_new_run_does_not_take_one_that_ended_meanwhile(
    client, summarized, simulator, world
):
    """
    With reuse=False a refusal whose run is over by now is raised as it came, without a token.
    """
    simulator.faults.add("request_scene_summary", SLOW_409)
    other = asyncio.ensure_future(run_elsewhere(world, summarized, "summary"))

    with pytest.raises(Conflict, match="Refused by the simulator") as caught:
        await client.summarize(REF, reuse=False)

    await other
    assert caught.value.token is None


async def test_a_run_that_was_cancelled_meanwhile_does_not_serve(client, indexed, simulator, world):
    """
    A refusal whose run ended badly is raised as it came, without a token.
    """
    simulator.faults.add("request_scene_summary", SLOW_409)
    other = asyncio.ensure_future(run_elsewhere(world, indexed, "summary", finishes=False))

    with pytest.raises(Conflict) as caught:
        await client.jobs.start_summary(REF)

    await other
    assert caught.value.token is None


async def test_a_refusal_without_a_run_has_no_token(client, bare, simulator, clock):
    """
    A 409 is looked into for `Timeouts.settle`; it leaves no token that could start anything.
    """
    simulator.faults.add("request_index", Fault.CONFLICT)

    with pytest.raises(Conflict) as caught:
        await client.summarize(REF)

    assert caught.value.token is None
    assert 30 <= clock.monotonic() < 32
    assert 1 == sent(simulator, "request_index")


async def test_a_400_is_looked_into_once(client, indexed, simulator, clock):
    """
    A start that the service finds invalid is refused at once: its status does not lag.
    """
    simulator.faults.add("request_scene_summary", Fault.STATUS(400, "10001"))

    with pytest.raises(InvalidRequest):
        await client.jobs.start_summary(REF)

    assert clock.monotonic() < 1


async def test_a_token_of_a_conflict_starts_nothing(client, summarized, simulator, world):
    """
    The token of a Conflict attaches to the run in the way, and sends no start whatever became of
    that run.
    """
    world.start_elsewhere(summarized, "summary")
    with pytest.raises(Conflict) as caught:
        await client.summarize(REF, reuse=False, locale="ko")
    world.cancel(summarized, "summary")

    status = await client.jobs.resume(caught.value.token).wait()

    assert status.canceled
    assert 1 == sent(simulator, "request_scene_summary")


async def test_options_of_its_own_meet_a_conflict(client, bare, world):
    """
    An analysis with options of its own is a Conflict with the one in progress.
    """
    world.start_elsewhere(bare, "index")

    with pytest.raises(Conflict) as caught:
        await client.jobs.start_index(REF, IndexOptions(scene_range="LONG"))

    assert client.jobs.resume(caught.value.token).run is not None


async def test_a_failing_look_after_a_refusal_decides_nothing(client, indexed, simulator, world):
    """
    Looks that fail after a refusal are made again.
    """
    world.start_elsewhere(indexed, "summary")
    simulator.faults.add("request_scene_summary", Fault.CONFLICT)
    simulator.faults.add("get_scene_summary_status", Fault.BEFORE)
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(500), times=3)

    job = await client.jobs.start_summary(REF)

    assert (await job.wait()).succeeded


async def test_a_refusal_after_a_lost_start_finds_our_run_late(client, indexed, simulator, world):
    """
    A second POST that is refused while the status lags is resolved by looking on.
    """
    simulator.faults.add("request_scene_summary", Fault.DROP_AFTER)
    simulator.faults.add("get_scene_summary_status", Fault())
    simulator.faults.add("get_scene_summary_status", Fault.STALE, times=13)

    job = await client.jobs.start_summary(REF)

    assert (await job.wait()).succeeded
    assert (1, 2) == (world.bill[indexed, "summary"], sent(simulator, "request_scene_summary"))


async def test_closing_ends_the_looks_after_a_refusal(new_client, indexed, simulator):
    """
    A start that is looked into when its client is closed ends at once.
    """
    client = new_client()
    simulator.faults.add("request_scene_summary", Fault.CONFLICT)
    start = asyncio.ensure_future(client.jobs.start_summary(REF))
    await asyncio.sleep(3)

    await client.aclose()

    with pytest.raises(Exception, match="closed"):
        await start


async def test_two_processes_never_meet_a_conflict(new_client, world):
    """
    Two clients that summarise the same assets at the same moment both get every summary.
    """
    short = Timings(
        index_queue_seconds=0.5, index_seconds=1.5, summary_queue_seconds=0.5, scene_seconds=0.15
    )
    here = [
        world.add_asset(workspace="w", project_id=1, asset_id=number, timings=short)
        for number in range(40)
    ]

    refs = [AssetRef("w", 1, where.asset_id) for where in here]
    clients = [new_client(rate_limit=RateLimit(per_second=10)) for _ in range(2)]
    await asyncio.gather(*(client.summarize(ref) for client in clients for ref in refs))

    assert {1} == {world.bill[where, work] for where in here for work in ("index", "summary")}


async def test_a_missing_asset_is_not_found(client, simulator, indexed):
    """
    A start on an asset that is gone is refused with NotFound, after no wait.
    """
    simulator.faults.add("request_scene_summary", Fault.STATUS(404, "404"), math.inf)

    with pytest.raises(NotFound):
        await client.jobs.start_summary(REF)

    assert 1 == sent(simulator, "request_scene_summary")
