"""A simulator of the Media Intelligence service, on a loopback port."""

from typing import TYPE_CHECKING

from mediaintel_async.public import load_lazily

# Loaded lazily: every pytest run of a user imports this package, because it holds the plugin.
if TYPE_CHECKING or not load_lazily(globals()):
    from mediaintel_async.simulator.assumed import Assumed as Assumed
    from mediaintel_async.simulator.fault import Fault as Fault
    from mediaintel_async.simulator.fault import InvalidFaults as InvalidFaults
    from mediaintel_async.simulator.faults import Faults as Faults
    from mediaintel_async.simulator.server import Received as Received
    from mediaintel_async.simulator.server import Simulator as Simulator
    from mediaintel_async.simulator.world.assets import Where as Where
    from mediaintel_async.simulator.world.runs import Timings as Timings
    from mediaintel_async.simulator.world.world import World as World
