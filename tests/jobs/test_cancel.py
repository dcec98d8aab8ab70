"""Cancelling: only what is ours, only when nobody else waits, and confirmed by looking."""

import asyncio
import math

import pytest
from arrivals import sent

from mediaintel_async import (
    AssetRef,
    Cancellation,
    Detached,
    IndexState,
    JobCanceled,
    JobNeverStarted,
    JobSuperseded,
    PermissionDenied,
    SceneSummaryState,
    ServerError,
    StillRunning,
    TooManyRequests,
)
from mediaintel_async.simulator import Fault, Timings, Where

REF = AssetRef("my-workspace", 1234, 5678)
HERE = Where("my-workspace", 1234, 5678)


@pytest.mark.parametrize("seconds", [0, 2, 20])
async def test_a_run_is_cancelled_and_confirmed(client, indexed, world, clock, seconds):
    """
    A run that waits or goes is cancelled, not charged, and the waits end as JobCanceled.
    """
    job = await client.jobs.start_summary(REF)
    await clock.sleep(seconds)

    cancellation = await job.cancel()

    assert Cancellation.CANCELED == cancellation
    assert 1 == world.refunded[indexed, "summary"]
    with pytest.raises(JobCanceled):
        await job.result()


async def test_a_run_that_ended_first_is_not_called_cancelled(client, indexed, clock):
    """
    Cancelling a run that is complete says FINISHED_FIRST.
    """
    job = await client.jobs.start_summary(REF)
    await clock.sleep(1000)

    assert Cancellation.FINISHED_FIRST == await job.cancel()


async def test_completed_may_win_against_cancel(client, indexed, simulator, world):
    """
    A run that ends between the look and the cancellation counts as FINISHED_FIRST.
    """
    job = await client.jobs.start_summary(REF)
    simulator.faults.add("cancel_scene_summary", Fault.CONFLICT)

    async def finish():
        await asyncio.sleep(1)
        world.finish(HERE, "summary")

    finishing = asyncio.ensure_future(finish())

    assert Cancellation.FINISHED_FIRST == await job.cancel()
    await finishing


@pytest.mark.parametrize(
    "fault",
    [Fault.DROP_AFTER, Fault.GATEWAY_TIMEOUT_AFTER, Fault.NOT_JSON],
    ids=["dropped", "504", "unreadable"],
)
async def test_the_lost_answer_to_a_cancellation_is_looked_for(client, indexed, simulator, fault):
    """
    Whether a cancellation took is found out by looking, however its answer fared.
    """
    job = await client.jobs.start_summary(REF)
    simulator.faults.add("cancel_scene_summary", fault)

    assert Cancellation.CANCELED == await job.cancel()


async def test_a_cancellation_without_effect_is_unknown(client, world, simulator, clock):
    """
    A run that goes on for the time to settle after it was cancelled is UNKNOWN.
    """
    world.add_asset(
        indexed=True,
        timings=Timings(summary_queue_seconds=1000),
    )
    job = await client.jobs.start_summary(REF)
    simulator.faults.add("cancel_scene_summary", Fault.DROP_BEFORE)
    began = clock.monotonic()

    assert Cancellation.UNKNOWN == await job.cancel()
    assert 30 <= clock.monotonic() - began < 33


async def test_somebody_elses_run_is_left_alone(client, indexed, simulator, world, clock):
    """
    When a newer run has taken the place of ours, `cancel()` is JobSuperseded, and cancels none.
    """
    job = await client.jobs.start_summary(REF)
    await job.status()
    await clock.sleep(5)
    world.start_elsewhere(HERE, "summary")

    with pytest.raises(JobSuperseded):
        await job.cancel()

    assert 0 == sent(simulator, "cancel_scene_summary")


async def test_a_run_after_the_joined_one_is_left_alone(client, indexed, simulator, world, clock):
    """
    A joined run is known by its time: the one after it is not cancelled in its stead.
    """
    world.start_elsewhere(HERE, "summary")
    job = await client.jobs.start_summary(REF)
    await clock.sleep(5)
    world.start_elsewhere(HERE, "summary")

    with pytest.raises(JobSuperseded):
        await job.cancel()

    assert 0 == sent(simulator, "cancel_scene_summary")


