"""Clocks: the only module that reads the time or sleeps.

Everything else takes a `Clock`, so that an hour passes within milliseconds in a test, and a
demonstration runs faster than real time.
"""

import asyncio
import heapq
import itertools
import math
import time
from collections.abc import Awaitable
from typing import Protocol, TypeVar

from attrs import define, field, frozen

from mediaintel_async.public import public

T = TypeVar("T")

_IDLE_ROUNDS = 100
"""An event loop counts as idle after so many rounds without a new sleep or `touch()`. A request
and its response over loopback take about ten rounds."""


@public
class Clock(Protocol):
    """The time as the library needs it. Any object with these three methods can be a clock."""

    def monotonic(self) -> float:
        """Return seconds that never go back, counted from any moment."""
        ...

    def wall(self) -> float:
        """Return the seconds since 1970-01-01T00:00:00Z, for signatures."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after *seconds* of this clock."""
        ...


async def within(clock: Clock, seconds: float, work: Awaitable[T]) -> T:
    """Return the result of *work*, which may take *seconds* of *clock* at most.

    Raises:
        TimeoutError: *work* took longer, and was cancelled.
    """
    if seconds == math.inf:
        return await work
    task = asyncio.ensure_future(work)
    sleeper = asyncio.ensure_future(clock.sleep(max(0.0, seconds)))
    try:
        await asyncio.wait({task, sleeper}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        for started in (task, sleeper):
            started.cancel()
        # Wait for the cleanup of the cancelled tasks before the caller goes on.
        await asyncio.wait({task, sleeper})


@public
@frozen
class SystemClock:
    """Real time, as the running event loop counts it."""

    def monotonic(self) -> float:
        """Return the running event loop's time, which may be virtual in a test."""
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        """Return the seconds since 1970 by the machine's clock."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Sleep on the running event loop."""
        await asyncio.sleep(seconds)


@public
@frozen
class FastClock:
    """A clock that runs `speed` times as fast as real time. Its wall clock is the machine's."""

    speed: float = 60.0
    """How many seconds of this clock pass in one real second."""

    def monotonic(self) -> float:
        """Return seconds that pass `speed` times as fast as real ones."""
        return time.monotonic() * self.speed

    def wall(self) -> float:
        """Return the seconds since 1970 by the machine's clock, so that signatures stay valid."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Sleep `seconds / speed` real seconds."""
        await asyncio.sleep(seconds / self.speed)


@public
@define(eq=False)
class ManualClock:
    """A clock that stands still until `advance()` is called."""

    _now: float = field(default=0.0, init=False)
    _wall_offset: float = field(default=1_800_000_000.0, kw_only=True, alias="wall")
    _sleepers: list[tuple[float, int, asyncio.Future[None]]] = field(factory=list, init=False)
    _order: "itertools.count[int]" = field(factory=itertools.count, init=False)

    def monotonic(self) -> float:
        """Return the seconds by which the clock was advanced."""
        return self._now

    def wall(self) -> float:
        """Return the seconds since 1970: the initial value *wall*, plus `monotonic()`."""
        return self._wall_offset + self._now

    async def sleep(self, seconds: float) -> None:
        """Return once the clock has been advanced by *seconds*."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), woken))
        await woken

    def next_wake(self) -> float | None:
        """Return when the next `sleep()` ends, in seconds of this clock; None if none is active."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def advance(self, seconds: float) -> None:
        """Advance the clock by *seconds*, and end every `sleep()` that is due by then."""
        self._now += seconds
        while (due := self.next_wake()) is not None and due <= self._now:
            heapq.heappop(self._sleepers)[2].set_result(None)


@define(eq=False)
class SkippingClock(ManualClock):
    """A clock for tests that jumps to the end of the next `sleep()` when its event loop is idle.

    An hour's wait then takes a millisecond. Client and simulator share the clock, in one event
    loop. The clock does not know what else is awaited in that loop, a database for instance, and
    may jump before its answer arrives.
    """

    _touches: int = field(default=0, init=False)
    _is_watching: bool = field(default=False, init=False)

    async def sleep(self, seconds: float) -> None:
        """Return once the clock has advanced itself by *seconds*."""
        self.touch()
        if not self._is_watching:
            self._is_watching = True
            asyncio.get_running_loop().call_soon(self._watch, _IDLE_ROUNDS, self._touches)
        await super().sleep(seconds)

    def touch(self) -> None:
        """Say that the event loop is not idle, which delays the next jump."""
        self._touches += 1

    def _watch(self, rounds_left: int, touches: int) -> None:
        if touches != self._touches:
            rounds_left, touches = _IDLE_ROUNDS, self._touches
        wake = self.next_wake()
        if wake is None:
            self._is_watching = False
            return
        if rounds_left == 0:
            self.advance(wake - self._now)
            rounds_left = _IDLE_ROUNDS
        asyncio.get_running_loop().call_soon(self._watch, rounds_left - 1, touches)
