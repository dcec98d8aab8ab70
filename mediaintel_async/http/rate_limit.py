"""The rate limit of one client, shared by all of its calls."""

import asyncio
import contextvars
import math
from types import TracebackType

from attrs import frozen

from mediaintel_async.clock import Clock
from mediaintel_async.errors import LONGEST_SERVER_HINT_SECONDS
from mediaintel_async.public import public
from mediaintel_async.settings import RateLimit

_BURST_SECONDS = 0.1
"""The calls of so many seconds may leave in one burst: timers are too coarse for each alone."""

_SLOWEST_SHARE = 0.1
"""The share of its speed that a client keeps right after a 429."""

_RECOVERY_SECONDS = 30.0
"""From the slowest back to full speed, counted from the end of a pause."""


@public
@frozen(kw_only=True)
class Rate:
    """A client's calls at one moment, against its `RateLimit`."""

    calls_per_second: float
    """The speed allowed now: below `RateLimit.per_second` for up to 30 seconds after a 429."""

    under_way: int
    """Calls that have been sent and not answered; at most `RateLimit.at_once`."""

    queued: int
    """Calls that wait because of the limit."""

    pause_seconds: float
    """Seconds in which nothing is sent because the service asked for a pause; 0 without one."""


class Limiter:
    """Holds calls back to a `RateLimit`: `async with limiter:` around each call.

    A call needs a place (of `at_once`) and a turn (of `per_second`). A 429 slows all calls down at
    once; full speed returns by itself.
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
        """Return the calls and the speed of this moment."""
        now = self._clock.monotonic()
        return Rate(
            calls_per_second=self._speed(now),
            under_way=self._under_way,
            queued=self._queued,
            pause_seconds=max(0.0, self._paused_until - now),
        )

    def throttled(self, hint_seconds: float | None) -> None:
        """Slow down after a 429, and pause for *hint_seconds* if the service asked for that."""
        now = self._clock.monotonic()
        pause = min(hint_seconds or 0.0, LONGEST_SERVER_HINT_SECONDS)
        self._paused_until = max(self._paused_until, now + pause)
        self._recovers_from = self._paused_until

    def close(self) -> None:
        """End every pause, and let all waiting calls pass: they find the client closed."""
        self._is_closed = True
        for sleeper in self._sleepers:
            sleeper.cancel()

    async def pause(self, seconds: float) -> None:
        """Sleep for *seconds*, or until the limiter is closed."""
        if self._is_closed:
            return
        # In an empty context: it may be a pause of two minutes, and needs nothing of its caller's.
        sleeper = asyncio.create_task(self._clock.sleep(seconds), context=contextvars.Context())
        self._sleepers.add(sleeper)
        try:
            await asyncio.wait({sleeper})
            if not sleeper.cancelled():
                sleeper.result()
        finally:
            self._sleepers.discard(sleeper)
            sleeper.cancel()

    def enter_at_once(self) -> bool:
        """Take a place and a turn if no call has to wait; if it returns True, `leave()` after."""
        return not self._queued and self._may_pass()

    async def enter(self) -> None:
        """Wait for a place and a turn; `leave()` afterwards."""
        # One call at a time waits for its turn, the others wait for the lock. So a 429 holds back
        # all of them, and a call that is cancelled here has not used up a turn.
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
        """Give back the place of a call that has ended."""
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
        """Take a place and a turn, if both are free; return whether they were."""
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
