import asyncio
import base64
import math
from datetime import timedelta
from itertools import pairwise

import pytest
import tenacity
from arrivals import sent

from mediaintel_async import (
    AssetRef,
    Cancellation,
    ImportState,
    IndexOptions,
    IndexState,
    InvalidArgument,
    InvalidRequest,
    JobCanceled,
    JobFailed,
    JobNeverStarted,
    JobSuperseded,
    NotFound,
    PermissionDenied,
    ProjectRef,
    RequestTimeout,
    SceneSummaryState,
    ServerError,
    Stage,
    StillRunning,
    Timeouts,
)
from mediaintel_async.simulator import Fault, Timings

DONE = SceneSummaryState.SUMMARIZE_COMPLETED


async def test_an_asset_is_indexed_and_summarised_by_one_call(client, asset, where, world):
    """
    `summarize()` brings a fresh asset to its summary with one index and one run.
    """
    summary = await client.summarize(asset)

    assert 10 == len(summary.scenes)
    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


async def test_summarising_twice_is_paid_once(client, asset, where, world):
    """
    A second `summarize()` fetches what the first one made.
    """
    first = await client.summarize(asset)

    second = await client.summarize(asset)

    assert first == second
    assert 1 == world.bill[where, "summary"]


async def test_many_at_once_for_one_asset_are_paid_once(client, asset, where, world):
    """
    Twenty callers who want the same summary at the same moment share one run.
    """
    summaries = await asyncio.gather(*(client.summarize(asset) for _ in range(20)))

    assert 20 == len(summaries)
    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


async def test_two_clients_share_a_run(new_client, asset, where, world):
    """
    A run that another client started is joined.
    """
    await new_client().jobs.start_pipeline(asset)

    await new_client().summarize(asset)

    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


async def test_a_run_started_elsewhere_is_joined(client, asset, world, where):
    """
    With reuse, a run that somebody started in the console is waited for, not repeated.
    """
    world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True)
    other = AssetRef("w", 1, 2)
    world.start_elsewhere(type(where)("w", 1, 2), "summary")

    summary = await client.summarize(other)

    assert summary.scenes
    assert 0 == sum(world.bill.values())


async def test_an_index_that_is_there_is_not_paid_again(client, world):
    """
    An indexed asset goes straight to its summary.
    """
    here = world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True)

    await client.summarize(AssetRef("w", 1, 2))

    assert (0, 1) == (world.bill[here, "index"], world.bill[here, "summary"])


async def test_a_new_run_on_request(client, world):
    """
    With reuse=False a complete summary is made anew, over the same index.
    """
    here = world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True, summarized=True)

    await client.summarize(AssetRef("w", 1, 2), reuse=False)

    assert (0, 1) == (world.bill[here, "index"], world.bill[here, "summary"])


async def test_chosen_scenes_are_summarised_again(client, simulator, world):
    """
    Scene ids reach the service, and the run is over these scenes only.
    """
    world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True, summarized=True)

    job = await client.jobs.start_summary(AssetRef("w", 1, 2), reuse=False, scene_ids=[1, 3])
    status = await job.wait()

    assert (DONE, (1, 3)) == (status.state, status.target_scene_ids)
    (sent,) = [one for one in simulator.requests if one.operation == "request_scene_summary"]
    assert {"sceneIds": [1, 3]} == sent.body


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

    assert (DONE, 10) == (status.state, status.total_scene_count)
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


async def test_a_failed_index_ends_a_pipeline(client, asset, world, where):
    """
    When our own indexing fails, nothing more is paid for, and the reason is told.
    """
    world.fail_next(where, "index", "no such codec")

    with pytest.raises(JobFailed, match="no such codec"):
        await client.summarize(asset)

    assert (1, 0) == (world.bill[where, "index"], world.bill[where, "summary"])


async def test_a_failed_index_of_the_past_is_made_once_more(client, asset, world, where):
    """
    Where an index failed before we came, the summary is tried, and then the index.
    """
    world.fail_next(where, "index", "no such codec")
    world.start_elsewhere(where, "index")
    await client.jobs.attach_index(asset).wait()

    summary = await client.summarize(asset)

    assert summary.scenes
    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


async def test_an_older_index_serves_after_a_failure(client, world):
    """
    Where an index failed but an older one is there, it is summarised without a new index.
    """
    here = world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True)
    world.fail_next(here, "index", "no such codec")
    world.start_elsewhere(here, "index")
    await client.jobs.attach_index(AssetRef("w", 1, 2)).wait()

    summary = await client.summarize(AssetRef("w", 1, 2))

    assert summary.scenes
    assert (0, 1) == (world.bill[here, "index"], world.bill[here, "summary"])


