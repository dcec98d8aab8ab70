"""The checkpoint of a start: awaited with the token before each billed POST, and after it."""

import asyncio
import math

import pytest
from arrivals import sent

from mediaintel_async import (
    AssetRef,
    NotSent,
    PermissionDenied,
    StillRunning,
)
from mediaintel_async.decisions.next_step import Intent
from mediaintel_async.jobs.run_job import RunJob, start_and_return
from mediaintel_async.simulator import Fault

REF = AssetRef("w", 1, 2)
ANEW = Intent(reuse=False)


class DiskFull(Exception):
    """What a checkpoint of the tests raises."""


@pytest.fixture
async def indexed(world):
    """An asset with an index and no summary."""
    return world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True)


@pytest.fixture
async def summarized(world):
    """An asset with an index and a summary."""
    return world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True, summarized=True)


def summary_job(client, checkpoint, intent=Intent()):  # noqa: B008 - frozen
    """Make a job for a summary that calls *checkpoint*."""
    kind = client.jobs._summary_kind(REF, intent)
    return RunJob(kind, client._context, checkpoint=checkpoint)


class Saved:
    """A checkpoint that notes each token, and how many starts had arrived by then."""

    def __init__(self, simulator, seconds=0.0):
        self.simulator = simulator
        self.seconds = seconds
        self.tokens = []
        self.starts = []

    async def __call__(self, token):
        """Keep *token*, which takes a while."""
        await asyncio.sleep(self.seconds)
        self.tokens.append(token)
        self.starts.append(sent(self.simulator, "request_scene_summary"))


async def test_a_checkpoint_comes_before_the_post_and_after_acceptance(client, indexed, simulator):
    """
    The first token says that the POST may have been sent, the second knows the run.
    """
    saved = Saved(simulator)

    await start_and_return(summary_job(client, saved))

    before, after = (client.jobs.resume(token).run for token in saved.tokens)
    assert [0, 1] == saved.starts
    assert (True, 1) == (before.is_pending, before.sends)
    assert not after.is_pending


async def test_a_token_from_the_checkpoint_finds_the_run(new_client, summarized, simulator, world):
    """
    The process that dies right after the POST leaves a token that goes on, billed once.
    """
    saved = Saved(simulator)
    await start_and_return(summary_job(new_client(), saved, ANEW))

    await new_client().jobs.resume(saved.tokens[0]).result()

    assert 1 == world.bill[summarized, "summary"]


async def test_a_joined_run_is_checkpointed_once(client, indexed, simulator, world):
    """
    Who joins a run that is in progress gets one token, of a run that is not its own.
    """
    world.start_elsewhere(indexed, "summary")
    saved = Saved(simulator)

    await start_and_return(summary_job(client, saved))

    (token,) = saved.tokens
    assert not client.jobs.resume(token).run.is_own


async def test_the_second_post_of_a_lost_start_has_its_own_checkpoint(client, indexed, simulator):
    """
    Each POST is checkpointed: no token of a start that was sent twice allows a third.
    """
    simulator.faults.add("request_scene_summary", Fault.DROP_BEFORE)
    saved = Saved(simulator)

    await start_and_return(summary_job(client, saved))

    runs = [client.jobs.resume(token).run for token in saved.tokens]
    assert [0, 1, 2] == saved.starts
    assert [1, 2, 2] == [run.sends for run in runs]


async def test_a_start_that_was_turned_away_is_checkpointed_once(client, indexed, simulator):
    """
    The token that was kept still holds when a 429 makes the start look and send again.
    """
    simulator.faults.add("request_scene_summary", Fault.STATUS(429, retry_after="5"), times=2)
    saved = Saved(simulator)

    await start_and_return(summary_job(client, saved))

    assert [0, 3] == saved.starts


async def test_a_slow_checkpoint_makes_the_look_again(client, indexed, simulator):
    """
    After a checkpoint of more than 2 s the status is looked at once more before the POST.
    """
    saved = Saved(simulator, seconds=3)

    await start_and_return(summary_job(client, saved))

    assert ["get_scene_summary_status"] * 2 + ["request_scene_summary"] == [
        received.operation for received in simulator.requests[:3]
    ]
    assert [0, 1] == saved.starts


