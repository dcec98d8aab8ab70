import asyncio
import gc
import os

import aiohttp
import pytest
from attrs import fields
from contract_check import complaints
from hypothesis import HealthCheck, Phase, settings
from scripted_server import ScriptedServer
from simulator_calls import Calls
from virtual_time import VirtualTimeLoop

from mediaintel_async import AssetRef, Credentials, MediaIntelligence
from mediaintel_async.simulator import Fault, Simulator
from mediaintel_async.simulator.fault import NONE

# Seen once: CPython 3.11 ended with "AST constructor recursion depth mismatch" while pytest
# parsed a module: what its parser counts is upset if the garbage collector runs code meanwhile.
gc.disable()


# No example has a deadline, since machines are busy. The plain run takes the same few examples
# each time; `pytest --hypothesis-profile=thorough` takes many, new ones each time.
settings.register_profile(
    "plain",
    max_examples=10,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
settings.register_profile(
    "thorough",
    max_examples=600,
    stateful_step_count=40,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
settings.load_profile("plain")


def pytest_configure(config):
    """Switch on asyncio's debug mode for `pytest -m thorough`; it doubles the time of a test."""
    if config.getoption("markexpr") == "thorough":
        config.option.asyncio_debug = True
        # For loops that tests make themselves, and for child processes.
        os.environ["PYTHONASYNCIODEBUG"] = "1"


def pytest_collection_modifyitems(items):
    """Allow an hour for a long test, where a plain one has the `timeout` of pyproject.toml."""
    for item in items:
        if item.get_closest_marker("thorough"):
            item.add_marker(pytest.mark.timeout(3600))


def pytest_collection_finish(session):
    """Collect garbage again, once all test modules are parsed; what they made stays."""
    gc.freeze()
    gc.enable()


def pytest_asyncio_loop_factories(config, item):
    """Run every async test in virtual time."""
    return {"virtual": VirtualTimeLoop}


@pytest.fixture(scope="session", autouse=True)
def nobodys_home(tmp_path_factory):
    """Keep the tests from the keys of whoever runs them, and from any server's metadata."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ("HOME", "USERPROFILE"):
            environment.setenv(name, str(tmp_path_factory.mktemp("home")))
        for name in ("NCLOUD_METADATA_API_ENDPOINT", "NCLOUD_METADATA_ENDPOINT"):
            # Nothing listens there.
            environment.setenv(name, "http://127.0.0.1:1")
        environment.delenv("NCLOUD_PROFILE", raising=False)
        yield


TRUTHFUL = {"acts", "late_seconds", "delay_seconds", "drops", "refuses_seconds"}
"""Fields of a fault that leave an answer the words it has without it."""


@pytest.fixture(autouse=True)
def answers_are_of_the_contract(monkeypatch):
    """Hold every answer that the stand-in gives in any test against the contract."""
    act, found = Simulator._act, []

    def act_and_check(self, operation, path, received, fault):
        answer = act(self, operation, path, received, fault)
        if operation is not None and is_truthful(fault):
            found.extend(complaints(operation.operation_id, answer))
        return answer

    monkeypatch.setattr(Simulator, "_act", act_and_check)
    yield
    assert [] == found


def is_truthful(fault):
    """Whether the words of an answer are what they would be without the fault."""
    names = [one.name for one in fields(Fault) if one.name not in TRUTHFUL]
    return all(getattr(fault, name) == getattr(NONE, name) for name in names)


@pytest.fixture
async def clock():
    """The virtual clock of the test's own loop."""
    return asyncio.get_running_loop().clock


@pytest.fixture
async def simulator(clock):
    """The simulator, on a loopback port, without assets."""
    async with Simulator(clock=clock) as running:
        yield running


@pytest.fixture
def world(simulator):
    """The state behind the simulator."""
    return simulator.world


@pytest.fixture
def fresh(world):
    """The asset my-workspace/1234/5678 of ten scenes, neither indexed nor summarised."""
    return world.add_asset()


@pytest.fixture
def indexed(world):
    """The asset my-workspace/1234/5678 with the index 1001 and no summary."""
    return world.add_asset(indexed=True)


@pytest.fixture
def summarized(world):
    """The asset my-workspace/1234/5678 with an index and a summary."""
    return world.add_asset(summarized=True)


@pytest.fixture
def where(fresh):
    """The asset that a test works with: `fresh`, unless its module says otherwise."""
    return fresh


@pytest.fixture
def asset():
    """The reference of the asset that `where` puts in place."""
    return AssetRef("my-workspace", 1234, 5678)


@pytest.fixture
async def new_client(simulator, clock):
    """Make clients of the simulator; the fixture closes them after the test."""
    made = []

    def make(**settings):
        keys = Credentials(simulator.access_key, simulator.secret_key)
        made.append(MediaIntelligence(keys, base_url=simulator.url, clock=clock, **settings))
        return made[-1]

    yield make
    for one in made:
        await one.aclose()


@pytest.fixture
async def client(new_client):
    """A client of the simulator, with default settings."""
    return new_client()


@pytest.fixture
async def calls(simulator):
    """Signed requests to the simulator without the client."""
    async with aiohttp.ClientSession() as session:
        yield Calls(simulator, session)


@pytest.fixture
async def server():
    """A server that answers with success until a test puts in other answers."""
    async with ScriptedServer() as running:
        yield running
