"""Fixtures for whoever tests a program of their own against the simulator.

Loaded by pytest itself, by entry point. Nothing else of the library is imported before a test
asks for a fixture, so that users' coverage and start-up time stay theirs.
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
    """Make an async fixture, for whichever plugin runs the async tests."""
    try:
        from pytest_asyncio import fixture  # noqa: PLC0415 - only if the user has it
    except ImportError:
        return cast("FunctionT", pytest.fixture(function))  # type: ignore[call-overload]  # any function
    return cast("FunctionT", fixture(function))  # type: ignore[call-overload]  # likewise


@pytest.fixture
def mediaintel_clock() -> "SkippingClock":
    """The clock of simulator and client; it turns itself whenever the loop is idle."""
    from mediaintel_async.clock import SkippingClock  # noqa: PLC0415 - see the module

    return SkippingClock()


@async_fixture
async def mediaintel_simulator(mediaintel_clock: "SkippingClock") -> "AsyncIterator[Simulator]":
    """A stand-in for the service, empty; `mediaintel_simulator.world` sets its stage."""
    from mediaintel_async.simulator.server import Simulator  # noqa: PLC0415 - see the module

    async with Simulator(clock=mediaintel_clock) as simulator:
        yield simulator


@async_fixture
async def mediaintel_client(
    mediaintel_simulator: "Simulator", mediaintel_clock: "SkippingClock"
) -> "AsyncIterator[MediaIntelligence]":
    """A client that talks to `mediaintel_simulator`."""
    from mediaintel_async.client import MediaIntelligence  # noqa: PLC0415 - see the module
    from mediaintel_async.http.credentials import Credentials  # noqa: PLC0415 - see the module

    keys = Credentials(mediaintel_simulator.access_key, mediaintel_simulator.secret_key)
    async with MediaIntelligence(
        keys, base_url=mediaintel_simulator.url, clock=mediaintel_clock
    ) as client:
        yield client