async def test_a_stale_look_does_not_mislead_a_cancellation(client, world, simulator):
    """
    While the service still shows the run before ours, cancelling waits until ours shows.
    """
    world.add_asset(indexed=True, summarized=True)
    job = await client.jobs.start_summary(REF, reuse=False)
    simulator.faults.add("get_scene_summary_status", Fault.STALE, times=3)

    assert Cancellation.CANCELED == await job.cancel()


async def test_nothing_started_is_nothing_to_cancel(client, asset, where, simulator):
    """
    Cancelling a pipeline that has not begun is JobNeverStarted.
    """
    with pytest.raises(JobNeverStarted):
        await client.jobs.pipeline(asset).cancel()

    assert 0 == sent(simulator, "cancel_index")


@pytest.mark.parametrize(
    ("seconds", "operation"), [(20, "cancel_index"), (70, "cancel_scene_summary")]
)
async def test_a_pipeline_is_cancelled_in_the_stage_it_is_in(
    client, asset, where, simulator, seconds, operation
):
    """
    Cancelling a pipeline stops the run of its present stage, and ends it as JobCanceled.
    """
    job = await client.jobs.start_pipeline(asset)
    with pytest.raises(StillRunning):
        await job.wait(timeout=seconds)

    cancellation = await job.cancel()

    assert (Cancellation.CANCELED, 1) == (cancellation, sent(simulator, operation))
    with pytest.raises(JobCanceled):
        await job.result()


async def test_on_timeout_cancel_stops_what_we_started(client, asset, where, world):
    """
    With on_timeout="cancel" our own run is stopped, and StillRunning says so.
    """
    with pytest.raises(StillRunning) as caught:
        await client.summarize(asset, timeout=20, on_timeout="cancel")

    assert Cancellation.CANCELED == caught.value.cancellation
    assert 1 == world.refunded[where, "index"]


async def test_on_timeout_detach_lets_it_go_on(client, asset, where, world, simulator):
    """
    By default a timeout stops nothing.
    """
    with pytest.raises(StillRunning) as caught:
        await client.summarize(asset, timeout=20)

    assert caught.value.cancellation is None
    assert 0 == sent(simulator, "cancel_index")


async def test_on_timeout_cancel_spares_a_joined_run(client, indexed, world, simulator):
    """
    A run that somebody else started is left to go on.
    """
    world.start_elsewhere(HERE, "summary")

    with pytest.raises(StillRunning) as caught:
        await client.summarize(REF, timeout=5, on_timeout="cancel")

    assert caught.value.cancellation is None
    assert 0 == sent(simulator, "cancel_scene_summary")


async def test_on_timeout_cancel_spares_a_run_that_others_wait_for(
    client, asset, where, world, simulator
):
    """
    While anybody else in the client waits for the run, a timeout does not cancel it.
    """
    patient = asyncio.ensure_future(client.summarize(asset))
    await asyncio.sleep(1)
    job = await client.jobs.start_pipeline(asset)

    with pytest.raises(StillRunning):
        await job.wait(timeout=10, on_timeout="cancel")

    assert 10 == len((await patient).scenes)
    assert 0 == sent(simulator, "cancel_index")


async def test_on_timeout_cancel_returns_a_run_that_finished_first(
    client, indexed, simulator, world
):
    """
    A run that ends while it is being cancelled is returned, not raised.
    """
    job = await client.jobs.start_summary(REF)
    simulator.faults.add("cancel_scene_summary", Fault.CONFLICT)

    async def finish():
        await asyncio.sleep(6)
        world.finish(HERE, "summary")

    finishing = asyncio.ensure_future(finish())

    status = await job.wait(timeout=5, on_timeout="cancel")

    assert SceneSummaryState.SUMMARIZE_COMPLETED == status.state
    await finishing


async def test_on_timeout_cancel_that_fails_is_unknown(client, indexed, simulator):
    """
    A cancellation that cannot be made leaves StillRunning with UNKNOWN.
    """
    job = await client.jobs.start_summary(REF)
    simulator.faults.add("cancel_scene_summary", Fault.STATUS(403, "403"))

    with pytest.raises(StillRunning) as caught:
        await job.wait(timeout=5, on_timeout="cancel")

    assert Cancellation.UNKNOWN == caught.value.cancellation


