"""Waiting for a job: timeouts, progress, watches, and looks that fail."""

import asyncio
import logging
import math
import random
from datetime import timedelta
from itertools import pairwise

import pytest
import tenacity
from arrivals import sent

from mediaintel_async import (
    AssetRef,
    Cancellation,
    IndexState,
    InvalidArgument,
    JobFailed,
    NotFound,
    RequestTimeout,
    SceneSummaryState,
    ServerError,
    Stage,
    StillRunning,
    Timeouts,
)
from mediaintel_async.simulator import Fault, Timings


async def test_wait_returns_a_failure_and_result_raises_it(client, asset, world, where):
    """
    `wait()` returns the final status, good or bad; `result()` raises JobFailed with the reason.
    """
    world.fail_next(where, "summary", "the model was tired")
    job = await client.jobs.start_pipeline(asset)

    status = await job.wait()

    assert (True, False) == (status.is_final, status.succeeded)
    with pytest.raises(JobFailed, match="the model was tired") as caught:
        await job.result()
    assert "the model was tired" == caught.value.last_status.message


async def test_an_exception_in_on_progress_leaves_the_wait_and_not_the_run(
    client, asset, where, world
):
    """
    What `on_progress` raises comes out of the wait, with a token; the run goes on.
    """

    def tell(status):
        if status.stage is Stage.SUMMARY and not status.is_before:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        await client.summarize(asset, on_progress=tell)

    await client.jobs.resume(caught.value.token).result()
    assert 1 == world.bill[where, "summary"]


class Closed(Exception):
    """Refuses attributes, as frozen classes do."""

    token = property(lambda _: None)

    def __setattr__(self, name, value):
        raise TypeError(name)


async def test_an_exception_that_refuses_attributes_leaves_unchanged(client, asset, where):
    """
    An error of `on_progress` to which no token can be attached is raised as it is.
    """
    closed = Closed("full")

    def tell(_):
        raise closed

    with pytest.raises(Closed) as caught:
        await client.summarize(asset, on_progress=tell)

    assert closed is caught.value


async def test_watching_yields_each_change_and_ends_with_the_final_status(client, asset, where):
    """
    `watch()` yields no status twice, and stops after the final one.
    """
    job = await client.jobs.start_pipeline(asset)

    seen = [status async for status in job.watch()]

    assert (False, True) == (seen[0].is_final, seen[-1].is_final)
    assert all(one != after for one, after in pairwise(seen))


async def test_leaving_a_watch_leaves_nothing_behind(client, asset, where):
    """
    After `break` no entry of the schedule, no task and no waiter is left.
    """
    job = await client.jobs.start_index(asset)

    async for _ in job.watch():
        break

    assert {} == client._context.poller._entries


async def test_watching_keeps_to_the_cadence_between_its_steps(new_client, simulator, asset, where):
    """
    A watcher looks no more often than a waiter would.
    """
    client = new_client(cadence=tenacity.wait_fixed(10))
    job = await client.jobs.start_index(asset)
    simulator.requests.clear()

    _ = [status async for status in job.watch()]

    assert sent(simulator, "get_index_status") <= 6


async def test_watching_a_job_that_has_ended_yields_its_end(client, asset, where):
    """
    A job whose end is known is watched with one step.
    """
    job = await client.jobs.start_index(asset)
    await job.wait()

    seen = [status async for status in job.watch()]

    assert [IndexState.ANALYZE_COMPLETED] == [one.state for one in seen]


async def test_a_timeout_is_a_deadline(client, asset, where, clock):
    """
    StillRunning comes at the very second of the timeout, and says how far the job came.
    """
    began = clock.monotonic()

    with pytest.raises(StillRunning) as caught:
        await client.summarize(asset, timeout=timedelta(seconds=33.3))

    assert abs(33.3 - (clock.monotonic() - began)) < 0.01
    assert isinstance(caught.value, TimeoutError)
    assert (Stage.INDEX, None) == (caught.value.last_status.stage, caught.value.cancellation)


