"""One start under way, which several callers may wait for."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from attrs import frozen

from mediaintel_async.clock import Clock
from mediaintel_async.decisions.whose_run import Run, RunStatus
from mediaintel_async.waiting.poller import ClientIsClosing, DeadlinePassed

StatusT = TypeVar("StatusT", bound=RunStatus)

_FINISH_SECONDS = 10.0
"""How long a cancelled or closing caller still waits for the answer to a POST in flight."""


@frozen
class StartOutcome(Generic[StatusT]):
    """How a start ended: with a run of our own, or with one that was joined."""

    run: Run
    receipt: Any = None
    """The service's answer to the POST; None where none arrived, or none was sent."""

    status: StatusT | None = None
    """The look that showed the run; None where the receipt was enough."""


class SharedStart(Generic[StatusT]):
    """One start, run in a task of its own: it outlives each of the callers that wait for it."""

    def __init__(self, clock: Clock, is_sending: "Callable[[asyncio.Task[Any]], bool]") -> None:
        self._clock = clock
        self._is_sending = is_sending
        self._task: asyncio.Task[StartOutcome[StatusT]] | None = None
        self._waiters = 0
        self._may_be_posting = False
        self._take_back: Callable[[], None] | None = None
        self._is_closing = False

    @property
    def outcome(self) -> StartOutcome[StatusT] | None:
        """The outcome; None while the start is under way, and after an error."""
        task = self._task
        if task is None or not task.done() or task.cancelled() or task.exception() is not None:
            return None
        return task.result()

    @property
    def is_wanted(self) -> bool:
        """Whether a caller still waits; without one, a lost start is not sent again."""
        return self._waiters > 0 and not self._is_closing

    @contextmanager
    def recorded(self, take_back: Callable[[], None]) -> Iterator[None]:
        """Mark that a POST is recorded as sent, before it is.

        If the start is cancelled before the POST has left, *take_back* corrects the record. It
        does so at once: the cancelled caller's error carries the job's token.
        """
        self._take_back = take_back
        try:
            yield
        finally:
            self._take_back = None

    @contextmanager
    def posting(self) -> Iterator[None]:
        """Mark that a POST waits for its turn at the rate limiter, or is in flight."""
        self._may_be_posting = True
        try:
            yield
        finally:
            self._may_be_posting = False

    @property
    def _is_posting(self) -> bool:
        """Whether a POST is in flight; one that still waits for its turn can be cancelled."""
        return self._may_be_posting and self._task is not None and self._is_sending(self._task)

    async def wait(
        self, begin: Callable[[], Awaitable[StartOutcome[StatusT]]], deadline: float
    ) -> StartOutcome[StatusT]:
        """Run *begin*, unless an earlier caller did, and wait for its outcome.

        A caller that is cancelled while the POST is in flight waits up to 10 s for the answer
        first: otherwise nobody would know of a run that is billed.

        Raises:
            DeadlinePassed: *deadline* passed; a POST in flight goes on.
            ClientIsClosing: The client was closed meanwhile.
        """
        if self._task is None:
            self._task = asyncio.ensure_future(begin())
            self._task.add_done_callback(_retrieve_error)
        task = self._task
        self._waiters += 1
        try:
            left = deadline - self._clock.monotonic()
            await self._done_within(task, left)
            if not task.done():
                raise DeadlinePassed
            if task.cancelled():
                raise ClientIsClosing
            return task.result()
        except asyncio.CancelledError:
            if self._is_posting:
                await self._done_within(task, _FINISH_SECONDS)
            raise
        finally:
            self._waiters -= 1
            if not self._waiters and not task.done() and not self._is_posting:
                # The last caller left and no POST is in flight. A POST sent earlier, whose
                # answer was lost, is recorded in the run: resuming its token looks for it.
                self._call_off(task)
                self._task = None

    async def close(self) -> None:
        """Wait up to 10 s for the answer to a POST in flight, then stop."""
        self._is_closing = True
        if self._task is None or self._task.done():
            return
        if self._is_posting:
            await self._done_within(self._task, _FINISH_SECONDS)
        self._call_off(self._task)
        await asyncio.wait({self._task})

    def _call_off(self, task: "asyncio.Task[Any]") -> None:
        if self._take_back is not None and not self._is_posting:
            self._take_back()
        task.cancel()

    async def _done_within(self, task: "asyncio.Task[Any]", seconds: float) -> None:
        """Return once *task* is done, or after *seconds*; the task is never cancelled."""
        if seconds == math.inf:
            await asyncio.wait({task})
            return
        sleeper = asyncio.ensure_future(self._clock.sleep(max(0.0, seconds)))
        try:
            await asyncio.wait({task, sleeper}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeper.cancel()


def _retrieve_error(task: "asyncio.Task[Any]") -> None:
    """Mark the error of *task* as seen: asyncio would log it if all callers have left."""
    if not task.cancelled():
        task.exception()
