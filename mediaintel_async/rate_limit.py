"""How fast one client may call, shared by everything that it does."""

import asyncio
import math
from types import TracebackType

from mediaintel_async.clock import Clock
from mediaintel_async.settings import LONGEST_SERVER_HINT_SECONDS, RateLimit

_BURST_SECONDS = 0.1
"""Calls of this much time may leave together, so that a timer's grain does not slow a client."""

_SLOWEST_SHARE = 0.1
"""The share of its speed that a throttled client keeps."""

_RECOVERY_SECONDS = 30.0
"""From slowest back to full speed, counted from the end of a pause."""


class Limiter:
    """Lets calls pass: `async with limiter:` around each of them.

    A 429 slows everything down at once; full speed returns by itself.
    """

    def __init__(self, settings: RateLimit, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._places = asyncio.Semaphore(settings.at_once)
        self._turnstile = asyncio.Lock()
        self._next_call = -math.inf
        self._paused_until = -math.inf
        self._recovers_from = -math.inf
        self._sleepers: set[asyncio.Task[None]] = set()
        self._is_closed = False

    @property
    def calls_per_second(self) -> float:
        """The speed allowed at this moment."""
        recovered = (self._clock.monotonic() - self._recovers_from) / _RECOVERY_SECONDS
        share = _SLOWEST_SHARE + (1.0 - _SLOWEST_SHARE) * max(0.0, recovered)
        return self._settings.per_second * min(1.0, share)

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

    async def turn(self) -> None:
        """Wait for a turn, without taking a place."""
        async with self._turnstile:
            await self._await_turn()

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

    async def __aenter__(self) -> None:
        await self._places.acquire()
        try:
            # One after the other: a 429 holds up all who have not passed, a pause ends for
            # them at the present speed, and who is cancelled in here has used up no turn.
            async with self._turnstile:
                await self._await_turn()
        except BaseException:
            self._places.release()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._places.release()

    async def _await_turn(self) -> None:
        while not self._is_closed:
            now = self._clock.monotonic()
            left = max(self._next_call, self._paused_until) - now
            if left <= 0:
                earliest = max(self._next_call, now - _BURST_SECONDS)
                self._next_call = earliest + 1.0 / self.calls_per_second
                return
            await self.pause(left)
