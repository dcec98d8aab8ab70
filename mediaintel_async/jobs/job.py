"""A job: work on the service, and the ways to wait for it; what all kinds have in common."""

import asyncio
import inspect
import logging
import math
from abc import ABC, abstractmethod
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from enum import StrEnum
from typing import Any, Generic, Literal, Self, TypeVar
from weakref import WeakSet

from attrs import field, frozen

from mediaintel_async.clock import Clock, within
from mediaintel_async.decisions.whose_run import Run, RunStatus
from mediaintel_async.errors import (
    ClientClosed,
    Detached,
    InvalidArgument,
    JobCanceled,
    JobError,
    JobFailed,
    MediaIntelligenceError,
    StillRunning,
    TransportError,
)
from mediaintel_async.jobs.start_once import SharedStart
from mediaintel_async.jobs.token import Token, check_fits, encode
from mediaintel_async.public import public
from mediaintel_async.refs import AssetRef
from mediaintel_async.settings import Timeouts
from mediaintel_async.waiting.poller import AddressSchedule, ClientIsClosing, DeadlinePassed, Poller

StatusT = TypeVar("StatusT", bound=RunStatus)
ResultT = TypeVar("ResultT")
OnTimeout = Literal["detach", "cancel"]
OnProgress = Callable[[StatusT], object]

_LONGEST_SECONDS = 10**12

logger: logging.Logger = logging.getLogger("mediaintel_async")


@public
class Cancellation(StrEnum):
    """What cancelling came to."""

    CANCELED = "canceled"
    FINISHED_FIRST = "finished first"
    """The run had ended by itself, well or badly, before the cancellation took."""

    UNKNOWN = "unknown"
    """Looking has not shown an end of the run; it may not have shown at all, and then nothing was
    asked for."""


@frozen(kw_only=True)
class JobContext:
    """What the jobs of one client share."""

    origin: str
    clock: Clock
    timeouts: Timeouts
    poller: Poller
    is_sending: "Callable[[asyncio.Task[Any]], bool]"
    """Whether a request of that task is on its way."""

    pause: "Callable[[float], Awaitable[None]]"
    """Sleeps, but no longer than until the client is closed."""

    starts: "set[SharedStart[Any]]" = field(factory=set)
    """Those under way."""

    waits: "Counter[AssetRef]" = field(factory=Counter)
    """How many wait for something of an asset, by whichever call."""

    watches: "WeakSet[Watch[Any]]" = field(factory=WeakSet)
    """Those that somebody may still step through."""

    accepted: "OrderedDict[object, tuple[float, Run]]" = field(factory=OrderedDict)
    """Starts of the last `Timeouts.grace` that the service accepted, oldest first."""

    locks: dict[object, "SharedLock"] = field(factory=dict)
    """One for each asset that something is being started for."""

    def begin_wait(self, asset: AssetRef) -> None:
        """Count a wait for something of *asset*."""
        self.waits[asset] += 1

    def end_wait(self, asset: AssetRef) -> None:
        """Count it no more."""
        self.waits[asset] -= 1
        if not self.waits[asset]:
            del self.waits[asset]

    def is_wanted(self, asset: AssetRef) -> bool:
        """Whether anybody waits for something of *asset*, or watches it."""
        watched = any(watch.asset == asset and not watch.is_over for watch in self.watches)
        return watched or asset in self.waits

    def note_accepted(self, key: object, run: Run) -> None:
        """Keep the start of *run* in mind, until the service must have shown it."""
        now = self.clock.monotonic()
        self.accepted.pop(key, None)
        self.accepted[key] = (now, run)
        while next(iter(self.accepted.values()))[0] + self.timeouts.grace < now:
            self.accepted.popitem(last=False)

    def accepted_lately(self, key: object) -> Run | None:
        """Return the run of *key* that was accepted so lately that it may not show yet."""
        since, run = self.accepted.get(key, (-math.inf, None))
        return run if self.clock.monotonic() - since < self.timeouts.grace else None

    @contextmanager
    def start_under_way(self, shared_start: "SharedStart[Any]") -> Iterator[None]:
        """Keep *starting* known while it runs, so that closing can see it to its end."""
        self.starts.add(shared_start)
        try:
            yield
        finally:
            self.starts.discard(shared_start)

    def lock(self, key: object) -> "SharedLock":
        """Return the lock of *key*; it is forgotten once nobody holds or wants it."""
        lock = self.locks.get(key)
        if lock is None:
            lock = self.locks[key] = SharedLock(self.locks, key)
        return lock


