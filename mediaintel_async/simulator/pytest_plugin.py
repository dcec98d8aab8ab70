"""The pytest fixtures for tests of users' own programs.

pytest loads this module in every run, by its entry point. It imports the rest of the library only
when a test asks for a fixture, so that it neither slows down other tests nor disturbs their
coverage.
"""

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, TypeVar, cast

import pytest

if TYPE_CHECKING:
    from mediaintel_async.client import MediaIntelligence
    from mediaintel_async.clock import SkippingClock
    from mediaintel_async.simulator.server import Simulator

FunctionT = TypeVar("FunctionT")


def async_fixture(function: FunctionT) -> FunctionT:
    """Return an async fixture: pytest-asyncio's if that is installed, else pytest's own."""
    try:
        from pytest_asyncio import fixture  # noqa: PLC0415 - may not be installed
    except ImportError:
        return cast("FunctionT", pytest.fixture(function))  # type: ignore[call-overload]  # any function
    return cast("FunctionT", fixture(function))  # type: ignore[call-overload]  # likewise


@pytest.fixture
def mediaintel_clock() -> "SkippingClock":
    """The clock of simulator and client; it advances by itself whenever the loop is idle."""
    from mediaintel_async.clock import SkippingClock  # noqa: PLC0415 - see the module's docstring

    return SkippingClock()


@async_fixture
async def mediaintel_simulator(mediaintel_clock: "SkippingClock") -> "AsyncIterator[Simulator]":
    """A running simulator without assets; `mediaintel_simulator.world` adds them."""
    from mediaintel_async.simulator.server import Simulator  # noqa: PLC0415 - see the module's docstring

    async with Simulator(clock=mediaintel_clock) as simulator:
        yield simulator


@async_fixture
async def mediaintel_client(
    mediaintel_simulator: "Simulator", mediaintel_clock: "SkippingClock"
) -> "AsyncIterator[MediaIntelligence]":
    """A client of `mediaintel_simulator`."""
    from mediaintel_async.client import MediaIntelligence  # noqa: PLC0415 - see the module's docstring
    from mediaintel_async.http.credentials import Credentials  # noqa: PLC0415 - see the module's docstring

    keys = Credentials(mediaintel_simulator.access_key, mediaintel_simulator.secret_key)
    async with MediaIntelligence(
        keys, base_url=mediaintel_simulator.url, clock=mediaintel_clock
    ) as client:
        yield client
