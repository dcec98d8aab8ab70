"""A job that is one run: which end is its own."""

import asyncio
import math
from datetime import timedelta

import pytest

from mediaintel_async import (
    AssetRef,
    JobCanceled,
    JobNeverStarted,
    JobSuperseded,
    PermissionDenied,
    SceneSummaryState,
    StillRunning,
)
from mediaintel_async.simulator import Fault


async def test_the_baseline_is_not_the_end_of_a_new_run(client, world, clock):
    """
    The old summary's COMPLETED does not end the wait for a new one.
    """
    world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True, summarized=True)
    began = clock.monotonic()
    job = await client.jobs.start_summary(AssetRef("w", 1, 2), reuse=False)

    await job.wait()

    assert clock.monotonic() - began >= 45


async def test_a_run_that_is_gone_ends_its_wait(client, simulator, world, clock, asset):
    """
    A summary whose index is made anew elsewhere vanishes; its wait ends and does not go on.
    """
    where = world.add_asset(workspace="my-workspace", project_id=1234, indexed=True, scenes=100)
    job = await client.jobs.start_summary(AssetRef("my-workspace", 1234, where.asset_id))
    wait = asyncio.ensure_future(job.wait())
    await clock.sleep(20)
    world.start_elsewhere(where, "index")
    world.finish(where, "index")

    with pytest.raises(JobNeverStarted, match="120 s after it ceased to show one"):
        await wait

    assert clock.monotonic() < 200


@pytest.mark.parametrize("times", [1, 3, 6])
@pytest.mark.parametrize("fault", [Fault.STALE, Fault.BEFORE], ids=["stale", "before"])
async def test_stale_looks_do_not_end_a_wait(client, simulator, world, fault, times):
    """
    Looks that show the run before ours, or none at all, are waited out.
    """
    world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True, summarized=True)
    job = await client.jobs.start_summary(AssetRef("w", 1, 2), reuse=False)
    simulator.faults.add("get_scene_summary_status", fault, times=times)

    status = await job.wait()

    assert (SceneSummaryState.SUMMARIZE_COMPLETED, 10) == (status.state, status.total_scene_count)
    assert status.completed_time - status.requested_time >= timedelta(seconds=44)


async def test_answers_without_times_end_a_wait_too(client, simulator, world, clock):
    """
    Where no answer has a time, a run that was seen going ends with the next final answer.
    """
    world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True, summarized=True)
    simulator.faults.add("get_scene_summary_status", Fault.NO_TIME, times=math.inf)
    began = clock.monotonic()
    job = await client.jobs.start_summary(AssetRef("w", 1, 2), reuse=False)

    await job.wait()

    assert 45 <= clock.monotonic() - began < 100


async def test_a_run_that_never_shows_is_an_error(client, simulator, asset, where, world, clock):
    """
    After the grace period without any run on show, the wait ends with JobNeverStarted.
    """
    simulator.faults.add("get_index_status", Fault.BEFORE, times=math.inf)
    job = await client.jobs.start_index(asset)
    began = clock.monotonic()

    with pytest.raises(JobNeverStarted) as caught:
        await job.wait()

    assert 120 <= clock.monotonic() - began < 150
    assert caught.value.token


async def test_a_newer_run_of_somebody_else_supersedes_ours(client, asset, where, world):
    """
    When a newer run takes the place of ours, the wait ends with JobSuperseded.
    """
    await client.jobs.start_pipeline(asset)
    await client.jobs.attach_index(asset).wait()
    job = await client.jobs.start_summary(asset, reuse=False)
    with pytest.raises(StillRunning):
        await job.wait(timeout=8)
    world.start_elsewhere(where, "summary")

    with pytest.raises(JobSuperseded):
        await job.wait()


async def test_a_run_cancelled_in_the_console_ends_the_wait(client, asset, world, where, clock):
    """
    A run that is cancelled from elsewhere is JobCanceled here.
    """
    task = asyncio.ensure_future(client.summarize(asset))
    await clock.sleep(20)
    world.cancel_elsewhere(where, "index")

    with pytest.raises(JobCanceled):
        await task


async def test_the_run_before_is_no_progress_of_ours(client, world, simulator):
    """
    A stale look at the old summary is not told to `on_progress` of a new run.
    """
    world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True, summarized=True)
    job = await client.jobs.start_summary(AssetRef("w", 1, 2), reuse=False)
    simulator.faults.add("get_scene_summary_status", Fault.STALE, times=3)
    seen = []

    await job.wait(on_progress=seen.append)

    assert [False] * (len(seen) - 1) + [True] == [one.is_final for one in seen]


async def test_all_who_wait_for_a_start_get_its_refusal(client, asset, where, simulator):
    """
    Two waits of one job whose start is refused both raise, and the job can be tried again.
    """
    job = client.jobs.pipeline(asset)
    simulator.faults.add("request_index", Fault.STATUS(403, "403"))

    outcomes = await asyncio.gather(job.result(), job.result(), return_exceptions=True)

    assert [PermissionDenied] * 2 == [type(one) for one in outcomes]
    assert (await job.result()).scenes
