import aiohttp
import pytest
from simulator_calls import Calls


@pytest.fixture
async def calls(simulator):
    """Signed requests to the simulator, sent without the client."""
    async with aiohttp.ClientSession() as session:
        yield Calls(simulator, session)


@pytest.fixture
def fresh(world):
    """The asset 5678, neither indexed nor summarised."""
    return world.add_asset()


@pytest.fixture
def indexed(world):
    """The asset 5678, indexed and not summarised."""
    return world.add_asset(indexed=True)


@pytest.fixture
def summarized(world):
    """The asset 5678, indexed and summarised."""
    return world.add_asset(summarized=True)