# Not a generator with a decorator: every wait holds one of these, and those take 400 bytes.
@frozen(weakref_slot=False)
class _TokenOnErrors:
    job: "Job[Any, Any]"
    was_open: bool

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is not None:
            self.job._add_token(error, was_open=self.was_open)  # noqa: SLF001 - a part of it


class SharedLock:
    """A lock that leaves its table when the last one who wanted it has gone."""

    def __init__(self, table: "dict[object, SharedLock]", key: object) -> None:
        self._lock = asyncio.Lock()
        self._table = table
        self._key = key
        self._wanted = 0

    async def __aenter__(self) -> None:
        self._wanted += 1
        try:
            await self._lock.acquire()
        except BaseException:
            self._forget()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()
        self._forget()

    def _forget(self) -> None:
        self._wanted -= 1
        if not self._wanted:
            self._table.pop(self._key, None)


@public
class Job(ABC, Generic[StatusT, ResultT]):
    """Work on the service: yours to wait for, to leave, to cancel, and to take up again.

    Every error that leaves a method carries `token`, and so does the `CancelledError` of a
    task that is cancelled while it waits; a closed client raises `Detached`. The work goes on
    in all these cases.
    """

    # Of 100,000 waiting jobs each attribute counts.
    __slots__ = ("__weakref__", "_context", "_last", "_likely_end")

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._last: StatusT | None = None
        self._likely_end: float | None = None

    @property
    def token(self) -> str:
        """Resumes the job in any process, on any day: `client.jobs.resume(token)`.

        Under 1 KiB, of letters, digits, `-`, `_` and `.`; no secrets. It is no authorisation:
        a service must check who may resume one that a user sent.
        """
        return encode(self._token_fields())

    def check_token(self) -> None:
        """Make sure that the job's token stays short enough, before anything is sent.

        Raises:
            InvalidArgument: Scene ids or extra fields are too long for it.
        """
        check_fits(self._token_fields())

    @abstractmethod
    def _token_fields(self) -> Token:
        """Return what the token says."""

    @abstractmethod
    def _describe(self) -> str:
        """Return what the job is, for messages: `summary of my-workspace/1234/5678`."""

    def _begin_wait(self) -> None:
        """Forget what a wait must not take for the present."""

    @abstractmethod
    async def _look(self) -> StatusT:
        """Make one look."""

    @abstractmethod
    async def _follow(
        self,
        on_status: Callable[[StatusT], bool],
        *,
        deadline: float,
        wants_one_look: bool = False,
        pace: AddressSchedule | None = None,
    ) -> StatusT:
        """Go on until the end, or until *on_status* returns True; return the last status."""

    @abstractmethod
    async def _fetch(self) -> ResultT:
        """Read what the job came to."""

    @abstractmethod
    async def _cancel(self, *, only_if_unwanted: bool = False) -> Cancellation:
        """Cancel, and confirm by looking; with *only_if_unwanted*, not what others wait for."""

    @abstractmethod
    def _may_cancel_on_timeout(self) -> bool:
        """Whether this job started the run, and nobody else here waits for it."""

    @property
    @abstractmethod
    def _ended(self) -> StatusT | None:
        """The final status; None while there is none."""

    async def status(self) -> StatusT:
        """Make one look, and return what the service shows of the latest run there.

        Raises:
            MediaIntelligenceError: The look failed.
        """
        with self.token_on_errors():
            return await self._look()

    async def wait(
        self,
        *,
        timeout: float | timedelta | None = None,  # noqa: ASYNC109 - the design's; see within()
        on_timeout: OnTimeout = "detach",
        on_progress: OnProgress[StatusT] | None = None,
    ) -> StatusT:
        """Wait for the end, and return the final status, whether it is a good one or not.

        Args:
            timeout: For the whole call, in seconds or as a timedelta. None:
                `Timeouts.wait`; `math.inf`: for ever; 0: look once.
            on_timeout: `"cancel"` stops a run that this job started and that nobody else in
                this client waits for; `"detach"` lets it go on.
            on_progress: Called with the first status and with each that differs from the one
                before. An exception in it leaves the wait.

        Raises:
            InvalidArgument: *timeout* is negative or no number; *on_timeout* is neither.
            StillRunning: The timeout passed.
            JobNeverStarted: The service shows no run although it accepted the start.
            JobSuperseded: A newer run, not ours, has taken its place.
            OutcomeUnknown: A start was sent, and whether it took could not be found out.
            Detached: The client was closed.
            MediaIntelligenceError: Looking failed for good: the asset is gone, the keys were
                refused, or no look succeeded for `Timeouts.unreachable`.
        """
        seconds = check_wait(self._context.timeouts, timeout, on_timeout, on_progress)
        with self.token_on_errors():
            self._begin_wait()
            on_status = _look_on if on_progress is None else _Noticing(on_progress)
            deadline = self._deadline(seconds)
            try:
                return await self._follow(on_status, deadline=deadline, wants_one_look=not seconds)
            except DeadlinePassed as late:
                ended = await self._out_of_time(seconds, on_timeout, late)
                on_status(ended)
                return ended

    async def result(
        self,
        *,
        timeout: float | timedelta | None = None,  # noqa: ASYNC109 - as in wait()
        on_timeout: OnTimeout = "detach",
        on_progress: OnProgress[StatusT] | None = None,
    ) -> ResultT:
        """Wait for the end, and return what it came to. Arguments are those of `wait()`.

        Raises:
            JobFailed: The run failed; `last_status.message` has the service's reason.
            JobCanceled: The run was cancelled.
            MediaIntelligenceError: As `wait()`, or the result could not be read.
        """
        seconds = check_wait(self._context.timeouts, timeout, on_timeout, on_progress)
        with self.token_on_errors():
            deadline = self._deadline(seconds)
            status = await self.wait(
                timeout=seconds, on_timeout=on_timeout, on_progress=on_progress
            )
            if not status.succeeded:
                raise self._failure(status)
            left = deadline - self._context.clock.monotonic() if seconds else math.inf
            if on_timeout == "cancel":
                # What finished before it could be cancelled is read all the same.
                left = max(left, self._context.timeouts.request)
            try:
                return await within(self._context.clock, left, self._fetch())
            except TimeoutError as error:
                if isinstance(error, MediaIntelligenceError):
                    raise
                raise StillRunning(
                    f"{self._describe()} is done, but was not read within {seconds:g} s",
                    None,
                    status,
                ) from error

    @property
    @abstractmethod
    def asset(self) -> AssetRef | None:
        """The asset that the job is about; None for a search."""

    @property
    def seconds_left(self) -> float | None:
        """How many seconds the work will probably still take, for people to read.

        The client's cadence estimates it from counts, and from what it saw end before. None
        before the first look of a wait, after the end, and with a cadence that does not
        estimate. Of a pipeline: of its present stage.
        """
        if self._ended is not None:
            return None
        self._note_likely_end()
        if self._likely_end is None:
            return None
        return max(0.0, self._likely_end - self._context.clock.monotonic())

    def _note_likely_end(self) -> None:
        """Keep what is expected now: the poller forgets it with the last wait."""
        end = self._context.poller.likely_end(self._address())
        self._likely_end = self._likely_end if end is None else end

    def _address(self) -> Hashable:
        """What it looks at: jobs with an equal address show the same; None: at several things."""

    def watch(self) -> "Watch[StatusT]":
        """Return an async iterator over the statuses: the first, each change, the final one.

        It holds nothing between its steps: leaving the loop early needs no closing. It ends
        with `StillRunning` after `Timeouts.wait`.
        """
        watch = Watch(self)
        self._context.watches.add(watch)
        return watch

    async def cancel(self) -> Cancellation:
        """Stop the run, and say what that came to, confirmed by looking.

        Raises:
            JobSuperseded: The run that is going is not this job's; it was left alone.
            InvalidArgument: The service cannot cancel this kind of work.
            MediaIntelligenceError: Looking failed.
        """
        with self.token_on_errors():
            return await self._cancel()

    def __repr__(self) -> str:
        state = "not looked at" if self._last is None else str(self._last.state)
        return f"<{type(self).__name__}: {self._describe()}, {state}>"

    def _goes_on(self) -> str:
        return (
            "the work goes on"
            if self._token_fields().run is not None
            else "nothing was started yet"
        )

    def _deadline(self, seconds: float) -> float:
        return self._context.clock.monotonic() + seconds

    async def _out_of_time(
        self, seconds: float, on_timeout: OnTimeout, late: DeadlinePassed
    ) -> StatusT:
        """Return the final status of a run that ended while it was being cancelled.

        Raises:
            StillRunning: It has not ended, or was cancelled.
        """
        state = "not seen yet" if self._last is None else self._last.state
        message = (
            f"{self._describe()} has not ended within {seconds:g} s ({state}); {self._goes_on()}"
        )
        cancellation = None
        if on_timeout == "cancel" and self._may_cancel_on_timeout():
            try:
                # On the caller's time no longer, and therefore not for long.
                settle = self._context.timeouts.settle
                cancellation = await within(
                    self._context.clock, settle, self._cancel(only_if_unwanted=True)
                )
            except (MediaIntelligenceError, TimeoutError) as error:
                logger.warning("%s: cancelling on timeout failed: %s", self._describe(), error)
                cancellation = Cancellation.UNKNOWN
            if cancellation is Cancellation.FINISHED_FIRST and self._ended is not None:
                return self._ended
            message = f"{self._describe()} has not ended within {seconds:g} s: {cancellation}"
        raise StillRunning(message, None, self._last, cancellation) from late.__cause__

    def _failure(self, status: StatusT) -> JobError:
        words = f": {status.message}" if status.message else ""
        if status.canceled:
            return JobCanceled(f"{self._describe()} was cancelled{words}", None, status)
        return JobFailed(f"{self._describe()} failed ({status.state}){words}", None, status)

    def token_on_errors(self) -> _TokenOnErrors:
        """See to it that whoever leaves a `with` of this early takes a token along."""
        return _TokenOnErrors(self, not self._context.poller.is_closed)

    def _add_token(self, error: BaseException, *, was_open: bool) -> None:
        was_closed = was_open and self._context.poller.is_closed
        if isinstance(error, ClientIsClosing) or (
            was_closed and isinstance(error, ClientClosed | TransportError)
        ):
            raise Detached(
                f"{self._describe()}: the client was closed; {self._goes_on()}",
                self._token_or_none(),
                self._last,
            ) from error
        self._attach_token(error)

    def _attach_token(self, error: BaseException) -> None:
        """Let *error* carry the token; a Conflict keeps its own, which names the run in the way."""
        if isinstance(error, MediaIntelligenceError):
            error.token = error.token or self._token_or_none()
        elif getattr(error, "token", None) is None:
            token = self._token_or_none()
            error.token = token  # type: ignore[attr-defined]  # somebody else's exception
            error.add_note(f"{self._describe()}: {self._goes_on()}; resume it with {token}")

    def _token_or_none(self) -> str | None:
        try:
            return self.token
        except InvalidArgument:  # too long, and therefore refused before anything was sent
            return None