async def test_ten_waiters_of_whom_some_leave_cancel_and_time_out(
    client, asset, where, world, simulator
):
    """
    Waiters leave, time out and are cancelled without disturbing those who stay; one run is paid.
    """
    job = await client.jobs.start_pipeline(asset)
    staying = [asyncio.ensure_future(job.result()) for _ in range(4)]
    late = [asyncio.ensure_future(job.wait(timeout=30, on_timeout="cancel")) for _ in range(3)]
    token_on_errors = [asyncio.ensure_future(client.summarize(asset)) for _ in range(3)]
    await asyncio.sleep(20)
    for task in token_on_errors:
        task.cancel()

    outcomes = await asyncio.gather(*late, *token_on_errors, return_exceptions=True)
    summaries = await asyncio.gather(*staying)

    assert [StillRunning] * 3 == [type(one) for one in outcomes[:3]]
    assert [asyncio.CancelledError] * 3 == [type(one) for one in outcomes[3:]]
    assert {10} == {len(one.scenes) for one in summaries}
    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])
    assert 0 == sent(simulator, "cancel_index")


async def test_cancelling_ends_everybodys_wait(client, asset, where):
    """
    When one cancels the run, all who wait for it get JobCanceled.
    """
    job = await client.jobs.start_index(asset)
    others = [asyncio.ensure_future(client.jobs.attach_index(asset).result()) for _ in range(5)]
    await asyncio.sleep(10)

    await job.cancel()

    outcomes = await asyncio.gather(*others, return_exceptions=True)
    assert [JobCanceled] * 5 == [type(one) for one in outcomes]
    assert {IndexState.ANALYZE_CANCEL} == {one.last_status.state for one in outcomes}


async def test_cancelling_with_a_look_that_fails_raises(client, indexed, simulator):
    """
    Without a look nothing is cancelled; its error comes out, with a token.
    """
    job = await client.jobs.start_summary(REF)
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(500), times=math.inf)

    with pytest.raises(Exception, match="HTTP 500") as caught:
        await job.cancel()

    assert caught.value.token == job.token
    assert 0 == sent(simulator, "cancel_scene_summary")


async def pending_token(client, simulator, fault, *, reuse=True):
    """The token of a start whose answer was lost and that was left while it was looked for."""
    simulator.faults.add("request_scene_summary", fault)
    simulator.faults.add("get_scene_summary_status", Fault())
    simulator.faults.add("get_scene_summary_status", Fault.STALE, times=3)
    task = asyncio.ensure_future(client.jobs.start_summary(REF, reuse=reuse))
    await asyncio.sleep(2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task
    simulator.faults.clear()
    return caught.value.token


async def test_a_run_that_was_lost_is_found_and_cancelled(new_client, indexed, simulator):
    """
    Cancelling a job whose start was lost looks for its run, and stops that.
    """
    token = await pending_token(new_client(), simulator, Fault.DROP_AFTER)

    assert Cancellation.CANCELED == await new_client().jobs.resume(token).cancel()


async def test_a_run_that_was_lost_and_does_not_show_is_unknown(new_client, indexed, simulator):
    """
    Where no run shows, cancelling a lost start sends nothing and is UNKNOWN.
    """
    token = await pending_token(new_client(), simulator, Fault.DROP_BEFORE)

    assert Cancellation.UNKNOWN == await new_client().jobs.resume(token).cancel()
    assert 0 == sent(simulator, "cancel_scene_summary")


async def test_a_lost_start_is_not_mixed_up_with_a_run_over_other_scenes(
    new_client, simulator, world
):
    """
    Somebody's partial run is not cancelled in the place of our lost full one.
    """
    world.add_asset(indexed=True, summarized=True)
    token = await pending_token(new_client(), simulator, Fault.DROP_BEFORE, reuse=False)
    world.start_elsewhere(HERE, "summary", scene_ids=[1])

    assert Cancellation.UNKNOWN == await new_client().jobs.resume(token).cancel()
    assert 0 == sent(simulator, "cancel_scene_summary")


async def test_a_job_of_a_lost_start_can_be_looked_at(new_client, indexed, simulator):
    """
    `status()` of a job whose start is still uncertain shows what is there, and decides nothing.
    """
    token = await pending_token(new_client(), simulator, Fault.DROP_AFTER)
    job = new_client().jobs.resume(token)

    status = await job.status()

    assert SceneSummaryState.WAIT_SUMMARIZE == status.state
    assert job.token == token


async def test_a_job_that_was_refused_has_nothing_to_cancel(client, indexed, simulator):
    """
    Cancelling what was never started is JobNeverStarted.
    """
    simulator.faults.add("request_scene_summary", Fault.STATUS(403, "403"))
    with pytest.raises(PermissionDenied) as caught:
        await client.jobs.start_summary(REF)

    with pytest.raises(JobNeverStarted):
        await client.jobs.resume(caught.value.token).cancel()


async def test_a_run_that_does_not_show_cannot_be_cancelled(client, indexed, simulator, clock):
    """
    While the service shows no run for the time to settle, nothing is sent: UNKNOWN.
    """
    job = await client.jobs.start_summary(REF)
    simulator.faults.add("get_scene_summary_status", Fault.BEFORE, times=math.inf)

    assert Cancellation.UNKNOWN == await job.cancel()
    assert 0 == sent(simulator, "cancel_scene_summary")


async def test_a_failing_look_does_not_end_the_confirmation(client, indexed, simulator):
    """
    Looks that fail after a cancellation are made again.
    """
    job = await client.jobs.start_summary(REF)
    simulator.faults.add("get_scene_summary_status", Fault())
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(500), times=3)

    assert Cancellation.CANCELED == await job.cancel()


