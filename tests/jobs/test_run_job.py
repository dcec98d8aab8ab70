"""A job that is one run: which end is its own."""

import asyncio
import math
from datetime import timedelta
from typing import Any

import pytest
from attrs import frozen

from mediaintel_async import (
    AssetRef,
    Credentials,
    JobCanceled,
    JobNeverStarted,
    JobSuperseded,
    MediaIntelligence,
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

    with pytest.raises(JobNeverStarted, match="has shown no run for 120 s"):
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


@frozen
class OtherMachine:
    """The clock of another machine, whose time is off by some seconds."""

    clock: Any
    ahead_seconds: float

    def monotonic(self):
        """Count as the test's clock."""
        return self.clock.monotonic()

    def wall(self):
        """Tell another time."""
        return self.clock.wall() + self.ahead_seconds

    async def sleep(self, seconds):
        """Sleep by the test's clock."""
        await self.clock.sleep(seconds)


@pytest.mark.parametrize("ahead_seconds", [200, -200])
@pytest.mark.parametrize("view", [Fault.STALE, Fault.BEFORE], ids=["stale", "before"])
async def test_two_machines_clocks_are_never_compared(
    new_client, simulator, world, clock, asset, ahead_seconds, view
):
    """
    A token resumed where the clock is off by more than the grace period waits for its own run.
    """
    world.add_asset("my-workspace", 1234, 5678, summarized=True)
    simulator.faults.add("get_scene_summary_status", Fault())
    simulator.faults.add("get_scene_summary_status", view, times=5)
    job = await new_client().jobs.start_summary(asset, reuse=False)
    async with MediaIntelligence(
        Credentials(simulator.access_key, simulator.secret_key),
        base_url=simulator.url,
        clock=OtherMachine(clock, ahead_seconds),
    ) as elsewhere:
        status = await elsewhere.jobs.resume(job.token).wait()

    assert status.succeeded
    assert clock.monotonic() >= 45


async def test_a_resumed_run_has_its_grace_from_the_first_look(new_client, simulator, asset, clock):
    """
    A run that never shows ends a resumed wait `Timeouts.grace` after its first good look.
    """
    simulator.world.add_asset("my-workspace", 1234, 5678, indexed=True)
    simulator.faults.add("get_scene_summary_status", Fault.BEFORE, times=math.inf)
    job = await new_client().jobs.start_summary(asset)
    await clock.sleep(1000)
    began = clock.monotonic()

    with pytest.raises(JobNeverStarted):
        await new_client().jobs.resume(job.token).wait()

    assert 120 <= clock.monotonic() - began < 160
