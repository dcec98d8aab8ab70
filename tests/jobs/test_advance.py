"""`advance()`: a job brought to its end by short calls, with nothing kept but its token."""

import asyncio
import math
from itertools import pairwise

import pytest
from arrivals import sent

from mediaintel_async import (
    AssetRef,
    IndexState,
    JobFailed,
    JobSuperseded,
    NotFound,
    ProjectRef,
    SceneSummaryState,
    SearchQuery,
    ServerError,
    Stage,
    StillRunning,
    TransportError,
)
from mediaintel_async.jobs.token import decode_token
from mediaintel_async.simulator import Fault

STARTS = {"request_index", "request_scene_summary"}


class Kept:
    """Where a web application keeps the token of an asset."""

    def __init__(self, token):
        self.token = token
        self.writes = 0

    async def save(self, token):
        """Keep the newest token."""
        self.token = token
        self.writes += 1


async def polled(new_client, kept, clock, *, most=200):
    """Ask once in 15 s, each time by a client of its own, until the end; return the statuses."""
    seen = []
    for _ in range(most):
        job = new_client().jobs.resume(kept.token, checkpoint=kept.save)
        seen.append(await job.advance())
        if seen[-1].is_final:
            return seen, job
        await clock.sleep(15)
    raise AssertionError(seen[-1])


async def test_a_pipeline_that_is_only_advanced_comes_to_its_summary(
    new_client, asset, where, world, clock
):
    """
    Resumed and advanced by each request, a fresh asset is summarised, and paid once.
    """
    kept = Kept(new_client().jobs.pipeline(asset).token)

    seen, job = await polled(new_client, kept, clock)

    assert seen[-1].succeeded
    assert 10 == len((await job.result(timeout=0)).scenes)
    assert 10 == len((await new_client().jobs.resume(kept.token).result(timeout=0)).scenes)
    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


async def test_what_requests_see_of_a_pipeline_never_goes_back(
    new_client, asset, where, world, clock
):
    """
    Stage and progress only rise from request to request, though each has a client of its own.
    """
    kept = Kept(new_client().jobs.pipeline(asset).token)

    seen, _ = await polled(new_client, kept, clock)

    stages = [(status.stage, status.progress) for status in seen]
    assert all(before <= after for before, after in pairwise(stages))
    assert {Stage.INDEX, Stage.SUMMARY} == {status.stage for status in seen}
    assert (IndexState.WAIT_ANALYZE, 1.0) == (seen[0].state, seen[-1].progress)


async def test_an_object_that_is_only_advanced_comes_to_its_summary(
    new_client, world, clock, simulator
):
    """
    A file that was registered is imported, indexed and summarised by `advance()` alone.
    """
    world.put_object("b", "k.mp4", scenes=3)
    world.add_project("w", 1)
    kept = Kept("")
    await new_client().jobs.start_object_pipeline(
        ProjectRef("w", 1), bucket="b", key="k.mp4", checkpoint=kept.save
    )

    seen, job = await polled(new_client, kept, clock)

    assert 3 == len((await job.result(timeout=0)).scenes)
    assert {Stage.IMPORT, Stage.INDEX, Stage.SUMMARY} == {status.stage for status in seen}
    assert [1, 1, 1] == sorted(world.bill.values())


async def test_a_step_of_a_run_that_goes_on_is_one_look(client, asset, where, simulator):
    """
    Where nothing is due, `advance()` is one look.
    """
    job = await client.jobs.start_pipeline(asset)
    simulator.requests.clear()

    status = await client.jobs.resume(job.token).advance()

    assert (False, IndexState.WAIT_ANALYZE) == (status.is_final, status.state)
    assert ["get_index_status"] == [one.operation for one in simulator.requests]


async def test_the_last_step_fetches_nothing(client, world, simulator):
    """
    `advance()` of a summary that is there looks at it, says that it is final, and reads nothing.
    """
    world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True, summarized=True)

    status = await client.jobs.pipeline(AssetRef("w", 1, 2)).advance()

    assert (True, 1.0) == (status.is_final, status.progress)
    assert ["get_scene_summary_status"] == [one.operation for one in simulator.requests]


