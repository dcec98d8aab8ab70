"""The process dies between any two lines: what it leaves goes on, and is paid once."""

import asyncio

import pytest
from lives import NEVER, live

from mediaintel_async import AssetRef, Credentials, MediaIntelligence, OutcomeUnknown
from mediaintel_async.clock import FastClock
from mediaintel_async.simulator import Simulator, World

REF = AssetRef("w", 1, 2)


WHOLE_LIVES = {}
"""How many lines a client runs that nobody kills, by its mode."""


async def killed_and_resumed(fraction, mode):
    """Kill a client after that fraction of its lines; return the bill once all is resumed."""
    clock = FastClock(1000)
    if mode not in WHOLE_LIVES:
        WHOLE_LIVES[mode] = (await one_life(clock, NEVER, mode))[1]
    lines = WHOLE_LIVES[mode]
    return (await one_life(clock, max(1, int(lines * fraction)), mode))[0]


async def one_life(clock, lines, mode):
    """Let a client live, resume what it left, and return the outcome with the bill."""
    world = World(clock)
    new = mode == "anew"
    here = world.add_asset(
        workspace="w", project_id=1, asset_id=2, scenes=10, indexed=new, summarized=new
    )
    async with Simulator(clock=clock, world=world) as simulator:
        tokens, lived = await live(simulator.url, lines, mode)
        keys = Credentials(simulator.access_key, simulator.secret_key)
        async with MediaIntelligence(keys, base_url=simulator.url, clock=clock) as client:
            outcome = "done"
            try:
                if tokens:
                    await client.jobs.resume(tokens[-1]).result()
                else:
                    await client.summarize(REF, reuse=mode == "reuse")
            except OutcomeUnknown:
                outcome = "unknown"
        return (outcome, world.bill[here, "index"], world.bill[here, "summary"]), lived


def run(fraction, mode):
    """Kill, resume, and return the bill."""
    # In real time, sped up: a process of its own cannot share a virtual clock.
    return asyncio.run(killed_and_resumed(fraction, mode))


@pytest.mark.parametrize("fraction", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_killed_pipeline_is_resumed_and_paid_once(fraction):
    """
    After kill -9 the last token, or the same call again, ends the work with one run a stage.
    """
    assert ("done", 1, 1) == run(fraction, "reuse")


@pytest.mark.parametrize("fraction", [0.3, 0.45, 0.6])
def test_a_killed_new_run_is_paid_once_or_unknown(fraction):
    """
    After kill -9 of a reuse=False call there is one run, or OutcomeUnknown and at most one.
    """
    assert run(fraction, "anew") in {("done", 0, 1), ("unknown", 0, 0)}


@pytest.mark.thorough
@pytest.mark.parametrize("percent", range(100))
def test_a_pipeline_killed_anywhere_is_paid_once(percent):
    """
    A hundred places to die, evenly over the lines of a pipeline.
    """
    assert ("done", 1, 1) == run(percent / 100, "reuse")


@pytest.mark.thorough
@pytest.mark.parametrize("percent", range(100))
def test_a_new_run_killed_anywhere_is_paid_once_or_unknown(percent):
    """
    A hundred places to die, evenly over the lines of a reuse=False call.
    """
    assert run(percent / 100, "anew") in {("done", 0, 1), ("unknown", 0, 0)}