class Watch(Generic[StatusT]):
    """An async iterator over the statuses of a job, each once; the final one comes last."""

    def __init__(self, job: Job[StatusT, Any]) -> None:
        self._job = job
        self._noticed: StatusT | None = None
        self.asset: AssetRef | None = job.asset
        self.is_over: bool = False
        self._pace: AddressSchedule | None = None
        self._deadline: float | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StatusT:
        if self.is_over:
            raise StopAsyncIteration
        context = self._job._context  # noqa: SLF001 - a watch is a part of its job
        if self._deadline is None or self._pace is None:
            self._job._begin_wait()  # noqa: SLF001 - likewise
            now = context.clock.monotonic()
            self._deadline, self._pace = now + context.timeouts.wait, AddressSchedule(now)

        def has_changed(status: StatusT) -> bool:
            if status == self._noticed:
                return False
            self._noticed = status
            return True

        with self._job.token_on_errors():
            try:
                status = await self._job._follow(  # noqa: SLF001 - likewise
                    has_changed, deadline=self._deadline, pace=self._pace
                )
            except DeadlinePassed as late:
                raise StillRunning(
                    f"{self._job._describe()} was watched for {context.timeouts.wait:g} s",  # noqa: SLF001 - likewise
                    None,
                    self._noticed,
                ) from late.__cause__
        # The very status that ended the job may have been shown in the step before.
        self.is_over = self._job._ended is not None  # noqa: SLF001 - likewise
        return status


