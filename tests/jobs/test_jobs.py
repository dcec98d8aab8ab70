"""`client.jobs` and `client.summarize()`: what is billed, joined, refused and resumed."""

import asyncio
import base64

import pytest

from mediaintel_async import (
    AssetRef,
    ImportState,
    InvalidArgument,
    JobFailed,
    ProjectRef,
    SceneSummaryState,
)


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

    assert (SceneSummaryState.SUMMARIZE_COMPLETED, (1, 3)) == (
        status.state,
        status.target_scene_ids,
    )
    (sent,) = [one for one in simulator.requests if one.operation == "request_scene_summary"]
    assert {"sceneIds": [1, 3]} == sent.body


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


@pytest.mark.parametrize("extra", [{"x": object()}, {"x": {1, 2}}, {"x": 2**70}])
async def test_an_extra_that_is_no_json_is_refused(client, asset, simulator, extra):
    """
    What cannot be sent as JSON is an InvalidArgument, before anything is sent.
    """
    with pytest.raises(InvalidArgument):
        await client.jobs.start_summary(asset, reuse=False, extra=extra)

    assert [] == simulator.requests
