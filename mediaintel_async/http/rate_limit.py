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


class TurnTooLate(Exception):
    """The turn at the rate limiter came too late for a call that must leave by a certain time."""


class Limiter:
    """Lets calls pass: `async with limiter:` around each of them.

    A 429 slows everything down at once; full speed returns by itself. Calls pass in the order in
    which they came, but for those that must leave by a certain time: they pass first. Each of
    those follows a call that waited its turn, so that at least every second call to pass is an
    ordinary one.
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
        """Give the place back."""
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