def _look_on(_: object) -> bool:
    return False


class _Noticing(Generic[StatusT]):
    """Passes on the first status and each that differs from the one before."""

    def __init__(self, on_progress: OnProgress[StatusT]) -> None:
        self._on_progress = on_progress
        self._noticed: StatusT | None = None

    def __call__(self, status: StatusT) -> bool:
        if status != self._noticed:
            self._noticed = status
            self._on_progress(status)
        return False


def check_wait(
    timeouts: Timeouts, timeout: float | timedelta | None, on_timeout: object, on_progress: object
) -> float:
    """Return the seconds of *timeout*, once all that is said of a wait makes sense.

    Raises:
        InvalidArgument: It does not.
    """
    if on_timeout not in ("detach", "cancel"):
        raise InvalidArgument(f'on_timeout is "detach" or "cancel", not {on_timeout!r}')
    if on_progress is not None and (
        not callable(on_progress) or inspect.iscoroutinefunction(on_progress)
    ):
        raise InvalidArgument(f"on_progress is a plain callable, not async: {on_progress!r}")
    if timeout is None:
        return timeouts.wait
    seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
    if isinstance(seconds, int) and seconds > _LONGEST_SECONDS:
        return math.inf
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds >= 0:
        raise InvalidArgument(
            f"timeout is seconds from 0 up, a timedelta, math.inf or None, not {timeout!r}"
        )
    return seconds