async def test_status_starts_nothing_and_knows_the_end(client, asset, where, world, clock):
    """
    `status()` of a pipeline stays at its stage, and is final for one that has ended.
    """
    job = await client.jobs.start_pipeline(asset)
    await clock.sleep(3600)

    resumed = client.jobs.resume(job.token)
    assert [IndexState.ANALYZE_COMPLETED, SceneSummaryState.BEFORE_SUMMARIZE] == [
        (await resumed.status()).state for _ in range(2)
    ]
    assert 0 == world.bill[where, "summary"]
    await job.advance()
    await clock.sleep(3600)
    status = await client.jobs.resume(job.token).status()
    assert (True, True, 1.0) == (status.is_final, status.succeeded, status.progress)


async def test_status_of_a_summary_that_is_there_is_final(client, world, simulator):
    """
    A pipeline over a finished summary is over at its first look, and stays so.
    """
    world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True, summarized=True)
    ref = AssetRef("w", 1, 2)

    for job in (client.jobs.pipeline(ref), await client.jobs.start_pipeline(ref)):
        assert (await job.status()).is_final
        assert (await job.status()).is_final


async def test_status_of_a_failed_pipeline_is_final(client, asset, where, world, clock):
    """
    `status()` of a pipeline whose own index failed says that it is over, and which stage it was.
    """
    world.fail_next(where, "index", "no such codec")
    job = await client.jobs.start_pipeline(asset)
    await clock.sleep(3600)

    status = await job.status()

    assert (True, False, Stage.INDEX) == (status.is_final, status.succeeded, status.stage)


async def test_status_of_a_fresh_pipeline_is_that_of_its_summary(client, asset, where, simulator):
    """
    Before its first start, `status()` of a pipeline looks at the summary that it is to bring.
    """
    job = client.jobs.pipeline(asset)

    status = await job.status()

    assert (SceneSummaryState.BEFORE_SUMMARIZE, False) == (status.state, status.is_final)
    assert ["get_scene_summary_status"] == [one.operation for one in simulator.requests]


@pytest.mark.parametrize("reuse", [True, False])
@pytest.mark.parametrize("processes", [1, 2])
async def test_two_requests_that_advance_one_token_pay_once(
    new_client, asset, where, world, clock, reuse, processes
):
    """
    Requests that advance a token at the same moment, in one process or two, pay each stage once.
    """
    kept = Kept(new_client().jobs.pipeline(asset, reuse=reuse).token)
    clients = [new_client() for _ in range(processes)] * (4 // processes)
    for _ in range(100):
        token = kept.token
        steps = [one.jobs.resume(token, checkpoint=kept.save).advance() for one in clients]
        statuses = await asyncio.gather(*steps)
        if statuses[0].is_final:
            break
        await clock.sleep(15)

    assert all(status.is_final for status in statuses)
    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


async def test_a_failed_look_is_the_error_of_a_step(client, asset, where, simulator):
    """
    A look that fails is raised by `advance()` as it is, with the token of the pipeline.
    """
    job = await client.jobs.start_pipeline(asset)
    simulator.faults.add("get_index_status", Fault.STATUS(503), times=math.inf)

    with pytest.raises(ServerError) as caught:
        await client.jobs.resume(job.token).advance()

    assert job.token == caught.value.token


async def test_a_failed_look_is_the_cause_of_still_running(client, asset, where, simulator):
    """
    With timeout=0, StillRunning has the error of the failed look as its cause, and no status.
    """
    token = (await client.jobs.start_pipeline(asset)).token
    simulator.faults.add("get_index_status", Fault.STATUS(503), times=math.inf)

    with pytest.raises(StillRunning) as caught:
        await client.jobs.resume(token).result(timeout=0)

    assert isinstance(caught.value.__cause__, ServerError)
    assert caught.value.last_status is None


async def test_a_stale_end_is_a_status_like_any_other(client, world, simulator):
    """
    A look that still shows the failure of the run before is no end, and the status of the step.
    """
    here = world.add_asset(workspace="w", project_id=1, asset_id=2)
    world.fail_next(here, "index", "no such codec")
    world.start_elsewhere(here, "index")
    await client.jobs.attach_index(AssetRef("w", 1, 2)).wait()

    async def lag_from_now_on(token):
        if not decode_token(token).run.is_pending:
            stale = Fault.SHOWN({"status": "ANALYZE_FAIL"})
            simulator.faults.add("get_index_status", stale, times=2)

    job = await client.jobs.start_pipeline(AssetRef("w", 1, 2), checkpoint=lag_from_now_on)

    status = await client.jobs.resume(job.token).advance()

    assert (False, Stage.INDEX) == (status.is_final, status.stage)


async def test_a_run_that_is_not_ours_any_more_is_told(client, world):
    """
    `advance()` raises what `wait()` would: a newer run of somebody else is JobSuperseded.
    """
    here = world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True)
    job = await client.jobs.start_pipeline(AssetRef("w", 1, 2))
    await asyncio.sleep(5)
    await job.advance()
    world.cancel_elsewhere(here, "summary")
    await asyncio.sleep(5)
    world.start_elsewhere(here, "summary")

    with pytest.raises(JobSuperseded):
        await job.advance()