@pytest.mark.parametrize(
    ("operation", "timeout"),
    [
        ("get_scene_summary_status", 150),
        ("get_index_status", 150),
        ("request_index", 12),
        ("request_scene_summary", 55),
        ("get_scene_summary", 150),
    ],
)
async def test_a_timeout_is_a_deadline_whatever_hangs(
    client, asset, where, simulator, clock, operation, timeout
):
    """
    Whichever call the service sits on, `summarize(timeout=...)` ends in time.
    """
    simulator.faults.add(operation, Fault.SLOW(1000), times=math.inf)
    began = clock.monotonic()

    with pytest.raises(StillRunning):
        await client.summarize(asset, timeout=timeout)

    assert abs(timeout - (clock.monotonic() - began)) < 0.01


@pytest.mark.parametrize("method", ["wait", "result"])
async def test_timeout_zero_looks_once(client, asset, where, simulator, method):
    """
    With timeout=0 one look is made, and what it shows decides.
    """
    job = await client.jobs.start_index(asset)
    simulator.requests.clear()

    with pytest.raises(StillRunning) as caught:
        await getattr(job, method)(timeout=0)

    assert ["get_index_status"] == [one.operation for one in simulator.requests]
    assert IndexState.WAIT_ANALYZE == caught.value.last_status.state


async def test_timeout_zero_does_what_is_due_and_waits_for_nothing(client, asset, where, world):
    """
    `summarize(timeout=0)` of a fresh asset starts its index, and raises StillRunning.
    """
    with pytest.raises(StillRunning) as caught:
        await client.summarize(asset, timeout=0)

    assert {(where, "index"): 1} == dict(world.bill)
    assert IndexState.WAIT_ANALYZE == caught.value.last_status.state


async def test_timeout_zero_returns_what_is_there(client, asset, world, where, simulator):
    """
    With timeout=0 a summary that is there is returned.
    """
    await client.summarize(asset)

    summary = await client.summarize(asset, timeout=0)

    assert 10 == len(summary.scenes)


@pytest.mark.parametrize("timeout", [-1, -0.001, math.nan, True, "5", timedelta(seconds=-1)])
async def test_a_timeout_that_is_none_is_refused(client, asset, simulator, timeout):
    """
    A negative timeout, or one that is no number, is an InvalidArgument; nothing is sent.
    """
    with pytest.raises(InvalidArgument, match="timeout"):
        await client.summarize(asset, timeout=timeout)

    assert [] == simulator.requests


async def test_on_timeout_is_one_of_two_words(client, asset, simulator):
    """
    Anything but "detach" and "cancel" is an InvalidArgument; nothing is sent.
    """
    with pytest.raises(InvalidArgument, match="on_timeout"):
        await client.summarize(asset, on_timeout="explode")

    assert [] == simulator.requests


async def no_callable(_):
    """Never called."""


@pytest.mark.parametrize("on_progress", [5, no_callable])
async def test_on_progress_is_a_plain_callable(client, asset, simulator, on_progress):
    """
    An async function, or none at all, is an InvalidArgument; nothing is sent.
    """
    with pytest.raises(InvalidArgument, match="on_progress"):
        await client.summarize(asset, on_progress=on_progress)

    assert [] == simulator.requests


async def test_status_is_one_look(client, asset, where, simulator):
    """
    `status()` makes one look at what is there.
    """
    job = await client.jobs.start_index(asset)
    simulator.requests.clear()

    status = await job.status()

    assert IndexState.WAIT_ANALYZE == status.state
    assert 1 == len(simulator.requests)


async def test_transient_trouble_only_moves_the_next_look(client, asset, where, simulator, world):
    """
    5xx, 429, broken connections and unreadable answers do not end a wait.
    """
    job = await client.jobs.start_pipeline(asset)
    simulator.faults.add("get_index_status", Fault.STATUS(500))
    simulator.faults.add("get_index_status", Fault.STATUS(429, retry_after="7"))
    simulator.faults.add("get_index_status", Fault.NOT_JSON)
    simulator.faults.add("get_index_status", Fault.HTML)
    simulator.faults.add("get_scene_summary_status", Fault.DROP_BEFORE)

    await job.result()

    assert 1 == world.bill[where, "summary"]


