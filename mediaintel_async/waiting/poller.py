"""The poller: one schedule behind all waits of a client.

How a wait passes through it:

1. `Job.wait()` ends in `Poller.wait(address, look, on_status, deadline=...)`. The address says
   which status is to be looked at. One look is one status request; `look()` makes it.
2. The wait becomes a `_Waiter`: its callback, its deadline and a future. It joins the
   `_AddressEntry` of its address, which the first waiter there makes. The poller has no task and no
   timer for a wait, so 100,000 of them may be pending.
3. One task, the driver, sleeps until the earliest of all looks and deadlines. It ends the waits
   whose deadline has passed, and starts a task for each look that is due, up to `at_once` tasks; a
   task makes one look after another as long as any is due.
4. The look's outcome, a status or an error, goes to every waiter that had joined before the look
   began. `on_status(status)` returns whether that wait is over; then its future is resolved.
5. The cadence says how long to wait until the next look at this address, and the entry goes back
   into the schedule. When the last waiter has left, the entry is dropped with all it holds.

A transient error only moves the next look, as long as `Patience` allows; any other error ends the
waits. A wait also ends at its own deadline, when its task is cancelled, and when the client is
closed.

The driver and the look tasks serve many callers and outlive each of them, so they run in an empty
`contextvars.Context`. `on_status` runs in a copy of the context of whoever waits: nobody's tenant,
request id or span shows in the callbacks and log lines of another.
"""

import asyncio
import contextvars
import copy
import logging
import math
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import Any

from attrs import define
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
    report_end,
    usual_seconds,
)
from mediaintel_async.waiting.patience import Patience, Trouble, add_failure
from mediaintel_async.waiting.schedule import Schedule

_logger = logging.getLogger("mediaintel_async")

FetchStatus = Callable[[], Awaitable[Any]]
"""Makes one look: sends one status request, and returns the status."""

OnStatus = Callable[[Any], bool]
"""Called with the status of each look; returns whether its wait is over."""

TRANSIENT = (TransportError, ServerError, TooManyRequests, QuotaExceeded, InvalidAnswer)
"""Errors of a look that may be over soon. Any other error ends the wait."""


_ENDS_AT_ONCE = 250
"""How many waits end in one turn of the event loop: each runs its task, and 100,000 of them would
block the loop for seconds."""


class DeadlinePassed(Exception):
    """The deadline of a wait has passed."""


class ClientIsClosing(Exception):
    """The client is being closed."""


@define(eq=False, weakref_slot=False)
class AddressSchedule:
    """How far the looks at one address have come: the `JobMemory` that the cadence sees.

    A watch is a wait for each of its steps; it carries its `AddressSchedule` from one to the next.
    """

    started: float
    """When the first look was due, by the clock's `monotonic()`."""

    looks: int = 0
    is_answered: bool = False
    """Whether the last look succeeded."""

    next_look: float = -math.inf
    observations: Any = None
    """What the cadence has noted of the job."""


@define(eq=False, weakref_slot=False)
class _Waiter:
    on_status: OnStatus
    done: "asyncio.Future[None]"
    """Resolved when the wait ends; its task wakes up a little later."""

    deadline: float
    wants_one_look: bool
    was_reached: bool
    """Whether the wait has had a good look, or its caller had one just before."""

    context: contextvars.Context
    """A copy of the context of whoever waits; the callback runs in it."""

    trouble: Trouble | None = None
    """The looks that have failed since the last good one; None: the last look was good."""


