"""How fast one client may call, shared by everything that it does."""

import asyncio
from types import TracebackType

from mediaintel_async.clock import Clock
from mediaintel_async.settings import LONGEST_SERVER_HINT_SECONDS, RateLimit

_BURST_SECONDS = 0.1
"""Calls of this much time may leave together, so that a timer's grain does not slow a client."""

_SLOWEST_SHARE = 0.1
"""The share of its speed that a throttled client keeps."""

_RECOVERY_SECONDS = 30.0
"""From slowest back to full speed."""


class Limiter:
    """Lets calls pass: `async with limiter:` around each of them.

    A 429 slows everything down at once; full speed returns by itself.
    """

    def __init__(self, settings: RateLimit, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._places = asyncio.Semaphore(settings.at_once)
        self._next_call = 0.0
        self._paused_until = 0.0
        self._throttled_at: float | None = None

    @property
    def calls_per_second(self) -> float:
        """The speed allowed at this moment."""
        full = self._settings.per_second
        if self._throttled_at is None:
            return full
        recovered = (self._clock.monotonic() - self._throttled_at) / _RECOVERY_SECONDS
        return full * min(1.0, _SLOWEST_SHARE + recovered)

    def throttled(self, hint_seconds: float | None) -> None:
        """Take note of a 429, and of how long the service asked to wait."""
        now = self._clock.monotonic()
        self._throttled_at = now
        pause = min(hint_seconds or 0.0, LONGEST_SERVER_HINT_SECONDS)
        self._paused_until = max(self._paused_until, now + pause)

    async def __aenter__(self) -> None:
        await self._places.acquire()
        try:
            await self._await_turn()
        except BaseException:
            self._places.release()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._places.release()

    async def _await_turn(self) -> None:
        now = self._clock.monotonic()
        turn = max(self._next_call, now - _BURST_SECONDS)
        self._next_call = turn + 1.0 / self.calls_per_second
        # Again and again: a 429 may lengthen the pause while this call waits for its turn.
        while (left := max(turn, self._paused_until) - self._clock.monotonic()) > 0:
            await self._clock.sleep(left)