async def test_what_a_slow_checkpoint_missed_is_checkpointed_anew(
    client, indexed, simulator, world
):
    """
    Where another run came and went during the checkpoint, the new baseline is kept before the POST.
    """
    saved = Saved(simulator, seconds=3)
    start = asyncio.ensure_future(start_and_return(summary_job(client, saved, ANEW)))
    await asyncio.sleep(1)
    world.start_elsewhere(indexed, "summary")
    world.finish(indexed, "summary")

    await start

    runs = [client.jobs.resume(token).run for token in saved.tokens]
    assert [False, True, True] == [run.baseline.was_final for run in runs]
    assert 1 == world.bill[indexed, "summary"]


@pytest.mark.parametrize(
    "error", [DiskFull(), NotSent("PUT /bucket", "x"), PermissionDenied("", 403)]
)
async def test_a_checkpoint_that_fails_sends_nothing(client, indexed, simulator, error):
    """
    The error of a checkpoint leaves the call as it is, whatever it is, and nothing was sent.
    """
    calls = []

    async def fail(token):
        calls.append(token)
        raise error

    job = summary_job(client, fail)

    with pytest.raises(type(error)) as caught:
        await start_and_return(job)

    assert error is caught.value
    assert 1 == len(calls)
    assert 0 == sent(simulator, "request_scene_summary")
    assert client.jobs.resume(job.token).run is None


async def test_a_refusal_out_of_a_checkpoint_is_not_the_services(client, indexed, simulator):
    """
    A Conflict that a checkpoint raises is not looked into.
    """
    simulator.faults.add("request_scene_summary", Fault.CONFLICT)

    async def fail(_):
        await client.scene_summaries.request(REF)

    with pytest.raises(Exception, match="Refused by the simulator"):
        await start_and_return(summary_job(client, fail))

    assert 1 == sent(simulator, "get_scene_summary_status")


async def test_a_checkpoint_that_fails_forgets_no_earlier_send(client, indexed, simulator):
    """
    A start that was sent, and lost, stays recorded when the checkpoint of the next POST fails.
    """
    simulator.faults.add("request_scene_summary", Fault.DROP_BEFORE)
    calls = []

    async def fail_later(token):
        calls.append(token)
        if len(calls) > 1:
            raise DiskFull

    with pytest.raises(DiskFull) as caught:
        await start_and_return(summary_job(client, fail_later))

    run = client.jobs.resume(caught.value.token).run
    assert (True, 1) == (run.is_pending, run.sends)
    assert 1 == sent(simulator, "request_scene_summary")


async def test_a_checkpoint_that_fails_after_acceptance_keeps_the_run(client, indexed, simulator):
    """
    The run that was billed is in the token of the error, and waiting for the job goes on.
    """
    calls = []

    async def fail_later(token):
        calls.append(token)
        if len(calls) > 1:
            raise DiskFull

    job = summary_job(client, fail_later)

    with pytest.raises(DiskFull) as caught:
        await start_and_return(job)

    assert not client.jobs.resume(caught.value.token).run.is_pending
    assert (await job.wait()).succeeded
    assert 1 == sent(simulator, "request_scene_summary")


async def test_a_checkpoint_that_hangs_holds_no_caller(client, indexed, simulator):
    """
    The caller's timeout holds, and its error says that nothing was started.
    """
    job = summary_job(client, lambda _: asyncio.sleep(math.inf))

    with pytest.raises(StillRunning, match="nothing was started yet") as caught:
        await job.wait(timeout=5)

    await asyncio.sleep(100)
    assert client.jobs.resume(caught.value.token).run is None
    assert 0 == sent(simulator, "request_scene_summary")


async def test_a_caller_that_is_cancelled_in_a_checkpoint_sends_nothing(client, indexed, simulator):
    """
    The token of a task that is cancelled during its checkpoint knows of no start.
    """
    task = asyncio.ensure_future(
        start_and_return(summary_job(client, lambda _: asyncio.sleep(math.inf)))
    )
    await asyncio.sleep(1)

    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task

    await asyncio.sleep(100)
    assert client.jobs.resume(caught.value.token).run is None
    assert 0 == sent(simulator, "request_scene_summary")


async def test_a_client_that_is_closed_in_a_checkpoint_sends_nothing(
    new_client, indexed, simulator
):
    """
    Closing the client during a checkpoint calls the start off.
    """
    client = new_client()
    job = summary_job(client, lambda _: asyncio.sleep(math.inf))
    task = asyncio.ensure_future(start_and_return(job))
    await asyncio.sleep(1)

    await client.aclose()

    with pytest.raises(Exception, match="nothing was started yet"):
        await task
    assert job.run is None
    assert 0 == sent(simulator, "request_scene_summary")