async def test_a_service_out_of_reach_ends_a_wait_after_a_while(
    client, asset, where, simulator, clock
):
    """
    Once looks have been failing for `Timeouts.unreachable`, the last error leaves, with a token.
    """
    job = await client.jobs.start_index(asset)
    watch = job.watch()
    await anext(watch)
    simulator.faults.add("get_index_status", Fault.STATUS(500), times=math.inf)
    began = clock.monotonic()

    with pytest.raises(ServerError) as caught:
        await anext(watch)

    assert 900 <= clock.monotonic() - began < 930
    assert caught.value.token == job.token


async def test_a_wait_without_one_good_look_gives_up_within_seconds(
    client, asset, where, simulator, clock
):
    """
    It looks `RetryPolicy.attempts` times, then raises the last error, with a token.
    """
    job = await client.jobs.start_index(asset)
    simulator.requests.clear()
    simulator.faults.add("get_index_status", Fault.STATUS(500), times=math.inf)
    began = clock.monotonic()

    with pytest.raises(ServerError) as caught:
        await job.wait()

    assert clock.monotonic() - began < 8
    assert caught.value.token == job.token
    assert 5 == len(simulator.requests)


async def test_a_watch_without_one_good_look_gives_up_within_seconds(
    client, asset, where, simulator, clock
):
    """
    Its first step raises the last error, with a token, and so does the next one.
    """
    job = await client.jobs.start_index(asset)
    simulator.faults.add("get_index_status", Fault.STATUS(500), times=math.inf)
    began = clock.monotonic()
    watch = job.watch()

    with pytest.raises(ServerError) as caught:
        await anext(watch)
    with pytest.raises(ServerError):
        await anext(watch)

    assert clock.monotonic() - began < 20
    assert caught.value.token == job.token


async def test_an_asset_that_is_gone_ends_the_wait(client, asset, where, simulator):
    """
    404 ends a wait at once, with a token.
    """
    job = await client.jobs.start_index(asset)
    simulator.faults.add("get_index_status", Fault.STATUS(404, "404"))

    with pytest.raises(NotFound) as caught:
        await job.wait()

    assert caught.value.token


async def test_looks_are_not_retried_by_the_transport(client, asset, where, simulator, clock):
    """
    A look that fails is followed by the cadence's pause, not by a retry of its own.
    """
    job = await client.jobs.start_index(asset)
    watch = job.watch()
    await anext(watch)
    simulator.faults.add("get_index_status", Fault.STATUS(500), times=3)
    simulator.requests.clear()

    await anext(watch)

    gaps = [after.at - one.at for one, after in pairwise(simulator.requests)]
    assert min(gaps) >= 1.0


async def test_unknown_words_are_waited_out(client, asset, where, simulator):
    """
    A state that this version does not know counts as running.
    """
    job = await client.jobs.start_index(asset)
    body = b'{"code": "0", "message": "success", "result": {"status": "ALMOST_THERE"}}'
    simulator.faults.add("get_index_status", Fault.BODY(body), times=3)

    status = await job.wait()

    assert IndexState.ANALYZE_COMPLETED == status.state


async def test_a_job_shows_what_it_is(client, asset, where):
    """
    The repr of a job names its kind, its asset and its last state.
    """
    job = await client.jobs.start_pipeline(asset)
    await job.status()

    assert "<PipelineJob: summary of my-workspace/1234/5678, WAIT_ANALYZE>" == repr(job)


async def test_cancelling_twice_is_harmless(client, asset, where, world):
    """
    Cancelling a cancelled job says so again and sends nothing more.
    """
    job = await client.jobs.start_index(asset)
    await job.cancel()

    again = await job.cancel()

    assert Cancellation.CANCELED == again


async def test_a_wait_names_its_own_limit(new_client, asset, world, clock):
    """
    Without a timeout of its own, a wait ends after `Timeouts.wait`.
    """
    world.add_asset(
        workspace="my-workspace",
        project_id=1234,
        asset_id=5678,
        timings=Timings(index_seconds=10_000),
    )
    began = clock.monotonic()

    with pytest.raises(StillRunning):
        await new_client(timeouts=Timeouts(wait=500)).summarize(asset)

    assert abs(500 - (clock.monotonic() - began)) < 0.01