async def test_an_index_that_is_there_does_not_explain_a_refusal(client, world, simulator):
    """
    Where a summary is refused although there is an index, the refusal stays as it came.
    """
    world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True)
    simulator.faults.add("request_scene_summary", Fault.STATUS(400))

    with pytest.raises(InvalidRequest) as caught:
        await client.summarize(AssetRef("w", 1, 2))

    assert "index" not in caught.value.details


async def test_index_none_leaves_the_refusal_as_it_came(client, asset, world, where):
    """
    With index=None an asset without an index is the service's own refusal.
    """
    with pytest.raises(InvalidRequest, match="Its index is BEFORE_ANALYZE"):
        await client.summarize(asset, index=None)

    assert 0 == sum(world.bill.values())


async def test_index_options_reach_the_service(client, asset, where, simulator):
    """
    The options of `summarize(index=...)` are those of the index that it makes.
    """
    await client.summarize(asset, index=IndexOptions(scene_range="LONG"))

    (sent,) = [one for one in simulator.requests if one.operation == "request_index"]
    assert {"sceneRange": "LONG"} == sent.body


async def test_a_run_cancelled_in_the_console_ends_the_wait(client, asset, world, where, clock):
    """
    A run that is cancelled from elsewhere is JobCanceled here.
    """
    task = asyncio.ensure_future(client.summarize(asset))
    await clock.sleep(20)
    world.cancel_elsewhere(where, "index")

    with pytest.raises(JobCanceled):
        await task


async def test_progress_is_told_from_the_first_look_to_the_last(client, asset, where):
    """
    `on_progress` gets the first status, every change, and the final one last.
    """
    seen = []

    await client.summarize(asset, on_progress=seen.append)

    states = [one.state for one in seen]
    assert (SceneSummaryState.BEFORE_SUMMARIZE, DONE) == (states[0], states[-1])
    assert [False] * (len(seen) - 1) + [True] == [one.is_final for one in seen]
    assert all(one != after for one, after in pairwise(seen))
    assert {Stage.INDEX, Stage.SUMMARY} == {one.stage for one in seen}
    assert IndexState.ANALYZING in states
    progress = [one.progress for one in seen if one.progress is not None]
    assert sorted(progress) == progress


async def test_what_is_there_already_is_told_once(client, world):
    """
    A summary that is there is one status for `on_progress`: the final one.
    """
    world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True, summarized=True)
    seen = []

    await client.summarize(AssetRef("w", 1, 2), on_progress=seen.append)

    assert [(DONE, True)] == [(one.state, one.is_final) for one in seen]


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


async def test_timeout_zero_starts_nothing(client, asset, where, world, simulator):
    """
    `summarize(timeout=0)` of a fresh asset looks, pays for nothing, and says so.
    """
    with pytest.raises(StillRunning):
        await client.summarize(asset, timeout=0)

    assert 0 == sum(world.bill.values())
    assert ["get_scene_summary_status"] == [one.operation for one in simulator.requests]


async def test_timeout_zero_returns_what_is_there(client, asset, world, where, simulator):
    """
    With timeout=0 a summary that is there is returned.
    """
    await client.summarize(asset)

    summary = await client.summarize(asset, timeout=0)

    assert 10 == len(summary.scenes)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda jobs, a: jobs.pipeline(a, scene_ids=[]), "scene_ids"),
        (lambda jobs, a: jobs.pipeline(a, scene_ids=[1]), "reuse=False"),
        (lambda jobs, a: jobs.pipeline(a, locale="ko"), "reuse=False"),
        (lambda jobs, a: jobs.pipeline(a, reuse=False, locale="ko", scene_ids=[1]), "locale"),
        (lambda jobs, a: jobs.pipeline(a, reuse=False, scene_ids=range(0, 9999, 7)), "scene_ids"),
        (lambda jobs, a: jobs.pipeline(a, index="LONG"), "index"),
        (lambda jobs, _: jobs.pipeline("w/1/2"), "AssetRef"),
        (lambda jobs, _: jobs.attach_summary("w/1/2"), "AssetRef"),
        (lambda jobs, _: jobs.resume("mi1.garbage"), "token"),
        (lambda jobs, _: jobs.resume("mi7.garbage"), "version 7"),
    ],
)
async def test_bad_input_is_refused_before_anything_is_sent(client, asset, simulator, make, word):
    """
    An argument that cannot work is an InvalidArgument that names it, and nothing is sent.
    """
    with pytest.raises(InvalidArgument, match=word):
        make(client.jobs, asset)

    assert [] == simulator.requests


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


