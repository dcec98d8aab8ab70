"""A pipeline: what it starts, joins and shows, stage by stage."""

import math
from itertools import pairwise

import pytest
import tenacity
from arrivals import sent

from mediaintel_async import (
    AssetRef,
    Credentials,
    IndexOptions,
    IndexState,
    InvalidRequest,
    JobFailed,
    MediaIntelligence,
    NotFound,
    NotSent,
    RequestTimeout,
    RetryPolicy,
    SceneSummaryState,
    ServerError,
    Stage,
    StillRunning,
)
from mediaintel_async.simulator import Fault
from mediaintel_async.simulator.fault import NONE

KEYS = Credentials("AK_TEST", "SK_TEST")
DONE = SceneSummaryState.SUMMARIZE_COMPLETED


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


async def test_progress_is_told_from_the_first_look_to_the_last(client, asset, where):
    """
    `on_progress` gets the first status, every change, and the final one last.
    """
    seen = []

    await client.summarize(asset, on_progress=seen.append)

    states = [one.state for one in seen]
    assert (IndexState.BEFORE_ANALYZE, DONE) == (states[0], states[-1])
    assert [False] * (len(seen) - 1) + [True] == [one.is_final for one in seen]
    assert all(one != after for one, after in pairwise(seen))
    assert {Stage.INDEX, Stage.SUMMARY} == {one.stage for one in seen}
    assert IndexState.ANALYZING in states
    progress = [one.progress for one in seen]
    assert sorted(progress) == progress
    assert (0.1, 1.0) == (progress[0], progress[-1])
    stages = [one.stage for one in seen]
    assert sorted(stages) == stages, "index comes before summary"


async def test_what_is_there_already_is_told_once(client, world):
    """
    A summary that is there is one status for `on_progress`: the final one.
    """
    world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True, summarized=True)
    seen = []

    await client.summarize(AssetRef("w", 1, 2), on_progress=seen.append)

    assert [(DONE, True)] == [(one.state, one.is_final) for one in seen]


async def test_a_pipeline_is_watched_from_before_its_start(client, asset, where):
    """
    Watching a pipeline that has not begun begins it, and yields its first looks.
    """
    states = [status.state async for status in client.jobs.pipeline(asset).watch()]

    assert (IndexState.BEFORE_ANALYZE, DONE) == (states[0], states[-1])


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


async def test_each_wait_of_a_pipeline_looks_anew(client, asset, where, world, simulator):
    """
    What an earlier wait saw is not taken for the present by a later one.
    """
    job = client.jobs.pipeline(asset)
    simulator.faults.add("request_index", Fault.STATUS(400))
    with pytest.raises(InvalidRequest):
        await job.wait()
    world.start_elsewhere(where, "index")
    await client.jobs.attach_index(asset).wait()

    await job.result()

    assert (0, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


@pytest.mark.parametrize(
    "operation", ["get_scene_summary_status", "get_index_status", "request_index"]
)
async def test_a_minute_of_trouble_between_stages_is_waited_out(
    client, asset, where, world, simulator, operation
):
    """
    A pipeline outlives trouble that passes, at later looks and starts too, and pays once.
    """
    simulator.faults.add("get_scene_summary_status", NONE)
    simulator.faults.add(operation, Fault.STATUS(503), times=12)

    await client.summarize(asset)

    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


@pytest.mark.parametrize(
    "operation", ["get_scene_summary_status", "get_index_status", "request_index"]
)
async def test_a_quota_that_is_used_up_for_a_minute_is_waited_out(
    client, asset, where, world, simulator, operation
):
    """
    A pipeline goes on after `QuotaExceeded` as after any passing trouble, and pays once.
    """
    simulator.faults.add("get_scene_summary_status", NONE)
    simulator.faults.add(operation, Fault.STATUS(429, "400"), times=12)

    await client.summarize(asset)

    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


async def test_trouble_that_does_not_pass_ends_a_pipeline(client, asset, where, simulator, clock):
    """
    Once looks have been failing for `Timeouts.unreachable`, the last error leaves, with a token.
    """
    simulator.faults.add("get_index_status", Fault.STATUS(503), times=math.inf)
    began = clock.monotonic()

    with pytest.raises(ServerError) as caught:
        await client.summarize(asset)

    assert 900 <= clock.monotonic() - began < 1000
    assert caught.value.token


@pytest.mark.parametrize("looks_before", [1, 2, 3, 4])
async def test_trouble_right_after_a_start_is_waited_out(
    client, asset, where, simulator, world, looks_before
):
    """
    Whichever look of a pipeline fails first, one that was answered before makes it patient.
    """
    simulator.faults.add("get_index_status", NONE, times=looks_before)
    simulator.faults.add("get_index_status", Fault.STATUS(503), times=9)

    await client.summarize(asset)

    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


async def test_a_pipeline_without_one_good_look_gives_up_within_seconds(
    client, asset, where, simulator, clock
):
    """
    It looks `RetryPolicy.attempts` times, then raises the last error, with a token.
    """
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(503), times=math.inf)
    began = clock.monotonic()

    with pytest.raises(ServerError) as caught:
        await client.summarize(asset)

    assert clock.monotonic() - began < 8
    assert 5 == len(simulator.requests)
    assert caught.value.token


