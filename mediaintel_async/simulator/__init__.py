"""A stand-in for the Media Intelligence service, on a loopback port."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mediaintel_async.simulator.assumed import Assumed as Assumed
    from mediaintel_async.simulator.faults import Fault as Fault
    from mediaintel_async.simulator.faults import Faults as Faults
    from mediaintel_async.simulator.faults import InvalidFaults as InvalidFaults
    from mediaintel_async.simulator.server import Received as Received
    from mediaintel_async.simulator.server import Simulator as Simulator
    from mediaintel_async.simulator.world import Timings as Timings
    from mediaintel_async.simulator.world import Where as Where
    from mediaintel_async.simulator.world import World as World

__all__ = [
    "Assumed",
    "Fault",
    "Faults",
    "InvalidFaults",
    "Received",
    "Simulator",
    "Timings",
    "Where",
    "World",
]

# Loaded when asked for: the pytest plugin stands in this folder, and every pytest run of a user
# imports it.
_HOME = {
    "Assumed": "assumed",
    "Fault": "faults",
    "Faults": "faults",
    "InvalidFaults": "faults",
    "Received": "server",
    "Simulator": "server",
    "Timings": "world",
    "Where": "world",
    "World": "world",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