async def test_a_token_of_another_origin_is_refused(new_client, asset, simulator):
    """
    A client resumes only work of the service that it talks to.
    """
    token = new_client().jobs.attach_summary(asset).token.removeprefix("mi1.")
    said = base64.urlsafe_b64decode(token + "==").replace(simulator.url.encode(), b"https://a.b")
    foreign = "mi1." + base64.urlsafe_b64encode(said).decode().rstrip("=")

    with pytest.raises(InvalidArgument, match="a\\.b"):
        new_client().jobs.resume(foreign)


async def test_an_import_is_registered_and_waited_for(client, world, clock):
    """
    `start_import()` registers an object, and its result is the asset, with its reference.
    """
    world.add_project("my-workspace", 1234)
    world.put_object("my-bucket", "sample-video.mp4")

    job = await client.jobs.start_import(
        ProjectRef("my-workspace", 1234), bucket="my-bucket", key="sample-video.mp4"
    )
    asset = await job.result()

    assert "sample-video.mp4" == asset.file_name
    assert asset.ref == AssetRef("my-workspace", 1234, asset.asset_id)
    assert 1 == world.bill[("my-workspace", 1234), "import"]


@pytest.mark.parametrize("outcome", ["FILE_NOT_EXIST", "INVALID_METADATA", "FAILED"])
async def test_an_import_that_fails_says_how(client, world, outcome):
    """
    Each way in which an import can end badly ends the wait with JobFailed.
    """
    world.add_project("w", 1)
    world.put_object("b", "k.mp4", outcome=outcome)
    job = await client.jobs.start_import(ProjectRef("w", 1), bucket="b", key="k.mp4")

    with pytest.raises(JobFailed, match=outcome) as caught:
        await job.result()

    assert ImportState(outcome) == caught.value.last_status.state