async def test_where_nothing_listens_a_summary_fails_within_seconds(clock):
    """
    An address at which nothing listens is told as `NotSent`, with its cause, after five attempts.
    """
    began = clock.monotonic()
    async with MediaIntelligence(KEYS, base_url="http://127.0.0.1:1", clock=clock) as client:
        with pytest.raises(NotSent, match=r"no connection to http://127\.0\.0\.1:1"):
            await client.summarize(AssetRef("w", 1, 2))

    assert clock.monotonic() - began < 8


async def test_a_timeout_before_the_service_was_reached_names_the_cause(clock):
    """
    The `StillRunning` of a caller that would not wait so long has the last look's error as cause.
    """
    retry = RetryPolicy(wait=tenacity.wait_fixed(1))
    async with MediaIntelligence(
        KEYS, base_url="http://127.0.0.1:1", clock=clock, retry=retry
    ) as client:
        with pytest.raises(StillRunning) as caught:
            await client.summarize(AssetRef("w", 1, 2), timeout=2.5)

    assert isinstance(caught.value.__cause__, NotSent)


async def test_a_timeout_during_a_slow_look_names_the_failure_before(
    client, asset, where, simulator
):
    """
    Where the timeout cuts a look short, the cause is the error of the look before it.
    """
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(503))
    simulator.faults.add("get_scene_summary_status", Fault.SLOW(20))

    with pytest.raises(StillRunning) as caught:
        await client.summarize(asset, timeout=5)

    assert isinstance(caught.value.__cause__, ServerError)


async def test_each_wait_of_a_pipeline_gives_up_for_itself(client, asset, where, simulator, clock):
    """
    A later wait that does not reach the service raises within seconds, whatever one saw before.
    """
    job = client.jobs.pipeline(asset)
    with pytest.raises(StillRunning):
        await job.wait(timeout=0)
    simulator.faults.add("*", Fault.STATUS(503), times=math.inf)
    began = clock.monotonic()

    with pytest.raises(ServerError):
        await job.wait()

    assert clock.monotonic() - began < 8


async def test_passing_trouble_does_not_outlast_a_deadline(client, asset, where, simulator, clock):
    """
    The timeout ends the patience of a pipeline at its very second.
    """
    simulator.faults.add("get_index_status", Fault.STATUS(503), times=math.inf)
    began = clock.monotonic()

    with pytest.raises(StillRunning) as caught:
        await client.summarize(asset, timeout=100)

    assert abs(100 - (clock.monotonic() - began)) < 0.01
    assert isinstance(caught.value.__cause__, ServerError)


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


async def test_a_pipeline_tells_how_long_its_stage_will_take(client, asset, where):
    """
    `seconds_left` of a pipeline is about all of its stages, in the status as in the job; of the
    first ones, nobody knows.
    """
    job = await client.jobs.start_pipeline(asset)

    estimates = [(status, job.seconds_left) async for status in job.watch()]

    assert {Stage.SUMMARY} == {status.stage for status, left in estimates if left}
    assert [left for _, left in estimates] == [status.seconds_left for status, _ in estimates]
    assert estimates[-1][1] is None


async def test_an_index_tells_how_long_all_will_take(client, world, clock):
    """
    Once a client has seen summaries end, `seconds_left` at the index counts the summary too.
    """
    places = [
        world.add_asset(workspace="w", project_id=1, asset_id=number, scenes=10)
        for number in range(5)
    ]
    refs = [AssetRef("w", 1, place.asset_id) for place in places]
    for ref in refs[:4]:
        await client.summarize(ref)
    seen = []

    await client.summarize(
        refs[4], on_progress=lambda status: seen.append((clock.monotonic(), status))
    )

    ended, _ = seen[-1]
    errors = [
        abs(at + status.seconds_left - ended)
        for at, status in seen
        if status.seconds_left is not None and status.stage is Stage.INDEX
    ]
    began, _ = seen[0]
    assert errors
    assert max(errors) < (ended - began) / 2
