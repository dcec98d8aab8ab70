"""The only door to time.

Everything that reads a clock or sleeps takes a `Clock`, so that a test can make an hour
pass in a millisecond and a demonstration can run sped up.
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
"""Rounds of an event loop without news after which it counts as idle: an exchange over loopback
takes about ten."""


@public
class Clock(Protocol):
    """What the library asks of time. Any object with these three methods will do."""

    def monotonic(self) -> float:
        """Seconds that only ever grow; their zero means nothing."""
        ...

    def wall(self) -> float:
        """Seconds since 1970-01-01T00:00:00Z, as signatures need them."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after *seconds* of this clock."""
        ...


async def within(clock: Clock, seconds: float, work: Awaitable[T]) -> T:
    """Return what *work* comes to, unless that takes longer than *seconds* of *clock*.

    Raises:
        TimeoutError: It took longer; it was cancelled.
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
        # What was cancelled gets to tidy up before anybody goes on.
        await asyncio.wait({task, sleeper})


@public
@frozen
class SystemClock:
    """Real time, as the running event loop counts it."""

    def monotonic(self) -> float:
        """Seconds by the running loop, so that a loop with virtual time takes part."""
        return asyncio.get_running_loop().time()

    def wall(self) -> float:
        """Seconds since 1970 by the machine's own clock."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Sleep on the running loop."""
        await asyncio.sleep(seconds)


@public
@frozen
class FastClock:
    """Real time, but a minute of it lasts `60 / speed` seconds. The wall clock stays true."""

    speed: float = 60.0
    """How many seconds pass in one real second."""

    def monotonic(self) -> float:
        """Seconds that pass `speed` times as fast as real ones."""
        return time.monotonic() * self.speed

    def wall(self) -> float:
        """Seconds since 1970 by the machine's own clock: signatures are judged by it."""
        return time.time()

    async def sleep(self, seconds: float) -> None:
        """Sleep `seconds / speed` real seconds."""
        await asyncio.sleep(seconds / self.speed)


@public
@define(eq=False)
class ManualClock:
    """A clock that stands still until it is turned by hand."""

    _now: float = field(default=0.0, init=False)
    _wall_offset: float = field(default=1_800_000_000.0, kw_only=True, alias="wall")
    _sleepers: list[tuple[float, int, asyncio.Future[None]]] = field(factory=list, init=False)
    _order: "itertools.count[int]" = field(factory=itertools.count, init=False)

    def monotonic(self) -> float:
        """Seconds by which the clock has been turned."""
        return self._now

    def wall(self) -> float:
        """Seconds since 1970: where the clock began, plus what it was turned."""
        return self._wall_offset + self._now

    async def sleep(self, seconds: float) -> None:
        """Return once the clock has been turned past *seconds* from now."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._now + seconds, next(self._order), woken))
        await woken

    def next_wake(self) -> float | None:
        """When the first sleeper is due, in this clock's seconds; None: nobody sleeps."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] if self._sleepers else None

    def advance(self, seconds: float) -> None:
        """Turn the clock forward and wake every sleeper whose time has come."""
        self._now += seconds
        while (due := self.next_wake()) is not None and due <= self._now:
            heapq.heappop(self._sleepers)[2].set_result(None)


@define(eq=False)
class SkippingClock(ManualClock):
    """A clock that turns itself whenever its event loop has nothing else to do, for tests.

    An hour's wait then takes a millisecond. Client and simulator share it, in one loop. What
    else is awaited there, a database for instance, does not keep it from turning.
    """

    _news: int = field(default=0, init=False)
    _is_watching: bool = field(default=False, init=False)

    async def sleep(self, seconds: float) -> None:
        """Return once the clock has turned itself past *seconds* from now."""
        self.touch()
        if not self._is_watching:
            self._is_watching = True
            asyncio.get_running_loop().call_soon(self._watch, _IDLE_ROUNDS, self._news)
        await super().sleep(seconds)

    def touch(self) -> None:
        """Take note that something is happening, so that it is too early to turn."""
        self._news += 1

    def _watch(self, rounds_left: int, news: int) -> None:
        if news != self._news:
            rounds_left, news = _IDLE_ROUNDS, self._news
        wake = self.next_wake()
        if wake is None:
            self._is_watching = False
            return
        if rounds_left == 0:
            self.advance(wake - self._now)
            rounds_left = _IDLE_ROUNDS
        asyncio.get_running_loop().call_soon(self._watch, rounds_left - 1, news)
