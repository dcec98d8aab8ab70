"""How fast one client may call, shared by everything that it does."""

import asyncio
import math
from types import TracebackType

from attrs import frozen

from mediaintel_async.clock import Clock
from mediaintel_async.public import public
from mediaintel_async.settings import LONGEST_SERVER_HINT_SECONDS, RateLimit

_BURST_SECONDS = 0.1
"""Calls of this much time may leave together, so that a timer's grain does not slow a client."""

_SLOWEST_SHARE = 0.1
"""The share of its speed that a throttled client keeps."""

_RECOVERY_SECONDS = 30.0
"""From slowest back to full speed, counted from the end of a pause."""


@public
@frozen(kw_only=True)
class Rate:
    """How a client's calls stand at one moment."""

    calls_per_second: float
    """The speed allowed now; below `RateLimit.per_second` for a while after a 429."""

    under_way: int
    """Calls that have been sent and not answered; at most `RateLimit.at_once`."""

    queued: int
    """Calls that wait for their turn."""

    pause_seconds: float
    """How long nothing will be sent, since the service asked for that; 0: no such pause."""


class Limiter:
    """Lets calls pass: `async with limiter:` around each of them.

    A 429 slows everything down at once; full speed returns by itself.
    """

    def __init__(self, settings: RateLimit, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._under_way = 0
        self._queued = 0
        self._turnstile = asyncio.Lock()
        self._place_freed: asyncio.Future[None] | None = None
        self._next_call = -math.inf
        self._paused_until = -math.inf
        self._recovers_from = -math.inf
        self._sleepers: set[asyncio.Task[None]] = set()
        self._is_closed = False

    def rate(self) -> Rate:
        """Say how it stands at this moment."""
        now = self._clock.monotonic()
        return Rate(
            calls_per_second=self._speed(now),
            under_way=self._under_way,
            queued=self._queued,
            pause_seconds=max(0.0, self._paused_until - now),
        )

    def throttled(self, hint_seconds: float | None) -> None:
        """Take note of a 429, and of how long the service asked to wait."""
        now = self._clock.monotonic()
        pause = min(hint_seconds or 0.0, LONGEST_SERVER_HINT_SECONDS)
        self._paused_until = max(self._paused_until, now + pause)
        self._recovers_from = self._paused_until

    def close(self) -> None:
        """End every pause, and let through whoever waits: there is nothing left to pace."""
        self._is_closed = True
        for sleeper in self._sleepers:
            sleeper.cancel()

    async def pause(self, seconds: float) -> None:
        """Sleep, at the longest until the limiter is closed."""
        if self._is_closed:
            return
        sleeper = asyncio.ensure_future(self._clock.sleep(seconds))
        self._sleepers.add(sleeper)
        try:
            await asyncio.wait({sleeper})
            if not sleeper.cancelled():
                sleeper.result()
        finally:
            self._sleepers.discard(sleeper)
            sleeper.cancel()

    def enter_at_once(self) -> bool:
        """Pass, if nobody waits and one need not wait; `leave()` afterwards."""
        return not self._queued and self._may_pass()

    async def enter(self) -> None:
        """Wait for a place and a turn; `leave()` afterwards."""
        # One after the other: a 429 holds up all who have not passed, a pause ends for them
        # at the present speed, and who is cancelled in here has used up no turn.
        self._queued += 1
        try:
            async with self._turnstile:
                while not self._may_pass():
                    if self._is_full():
                        self._place_freed = asyncio.get_running_loop().create_future()
                        await self._place_freed
                    else:
                        await self.pause(self._next_turn() - self._clock.monotonic())
        finally:
            self._queued -= 1

    def leave(self) -> None:
        """Give the place back."""
        self._under_way -= 1
        if self._place_freed is not None and not self._place_freed.done():
            self._place_freed.set_result(None)

    async def __aenter__(self) -> None:
        if not self.enter_at_once():
            await self.enter()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.leave()

    def _may_pass(self) -> bool:
        """Take a place and a turn, if both are to be had at once."""
        if self._is_full():
            return False
        if not self._is_closed:
            now = self._clock.monotonic()
            if self._next_turn() > now:
                return False
            earliest = max(self._next_call, now - _BURST_SECONDS)
            self._next_call = earliest + 1.0 / self._speed(now)
        self._under_way += 1
        return True

    def _is_full(self) -> bool:
        return self._under_way >= self._settings.at_once

    def _next_turn(self) -> float:
        return max(self._next_call, self._paused_until)

    def _speed(self, now: float) -> float:
        recovered = (now - self._recovers_from) / _RECOVERY_SECONDS
        share = _SLOWEST_SHARE + (1.0 - _SLOWEST_SHARE) * max(0.0, recovered)
        return self._settings.per_second * min(1.0, share)
