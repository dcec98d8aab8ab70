"""An event loop whose idle moments are skipped, so that hours of waiting take milliseconds.

Sockets are real. Time stands still while anything is ready to run or to be read, and jumps
to the next timer or sleeper when nothing is. Client and service must share the loop.
"""

import asyncio
import selectors

from mediaintel_async.clock import ManualClock


class _SkippingSelector(selectors.DefaultSelector):
    def __init__(self, clock):
        super().__init__()
        self._clock = clock

    def select(self, timeout=None):
        ready = super().select(0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        waits = [] if timeout is None else [timeout]
        if (wake := self._clock.next_wake()) is not None:
            waits.append(wake - self._clock.monotonic())
        if not waits:
            return super().select(None)
        self._clock.advance(max(min(waits), 1e-9))
        return super().select(0)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop that tells the time by its own `clock`, a ManualClock."""

    def __init__(self):
        self.clock = ManualClock()
        super().__init__(_SkippingSelector(self.clock))

    def time(self):
        """Seconds of the virtual clock."""
        return self.clock.monotonic()

    async def shutdown_default_executor(self, timeout=None):  # noqa: ARG002 - of 3.12 and later
        """Wait for the executor's threads, however much virtual time is skipped meanwhile."""
        await super().shutdown_default_executor()