# A subclass: with 100,000 entries, each object less saves a tenth of a second and 10 MB.
@define(eq=False, weakref_slot=False, kw_only=True)
class _AddressEntry(AddressSchedule):
    """All waits for one address, and the looks that they share."""

    address: Hashable
    look: FetchStatus
    watched: AddressSchedule | None = None
    """The schedule that a watch carries, if one made the entry."""

    _first: _Waiter | None = None
    """Most addresses have one waiter: for it alone no dict is made."""

    _others: dict[_Waiter, None] | None = None
    """A dict for its order: waiters get their status in the order in which they came."""

    is_looking: bool = False
    needs_fresh_look: bool = False
    """Whether a waiter has joined during the look that is under way, whose outcome may be older
    than what this waiter waits for."""

    earliest_look: float = -math.inf
    """Not before this, however many waiters join: they must not raise the rate of looks."""

    @property
    def pace(self) -> AddressSchedule:
        """How far the looks have come: the entry's own schedule, or that of the watch."""
        return self if self.watched is None else self.watched

    @property
    def waiters(self) -> list[_Waiter]:
        """The waiters in the order in which they came."""
        first = [] if self._first is None else [self._first]
        return [*first, *self._others] if self._others else first

    @property
    def has_waiters(self) -> bool:
        """Whether there are any."""
        return self._first is not None or bool(self._others)

    def add(self, waiter: _Waiter) -> None:
        """Add *waiter*, as the last."""
        if not self.has_waiters:
            self._first = waiter
            return
        if self._others is None:
            self._others = {}
        self._others[waiter] = None

    def discard(self, waiter: _Waiter) -> None:
        """Remove *waiter*, if it is there."""
        if waiter is self._first:
            self._first = None
        elif self._others is not None:
            self._others.pop(waiter, None)


