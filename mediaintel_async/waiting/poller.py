"""The poller: one schedule behind all waits of a client.

A wait is an entry in the schedule and a future, not a task or a timer. Looks are shared by
all who wait for the same address, and a bounded number of them is under way at a time.
"""

import asyncio
import copy
import logging
import math
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import Any

from attrs import define, field
from tenacity.wait import wait_base

from mediaintel_async.clock import Clock
from mediaintel_async.errors import (
    ClientClosed,
    InvalidAnswer,
    MediaIntelligenceError,
    QuotaExceeded,
    ServerError,
    TooManyRequests,
    TransportError,
)
from mediaintel_async.waiting.cadence import (
    SHORTEST_DELAY_SECONDS,
    likely_end,
    next_delay,
    tell_end,
)
from mediaintel_async.waiting.schedule import Schedule

_logger = logging.getLogger("mediaintel_async")

Look = Callable[[], Awaitable[Any]]
OnStatus = Callable[[Any], bool]
"""Given each status that was seen; returns whether its wait is over."""

_PASSING = (TransportError, ServerError, TooManyRequests, QuotaExceeded, InvalidAnswer)
"""What only moves the next look; any other refusal will be the same the next time."""


class DeadlinePassed(Exception):
    """The deadline of a wait has passed."""


class ClientIsClosing(Exception):
    """The client is being closed."""


@define(eq=False, weakref_slot=False)
class AddressSchedule:
    """Where a cadence stands for one address: what a watcher keeps between its steps."""

    started: float
    looks: int = 0
    next_look: float = -math.inf
    notes: Any = None
    """What the cadence remembers of the job."""


@define(eq=False, weakref_slot=False)
class _Waiter:
    on_status: OnStatus
    done: "asyncio.Future[None]"
    deadline: float
    last_good: float
    wants_one_look: bool


@define(eq=False, weakref_slot=False)
class _Entry:
    address: Hashable
    look: Look
    pace: AddressSchedule
    waiters: dict[_Waiter, None] = field(factory=dict)
    is_looking: bool = False
    look_again: bool = False
    may_look_at: float = -math.inf
    """Not before that, however many join: the last look began shortly before."""


