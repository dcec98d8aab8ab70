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
"""The calls of so many seconds may leave in one burst: timers are too coarse to space calls one by
one."""

_SLOWEST_SHARE = 0.1
"""The share of its speed that a client keeps right after a 429."""

_RECOVERY_SECONDS = 30.0
"""From the slowest back to full speed, counted from the end of a pause."""


@public
@frozen(kw_only=True)
class Rate:
    """A client's calls at one moment, against its `RateLimit`."""

    calls_per_second: float
    """The speed allowed now. After a 429 it starts at 10 % of `RateLimit.per_second`, and recovers
    within 30 seconds of the end of the pause."""

    under_way: int
    """Calls that have been sent and not answered; at most `RateLimit.at_once`."""

    queued: int
    """Calls that wait because of the limit."""

    pause_seconds: float
    """Seconds in which nothing is sent because the service asked for a pause; 0 without one."""


class TurnTooLate(Exception):
    """The turn at the rate limiter came too late for a call that must leave by a certain time."""


class Limiter:
    """Holds calls back to a `RateLimit`: `async with limiter:` around each call.

    A call needs a place (of `at_once`) and a turn (of `per_second`). A 429 slows all calls down at
    once; full speed returns by itself. Calls pass in the order in which they came, but for those
    that must leave by a certain time: they pass first. Each of those follows a call that waited
    its turn, so that at least every second call to pass is an ordinary one.
    """

    def __init__(self, settings: RateLimit, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._under_way = 0
        self._queued = 0
        self._first_queued = 0
        self._turnstile = asyncio.Lock()
        self._first_turnstile = asyncio.Lock()
        self._woken_by_change: list[asyncio.Future[None]] = []
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
        # In an empty context: a pause of two minutes must not keep the caller's context variables.
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
                while self._first_queued or not self._may_pass():
                    await self._next_chance(behind_others=self._first_queued > 0)
        finally:
            self._queued -= 1

    async def enter_first(self, *, by: float) -> None:
        """Wait for a place and a turn, ahead of all ordinary calls; `leave()` afterwards.

        Args:
            by: When the call must have left, by the clock's `monotonic()`.

        Raises:
            TurnTooLate: The turn comes more than one interval of the present pace after *by*; no
                turn was used up.
        """
        self._queued += 1
        self._first_queued += 1
        try:
            async with self._first_turnstile:
                while not self._is_too_late(by):
                    if self._may_pass():
                        return
                    await self._next_chance(behind_others=False)
            raise TurnTooLate
        finally:
            self._queued -= 1
            self._first_queued -= 1
            self._tell_change()

    def leave(self) -> None:
        """Give back the place of a call that has ended."""
        self._under_way -= 1
        self._tell_change()

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

    async def _next_chance(self, *, behind_others: bool) -> None:
        """Return when it is worth asking again whether a call may pass."""
        if behind_others or self._is_full():
            change = asyncio.get_running_loop().create_future()
            self._woken_by_change.append(change)
            await change
        else:
            await self.pause(self._next_turn() - self._clock.monotonic())

    def _tell_change(self) -> None:
        """Wake those who wait for a place, or for the calls ahead of them to be gone."""
        for change in self._woken_by_change:
            if not change.done():
                change.set_result(None)
        self._woken_by_change.clear()

    def _is_too_late(self, by: float) -> bool:
        now = self._clock.monotonic()
        turn = now if self._is_closed else max(now, self._next_turn())
        # A slow pace alone must not make every call late: it would never leave.
        return turn > by + 1.0 / self._speed(now)

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