async def test_a_pipeline_that_is_over_says_how_it_ended(client, asset, where):
    """
    Cancelling an ended pipeline is FINISHED_FIRST, or CANCELED if that is how it ended.
    """
    done = await client.jobs.start_pipeline(asset)
    await done.wait()
    canceled = await client.jobs.start_pipeline(asset, reuse=False)
    await canceled.cancel()
    await canceled.wait()

    outcomes = (await done.cancel(), await canceled.cancel())

    assert (Cancellation.FINISHED_FIRST, Cancellation.CANCELED) == outcomes


async def test_an_attached_job_without_a_run_has_nothing_to_cancel(client, indexed, clock):
    """
    Where nothing was ever asked for, cancelling says so at once.
    """
    began = clock.monotonic()

    with pytest.raises(JobNeverStarted):
        await client.jobs.attach_summary(REF).cancel()

    assert clock.monotonic() - began < 1


async def test_a_run_after_a_finished_one_is_left_alone(client, simulator, world):
    """
    A job that took a summary that was there does not cancel the run that came after it.
    """
    world.add_asset(indexed=True, summarized=True)
    job = await client.jobs.start_summary(REF)
    world.start_elsewhere(HERE, "summary")

    with pytest.raises(JobSuperseded):
        await job.cancel()

    assert 0 == sent(simulator, "cancel_scene_summary")


@pytest.mark.parametrize("start", ["start_summary", "start_pipeline"])
async def test_a_resumed_job_leaves_a_later_run_alone(
    new_client, indexed, simulator, world, clock, start
):
    """
    A token taken right after the start knows its run: a later one is not cancelled for it.
    """
    token = (await getattr(new_client().jobs, start)(REF)).token
    await clock.sleep(600)
    world.start_elsewhere(HERE, "summary")

    with pytest.raises(JobSuperseded):
        await new_client().jobs.resume(token).cancel()

    assert 0 == sent(simulator, "cancel_scene_summary")


async def test_on_timeout_cancel_spares_what_somebody_watches(client, asset, where, simulator):
    """
    A watcher between two of its steps counts as one who waits.
    """
    job = await client.jobs.start_pipeline(asset)
    watch = job.watch()
    await anext(watch)

    with pytest.raises(StillRunning) as caught:
        await job.wait(timeout=5, on_timeout="cancel")

    assert caught.value.cancellation is None
    assert not watch.is_over
    assert 0 == sent(simulator, "cancel_index")


async def test_on_timeout_cancel_spares_a_joined_run_that_does_not_show_yet(
    client, indexed, simulator, world
):
    """
    Who joins a start that another job has just made does not cancel it, on no timeout.
    """
    simulator.faults.add("get_scene_summary_status", Fault.BEFORE, times=3)
    await client.jobs.start_summary(REF)
    job = await client.jobs.start_summary(REF)

    with pytest.raises(StillRunning) as caught:
        await job.wait(timeout=10, on_timeout="cancel")

    assert caught.value.cancellation is None
    assert 1 == sent(simulator, "request_scene_summary")
    assert 0 == sent(simulator, "cancel_scene_summary")