class Poller:
    """Looks at every address that something waits for, as often as the cadence says."""

    def __init__(
        self, clock: Clock, cadence: wait_base, *, at_once: int, patience: Patience
    ) -> None:
        self._clock = clock
        self._cadence = cadence
        self._at_once = at_once
        self.patience: Patience = patience
        self._entries: dict[Hashable, _AddressEntry] = {}
        self._due: Schedule[_AddressEntry] = Schedule()
        self._deadlines: Schedule[_Waiter] = Schedule()
        self._look_tasks: set[asyncio.Task[None]] = set()
        self._driver: asyncio.Task[None] | None = None
        self._wake_up: asyncio.Future[None] | None = None
        self._sleeps_until = math.inf
        self._is_closed = False
        self._closing: asyncio.Task[None] | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the poller takes no more waits."""
        return self._is_closed

    def waiting_for(self, address: Hashable) -> int:
        """Return how many waits for *address* are pending."""
        entry = self._entries.get(address)
        return 0 if entry is None else len(entry.waiters)

    def likely_end(self, address: Hashable) -> float | None:
        """Return when the job at *address* will probably have ended, by the clock's `monotonic()`.

        None if nothing waits for the address, or the cadence has no estimate.
        """
        entry = self._entries.get(address)
        end = None if entry is None else likely_end(entry.pace)
        return None if entry is None or end is None else entry.pace.started + end

    def usual_seconds(self, status: Any) -> float | None:
        """Return how long jobs with a status like *status* usually take; None if nobody knows."""
        return usual_seconds(self._cadence, status)

    async def wait(
        self,
        address: Hashable,
        look: FetchStatus,
        on_status: OnStatus,
        *,
        deadline: float,
        wants_one_look: bool = False,
        was_reached: bool = False,
        pace: AddressSchedule | None = None,
    ) -> None:
        """Look at *address* until *on_status* returns True.

        Args:
            address: Waits with an equal address share their looks.
            look: Makes one look.
            on_status: Called with each status of a look that began after this call.
            deadline: By the clock's `monotonic()`.
            wants_one_look: Lets the first look end even after the deadline.
            was_reached: Whether the caller has just had an answer of the service, so that looks
                which fail now are trouble that may pass. So is a wait that joins an address
                whose last look succeeded.
            pace: How far earlier steps of a watch have come; brought up to date when this wait
                ends. None begins with a look at once.

        Raises:
            DeadlinePassed: The deadline passed; the cause is the error of the last look, if that
                failed.
            ClientIsClosing: The client was closed during the wait.
            ClientClosed: The client was closed before, or belongs to another event loop.
            MediaIntelligenceError: A look failed with an error that is not transient, or looks
                have failed for longer than `Patience` allows.
        """
        loop = asyncio.get_running_loop()
        if self._is_closed:
            raise ClientClosed("this client was closed; make a new one")
        self.check_loop()
        now = self._clock.monotonic()
        done: asyncio.Future[None] = loop.create_future()
        entry = self._entries.get(address)
        if entry is None:
            entry = _AddressEntry(now, address=address, look=look, watched=pace)
            self._entries[address] = entry
            look_at = now if pace is None else max(now, pace.next_look)
        else:
            # A watch that goes on needs no extra look.
            is_new = pace is None or pace.looks == 0
            look_at = max(now, entry.earliest_look) if is_new else math.inf
        was_reached = (
            was_reached or entry.pace.is_answered or (pace is not None and pace.is_answered)
        )
        context = contextvars.copy_context()
        waiter = _Waiter(on_status, done, deadline, wants_one_look, was_reached, context)
        self._join(entry, waiter, look_at)
        try:
            await done
        finally:
            self._leave(entry, waiter)
            if pace is not None:
                pace.looks, pace.next_look = entry.pace.looks, entry.pace.next_look
                pace.is_answered = entry.pace.is_answered

    def check_loop(self) -> None:
        """Make sure that the waits are those of the running event loop.

        Raises:
            ClientClosed: They are those of another one.
        """
        if self._driver is not None and self._driver.get_loop() is not asyncio.get_running_loop():
            raise ClientClosed(
                "this client belongs to another event loop; make one client in each loop"
            )

    def close(self) -> None:
        """End every wait with `ClientIsClosing`. Calling it again does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        # Before the driver ends, which empties the tables.
        entries = list(self._entries.values())
        for task in (self._driver, *self._look_tasks):
            if task is not None:
                task.cancel()
        if entries:
            self._closing = asyncio.create_task(
                self._end_a_few_at_a_time(entries), context=contextvars.Context()
            )

    async def wait_closed(self) -> None:
        """Return once every wait has ended, and no task of the poller runs any more."""
        tasks = (self._driver, self._closing, *self._look_tasks)
        running = [task for task in tasks if task is not None]
        if running:
            await asyncio.wait(running)

    async def _end_a_few_at_a_time(self, entries: list[_AddressEntry]) -> None:
        """End the waits of *entries* with `ClientIsClosing`, some hundred in a turn of the loop."""
        for first in range(0, len(entries), _ENDS_AT_ONCE):
            for entry in entries[first : first + _ENDS_AT_ONCE]:
                self._fail(entry.waiters, ClientIsClosing())
            await self._clock.sleep(0)

    def _join(self, entry: _AddressEntry, waiter: _Waiter, look_at: float) -> None:
        if entry.is_looking:
            # That look may show the status from before the start that this wait is about.
            entry.needs_fresh_look = True
        else:
            if entry.has_waiters:
                look_at = min(look_at, self._due.when(entry, math.inf))
            self._schedule(entry, look_at)
        entry.add(waiter)
        if not waiter.wants_one_look and waiter.deadline < math.inf:
            self._deadlines.put(waiter, waiter.deadline)
            self._wake_before(waiter.deadline)
        if self._driver is None or self._driver.done():
            self._driver = asyncio.create_task(self._drive(), context=contextvars.Context())

    def _leave(self, entry: _AddressEntry, waiter: _Waiter) -> None:
        entry.discard(waiter)
        self._deadlines.discard(waiter)
        if not entry.has_waiters and not entry.is_looking:
            self._drop(entry)

    def _drop(self, entry: _AddressEntry) -> None:
        self._due.discard(entry)
        if self._entries.get(entry.address) is entry:
            del self._entries[entry.address]
        if not self._entries:
            self._wake_before(-math.inf)  # the driver ends

    def _schedule(self, entry: _AddressEntry, when: float) -> None:
        entry.pace.next_look = when
        self._due.put(entry, when)
        self._wake_before(when)

    def _wake_before(self, when: float) -> None:
        """Wake the driver if it would sleep past *when*."""
        if when < self._sleeps_until and self._wake_up is not None and not self._wake_up.done():
            self._wake_up.set_result(None)

    async def _drive(self) -> None:
        """Start looks when they are due and end waits at their deadlines, while there are any."""
        try:
            while self._entries:
                self._end_overdue_waits()
                self._start_due_looks()
                await self._sleep()
        except asyncio.CancelledError:
            # Without a driver no wait would ever end. `close()` ends them by itself.
            if not self._is_closed:
                self._fail_all(ClientIsClosing())
            raise
        except Exception as error:
            _logger.exception("the poller failed")
            self._fail_all(error)
        finally:
            # Nothing waits any more. New tables, since a dict keeps the room of its largest size.
            self._entries, self._due, self._deadlines = {}, Schedule(), Schedule()

    def _end_overdue_waits(self) -> None:
        """End waits whose deadline has passed, a few hundred at most: the rest is still due."""
        now = self._clock.monotonic()
        for _ in range(_ENDS_AT_ONCE):
            waiter = self._deadlines.pop_due(now)
            if waiter is None:
                return
            if not waiter.done.done():
                waiter.done.set_exception(_deadline_passed(waiter))

    def _start_due_looks(self) -> None:
        """Start a task for each look that is due, up to `at_once` tasks."""
        now = self._clock.monotonic()
        while (
            len(self._look_tasks) < self._at_once and (entry := self._due.pop_due(now)) is not None
        ):
            entry.is_looking = True
            # The driver, which makes the task, runs in an empty context, and so does the task.
            task = asyncio.create_task(self._look_while_due(entry))
            self._look_tasks.add(task)
            task.add_done_callback(self._forget_look_task)

    def _forget_look_task(self, task: "asyncio.Task[None]") -> None:
        self._look_tasks.discard(task)
        # While every task was busy, the driver slept without regard to due looks.
        self._wake_before(self._due.next_time())

    async def _look_while_due(self, first: _AddressEntry) -> None:
        """Look at *first*, then at whichever address has been due for longest, until none is."""
        entry: _AddressEntry | None = first
        while entry is not None:
            await self._look_at(entry)
            entry = self._due.pop_due(self._clock.monotonic())
            if entry is not None:
                entry.is_looking = True

    async def _sleep(self) -> None:
        """Sleep until the next deadline or look, or until something earlier is scheduled."""
        until = self._deadlines.next_time()
        if len(self._look_tasks) < self._at_once:
            until = min(until, self._due.next_time())
        self._sleeps_until = until
        self._wake_up = asyncio.get_running_loop().create_future()
        awaited: set[asyncio.Future[None]] = {self._wake_up}
        if until < math.inf:
            seconds = max(0.0, until - self._clock.monotonic())
            awaited.add(asyncio.ensure_future(self._clock.sleep(seconds)))
        try:
            await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._sleeps_until = -math.inf
            for each in awaited:
                each.cancel()

    async def _look_at(self, entry: _AddressEntry) -> None:
        """Make one look, deliver its outcome, and schedule the next."""
        waiters = _still_waiting(entry)
        entry.needs_fresh_look = False
        entry.earliest_look = self._clock.monotonic() + SHORTEST_DELAY_SECONDS
        delay = 0.0
        try:
            # No waiter is left if the deadline of the last one passed a moment ago.
            if waiters:
                delay = await self._look_and_deliver(entry, waiters)
        except asyncio.CancelledError:
            self._fail(_still_waiting(entry), ClientIsClosing())
            raise
        except Exception as error:  # noqa: BLE001 - a bug in a strategy or a look ends its waits
            self._fail(waiters, error)
        finally:
            entry.is_looking = False
            self._schedule_next_look(entry, delay)

    async def _look_and_deliver(self, entry: _AddressEntry, waiters: list[_Waiter]) -> float:
        """Look, give the outcome to *waiters*, and return the delay until the next look."""
        entry.pace.looks += 1
        try:
            outcome: Any = await entry.look()
        except MediaIntelligenceError as error:
            return self._deliver_error(entry, waiters, error)
        pace = entry.pace
        pace.is_answered = True
        elapsed = self._clock.monotonic() - pace.started
        is_final = getattr(outcome, "is_final", False)
        # Before the delivery, so that callbacks can already ask for the likely end.
        delay = 0.0 if is_final else self._next_delay(pace, outcome, elapsed)
        self._deliver(waiters, outcome)
        if is_final and _is_waited_for(entry):
            # Some waiter did not take this end for its own: it may be that of an earlier run.
            return self._next_delay(pace, outcome, elapsed)
        if is_final and pace.looks > 1:
            # A job that had ended before the first look says nothing about lengths.
            report_end(self._cadence, outcome, elapsed_seconds=elapsed, memory=pace)
        return delay

    def _next_delay(self, pace: AddressSchedule, outcome: Any, elapsed_seconds: float) -> float:
        return next_delay(
            self._cadence,
            outcome,
            looks=pace.looks,
            elapsed_seconds=elapsed_seconds,
            memory=pace,
        )

    def _schedule_next_look(self, entry: _AddressEntry, delay: float) -> None:
        now = self._clock.monotonic()
        entry.pace.next_look = now + delay
        if _is_waited_for(entry):
            soonest = max(now, entry.earliest_look)
            self._schedule(entry, soonest if entry.needs_fresh_look else now + delay)
        else:
            # All remaining waiters have their result; their tasks have not run yet.
            self._drop(entry)

    def _deliver(self, waiters: list[_Waiter], outcome: Any) -> None:
        now = self._clock.monotonic()
        for waiter in waiters:
            if waiter.done.done():
                continue
            waiter.was_reached, waiter.trouble = True, None
            try:
                is_over = waiter.context.run(waiter.on_status, outcome)
            except StopIteration as error:
                waiter.done.set_exception(_as_runtime_error(error))  # futures refuse StopIteration
                continue
            except BaseException as error:  # noqa: BLE001 - raised in the task of the callback's owner
                waiter.done.set_exception(error)
                continue
            if is_over:
                waiter.done.set_result(None)
            elif waiter.wants_one_look and now >= waiter.deadline:
                waiter.done.set_exception(DeadlinePassed())

    def _deliver_error(
        self, entry: _AddressEntry, waiters: list[_Waiter], error: MediaIntelligenceError
    ) -> float:
        """End the waits that *error* ends, and return the delay until the next look."""
        now = self._clock.monotonic()
        pace, attempts = entry.pace, 0
        pace.is_answered = False
        for waiter in waiters:
            if waiter.done.done():
                continue
            trouble = waiter.trouble = add_failure(waiter.trouble, error, now)
            if not isinstance(error, TRANSIENT) or self.patience.is_over(
                trouble, now, was_reached=waiter.was_reached
            ):
                waiter.done.set_exception(_copy_of(error))
            elif waiter.wants_one_look and now >= waiter.deadline:
                waiter.done.set_exception(_deadline_passed(waiter))
            elif not waiter.was_reached:
                attempts = max(attempts, trouble.failures)
        elapsed = now - pace.started
        if attempts:
            # A wait that has not reached the service yet looks again as soon as a call is retried.
            return next_delay(
                self.patience.retry.wait, error, looks=attempts, elapsed_seconds=elapsed
            )
        return self._next_delay(pace, error, elapsed)

    def _fail(self, waiters: Iterable[_Waiter], error: Exception) -> None:
        for waiter in waiters:
            if not waiter.done.done():
                waiter.done.set_exception(_copy_of(error))

    def _fail_all(self, error: Exception) -> None:
        for entry in self._entries.values():
            self._fail(entry.waiters, error)


def _is_waited_for(entry: _AddressEntry) -> bool:
    return any(not waiter.done.done() for waiter in entry.waiters)


def _still_waiting(entry: _AddressEntry) -> list[_Waiter]:
    """Return the waiters without a result; the others' tasks only have not run yet."""
    return [waiter for waiter in entry.waiters if not waiter.done.done()]


def _deadline_passed(waiter: _Waiter) -> DeadlinePassed:
    """Return the error of a wait whose deadline has passed; its cause is that of its last look."""
    late = DeadlinePassed()
    late.__cause__ = None if waiter.trouble is None else waiter.trouble.error
    return late


def _as_runtime_error(error: StopIteration) -> RuntimeError:
    runtime_error = RuntimeError("StopIteration left a callback")
    runtime_error.__cause__ = error
    return runtime_error


def _copy_of(error: Exception) -> Exception:
    """Copy *error*: each waiter adds its own token to the error that it raises."""
    try:
        copied = copy.copy(error)
    except Exception:  # noqa: BLE001 - an exception class whose instances cannot be copied
        return error
    copied.__cause__ = error.__cause__
    return copied.with_traceback(error.__traceback__)