async def test_an_import_cannot_be_cancelled(client, world):
    """
    Cancelling an import is an InvalidArgument: the service has no such call.
    """
    world.add_project("w", 1)
    job = await client.jobs.start_import(ProjectRef("w", 1), bucket="b", key="k.mp4")

    with pytest.raises(InvalidArgument, match="cancelled"):
        await job.cancel()


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
    Without one good look for `Timeouts.unreachable`, the last error is raised, with a token.
    """
    job = await client.jobs.start_index(asset)
    simulator.faults.add("get_index_status", Fault.STATUS(500), times=math.inf)
    began = clock.monotonic()

    with pytest.raises(ServerError) as caught:
        await job.wait()

    assert 900 <= clock.monotonic() - began < 930
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
    simulator.faults.add("get_index_status", Fault.STATUS(500), times=math.inf)
    simulator.requests.clear()

    with pytest.raises(StillRunning):
        await job.wait(timeout=3)

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


async def test_a_pipeline_is_watched_from_before_its_start(client, asset, where):
    """
    Watching a pipeline that has not begun begins it, and yields its first look.
    """
    states = [status.state async for status in client.jobs.pipeline(asset).watch()]

    assert (SceneSummaryState.BEFORE_SUMMARIZE, DONE) == (states[0], states[-1])


async def test_a_summary_that_cannot_be_read_in_time_is_an_error(client, world, simulator):
    """
    A service that sits on every reading of the result is RequestTimeout, not an endless wait.
    """
    world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True, summarized=True)
    simulator.faults.add("get_scene_summary", Fault.SLOW(1000), times=math.inf)

    with pytest.raises(RequestTimeout) as caught:
        await client.summarize(AssetRef("w", 1, 2))

    assert caught.value.token


async def test_a_first_look_that_cannot_be_made_in_time_is_an_error(client, asset, simulator):
    """
    A service that sits on every first look is RequestTimeout, with a token.
    """
    simulator.faults.add("get_scene_summary_status", Fault.SLOW(1000), times=math.inf)

    with pytest.raises(RequestTimeout) as caught:
        await client.summarize(asset)

    assert caught.value.token


async def test_a_joined_index_that_fails_is_made_anew(client, asset, where, world):
    """
    When the index that a pipeline joined fails, the pipeline makes one of its own.
    """
    world.fail_next(where, "index", "no such codec")
    world.start_elsewhere(where, "index")

    summary = await client.summarize(asset)

    assert summary.scenes
    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


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


async def test_each_wait_of_a_pipeline_looks_anew(client, asset, where, world, simulator):
    """
    What an earlier wait saw is not taken for the present by a later one.
    """
    job = client.jobs.pipeline(asset)
    with pytest.raises(StillRunning):
        await job.wait(timeout=0)
    simulator.requests.clear()

    with pytest.raises(StillRunning):
        await job.wait(timeout=0)

    assert 1 == len(simulator.requests)
    assert 0 == sum(world.bill.values())


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


@pytest.mark.parametrize(
    "operation", ["get_scene_summary_status", "get_index_status", "request_index"]
)
async def test_a_minute_of_trouble_between_stages_is_waited_out(
    client, asset, where, world, simulator, operation
):
    """
    A pipeline outlives trouble that passes, at its first looks and starts too, and pays once.
    """
    simulator.faults.add(operation, Fault.STATUS(503), times=12)

    await client.summarize(asset)

    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


async def test_trouble_that_does_not_pass_ends_a_pipeline(client, asset, where, simulator, clock):
    """
    Without one good first look for `Timeouts.unreachable`, the last error is raised.
    """
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(503), times=math.inf)
    began = clock.monotonic()

    with pytest.raises(ServerError):
        await client.summarize(asset)

    assert 900 <= clock.monotonic() - began < 1000


async def test_passing_trouble_does_not_outlast_a_deadline(client, asset, where, simulator, clock):
    """
    The timeout ends the patience of a pipeline at its very second.
    """
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(503), times=math.inf)
    began = clock.monotonic()

    with pytest.raises(StillRunning):
        await client.summarize(asset, timeout=100)

    assert abs(100 - (clock.monotonic() - began)) < 0.01


async def test_a_number_beyond_all_time_waits_for_ever(client, asset, where):
    """
    A timeout too large for a clock is as good as none.
    """
    summary = await client.summarize(asset, timeout=10**400)

    assert summary.scenes


async def test_all_who_wait_for_a_start_get_its_refusal(client, asset, where, simulator):
    """
    Two waits of one job whose start is refused both raise, and the job can be tried again.
    """
    job = client.jobs.pipeline(asset)
    simulator.faults.add("request_index", Fault.STATUS(403, "403"))

    outcomes = await asyncio.gather(job.result(), job.result(), return_exceptions=True)

    assert [PermissionDenied] * 2 == [type(one) for one in outcomes]
    assert (await job.result()).scenes


@pytest.mark.parametrize("extra", [{"x": object()}, {"x": {1, 2}}, {"x": 2**70}])
async def test_an_extra_that_is_no_json_is_refused(client, asset, simulator, extra):
    """
    What cannot be sent as JSON is an InvalidArgument, before anything is sent.
    """
    with pytest.raises(InvalidArgument):
        await client.jobs.start_summary(asset, reuse=False, extra=extra)

    assert [] == simulator.requests


async def test_an_asset_that_is_not_there_is_named_and_nothing_is_started(client, simulator):
    """
    Where both looks meet a 404, the asset itself is asked for, and its 404 is the error.
    """
    with pytest.raises(NotFound, match="GET /api/v1/workspaces/nowhere/projects/1/assets/2:"):
        await client.summarize(AssetRef("nowhere", 1, 2))

    assert [] == [one for one in simulator.requests if one.method == "POST"]


async def test_a_service_that_answers_404_for_no_run_is_worked_with(
    client, asset, where, simulator
):
    """
    Where an asset without runs is a 404 for both looks, it is found, and summarised.
    """
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(404, "404"))
    simulator.faults.add("get_index_status", Fault.STATUS(404, "404"))

    summary = await client.summarize(asset)

    assert summary.scenes
    assert 1 == sent(simulator, "get_asset")


async def test_asking_for_the_asset_does_not_outlast_a_deadline(
    client, asset, where, simulator, clock
):
    """
    Where the asset itself is asked for, that too ends at the timeout.
    """
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(404, "404"))
    simulator.faults.add("get_index_status", Fault.STATUS(404, "404"))
    simulator.faults.add("get_asset", Fault.SLOW(1000), times=math.inf)
    began = clock.monotonic()

    with pytest.raises(StillRunning):
        await client.summarize(asset, timeout=7)

    assert abs(7 - (clock.monotonic() - began)) < 0.01


async def test_a_job_tells_how_long_it_will_probably_take(client, asset, where, world):
    """
    `seconds_left` is an estimate while somebody waits, the better the nearer the end.
    """
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


async def test_a_pipeline_tells_how_long_its_stage_will_take(client, asset, where):
    """
    `seconds_left` of a pipeline is about its present stage, also between the steps of a watch; of
    a first index, which shows no counts, nobody knows.
    """
    job = await client.jobs.start_pipeline(asset)

    estimates = [(status.stage, job.seconds_left) async for status in job.watch()]

    assert {Stage.SUMMARY} == {stage for stage, left in estimates if left}
    assert (Stage.SUMMARY, None) == estimates[-1]


async def test_a_cadence_without_estimates_leaves_the_end_open(new_client, asset, where):
    """
    `seconds_left` is None with a strategy of one's own that does not estimate.
    """
    client = new_client(cadence=tenacity.wait_fixed(10))
    job = await client.jobs.start_index(asset)
    estimates = set()

    await job.wait(on_progress=lambda _: estimates.add(job.seconds_left))

    assert {None} == estimates
