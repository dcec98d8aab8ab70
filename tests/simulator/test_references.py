"""References to assets: those of the simulator, of the client, and their text, in any place."""

import pytest

from mediaintel_async import AssetRef, InvalidArgument, SceneSummaryState
from mediaintel_async.simulator import Where

REF = AssetRef("my-workspace", 1234, 5678)
TEXT = "my-workspace/1234/5678"
OF_EVERY_KIND = pytest.mark.parametrize(
    "reference", [Where("my-workspace", 1234, 5678), REF, TEXT], ids=["simulator", "client", "text"]
)


@OF_EVERY_KIND
async def test_references_to_one_asset_are_equal(world, reference):
    """
    What `add_asset()` returns prints as a reference, and is equal to it in every form.
    """
    where = world.add_asset()

    assert TEXT == str(where)
    assert where == reference
    assert reference == where
    assert hash(where) == hash(reference)
    assert where != AssetRef("my-workspace", 1234, 5679)


@OF_EVERY_KIND
async def test_the_world_takes_any_reference(world, reference):
    """
    Every method of the world takes a reference of any kind, and so do the bill and its siblings.
    """
    world.add_asset()

    world.fail_next(reference, "summary", "no words")
    world.start_index(reference, {})
    world.finish(reference, "index")
    world.start_summary(reference)
    world.cancel_elsewhere(reference, "summary")
    world.start_elsewhere(reference, "summary")
    world.start_elsewhere(reference, "summary")

    assert [1, 1] == [world.bill[reference, work] for work in ("index", "summary")]
    assert (1, 2) == (world.refunded[reference, "summary"], world.elsewhere[reference, "summary"])
    assert "COMPLETED" == world.import_status(reference)
    assert 1001 == world.readable_index(reference).index_id
    assert world.look(reference, "summary").run is world.asset(reference).runs["summary"][-1]
    assert {Where} == {type(each) for each, _ in [*world.bill, *world.refunded, *world.elsewhere]}


@OF_EVERY_KIND
async def test_an_asset_is_moved_and_deleted_by_any_reference(world, reference):
    """
    An asset, with its entries on the bill, is moved and deleted by a reference of any kind.
    """
    world.add_asset()
    world.add_project("my-workspace", 4321)
    world.start_index(reference, {})

    moved = world.move_asset(reference, 4321).where
    assert "my-workspace/4321/5678" == str(moved)
    assert (0, 1) == (world.bill[reference, "index"], world.bill[moved, "index"])

    world.delete_asset(str(moved))
    assert {} == world.assets("my-workspace", 4321)


@pytest.mark.parametrize("text", ["x", "w/1", "w/1/a", "w/१/1", "w//1", "w/-1/2", None, 5])
async def test_what_is_no_reference_is_refused(world, text):
    """
    Something that prints as no reference raises ValueError.
    """
    with pytest.raises(ValueError, match="is no asset; expected workspace/project_id/asset_id"):
        world.asset(text)


async def test_the_client_takes_the_references_of_the_simulator(client, world):
    """
    The client takes what `add_asset()` returns for an `AssetRef`, in calls, jobs and their results.
    """
    where = world.add_asset()

    summary = await client.summarize(where)
    status = await client.scene_summaries.get_status(where)
    job = client.jobs.attach_summary(where)
    got = await client.assets.get(where)

    assert 10 == len(summary.scenes)
    assert SceneSummaryState.SUMMARIZE_COMPLETED is status.state
    assert (AssetRef, REF) == (type(got.ref), got.ref)
    assert await job.result() == await client.jobs.resume(job.token).result() == summary
    assert 1 == world.bill[got.ref, "summary"]


async def test_one_asset_is_one_job_whatever_its_reference_is(client, world):
    """
    Calls with references of different kinds share one run and its looks.
    """
    where = world.add_asset(indexed=True)

    one, other = await client.jobs.start_summary(where), await client.jobs.start_summary(REF)

    assert await one.result() == await other.result()
    assert 1 == world.bill[where, "summary"]


@pytest.mark.parametrize("value", [TEXT, None, 5, ("my-workspace", 1234, 5678)])
async def test_the_client_takes_nothing_else(client, value):
    """
    Text is no `AssetRef`: the client refuses it before anything is sent.
    """
    with pytest.raises(InvalidArgument, match="expected an AssetRef"):
        client.jobs.attach_summary(value)
    with pytest.raises(InvalidArgument, match="expected an AssetRef"):
        await client.assets.get(value)