async def test_jobs_of_one_run_advance_by_a_look(client, asset, where, world, clock, simulator):
    """
    A job of a single run is looked at, and started only if it was not.
    """
    job = await client.jobs.start_index(asset)
    assert IndexState.WAIT_ANALYZE == (await job.advance()).state
    await clock.sleep(3600)

    status = await client.jobs.resume(job.token).advance()

    assert status.is_final
    assert 1 == world.bill[where, "index"]
    assert 1 == sent(simulator, "request_index")


async def test_a_search_advances_by_a_look(client, world, clock):
    """
    A search is final once its hits are there.
    """
    world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True)
    job = await client.jobs.start_search("w", SearchQuery(text="a car"))
    before = await job.advance()
    await clock.sleep(600)

    assert (False, True) == (before.is_final, (await job.advance()).is_final)


async def test_what_is_not_there_ends_a_step(client):
    """
    `advance()` of an asset that does not exist is NotFound.
    """
    with pytest.raises(NotFound):
        await client.jobs.pipeline(AssetRef("nowhere", 1, 2)).advance()


async def test_a_failure_is_a_final_status_and_an_error_of_the_result(
    client, asset, where, world, clock
):
    """
    `advance()` returns a failure as the final status; `result(timeout=0)` raises it.
    """
    world.fail_next(where, "index", "no such codec")
    job = client.jobs.pipeline(asset)
    await job.advance()
    await clock.sleep(3600)

    status = await job.advance()

    assert (True, False) == (status.is_final, status.succeeded)
    with pytest.raises(JobFailed, match="no such codec"):
        await job.result(timeout=0)


@pytest.mark.parametrize("how", ["advance", "wait"])
async def test_a_pending_token_at_a_service_that_is_not_reached_gives_up_soon(
    new_client, simulator, asset, fresh, clock, how
):
    """
    The search for the start of an earlier process gives up as a call does while no look succeeds.
    """
    tokens = []

    async def save(token):
        tokens.append(token)

    await new_client().jobs.start_pipeline(asset, checkpoint=save)
    for operation in ("get_index_status", "get_scene_summary_status"):
        simulator.faults.add(operation, Fault.DROP_BEFORE, times=math.inf)
    job = new_client().jobs.resume(tokens[0])
    began = clock.monotonic()

    with pytest.raises(TransportError) as caught:
        await (job.advance() if how == "advance" else job.wait())

    assert clock.monotonic() - began < 60
    assert caught.value.token
