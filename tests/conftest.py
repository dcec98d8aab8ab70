import asyncio

import pytest
from virtual_time import VirtualTimeLoop


def pytest_asyncio_loop_factories(config, item):  # noqa: ARG001 - the hook's signature
    """Run every async test in virtual time."""
    return {"virtual": VirtualTimeLoop}


@pytest.fixture
async def clock():
    """The virtual clock of the test's own loop."""
    return asyncio.get_running_loop().clock
