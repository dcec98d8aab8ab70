"""Ends what takes too long: one timer for all that is under way, none for each."""

import asyncio
import math
from types import TracebackType
from typing import Any, Self

from attrs import define, field


class Deadlines:
    """Ends attempts that take too long, or hear nothing for too long.

    It counts the seconds of the event loop. What began first is due first, or nearly so, and
    is almost always over by then: one timer serves all.
    """

    def __init__(self, *, total_seconds: float, silence_seconds: float) -> None:
        self._total_seconds = total_seconds
        self._silence_seconds = silence_seconds
        self._under_way: set[Attempt] = set()
        self._timer: asyncio.TimerHandle | None = None

    def attempt(self, *, counts_silence: bool) -> "Attempt":
        """Return an attempt of the current task that begins now: `with` it, be in time.

        A silence is counted from the beginning with *counts_silence*, else from the first
        `hear()`.

        Raises:
            TimeoutError: On leaving, if the attempt was ended here.
        """
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("only a task can be ended in time")
        now = loop.time()
        if self._timer is None:
            self._watch_until(loop, math.inf)
        return Attempt(self._under_way, loop, task, now, now if counts_silence else math.inf)

    def has_attempt_of(self, task: "asyncio.Task[Any]") -> bool:
        """Whether *task* is at something at this moment."""
        return any(attempt.task is task for attempt in self._under_way)

    def end_all(self) -> None:
        """End every attempt now, and let go of the timer; nothing new will begin."""
        for attempt in self._under_way:
            attempt.end()
        if self._timer is not None:
            self._timer.cancel()

    def _watch_until(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        # Whatever begins from now on, or is first heard of, is not due before that.
        soonest = loop.time() + min(self._total_seconds, self._silence_seconds)
        self._timer = loop.call_at(min(due, soonest), self._end_what_is_due, loop)

    def _end_what_is_due(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        due_next = math.inf
        for attempt in self._under_way:
            due = min(attempt.began + self._total_seconds, attempt.heard + self._silence_seconds)
            if due <= now:
                attempt.end()
            else:
                due_next = min(due_next, due)
        self._timer = None
        if due_next < math.inf:
            self._watch_until(loop, due_next)


@define(eq=False)
class Attempt:
    """Something that a task does, and that must not take too long."""

    under_way: "set[Attempt]"
    loop: asyncio.AbstractEventLoop
    task: "asyncio.Task[object]"
    began: float
    heard: float
    """When anything came last; endless while silence does not count."""

    is_late: bool = False
    cancels_before: int = field(init=False)

    def hear(self) -> None:
        """Take note that something came: a silence begins anew."""
        self.heard = self.loop.time()

    def end(self) -> None:
        """Cancel what the task awaits; leaving the block turns that into a `TimeoutError`."""
        if not self.is_late:
            self.is_late = True
            self.task.cancel()

    def __enter__(self) -> Self:
        self.cancels_before = self.task.cancelling()
        self.under_way.add(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.under_way.discard(self)
        # As asyncio.timeout() does it: somebody else's cancellation comes first.
        was_ours = self.is_late and self.task.uncancel() <= self.cancels_before
        if was_ours and kind is asyncio.CancelledError:
            raise TimeoutError from error