async def test_a_summary_that_cannot_be_read_in_time_is_an_error(client, world, simulator):
    """
    A service that sits on every reading of the result is RequestTimeout, not an endless wait.
    """
    world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True, summarized=True)
    simulator.faults.add("get_scene_summary", Fault.SLOW(1000), times=math.inf)

    with pytest.raises(RequestTimeout) as caught:
        await client.summarize(AssetRef("w", 1, 2))

    assert caught.value.token


async def test_timeout_zero_looks_once_at_a_run_that_is_going(client, world, simulator):
    """
    `summarize(timeout=0)` beside a run that is going makes one look, and says how far it is.
    """
    here = world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True)
    world.start_elsewhere(here, "summary")

    with pytest.raises(StillRunning) as caught:
        await client.summarize(AssetRef("w", 1, 2), timeout=0)

    assert 1 == len(simulator.requests)
    assert SceneSummaryState.WAIT_SUMMARIZE == caught.value.last_status.state


@pytest.mark.parametrize(
    ("raised", "expected"),
    [(SystemExit(3), SystemExit), (StopIteration(), RuntimeError), (KeyError(), KeyError)],
)
async def test_whatever_on_progress_raises_reaches_the_one_who_waits(
    client, asset, where, raised, expected
):
    """
    An exit, too, comes out of the wait whose callback raised it, and disturbs no other wait.
    """
    job = await client.jobs.start_index(asset)
    other = asyncio.ensure_future(job.wait())

    def tell(status):
        if not status.is_before:
            raise raised

    with pytest.raises(expected):
        await job.wait(on_progress=tell)

    assert (await other).succeeded


async def test_a_number_beyond_all_time_waits_for_ever(client, asset, where):
    """
    A timeout too large for a clock is as good as none.
    """
    summary = await client.summarize(asset, timeout=10**400)

    assert summary.scenes


async def test_a_job_tells_how_long_it_will_probably_take(client, asset, where, world):
    """
    `seconds_left` is an estimate while somebody waits, the better the nearer the end.
    """
    random.seed(20)  # the jitter of the pauses decides how near to the end the last look comes
    await (await client.jobs.start_index(asset)).wait()
    job = await client.jobs.start_summary(asset)
    before = job.seconds_left
    estimates = []

    await job.wait(
        on_progress=lambda status: estimates.append((status.analyzed_scene_count, job.seconds_left))
    )

    *_, (count, nearly), (_, after) = estimates
    assert before is None
    assert 8 <= count < 10
    assert 0 < nearly < 15
    assert after is None
    assert job.seconds_left is None


async def test_a_cadence_without_estimates_leaves_the_end_open(new_client, asset, where):
    """
    `seconds_left` is None with a strategy of one's own that does not estimate.
    """
    client = new_client(cadence=tenacity.wait_fixed(10))
    job = await client.jobs.start_index(asset)
    estimates = set()

    await job.wait(on_progress=lambda _: estimates.add(job.seconds_left))

    assert {None} == estimates


# Names.

FORGED = "w\n2026-11-24 16:00:00 CRITICAL payment failed"


async def test_a_name_with_a_line_break_makes_no_second_line(client, world, caplog):
    """
    No line of the log, no text, no note and no repr of a job is broken by a workspace's name.
    """
    caplog.set_level(logging.DEBUG, "mediaintel_async")
    where = AssetRef(FORGED, 1, 2)
    world.add_asset(workspace=FORGED, project_id=1, asset_id=2, indexed=True)
    job = await client.jobs.start_summary(where)
    with pytest.raises(StillRunning) as late:
        await job.wait(timeout=1)
    wait = asyncio.ensure_future(job.wait())
    await asyncio.sleep(1)
    wait.cancel()
    with pytest.raises(asyncio.CancelledError) as cancelled:
        await wait

    pipeline, search = client.jobs.pipeline(where), client.jobs.attach_search(FORGED, 1)
    texts = [repr(job), repr(pipeline), repr(search), str(late.value), *cancelled.value.__notes__]
    assert all("w\\n2026" in text for text in texts)
    assert [] == [one for one in [*texts, *caplog.messages] if "\n" in one]
