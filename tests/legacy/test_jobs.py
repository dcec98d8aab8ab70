"""Jobs over the calls that end in January 2027."""

import asyncio

import pytest
from arrivals import sent
from attrs import evolve

from mediaintel_async import (
    AssetRef,
    Cancellation,
    Conflict,
    IndexState,
    InvalidArgument,
    JobNeverStarted,
    OutcomeUnknown,
    SceneSummaryState,
)
from mediaintel_async.jobs.token import encode
from mediaintel_async.simulator import Fault

pytestmark = pytest.mark.filterwarnings("ignore::mediaintel_async.LegacyApiWarning")

REF = AssetRef("my-workspace", 1234, 5678)
INDEX_ID = 1001


async def test_a_summary_of_an_index_is_started_followed_and_read(
    client, indexed, simulator, world
):
    """
    The older calls take a summary from its start to its result, followed by its own id.
    """
    job = await client.legacy.jobs.start_summary(REF, INDEX_ID)

    summary = await job.result()

    assert (10, INDEX_ID) == (len(summary.scenes), summary.index_id)
    assert sent(simulator, "get_index_scene_summary_status") > 3
    assert 1 == world.bill[indexed, "summary"]


async def test_a_summary_of_an_index_is_paid_once(client, indexed, simulator, world):
    """
    Starting it again joins what is going, and takes what is there.
    """
    first = await client.legacy.jobs.start_summary(REF, INDEX_ID)
    second = await client.legacy.jobs.start_summary(REF, INDEX_ID)
    await asyncio.gather(first.wait(), second.wait())

    third = await client.legacy.jobs.start_summary(REF, INDEX_ID)

    assert (await third.result()).scenes
    assert (1, 1) == (
        world.bill[indexed, "summary"],
        sent(simulator, "request_index_scene_summary"),
    )


@pytest.mark.parametrize(
    "fault",
    [Fault.DROP_AFTER, Fault.GATEWAY_TIMEOUT_AFTER, Fault.NOT_JSON, Fault.DROP_BEFORE],
    ids=["dropped", "504", "unreadable", "dropped before"],
)
async def test_a_lost_start_of_a_summary_is_found_by_the_assets_status(
    client, indexed, simulator, world, fault
):
    """
    Without the receipt's id the run is found, and from then on followed by its id.
    """
    simulator.faults.add("request_index_scene_summary", fault)

    job = await client.legacy.jobs.start_summary(REF, INDEX_ID)

    assert (await job.wait()).succeeded
    assert 1 == world.bill[indexed, "summary"]
    assert sent(simulator, "get_index_scene_summary_status") > 3


async def test_a_summary_of_an_index_is_cancelled_by_its_id(client, indexed, simulator, world):
    """
    Cancelling sends the DELETE with the summary's id, and is confirmed by looking.
    """
    job = await client.legacy.jobs.start_summary(REF, INDEX_ID)

    cancellation = await job.cancel()

    assert (Cancellation.CANCELED, 1) == (cancellation, world.refunded[indexed, "summary"])
    (deleted,) = [one for one in simulator.requests if one.method == "DELETE"]
    assert deleted.target.endswith("/indexes/1001/scene-summaries/101")


async def test_an_attached_summary_without_an_id_is_cancelled_by_the_one_shown(
    client, indexed, simulator, world
):
    """
    A job that knows no id takes the one that the asset's status shows.
    """
    await client.legacy.scene_summaries.request(REF, INDEX_ID)

    cancellation = await client.legacy.jobs.attach_summary(REF, INDEX_ID).cancel()

    assert Cancellation.CANCELED == cancellation


async def test_an_attached_summary_is_followed_by_its_id(client, indexed, simulator):
    """
    `attach_summary()` with an id asks for the status of just that run.
    """
    receipt = await client.legacy.scene_summaries.request(REF, INDEX_ID)

    job = client.legacy.jobs.attach_summary(REF, INDEX_ID, receipt.scene_summary_id)
    status = await job.wait()

    assert SceneSummaryState.SUMMARIZE_COMPLETED == status.state
    assert 0 == sent(simulator, "get_scene_summary_status")


