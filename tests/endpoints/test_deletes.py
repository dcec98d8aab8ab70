"""A DELETE may arrive twice without the client's knowledge, because aiohttp resends it."""

import pytest

from mediaintel_async import AssetRef, NotFound
from mediaintel_async.simulator import Fault

REF = AssetRef("my-workspace", 1234, 5678)


async def a_kept_connection(client):
    """Leave a connection open, so that the next request finds it dead."""
    await client.indexes.get_status(REF)


async def test_a_404_to_the_second_of_two_sends_is_success(client, indexed, simulator):
    """
    A 404 is a success if the first DELETE took effect, its answer was lost, and it was sent again.
    """
    await a_kept_connection(client)
    simulator.faults.add("delete_index", Fault.DROP_AFTER)
    simulator.faults.add("delete_index", Fault.STATUS(404, "404"))

    await client.indexes.delete(REF)

    assert 2 == len([one for one in simulator.requests if one.method == "DELETE"])


async def test_a_404_to_the_only_send_is_an_error(client, indexed, simulator):
    """
    A 404 to a DELETE that was sent once is NotFound.
    """
    await a_kept_connection(client)
    simulator.faults.add("delete_index", Fault.STATUS(404, "404"))

    with pytest.raises(NotFound):
        await client.indexes.delete(REF)


async def test_a_404_of_the_gateway_is_never_success(client, indexed, simulator):
    """
    A 404 of the gateway is NotFound, even if the DELETE was sent twice.
    """
    await a_kept_connection(client)
    simulator.faults.add("delete_index", Fault.DROP_BEFORE)
    simulator.faults.add("delete_index", Fault.STATUS(404))

    with pytest.raises(NotFound) as caught:
        await client.indexes.delete(REF)

    assert caught.value.from_gateway


async def test_other_refusals_of_the_second_send_are_errors(client, indexed, simulator):
    """
    Any refusal but 404 of the second DELETE is raised.
    """
    await a_kept_connection(client)
    simulator.faults.add("delete_index", Fault.DROP_AFTER)
    simulator.faults.add("delete_index", Fault.CONFLICT)

    with pytest.raises(Exception, match="HTTP 409"):
        await client.indexes.delete(REF)


async def test_a_start_is_never_repeated_by_the_connection(client, indexed, simulator):
    """
    A POST on a dead connection is not sent again by aiohttp.
    """
    await a_kept_connection(client)
    simulator.faults.add("request_scene_summary", Fault.DROP_AFTER)

    with pytest.raises(Exception, match="broke"):
        await client.scene_summaries.request(REF)

    assert 1 == len([one for one in simulator.requests if one.method == "POST"])