async def test_a_watch_that_is_over_wants_nothing_more(client, indexed, clock):
    """
    Who keeps a watch that has come to its end does not hold up the cancelling of a later run.
    """
    watch = (await client.jobs.start_summary(REF)).watch()
    _ = [status async for status in watch]
    job = await client.jobs.start_summary(REF, reuse=False)

    with pytest.raises(StillRunning) as caught:
        await job.wait(timeout=5, on_timeout="cancel")

    assert Cancellation.CANCELED == caught.value.cancellation
    assert watch.is_over


async def test_on_timeout_cancel_spares_whom_the_older_calls_serve(
    client, asset, where, simulator, recwarn
):
    """
    A wait over the older calls counts for the newer ones, and the other way round.
    """
    patient = asyncio.ensure_future(client.summarize(asset))
    await asyncio.sleep(5)
    older = await client.legacy.jobs.start_analysis(asset, analysis_person_count=1)

    with pytest.raises(StillRunning):
        await older.wait(timeout=5, on_timeout="cancel")

    assert (await patient).scenes
    assert 0 == sent(simulator, "cancel_asset_analysis")


async def test_on_timeout_cancel_takes_no_longer_than_settle(client, indexed, simulator, clock):
    """
    However slow the service is, cancelling on a timeout ends within `Timeouts.settle`.
    """
    job = await client.jobs.start_summary(REF)
    simulator.faults.add("get_scene_summary_status", Fault.SLOW(1000), times=math.inf)
    began = clock.monotonic()

    with pytest.raises(StillRunning) as caught:
        await job.wait(timeout=10, on_timeout="cancel")

    assert Cancellation.UNKNOWN == caught.value.cancellation
    assert clock.monotonic() - began <= 40.01


async def test_a_throttled_cancellation_looks_again_first(client, indexed, simulator, world):
    """
    After a 429 the run that is going may be another one, so it is looked at before trying again.
    """
    job = await client.jobs.start_summary(REF)
    simulator.faults.add("cancel_scene_summary", Fault.STATUS(429, retry_after="5"))

    async def replace():
        await asyncio.sleep(2)
        world.start_elsewhere(HERE, "summary")

    replacing = asyncio.ensure_future(replace())

    with pytest.raises(JobSuperseded):
        await job.cancel()

    await replacing
    assert 1 == sent(simulator, "cancel_scene_summary")


async def test_a_cancellation_that_stays_throttled_is_an_error(client, indexed, simulator):
    """
    A 429 that asks for more time than `Timeouts.settle` is raised.
    """
    job = await client.jobs.start_summary(REF)
    simulator.faults.add("cancel_scene_summary", Fault.STATUS(429, retry_after="60"))

    with pytest.raises(TooManyRequests):
        await job.cancel()


async def test_what_finished_before_it_could_be_cancelled_is_read(
    client, indexed, simulator, world
):
    """
    `result(on_timeout="cancel")` returns what finished while it was being cancelled.
    """
    job = await client.jobs.start_summary(REF)
    simulator.faults.add("cancel_scene_summary", Fault.CONFLICT)

    async def finish():
        await asyncio.sleep(6)
        world.finish(HERE, "summary")

    finishing = asyncio.ensure_future(finish())

    summary = await job.result(timeout=5, on_timeout="cancel")

    assert summary.scenes
    await finishing


async def test_a_pipeline_that_finished_before_it_could_be_cancelled_is_read(
    client, indexed, simulator, world
):
    """
    `summarize(on_timeout="cancel")` returns the summary that finished while it was cancelled.
    """
    simulator.faults.add("cancel_scene_summary", Fault.CONFLICT)

    async def finish():
        await asyncio.sleep(6)
        world.finish(HERE, "summary")

    finishing = asyncio.ensure_future(finish())
    seen = []

    summary = await client.summarize(REF, timeout=5, on_timeout="cancel", on_progress=seen.append)

    assert summary.scenes
    assert SceneSummaryState.SUMMARIZE_COMPLETED == seen[-1].state
    await finishing


