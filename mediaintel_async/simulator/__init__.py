"""A stand-in for the Media Intelligence service, on a loopback port."""

from mediaintel_async.simulator.faults import Fault
from mediaintel_async.simulator.server import Received, Simulator
from mediaintel_async.simulator.world import Timings, Where, World

__all__ = ["Fault", "Received", "Simulator", "Timings", "Where", "World"]
