"""The token of a job that has ended leads to the same end again, and never to a start."""

import pytest

from mediaintel_async import (
    AssetRef,
    IndexState,
    JobCanceled,
    JobError,
    JobFailed,
    MediaIntelligenceError,
)
from mediaintel_async.decisions.next_step import Intent, Stage
from mediaintel_async.jobs.token import Token, decode_token, encode

REF = AssetRef("w", 1, 2)


@pytest.fixture
def here(world):
    """An asset that was never indexed."""
    return world.add_asset(workspace="w", project_id=1, asset_id=2, scenes=4)


@pytest.fixture
def indexed(world):
    """An asset with an index and no summary."""
    return world.add_asset(workspace="w", project_id=1, asset_id=2, scenes=4, indexed=True)


async def end_of(job):
    """The error that a job ended with, or None."""
    try:
        await job.result()
    except MediaIntelligenceError as error:
        return error
    return None


async def started(client, kind):
    """A job of that kind."""
    if kind == "pipeline":
        return client.jobs.pipeline(REF)
    if kind == "new pipeline":
        return client.jobs.pipeline(REF, reuse=False)
    if kind == "index":
        return await client.jobs.start_index(REF)
    return await client.jobs.start_summary(REF, reuse=kind == "summary")


KINDS = [
    ("pipeline", "index"),
    ("pipeline", "summary"),
    ("new pipeline", "index"),
    ("new pipeline", "summary"),
    ("index", "index"),
    ("summary", "summary"),
    ("new summary", "summary"),
]


@pytest.mark.parametrize("is_resumed", [False, True])
@pytest.mark.parametrize(("kind", "work"), KINDS)
async def test_a_failure_stays_a_failure(new_client, world, request, kind, work, is_resumed):
    """
    Whatever run failed, and however often its token is resumed, nothing is billed again.
    """
    place = request.getfixturevalue("indexed" if "summary" in (kind[-7:], work) else "here")
    world.fail_next(place, work, "out of order")
    job = await started(new_client(), kind)
    if is_resumed:
        if "pipeline" in kind:
            await job.advance()
        job = new_client().jobs.resume(job.token)
    error = await end_of(job)
    assert isinstance(error, JobFailed)
    bill = dict(world.bill)

    for _ in range(2):
        again = await end_of(new_client().jobs.resume(error.token))
        assert (JobFailed, error.message) == (type(again), again.message)
        assert decode_token(again.token).run is not None
        error = again
    assert bill == dict(world.bill)


@pytest.mark.parametrize("is_resumed", [False, True])
@pytest.mark.parametrize(("kind", "work"), KINDS)
async def test_a_cancelled_run_stays_cancelled(
    new_client, world, request, clock, kind, work, is_resumed
):
    """
    A run that was cancelled elsewhere is JobCanceled again, from each token of its end.
    """
    place = request.getfixturevalue("indexed" if "summary" in (kind[-7:], work) else "here")
    job = await started(new_client(), kind)
    await job.advance()
    await clock.sleep(3)
    await job.advance()
    world.cancel_elsewhere(place, work)
    if is_resumed:
        job = new_client().jobs.resume(job.token)
    error = await end_of(job)
    assert isinstance(error, JobCanceled)
    bill = dict(world.bill)

    again = await end_of(new_client().jobs.resume(error.token))

    assert (JobCanceled, error.message) == (type(again), again.message)
    assert bill == dict(world.bill)


@pytest.mark.parametrize("is_resumed", [False, True])
@pytest.mark.parametrize("kind", ["pipeline", "new pipeline", "index", "summary", "new summary"])
async def test_a_result_stays_a_result(new_client, world, request, kind, is_resumed):
    """
    The token of completed work reads the result again, whenever it was taken.
    """
    request.getfixturevalue("indexed" if "summary" in kind else "here")
    job = await started(new_client(), kind)
    if is_resumed:
        job = new_client().jobs.resume(job.token)
    await job.result()
    bill = dict(world.bill)

    for _ in range(2):
        job = new_client().jobs.resume(job.token)
        await job.result()
    assert bill == dict(world.bill)


async def test_a_summary_that_was_fetched_is_not_made_anew_later(new_client, world, clock):
    """
    A token of a fetched summary starts nothing, even if a later run of somebody else failed.
    """
    here = world.add_asset(workspace="w", project_id=1, asset_id=2, indexed=True, summarized=True)
    job = new_client().jobs.pipeline(REF)
    await job.result()
    world.fail_next(here, "summary", "out of order")
    world.start_elsewhere(here, "summary")
    await new_client().jobs.attach_summary(REF).wait()

    error = await end_of(new_client().jobs.resume(job.token))

    assert isinstance(error, JobError)
    assert {} == dict(world.bill)


async def test_a_token_of_an_older_version_starts_no_second_summary(new_client, world, indexed):
    """
    A token that lost its run, and says that its summary was started, leads to the run's end.
    """
    world.fail_next(indexed, "summary", "out of order")
    client = new_client()
    await client.jobs.pipeline(REF).wait()
    lost = Token(
        kind="pipeline",
        origin=decode_token(client.jobs.pipeline(REF).token).origin,
        workspace="w",
        ids=(1, 2),
        intent=Intent(),
        started_stages=frozenset({Stage.SUMMARY}),
    )

    with pytest.raises(JobFailed, match="out of order"):
        await client.jobs.resume(encode(lost)).result()

    assert {(indexed, "summary"): 1} == dict(world.bill)


async def test_a_token_between_stages_names_the_index(new_client, world, here, clock):
    """
    Between the end of an index and the start of the summary, the token goes on with the summary.
    """
    job = new_client().jobs.resume((await new_client().jobs.start_pipeline(REF)).token)
    await clock.sleep(3600)
    assert IndexState.ANALYZE_COMPLETED == (await job.status()).state

    await new_client().jobs.resume(job.token).result()

    assert {(here, "index"): 1, (here, "summary"): 1} == dict(world.bill)