async def test_scenes_of_an_index_are_summarised_again(client, simulator, world):
    """
    Scene ids go into the body as the seed shows them.
    """
    world.add_asset(indexed=True, summarized=True)

    job = await client.legacy.jobs.start_summary(REF, INDEX_ID, reuse=False, scene_ids=[1, 3, 5])

    assert (1, 3, 5) == (await job.wait()).target_scene_ids
    (posted,) = [one for one in simulator.requests if one.method == "POST"]
    assert {"sceneIds": [1, 3, 5]} == posted.body


STARTS = {
    "analysis": ("start_analysis", "attach_analysis", "asset"),
    "video analysis": ("start_video_analysis", "attach_video_analysis", "video_asset"),
}


@pytest.mark.parametrize(("start", "attach", "kind"), STARTS.values(), ids=STARTS.keys())
async def test_an_analysis_is_started_joined_and_read(
    client, fresh, simulator, world, start, attach, kind
):
    """
    Both older forms of the analysis take an asset to its index, and are paid once.
    """
    jobs = client.legacy.jobs
    first = await getattr(jobs, start)(REF, analysis_person_count=3, scene_range="LONG")
    second = await getattr(jobs, start)(REF, analysis_person_count=3, scene_range="LONG")

    indexes = await asyncio.gather(
        first.result(), second.result(), getattr(jobs, attach)(REF).result()
    )

    assert {INDEX_ID} == {one.index_id for one in indexes}
    assert 1 == world.bill[fresh, "index"]
    (posted,) = [one for one in simulator.requests if one.method == "POST"]
    assert (f"request_{kind}_analysis", {"analysisPersonCount": 3, "sceneRange": "LONG"}) == (
        posted.operation,
        posted.body,
    )
    assert sent(simulator, f"get_{kind}_analysis_status") > 3


@pytest.mark.parametrize(("start", "attach", "kind"), STARTS.values(), ids=STARTS.keys())
@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.DROP_BEFORE], ids=["after", "before"])
async def test_a_lost_start_of_an_analysis_is_paid_once(
    client, fresh, simulator, world, start, attach, kind, fault
):
    """
    The rules for a lost start hold for the older calls too.
    """
    simulator.faults.add(f"request_{kind}_analysis", fault)

    job = await getattr(client.legacy.jobs, start)(REF, analysis_person_count=0)

    assert (await job.wait()).succeeded
    assert 1 == world.bill[fresh, "index"]


@pytest.mark.parametrize(("start", "attach", "kind"), STARTS.values(), ids=STARTS.keys())
async def test_an_analysis_is_cancelled(client, fresh, world, simulator, start, attach, kind):
    """
    Cancelling sends the older DELETE and ends the wait as cancelled.
    """
    job = await getattr(client.legacy.jobs, start)(REF, analysis_person_count=0)

    cancellation = await job.cancel()

    assert (Cancellation.CANCELED, 1) == (
        cancellation,
        sent(simulator, f"cancel_{kind}_analysis"),
    )
    assert IndexState.ANALYZE_CANCEL == (await job.wait()).state


async def test_a_new_analysis_over_a_running_one_is_a_conflict(client, fresh, world):
    """
    With reuse=False another run is no substitute: Conflict, with its token.
    """
    world.start_elsewhere(fresh, "index")

    with pytest.raises(Conflict) as caught:
        await client.legacy.jobs.start_analysis(REF, analysis_person_count=3, reuse=False)

    assert (await client.jobs.resume(caught.value.token).wait()).succeeded


async def test_a_new_analysis_over_a_finished_one_that_is_lost_is_unknown(
    client, indexed, simulator
):
    """
    A lost start over a finished run that shows no change is not sent again.
    """
    simulator.faults.add("request_asset_analysis", Fault.DROP_BEFORE)

    with pytest.raises(OutcomeUnknown):
        await client.legacy.jobs.start_analysis(REF, analysis_person_count=3, reuse=False)

    assert 1 == sent(simulator, "request_asset_analysis")


