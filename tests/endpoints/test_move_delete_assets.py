"""Moving assets to another project, and deleting them."""

import pytest
from scripted_server import Answer, ScriptedServer, connect

from mediaintel_async import AssetRef, InvalidAnswer, InvalidArgument, NotFound, ProjectRef
from mediaintel_async.simulator import Where

ASSET = AssetRef("my-workspace", 1234, 5678)
ELSEWHERE = ProjectRef("my-workspace", 4321)
MOVED = AssetRef("my-workspace", 4321, 5678)


@pytest.fixture
def where(world, summarized):
    """A summarised asset in one project, beside another project."""
    world.add_project("my-workspace", 4321)
    return summarized


async def test_an_asset_is_moved(client, where):
    """
    A moved asset has a new reference, by which its index and summary are found.
    """
    moved = await client.assets.move(ASSET, ELSEWHERE)

    assert (MOVED, 4321, "sample-video.mp4") == (moved.ref, moved.project_id, moved.file_name)
    assert [MOVED] == [each.ref async for each in client.assets.iterate(ELSEWHERE)]
    assert 10 == len((await client.scene_summaries.get(MOVED)).scenes)
    with pytest.raises(NotFound):
        await client.assets.get(ASSET)


async def test_a_move_is_sent_as_the_page_shows(client, where, simulator):
    """
    A move is a PATCH without a body, with the new project in the query.
    """
    await client.assets.move(ASSET, ELSEWHERE)

    (asked,) = simulator.requests
    assert ("PATCH", None) == (asked.method, asked.body)
    assert asked.target.endswith("/projects/1234/assets/5678?new_project_id=4321")


async def test_what_was_paid_for_an_asset_moves_along(client, world, where):
    """
    The bill of a run moves with its asset, and the run can be cancelled by the new reference.
    """
    await client.indexes.request(ASSET)

    await client.assets.move(ASSET, ELSEWHERE)
    await client.indexes.cancel(MOVED)

    there = Where("my-workspace", 4321, 5678)
    assert ({(there, "index"): 1}, {(there, "index"): 1}) == (world.bill, world.refunded)


@pytest.mark.parametrize("project_id", [404, "text"])
async def test_an_asset_is_not_moved_to_nowhere(client, where, project_id):
    """
    Moving an asset to an unknown project raises the service's 404, and the asset stays.
    """
    with pytest.raises(NotFound):
        await client.assets.move(ASSET, ProjectRef("my-workspace", project_id))

    assert ASSET == (await client.assets.get(ASSET)).ref


async def test_a_move_may_lead_nowhere_else(client, where):
    """
    An asset that is moved to its own project stays there.
    """
    moved = await client.assets.move(ASSET, ASSET.project)

    assert ASSET == moved.ref


@pytest.mark.parametrize(
    ("argument", "act"),
    [
        ("project", lambda client: client.assets.move(ASSET, ProjectRef("another", 4321))),
        ("project", lambda client: client.assets.move(ASSET, 4321)),
        ("project", lambda client: client.assets.move(ASSET, MOVED)),
        ("asset", lambda client: client.assets.move(ELSEWHERE, ELSEWHERE)),
        ("asset", lambda client: client.assets.move(str(ASSET), ELSEWHERE)),
        ("asset", lambda client: client.assets.delete(ELSEWHERE)),
        ("asset", lambda client: client.assets.delete(5678)),
    ],
)
async def test_what_cannot_be_meant_is_not_sent(client, simulator, argument, act):
    """
    A move to another workspace, or an argument that is no reference, raises InvalidArgument before
    anything is sent.
    """
    with pytest.raises(InvalidArgument, match=f"^{argument} is "):
        await act(client)

    assert [] == simulator.requests


async def test_an_asset_is_deleted(client, world, where):
    """
    A deleted asset and its summary cannot be read any more; its bill stays.
    """
    await client.indexes.request(ASSET)

    assert None is await client.assets.delete(ASSET)

    with pytest.raises(NotFound):
        await client.scene_summaries.get_status(ASSET)
    assert [] == [each async for each in client.assets.iterate(ASSET.project)]
    assert 1 == world.bill[where, "index"]


async def test_an_asset_that_is_not_there_is_not_deleted(client, where):
    """
    Deleting an unknown asset raises the service's 404.
    """
    with pytest.raises(NotFound):
        await client.assets.delete(MOVED)


async def test_assets_can_be_deleted_while_they_are_iterated(client, world, where):
    """
    Deleting each asset that `iterate()` yields deletes all of them.
    """
    world.add_asset()
    world.add_asset()
    world.add_asset()

    async for asset in client.assets.iterate(ASSET.project, page_size=1):
        await client.assets.delete(asset.ref)

    assert {} == world.assets("my-workspace", 1234)


async def test_a_move_without_its_asset_is_no_answer():
    """
    An answer to a move without the asset is an InvalidAnswer.
    """
    body = b'{"code": "0", "message": "success"}'
    async with ScriptedServer(Answer(body=body)) as server, connect(server) as client:
        with pytest.raises(InvalidAnswer, match="assetId: missing"):
            await client.assets.move(ASSET, ELSEWHERE)
