"""Imports are never sent twice; what a lost one may have made is told."""

import asyncio
import math

import pytest
from arrivals import sent

from mediaintel_async import Detached, InvalidArgument, NotFound, OutcomeUnknown, ProjectRef
from mediaintel_async.simulator import Fault

PROJECT = ProjectRef("w", 1)
KEY = "holiday/sample-video.mp4"


@pytest.fixture
async def project(world):
    """A project with an asset of the same name in it."""
    world.put_object("b", KEY)
    return world.add_asset(workspace="w", project_id=1, file_name="sample-video.mp4").project


@pytest.mark.parametrize(
    "fault",
    [Fault.DROP_AFTER, Fault.GATEWAY_TIMEOUT_AFTER, Fault.NOT_JSON, Fault.SLOW(100)],
    ids=["dropped", "504", "unreadable", "slow"],
)
async def test_a_lost_import_that_took_has_one_candidate_and_its_token(
    client, project, simulator, world, fault
):
    """
    The asset that a lost import made is the one candidate, and the token waits for it.
    """
    simulator.faults.add("register_asset", fault)

    with pytest.raises(OutcomeUnknown) as caught:
        await client.jobs.start_import(PROJECT, bucket="b", key=KEY)

    (candidate,) = caught.value.candidates
    asset = await client.jobs.resume(caught.value.token).result()
    assert candidate.asset_id == asset.asset_id
    assert (1, 1) == (world.bill[project, "import"], sent(simulator, "register_asset"))


async def test_a_lost_import_that_did_not_take_has_no_candidates(
    client, project, simulator, world, clock
):
    """
    Without a new asset for the time to settle there is no candidate, and nothing is sent again.
    """
    simulator.faults.add("register_asset", Fault.DROP_BEFORE)

    with pytest.raises(OutcomeUnknown) as caught:
        await client.jobs.start_import(PROJECT, bucket="b", key=KEY)

    assert ((), None) == (caught.value.candidates, caught.value.token)
    assert clock.monotonic() >= 30
    assert (0, 1) == (world.bill[project, "import"], sent(simulator, "register_asset"))


async def test_what_was_imported_before_is_no_candidate(client, project, simulator):
    """
    Neither older assets of the name nor those that this client registered are candidates.
    """
    await client.jobs.start_import(PROJECT, bucket="b", key=KEY)
    simulator.faults.add("register_asset", Fault.DROP_AFTER)

    with pytest.raises(OutcomeUnknown) as caught:
        await client.jobs.start_import(PROJECT, bucket="b", key=KEY)

    assert 1 == len(caught.value.candidates)


async def test_a_project_is_listed_once_for_many_imports(client, project, simulator):
    """
    What is there is looked at before the first import of a client, not before each.
    """
    await asyncio.gather(
        *(client.jobs.start_import(PROJECT, bucket="b", key=KEY) for _ in range(10))
    )

    assert (1, 10) == (sent(simulator, "list_assets"), sent(simulator, "register_asset"))


async def test_who_may_not_list_may_import(client, project, simulator):
    """
    A listing that is refused keeps nobody from importing; a loss then has all of that name.
    """
    simulator.faults.add("list_assets", Fault.STATUS(403, "403"))
    simulator.faults.add("register_asset", Fault.DROP_AFTER)

    with pytest.raises(OutcomeUnknown) as caught:
        await client.jobs.start_import(PROJECT, bucket="b", key=KEY)

    assert 2 == len(caught.value.candidates)
    assert caught.value.token is None


async def test_a_lost_import_where_listing_fails_is_still_unknown(client, project, simulator):
    """
    Where the project cannot be read afterwards, the error is the same, without candidates.
    """
    await client.jobs.start_import(PROJECT, bucket="b", key=KEY)
    simulator.faults.add("register_asset", Fault.DROP_AFTER)
    simulator.faults.add("list_assets", Fault.STATUS(403, "403"), times=math.inf)

    with pytest.raises(OutcomeUnknown) as caught:
        await client.jobs.start_import(PROJECT, bucket="b", key=KEY)

    assert () == caught.value.candidates


async def test_a_refused_import_is_raised_as_it_came(client, simulator):
    """
    A project that does not exist is the service's own 404.
    """
    with pytest.raises(NotFound):
        await client.jobs.start_import(ProjectRef("nowhere", 1), bucket="b", key=KEY)


@pytest.mark.parametrize("names", [{"bucket": "", "key": "k"}, {"bucket": "b", "key": ""}])
async def test_an_object_without_a_name_is_refused(client, simulator, names):
    """
    An empty bucket or key is an InvalidArgument, and no registration is sent.
    """
    with pytest.raises(InvalidArgument):
        await client.jobs.start_import(PROJECT, **names)

    assert 0 == sent(simulator, "register_asset")


async def test_an_import_left_with_its_post_in_flight_is_known(new_client, project, simulator):
    """
    A task cancelled while the registration is in flight carries the token of the import.
    """
    simulator.faults.add("register_asset", Fault.SLOW(5))
    task = asyncio.ensure_future(new_client().jobs.start_import(PROJECT, bucket="b", key=KEY))
    await asyncio.sleep(2)
    task.cancel()

    with pytest.raises(asyncio.CancelledError) as caught:
        await task

    assert (await new_client().jobs.resume(caught.value.token).result()).asset_id
    assert 1 == sent(simulator, "register_asset")


async def test_an_import_left_before_its_post_is_not_sent(client, project, simulator):
    """
    A task cancelled while the project is still read registers nothing.
    """
    simulator.faults.add("list_assets", Fault.SLOW(5))
    task = asyncio.ensure_future(client.jobs.start_import(PROJECT, bucket="b", key=KEY))
    await asyncio.sleep(2)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.sleep(60)

    assert 0 == sent(simulator, "register_asset")


async def test_closing_the_client_while_an_import_is_started_is_detached(
    new_client, project, simulator
):
    """
    A registration without an answer ten seconds after the client was closed ends as Detached.
    """
    simulator.faults.add("register_asset", Fault.SLOW(50))
    client = new_client()
    task = asyncio.ensure_future(client.jobs.start_import(PROJECT, bucket="b", key=KEY))
    await asyncio.sleep(2)
    await client.aclose()

    with pytest.raises(Detached, match="closed before an answer came"):
        await task