@pytest.mark.parametrize(
    "start",
    [
        lambda client: client.legacy.jobs.start_summary(REF, INDEX_ID),
        lambda client: client.legacy.jobs.start_analysis(REF, analysis_person_count=3, reuse=False),
        lambda client: client.legacy.jobs.start_video_analysis(
            REF, analysis_person_count=3, reuse=False
        ),
    ],
    ids=["summary", "analysis", "video analysis"],
)
async def test_older_jobs_are_resumed_elsewhere(new_client, indexed, world, start):
    """
    The token of an older job goes on in another client without a second start.
    """
    job = await start(new_client())
    bill = dict(world.bill)

    resumed = new_client().jobs.resume(job.token)

    assert (await resumed.wait()).succeeded
    assert bill == dict(world.bill)
    assert job.token == new_client().jobs.resume(job.token).token


async def test_a_pending_analysis_is_resumed_with_its_options(new_client, fresh, simulator, world):
    """
    A token from before the POST carries the options that the POST needs.
    """
    simulator.faults.add("request_asset_analysis", Fault.DROP_BEFORE, times=1)
    task = asyncio.ensure_future(
        new_client().legacy.jobs.start_analysis(REF, analysis_person_count=7)
    )
    await asyncio.sleep(5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError) as caught:
        await task

    await new_client().jobs.resume(caught.value.token).wait()

    posted = [one.body for one in simulator.requests if one.method == "POST"]
    assert [{"analysisPersonCount": 7}] * 2 == posted
    assert 1 == world.bill[fresh, "index"]


async def test_a_token_without_an_index_is_refused(client):
    """
    The token of an older summary names an asset and an index, or it is damaged.
    """
    job = client.jobs.attach_summary(REF)
    damaged = encode(evolve(job._token_fields(), kind="legacy summary"))

    with pytest.raises(InvalidArgument, match="index"):
        client.jobs.resume(damaged)


async def test_a_run_without_a_name_cannot_be_cancelled_by_the_older_call(
    client, indexed, simulator
):
    """
    Where the service shows a run without an id, the older DELETE cannot be made.
    """
    body = b'{"code": "0", "message": "success", "result": {"status": "SUMMARIZING"}}'
    simulator.faults.add("get_scene_summary_status", Fault.BODY(body), times=9)

    with pytest.raises(JobNeverStarted):
        await client.legacy.jobs.attach_summary(REF, INDEX_ID).cancel()

    assert 0 == sent(simulator, "cancel_index_scene_summary")


@pytest.mark.filterwarnings("default::mediaintel_async.LegacyApiWarning")
async def test_a_job_warns_once_and_at_the_line_that_made_it(client, fresh, recwarn):
    """
    An older job is one warning, however many calls it makes, and it points at its user.
    """
    job = await client.legacy.jobs.start_analysis(REF, analysis_person_count=1)
    await job.result()
    await client.legacy.jobs.start_analysis(REF, analysis_person_count=1)

    (warning,) = [one for one in recwarn if one.category.__name__ == "LegacyApiWarning"]
    assert __file__ == warning.filename
    assert "client.jobs.start_index()" in str(warning.message)


@pytest.mark.parametrize("index_id", [None, True, "", -1])
async def test_an_index_without_a_proper_id_is_refused(client, simulator, index_id):
    """
    What is no id is an InvalidArgument that names it, before anything is sent.
    """
    with pytest.raises(InvalidArgument, match="index_id"):
        client.legacy.jobs.attach_summary(REF, index_id)

    assert [] == simulator.requests


@pytest.mark.parametrize("kind", ["legacy analysis", "legacy video analysis"])
async def test_a_token_without_options_cannot_start_an_analysis(client, kind):
    """
    A token that may have to start an analysis brings its options, or it is damaged.
    """
    said = evolve(client.jobs.attach_index(REF)._token_fields(), kind=kind, run=None)

    with pytest.raises(InvalidArgument, match="options"):
        client.jobs.resume(encode(said))