async def test_a_pipeline_whose_index_finished_first_is_not_over(
    client, asset, where, simulator, world
):
    """
    An index that ends while it is being cancelled leaves a pipeline that can go on.
    """
    simulator.faults.add("cancel_index", Fault.CONFLICT)

    async def finish():
        await asyncio.sleep(6)
        world.finish(where, "index")

    finishing = asyncio.ensure_future(finish())

    with pytest.raises(StillRunning) as caught:
        await client.summarize(asset, timeout=5.5, on_timeout="cancel")

    assert Cancellation.FINISHED_FIRST == caught.value.cancellation
    assert 10 == len((await client.jobs.resume(caught.value.token).result()).scenes)
    await finishing


async def test_who_joins_while_a_timeout_cancels_is_spared(client, indexed, simulator):
    """
    Whoever begins to wait before the cancellation is sent keeps the run going.
    """
    job = await client.jobs.start_summary(REF)
    late = asyncio.ensure_future(job.wait(timeout=5, on_timeout="cancel"))
    await asyncio.sleep(4)
    simulator.faults.add("get_scene_summary_status", Fault.SLOW(3), times=2)
    await asyncio.sleep(2)
    patient = asyncio.ensure_future(client.jobs.attach_summary(REF).result())

    with pytest.raises(StillRunning) as caught:
        await late

    assert Cancellation.UNKNOWN == caught.value.cancellation
    assert (await patient).scenes
    assert 0 == sent(simulator, "cancel_scene_summary")


async def test_closing_ends_a_cancellation(client, indexed, simulator):
    """
    A cancellation that is being confirmed when the client is closed ends as Detached.
    """
    job = await client.jobs.start_summary(REF)
    simulator.faults.add("cancel_scene_summary", Fault.DROP_BEFORE)
    cancelling = asyncio.ensure_future(job.cancel())
    await asyncio.sleep(5)

    await client.aclose()

    with pytest.raises(Detached) as caught:
        await cancelling
    assert caught.value.token


async def test_a_cancellation_is_confirmed_soon_after_it_took_effect(
    client, indexed, simulator, clock
):
    """
    Looks two seconds apart confirm a cancellation that the service shows only at the third look.
    """
    job = await client.jobs.start_summary(REF)
    await clock.sleep(10)
    # One look before the cancellation, and two after it that do not show it yet.
    going = Fault.SHOWN({"status": "SUMMARIZING", "completedTime": None})
    simulator.faults.add("get_scene_summary_status", going, times=3)
    began = clock.monotonic()

    assert Cancellation.CANCELED == await job.cancel()
    assert 4 <= clock.monotonic() - began < 5


@pytest.mark.parametrize(
    "fault", [Fault.STATUS(503), Fault.STATUS(429)], ids=["the gateway's 503", "429"]
)
async def test_a_cancellation_that_was_turned_away_is_sent_again(
    client, indexed, simulator, world, fault
):
    """
    Passing trouble of the gateway costs a cancellation a moment: it looks, and tries again.
    """
    job = await client.jobs.start_summary(REF)
    simulator.faults.add("cancel_scene_summary", fault, times=3)

    assert Cancellation.CANCELED == await job.cancel()

    assert (1, 4) == (world.refunded[indexed, "summary"], sent(simulator, "cancel_scene_summary"))


async def test_a_gateway_in_trouble_for_long_fails_a_cancellation(client, indexed, simulator):
    """
    Trouble of the gateway that outlasts `Timeouts.settle` is raised.
    """
    job = await client.jobs.start_summary(REF)
    simulator.faults.add("cancel_scene_summary", Fault.STATUS(503), times=math.inf)

    with pytest.raises(ServerError):
        await job.cancel()


async def test_a_run_in_the_second_of_the_one_before_can_be_cancelled(
    client, indexed, world, clock
):
    """
    Start, cancel, start anew, cancel, all within one second: both runs are cancelled.
    """
    first = await client.jobs.start_summary(REF)
    assert Cancellation.CANCELED == await first.cancel()
    second = await client.jobs.start_summary(REF, reuse=False)

    assert Cancellation.CANCELED == await second.cancel()

    assert clock.monotonic() < 1
    assert 2 == world.refunded[indexed, "summary"]


async def test_the_end_of_a_run_in_the_second_of_the_one_before_counts(
    client, indexed, world, clock
):
    """
    A run that shares its second with one that was cancelled ends its wait when it ends.
    """
    first = await client.jobs.start_summary(REF)
    await first.cancel()
    second = await client.jobs.start_summary(REF, reuse=False)

    assert (await second.wait()).succeeded

    assert clock.monotonic() < 60
