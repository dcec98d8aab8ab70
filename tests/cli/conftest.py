"""A simulator for the commands under test, and assets, persons and tags to put into it."""

import signal

import pytest
from served_commands import CANARY, CLOCK, QUICK, W, press_ctrl_c_at, serving

from mediaintel_async.cli.actions import follow_jobs
from mediaintel_async.simulator import Fault, Simulator, World


@pytest.fixture
def simulator(monkeypatch):
    """A quick simulator in another thread; the environment has its address and keys."""
    service = Simulator(CLOCK, World(CLOCK, timings=QUICK), secret_key=CANARY)
    with serving(service, CLOCK, monkeypatch):
        yield service


@pytest.fixture
def world(simulator):
    """The state of the simulator, which is empty at first."""
    return simulator.world


@pytest.fixture
def where(world):
    """An asset of four scenes, neither indexed nor summarised."""
    return world.add_asset(scenes=4)


@pytest.fixture
def other(world, where):
    """A second asset like the first."""
    return world.add_asset(scenes=4)


@pytest.fixture
def populated(world):
    """A workspace with two projects, an asset, three persons and two tags."""
    world.add_asset(W, 1234, 5678)
    world.add_project(W, 4321)
    world.add_person_tag(W, 100, "Actor")
    world.add_person_tag(W, 200, "Anchor")
    world.add_person(W, 1001, [1, 2], name="Gildong Hong", tag_ids=[100, 200])
    world.add_person(W, 1002, [3], name="Jae-suk Yoo", tag_ids=[200], asset_count=5)
    world.add_person(W, 1003)
    return world


@pytest.fixture
def ctrl_c_at_first_progress(monkeypatch):
    """Press Ctrl-C when the first progress is shown."""

    def press(*_, **__):
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(follow_jobs.Lines, "show", press)


@pytest.fixture
def ctrl_c_at_first_request(simulator):
    """Press Ctrl-C when the first request arrives, which the simulator does not answer."""
    press_ctrl_c_at(simulator, None)
    simulator.faults.add("*", Fault.SLOW(1e6))