class Poller:
    """Looks at every address that somebody waits for, as often as the cadence says."""

    def __init__(
        self, clock: Clock, cadence: wait_base, *, at_once: int, unreachable_seconds: float
    ) -> None:
        self._clock = clock
        self._cadence = cadence
        self._at_once = at_once
        self._unreachable_seconds = unreachable_seconds
        self._entries: dict[Hashable, _Entry] = {}
        self._due: Schedule[_Entry] = Schedule()
        self._deadlines: Schedule[_Waiter] = Schedule()
        self._lanes: set[asyncio.Task[None]] = set()
        self._driver: asyncio.Task[None] | None = None
        self._nudge: asyncio.Future[None] | None = None
        self._sleeps_until = math.inf
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """Whether it takes no more waits."""
        return self._is_closed

    def waiting_for(self, address: Hashable) -> int:
        """How many wait for *address* now."""
        entry = self._entries.get(address)
        return 0 if entry is None else len(entry.waiters)

    def likely_end(self, address: Hashable) -> float | None:
        """When what is waited for at *address* will probably have ended; None: nobody can tell.

        By the clock's `monotonic()`.
        """
        entry = self._entries.get(address)
        end = None if entry is None else likely_end(entry.pace)
        return None if entry is None or end is None else entry.pace.started + end

    async def wait(
        self,
        address: Hashable,
        look: Look,
        on_status: OnStatus,
        *,
        deadline: float,
        wants_one_look: bool = False,
        pace: AddressSchedule | None = None,
    ) -> None:
        """Look at *address* until *on_status* returns True.

        Args:
            address: Waits with an equal address share their looks.
            look: Makes one look.
            on_status: Called with each status of a look that began after this call.
            deadline: By the clock's `monotonic()`.
            wants_one_look: Lets the first look end even after the deadline.
            pace: Where the cadence stands; None starts with a look at once.

        Raises:
            DeadlinePassed: The deadline passed; the cause is the error of the only look, if there
                was just one and it failed.
            ClientIsClosing: The client was closed meanwhile.
            ClientClosed: It was closed before, or lives in another event loop.
            MediaIntelligenceError: A look failed for good, or none succeeded for long.
        """
        loop = asyncio.get_running_loop()
        if self._is_closed:
            raise ClientClosed("this client was closed; make a new one")
        if self._driver is not None and self._driver.get_loop() is not loop:
            raise ClientClosed(
                "this client belongs to another event loop; make one client in each loop"
            )
        now = self._clock.monotonic()
        done: asyncio.Future[None] = loop.create_future()
        waiter = _Waiter(on_status, done, deadline, now, wants_one_look)
        entry = self._entries.get(address)
        if entry is None:
            entry = _Entry(address, look, pace or AddressSchedule(now))
            self._entries[address] = entry
            look_at = now if pace is None else max(now, pace.next_look)
        else:
            # Between its steps a watcher has missed nothing that the next look will not show.
            is_new = pace is None or pace.looks == 0
            look_at = max(now, entry.may_look_at) if is_new else math.inf
        self._join(entry, waiter, look_at)
        try:
            await done
        finally:
            self._leave(entry, waiter)
            if pace is not None:
                pace.looks, pace.next_look = entry.pace.looks, entry.pace.next_look

    def close(self) -> None:
        """End every wait with `ClientIsClosing`. Calling it again does nothing."""
        self._is_closed = True
        self._fail_all(ClientIsClosing())
        for task in (self._driver, *self._lanes):
            if task is not None:
                task.cancel()

    async def wait_closed(self) -> None:
        """Return once nothing of the poller runs any more."""
        tasks = [task for task in (self._driver, *self._lanes) if task is not None]
        if tasks:
            await asyncio.wait(tasks)

    def _join(self, entry: _Entry, waiter: _Waiter, look_at: float) -> None:
        if entry.is_looking:
            # That look began before this wait did, and may show what was before its start.
            entry.look_again = True
        else:
            self._schedule(entry, min(look_at, self._due.when(entry, math.inf)))
        entry.waiters[waiter] = None
        if not waiter.wants_one_look and waiter.deadline < math.inf:
            self._deadlines.put(waiter, waiter.deadline)
            self._wake_for(waiter.deadline)
        if self._driver is None or self._driver.done():
            self._driver = asyncio.ensure_future(self._drive())

    def _leave(self, entry: _Entry, waiter: _Waiter) -> None:
        entry.waiters.pop(waiter, None)
        self._deadlines.discard(waiter)
        if not entry.waiters and not entry.is_looking:
            self._drop(entry)

    def _drop(self, entry: _Entry) -> None:
        self._due.discard(entry)
        if self._entries.get(entry.address) is entry:
            del self._entries[entry.address]
        if not self._entries:
            self._wake_for(-math.inf)

    def _schedule(self, entry: _Entry, when: float) -> None:
        entry.pace.next_look = when
        self._due.put(entry, when)
        self._wake_for(when)

    def _wake_for(self, when: float) -> None:
        """Wake the driver if it would sleep past *when*."""
        if when < self._sleeps_until and self._nudge is not None and not self._nudge.done():
            self._nudge.set_result(None)

    async def _drive(self) -> None:
        """Start looks when they are due and end waits at their deadlines, while any wait."""
        try:
            while self._entries:
                self._expire()
                self._start_lanes()
                await self._sleep()
        except asyncio.CancelledError:
            # Without its driver no wait would ever end.
            self._fail_all(ClientIsClosing())
            raise
        except Exception as error:
            _logger.exception("the poller failed")
            self._fail_all(error)
        finally:
            # Nothing is waited for any more, and tables that once were large stay large.
            self._entries, self._due, self._deadlines = {}, Schedule(), Schedule()

    def _expire(self) -> None:
        now = self._clock.monotonic()
        while (waiter := self._deadlines.pop_due(now)) is not None:
            if not waiter.done.done():
                waiter.done.set_exception(DeadlinePassed())

    def _start_lanes(self) -> None:
        now = self._clock.monotonic()
        while len(self._lanes) < self._at_once and (entry := self._due.pop_due(now)) is not None:
            entry.is_looking = True
            lane = asyncio.ensure_future(self._run_lane(entry))
            self._lanes.add(lane)
            lane.add_done_callback(self._end_lane)

    def _end_lane(self, lane: "asyncio.Task[None]") -> None:
        self._lanes.discard(lane)
        # The driver may have gone to sleep without regard to looks, all lanes being taken.
        self._wake_for(self._due.next_time())

    async def _run_lane(self, first: _Entry) -> None:
        """Look at *first*, then at whatever has been due for longest, until nothing is."""
        entry: _Entry | None = first
        while entry is not None:
            await self._look_at(entry)
            entry = self._due.pop_due(self._clock.monotonic())
            if entry is not None:
                entry.is_looking = True

    async def _sleep(self) -> None:
        """Sleep until the next deadline or look, or until something earlier comes up."""
        until = self._deadlines.next_time()
        if len(self._lanes) < self._at_once:
            until = min(until, self._due.next_time())
        self._sleeps_until = until
        self._nudge = asyncio.get_running_loop().create_future()
        awaited: set[asyncio.Future[None]] = {self._nudge}
        if until < math.inf:
            seconds = max(0.0, until - self._clock.monotonic())
            awaited.add(asyncio.ensure_future(self._clock.sleep(seconds)))
        try:
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._sleeps_until = -math.inf
            for one in awaited:
                one.cancel()

    async def _look_at(self, entry: _Entry) -> None:
        present = _those_waiting(entry)
        entry.look_again = False
        entry.may_look_at = self._clock.monotonic() + SHORTEST_DELAY_SECONDS
        delay = 0.0
        try:
            # Nobody is there when the deadline of the last one came just before.
            if present:
                delay = await self._look_and_tell(entry, present)
        except asyncio.CancelledError:
            self._fail(_those_waiting(entry), ClientIsClosing())
            raise
        except Exception as error:  # noqa: BLE001 - a bug in a strategy or a look ends its waits
            self._fail(present, error)
        finally:
            entry.is_looking = False
            self._look_later(entry, delay)

    async def _look_and_tell(self, entry: _Entry, present: list[_Waiter]) -> float:
        """Look, tell those *present* what that came to, and return how long to wait now."""
        entry.pace.looks += 1
        try:
            outcome: Any = await entry.look()
        except MediaIntelligenceError as error:
            outcome = error
        pace = entry.pace
        elapsed = self._clock.monotonic() - pace.started
        is_final = getattr(outcome, "is_final", False)
        # Before anybody is told, so that whoever is can ask how long it will take.
        delay = 0.0 if is_final else self._next_delay(pace, outcome, elapsed)
        self._deliver(present, outcome)
        if is_final and _is_waited_for(entry):
            return self._next_delay(pace, outcome, elapsed)
        if is_final and pace.looks > 1:
            # What had ended before the first look teaches nothing.
            tell_end(self._cadence, outcome, elapsed_seconds=elapsed, keeper=pace)
        return delay

    def _next_delay(self, pace: AddressSchedule, outcome: Any, elapsed_seconds: float) -> float:
        return next_delay(
            self._cadence,
            outcome,
            looks=pace.looks,
            elapsed_seconds=elapsed_seconds,
            keeper=pace,
        )

    def _look_later(self, entry: _Entry, delay: float) -> None:
        now = self._clock.monotonic()
        entry.pace.next_look = now + delay
        if _is_waited_for(entry):
            at_once = max(now, entry.may_look_at)
            self._schedule(entry, at_once if entry.look_again else now + delay)
        else:
            # Who is left has an answer already and is on the way out.
            self._drop(entry)

    def _deliver(self, waiters: list[_Waiter], outcome: Any) -> None:
        now = self._clock.monotonic()
        for waiter in waiters:
            if waiter.done.done():
                continue
            if isinstance(outcome, MediaIntelligenceError):
                self._deliver_error(waiter, outcome, now)
                continue
            waiter.last_good = now
            try:
                is_over = waiter.on_status(outcome)
            except StopIteration as error:
                waiter.done.set_exception(_as_runtime_error(error))  # no future takes that one
                continue
            except BaseException as error:  # noqa: BLE001 - the waiter's own, and it gets it
                waiter.done.set_exception(error)
                continue
            if is_over:
                waiter.done.set_result(None)
            elif waiter.wants_one_look and now >= waiter.deadline:
                waiter.done.set_exception(DeadlinePassed())

    def _deliver_error(self, waiter: _Waiter, error: MediaIntelligenceError, now: float) -> None:
        lost_for_long = now - waiter.last_good >= self._unreachable_seconds
        if not isinstance(error, _PASSING) or lost_for_long:
            waiter.done.set_exception(_twin(error))
        elif waiter.wants_one_look and now >= waiter.deadline:
            out_of_time = DeadlinePassed()
            out_of_time.__cause__ = error
            waiter.done.set_exception(out_of_time)

    def _fail(self, waiters: Iterable[_Waiter], error: Exception) -> None:
        for waiter in waiters:
            if not waiter.done.done():
                waiter.done.set_exception(_twin(error))

    def _fail_all(self, error: Exception) -> None:
        for entry in self._entries.values():
            self._fail(entry.waiters, error)


def _is_waited_for(entry: _Entry) -> bool:
    return any(not waiter.done.done() for waiter in entry.waiters)


def _those_waiting(entry: _Entry) -> list[_Waiter]:
    """Those without an answer; the others only have not woken yet."""
    return [waiter for waiter in entry.waiters if not waiter.done.done()]


def _as_runtime_error(error: StopIteration) -> RuntimeError:
    disguised = RuntimeError("StopIteration left a callback")
    disguised.__cause__ = error
    return disguised


def _twin(error: Exception) -> Exception:
    """Copy *error*: each waiter's own will carry that waiter's token."""
    try:
        twin = copy.copy(error)
    except Exception:  # noqa: BLE001 - somebody's exception that cannot be copied
        return error
    twin.__cause__ = error.__cause__
    return twin.with_traceback(error.__traceback__)
