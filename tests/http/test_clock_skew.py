"""A wrong clock of this machine is learnt from refusals, within limits."""

import asyncio
import logging
from datetime import UTC, datetime

import pytest
import tenacity
from yarl import URL

from mediaintel_async import (
    AssetRef,
    AuthenticationFailed,
    Credentials,
    MediaIntelligence,
    Request,
)
from mediaintel_async.clock import ManualClock
from mediaintel_async.http.clock_skew import ClockSkew


def arrived(simulator):
    """How many requests arrived."""
    return len(simulator.requests)


@pytest.mark.parametrize("seconds", [-80_000, -400, 400, 80_000])
async def test_a_clock_that_is_off_is_made_up_for(client, asset, where, simulator, seconds):
    """
    A refusal for the time of a signature teaches the difference; the call then succeeds.
    """
    simulator.skew_seconds = seconds

    await client.assets.get(asset)
    await client.assets.get(asset)

    assert 3 == arrived(simulator)


async def test_a_refused_start_is_signed_anew_and_paid_once(client, asset, where, simulator, world):
    """
    Starts, too, are sent again after a refused signature: nothing had been done.
    """
    simulator.skew_seconds = 4000

    await client.summarize(asset)

    assert (1, 1) == (world.bill[where, "index"], world.bill[where, "summary"])


async def test_the_difference_is_logged_without_secrets(client, asset, where, simulator, caplog):
    """
    The skew that was learnt is logged in seconds.
    """
    simulator.skew_seconds = 4000
    caplog.set_level(logging.WARNING)

    await client.assets.get(asset)

    assert ["this machine's clock is 4000 s from the service's; signing by that"] == [
        record.getMessage() for record in caplog.records
    ]


async def test_many_refusals_at_once_teach_once(client, asset, where, simulator, caplog):
    """
    Of fifty calls refused together one learns, and the others follow.
    """
    simulator.skew_seconds = 4000
    caplog.set_level(logging.WARNING)

    await asyncio.gather(*(client.assets.get(asset) for _ in range(50)))

    assert 1 == len(caplog.records)


@pytest.mark.parametrize("seconds", [90_000, -90_000])
async def test_a_difference_beyond_a_day_is_an_error_with_both_times(
    client, asset, where, simulator, seconds
):
    """
    More than 24 hours are not made up for: the error names both times.
    """
    simulator.skew_seconds = seconds

    with pytest.raises(AuthenticationFailed, match=r"The service's clock says .* this one .*UTC"):
        await client.assets.get(asset)

    assert 1 == arrived(simulator)


async def test_a_wrong_key_is_no_wrong_clock(simulator, asset, clock):
    """
    A refusal while the clocks agree is raised as it came, after one request.
    """
    wrong = Credentials(simulator.access_key, "wrong")
    async with MediaIntelligence(wrong, base_url=simulator.url, clock=clock) as client:
        with pytest.raises(AuthenticationFailed) as caught:
            await client.assets.get(asset)

    assert "clock says" not in str(caught.value)
    assert 1 == arrived(simulator)


async def test_a_wrong_key_and_a_wrong_clock_do_not_go_on_for_ever(simulator, asset, clock):
    """
    When signing by the service's clock does not help either, the refusal is raised.
    """
    simulator.skew_seconds = 4000
    wrong = Credentials(simulator.access_key, "wrong")
    async with MediaIntelligence(wrong, base_url=simulator.url, clock=clock) as client:
        with pytest.raises(AuthenticationFailed):
            await client.assets.get(asset)
        with pytest.raises(AuthenticationFailed):
            await client.assets.get(asset)

    assert 3 == arrived(simulator)


async def test_nothing_is_learnt_over_plain_http_from_elsewhere(client, asset, where, simulator):
    """
    No skew is learnt over plain http from another machine.
    """
    simulator.skew_seconds = 4000
    refused = await client._transport._exchange(Request("GET", "/api/v1/x", dict), None)

    client._transport.origin = URL("http://service.example")

    assert not client._transport._was_skewed("GET /api/v1/x", refused, 0.0)
    assert 0.0 == client._transport._signer.skew.seconds


async def test_it_is_learnt_at_most_once_in_five_minutes():
    """
    A service whose clock jumps is not followed at every jump.
    """
    clock, skew = ManualClock(), ClockSkew()

    first = skew.learn(clock.wall() + 400, clock)
    clock.advance(299)
    second = skew.learn(clock.wall() + 4000, clock)
    clock.advance(2)
    third = skew.learn(clock.wall() + 4000, clock)

    assert (True, False, True) == (first, second, third)
    assert 4000 == skew.seconds


async def test_a_clock_that_was_mended_is_trusted_again():
    """
    When the clocks agree again, the difference is given up.
    """
    clock, skew = ManualClock(), ClockSkew()
    skew.learn(clock.wall() + 400, clock)
    clock.advance(301)

    learnt = skew.learn(clock.wall() + 1, clock)

    assert (True, 0.0) == (learnt, skew.seconds)


async def test_a_clock_put_right_is_trusted_at_once():
    """
    A skew is given up however recently it was learnt, and no new one is learnt any sooner.
    """
    clock, skew = ManualClock(), ClockSkew()
    skew.learn(clock.wall() - 7200, clock)
    clock.advance(3)

    given_up = skew.learn(clock.wall() + 1, clock)
    learnt_again = skew.learn(clock.wall() - 7200, clock)

    assert (True, False, 0.0) == (given_up, learnt_again, skew.seconds)


async def test_nothing_is_given_up_where_nothing_was_learnt():
    """
    Clocks that agree, and have always agreed, teach nothing.
    """
    clock, skew = ManualClock(), ClockSkew()

    assert not skew.learn(clock.wall() + 1, clock)


async def test_waits_outlive_a_clock_that_is_put_right(new_client, world, simulator, clock):
    """
    Setting the machine's clock seconds after its skew was learnt ends none of twenty waits.
    """
    client = new_client(cadence=tenacity.wait_fixed(2))
    assets = [AssetRef.parse(str(world.add_asset(indexed=True))) for _ in range(20)]
    simulator.skew_seconds = -7200
    waits = [asyncio.ensure_future(client.summarize(asset)) for asset in assets]
    await clock.sleep(3)

    simulator.skew_seconds = 0

    summaries = await asyncio.gather(*waits)
    assert 20 == len(summaries)


async def test_the_error_names_this_machines_clock_without_the_skew(
    client, asset, where, simulator, clock
):
    """
    The time that the error names as this machine's is the one that somebody can set.
    """
    simulator.skew_seconds = 4000
    await client.assets.get(asset)
    simulator.skew_seconds = 40_000

    with pytest.raises(AuthenticationFailed) as caught:
        await client.assets.get(asset)

    ours = datetime.fromtimestamp(clock.wall(), UTC)
    assert f"this one {ours:%Y-%m-%d %H:%M}" in str(caught.value)
