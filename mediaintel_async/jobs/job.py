"""The base class of all jobs: the ways to wait for work on the service, and to leave it."""

import inspect
import logging
import math
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Hashable
from contextlib import suppress
from datetime import timedelta
from enum import StrEnum
from typing import Any, Generic, Literal, Self, TypeVar

from attrs import frozen

from mediaintel_async.clock import within
from mediaintel_async.decisions.whose_run import RunStatus
from mediaintel_async.errors import (
    ClientClosed,
    Conflict,
    Detached,
    InvalidArgument,
    JobCanceled,
    JobError,
    JobFailed,
    MediaIntelligenceError,
    StillRunning,
    TransportError,
    one_line,
)
from mediaintel_async.jobs.context import JobContext
from mediaintel_async.jobs.token import Token, check_fits, encode
from mediaintel_async.public import public
from mediaintel_async.refs import AssetRef
from mediaintel_async.settings import Timeouts
from mediaintel_async.waiting.poller import AddressSchedule, ClientIsClosing, DeadlinePassed

StatusT = TypeVar("StatusT", bound=RunStatus)
ResultT = TypeVar("ResultT")
OnTimeout = Literal["detach", "cancel"]
OnProgress = Callable[[StatusT], object]

_LONGEST_SECONDS = 10**12
"""A larger whole number may be too large for a float: it stands for no timeout at all."""

_logger = logging.getLogger("mediaintel_async")


@public
class Cancellation(StrEnum):
    """The outcome of cancelling a run."""

    CANCELED = "canceled"
    """The service shows the run as cancelled."""

    FINISHED_FIRST = "finished first"
    """The run ended by itself, successfully or not, before the cancellation took effect."""

    UNKNOWN = "unknown"
    """No look showed an end of the run within `Timeouts.settle`. If the service did not show the
    run in progress either, the cancellation was not even requested."""


# A class and not a @contextmanager: each wait holds one, and a generator costs 400 bytes more.
@frozen(weakref_slot=False)
class _TokenOnErrors:
    job: "Job[Any, Any]"
    was_open: bool

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is not None:
            self.job.add_token(error, was_open=self.was_open)


@public
class Job(ABC, Generic[StatusT, ResultT]):
    """Work on the service that you can wait for, leave, cancel and resume.

    Leaving a job never stops the work: every error that leaves a method has `token`, and so has
    the `CancelledError` of a task that is cancelled while it waits. Closing the client raises
    `Detached` in each wait. `client.jobs.resume(token)` continues in any process.

    In these docs a *look* is one request for the status. Waits look again and again, at the
    pace of the client's `cadence`; looks are not billed.

    Methods described as *internal* serve the library's own kinds of jobs and may change.
    """

    # Slots: a process may hold 100,000 waiting jobs.
    __slots__ = ("__weakref__", "_context", "_last", "_likely_end")

    def __init__(self, context: JobContext) -> None:
        self._context = context
        self._last: StatusT | None = None
        self._likely_end: float | None = None

    @property
    def token(self) -> str:
        """A text that resumes the job in any process, on any day: `client.jobs.resume(token)`.

        Under 1 KiB, of letters, digits, `-`, `_` and `.`; no secrets. A token authorises
        nothing: a service must check who may resume one that a user sent.
        """
        return encode(self._token_fields())

    @property
    @abstractmethod
    def asset(self) -> AssetRef | None:
        """The asset that the job is about; None for a search."""

    @property
    @abstractmethod
    def final_status(self) -> StatusT | None:
        """The status that showed the end of the job; None while no look has shown it."""

    @property
    def seconds_left(self) -> float | None:
        """How many seconds the work will probably still take: an estimate for people to read.

        The client's cadence computes it from the counts in a status and from earlier jobs. None
        before the first look of a wait, after the end, and with a cadence that does not
        estimate. It needs at least two looks in one process: with one process per look it is
        None, so show the status's `progress` instead. For a pipeline: all of its stages together.
        """
        if self.final_status is not None:
            return None
        self.note_likely_end()
        if self._likely_end is None:
            return None
        return max(0.0, self._likely_end - self._context.clock.monotonic())

    async def status(self) -> StatusT:
        """Look once, and return the status that the service shows; start nothing.

        A pipeline looks at the stage that it has come to, and stays there: `advance()` is what
        brings it on.

        Raises:
            Detached: The client was closed.
            MediaIntelligenceError: The look failed.
        """
        with self.token_on_errors():
            return await self._look()

    async def advance(self) -> StatusT:
        """Do what is due now, without waiting for any run, and return the status.

        May take up to `Timeouts.settle`: a start whose answer was lost, or never reached an
        earlier process, is looked for that long. Otherwise it returns within a few calls.

        It makes one look, and a start if one is due: of a job that was not started yet, or of a
        pipeline's next stage once the one before has ended. Call it again and again, from web
        requests or from a timer, until the status has `is_final`; then `result(timeout=0)` reads
        the result. Between the calls the token is all that has to be kept.

        Raises:
            JobNeverStarted: As in `wait()`.
            JobSuperseded: As in `wait()`.
            OutcomeUnknown: As in `wait()`.
            Conflict: Another run is in the way; `token`, where it has one, attaches to it.
            Detached: The client was closed.
            MediaIntelligenceError: A look or a start failed.
        """
        with self.token_on_errors():
            self.prepare_wait()
            try:
                return await self._take_due_steps(_go_on)
            except DeadlinePassed as late:
                failure = late.__cause__
            # Raised outside `except`: `__context__` would show an internal deadline.
            if failure is not None:
                raise failure
            return await self._look() if self._last is None else self._last

    async def wait(
        self,
        *,
        timeout: float | timedelta | None = None,  # noqa: ASYNC109 - see within()
        on_timeout: OnTimeout = "detach",
        on_progress: OnProgress[StatusT] | None = None,
    ) -> StatusT:
        """Wait for the end, and return the final status, whether the work succeeded or failed.

        A pipeline starts the runs that are due on the way, each billed once.

        Args:
            timeout: For the whole call, in seconds or as a timedelta. None: `Timeouts.wait`,
                24 hours by default; `math.inf`: no limit; 0: what `advance()` does, once.
            on_timeout: What happens to the run when the timeout passes. `"detach"` lets it go
                on. `"cancel"` cancels a run that this job started and that nothing else in
                this client waits for; another one goes on.
            on_progress: A plain callable, called with the first status and with each that
                differs from the one before, in a copy of the caller's `contextvars` context. An
                exception in it leaves the wait; the run goes on.

        Raises:
            InvalidArgument: An argument is invalid; nothing was sent.
            StillRunning: The timeout passed; also a `TimeoutError`. If the last look failed, its
                error is the cause; if none succeeded, `last_status` is None.
            JobNeverStarted: The service accepted the start, but showed no run for
                `Timeouts.grace`.
            JobSuperseded: A newer run, not this job's, has taken its place.
            OutcomeUnknown: A start was sent, and whether it took effect could not be found out.
            Detached: The client was closed.
            MediaIntelligenceError: Looking failed for good: the asset is gone, the keys were
                refused, the first `RetryPolicy.attempts` looks failed, or looks have been
                failing for `Timeouts.unreachable` since the last that succeeded.
        """
        seconds = check_wait(self._context.timeouts, timeout, on_timeout, on_progress)
        was_open = not self._context.poller.is_closed
        # Not token_on_errors(): a process may hold 100,000 waits, and each object in their frames
        # costs the garbage collector time.
        try:
            self.prepare_wait()
            on_status = _go_on if on_progress is None else _Changes(on_progress)
            deadline = self._deadline(seconds)
            try:
                if not seconds:
                    return await self._take_due_steps(on_status)
                return await self.follow(on_status, deadline=deadline)
            except DeadlinePassed as late:
                ended = await self._end_or_still_running(seconds, on_timeout, late)
                on_status(ended)
                return ended
        except BaseException as error:
            self.add_token(error, was_open=was_open)
            raise

    async def result(
        self,
        *,
        timeout: float | timedelta | None = None,  # noqa: ASYNC109 - as in wait()
        on_timeout: OnTimeout = "detach",
        on_progress: OnProgress[StatusT] | None = None,
    ) -> ResultT:
        """Wait for the end, and return the result. Arguments are those of `wait()`.

        Raises:
            JobFailed: The run failed; `last_status.message` is the service's reason.
            JobCanceled: The run was cancelled.
            StillRunning: The timeout passed; also a `TimeoutError`.
            MediaIntelligenceError: As in `wait()`, or the result could not be read.
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
                # The run may have finished after the deadline, before it could be cancelled:
                # its result is read all the same.
                left = max(left, self._context.timeouts.request)
            try:
                return await within(self._context.clock, left, self._fetch())
            except TimeoutError as error:
                if isinstance(error, MediaIntelligenceError):
                    raise
                raise StillRunning(
                    f"{self.describe()} is done, but was not read within {seconds:g} s",
                    None,
                    status,
                ) from error

    def watch(self) -> "Watch[StatusT]":
        """Return an async iterator over the statuses: the first, each change, the final one.

        It holds nothing between its steps: leaving the loop early needs no closing.
        `Timeouts.wait` after its first step it raises `StillRunning`; its other errors are
        those of `wait()`.
        """
        watch = Watch(self, self._context)
        self._context.watches.add(watch)
        return watch

    async def cancel(self) -> Cancellation:
        """Cancel the run, and return the outcome, confirmed by looking.

        Raises:
            JobSuperseded: The run in progress is not this job's; it was left alone.
            JobNeverStarted: There is no run to cancel.
            InvalidArgument: The service cannot cancel this kind of work.
            MediaIntelligenceError: Looking failed, or the service refused.
        """
        with self.token_on_errors():
            return await self.cancel_run()

    def check_token(self) -> None:
        """Internal: make sure, before anything is sent, that the job's token stays under 1 KiB.

        Raises:
            InvalidArgument: Scene ids or extra fields are too long for it.
        """
        check_fits(self._token_fields())

    def token_on_errors(self) -> _TokenOnErrors:
        """Internal: a context manager that adds the token to each error that leaves it."""
        return _TokenOnErrors(self, not self._context.poller.is_closed)

    async def ensure_started(
        self,
        deadline: float,
        on_run_changed: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """Internal: start the work unless it was started.

        Does nothing for jobs that start during the wait, or that cannot be started.
        """

    def prepare_wait(self) -> None:
        """Internal: drop statuses of an earlier wait, which may be out of date by now."""

    def note_likely_end(self) -> None:
        """Internal: keep the present estimate, which the poller forgets with the last wait."""
        end = self._context.poller.likely_end(self._address())
        self._likely_end = self._likely_end if end is None else end

    def add_token(self, error: BaseException, *, was_open: bool) -> None:
        """Internal: add the token to *error*, or raise `Detached` if closing the client caused it.

        *was_open* says whether the client was open when the call began.
        """
        was_closed = was_open and self._context.poller.is_closed
        if isinstance(error, ClientIsClosing) or (
            was_closed and isinstance(error, ClientClosed | TransportError)
        ):
            raise Detached(
                f"{self.describe()}: the client was closed; {self._state_of_work()}",
                self._token_or_none(),
                self._last,
            ) from error
        if isinstance(error, MediaIntelligenceError):
            # A Conflict has the token that attaches to the run in the way, or none: that of this
            # job could start a run.
            if not isinstance(error, Conflict):
                error.token = error.token or self._token_or_none()
            return
        # Somebody else's exception, which may refuse attributes: then it leaves as it is.
        with suppress(Exception):
            if getattr(error, "token", None) is None:
                token = self._token_or_none()
                error.token = token  # type: ignore[attr-defined]  # somebody else's exception
                note = f"{self.describe()}: {self._state_of_work()}; resume it with {token}"
                error.add_note(one_line(note))

    @abstractmethod
    def describe(self) -> str:
        """Internal: return what the job is, for messages: `summary of my-workspace/1234/5678`."""

    @abstractmethod
    async def follow(
        self,
        on_status: Callable[[StatusT], bool],
        *,
        deadline: float,
        wants_one_look: bool = False,
        pace: AddressSchedule | None = None,
    ) -> StatusT:
        """Internal: wait until the end, or until *on_status* returns True; return the last status.

        *deadline* is by the clock's `monotonic()`; with *wants_one_look* the first look may end
        after it. *pace* is the schedule that a watch keeps between its steps.
        """

    @abstractmethod
    async def cancel_run(self, *, only_if_unwanted: bool = False) -> Cancellation:
        """Internal: cancel the run and confirm it by looking.

        With *only_if_unwanted* the run goes on if anything else in this client waits for it.
        """

    @abstractmethod
    def may_cancel_on_timeout(self) -> bool:
        """Internal: whether this job started the run, and nothing else here waits for it."""

    @abstractmethod
    def _token_fields(self) -> Token:
        """Return what the token carries."""

    @abstractmethod
    async def _look(self) -> StatusT:
        """Look once."""

    @abstractmethod
    async def _fetch(self) -> ResultT:
        """Read the result of work that succeeded."""

    async def _take_due_steps(self, on_status: Callable[[StatusT], bool]) -> StatusT:
        """Start what is due, look once, and return the final status.

        Raises:
            DeadlinePassed: The look did not show the end; the cause is its error if it failed.
            MediaIntelligenceError: As `wait()`.
        """
        # Never cut off: a start that is given up in the middle would have to be looked for.
        await self.ensure_started(math.inf)
        now = self._context.clock.monotonic()
        return await self.follow(on_status, deadline=now, wants_one_look=True)

    def _address(self) -> Hashable:
        """Return what the poller shares looks by; None for a job that looks at several things."""

    def __repr__(self) -> str:
        state = "not looked at" if self._last is None else str(self._last.state)
        return one_line(f"<{type(self).__name__}: {self.describe()}, {state}>")

    def _state_of_work(self) -> str:
        run = self._token_fields().run
        if run is None:
            return "nothing was started yet"
        return "a start may have been sent" if run.is_pending else "the work goes on"

    def _deadline(self, seconds: float) -> float:
        return self._context.clock.monotonic() + seconds

    async def _end_or_still_running(
        self, seconds: float, on_timeout: OnTimeout, late: DeadlinePassed
    ) -> StatusT:
        """Cancel the run if *on_timeout* says so; return the final status if it ended first.

        Raises:
            StillRunning: The run goes on, or was cancelled.
        """
        state = "not seen yet" if self._last is None else self._last.state
        message = (
            f"{self.describe()} has not ended within {seconds:g} s ({state});"
            f" {self._state_of_work()}"
        )
        cancellation = None
        if on_timeout == "cancel" and self.may_cancel_on_timeout():
            try:
                # The caller's deadline has passed: give the cancellation a limit of its own.
                settle = self._context.timeouts.settle
                cancellation = await within(
                    self._context.clock, settle, self.cancel_run(only_if_unwanted=True)
                )
            except (MediaIntelligenceError, TimeoutError) as error:
                _logger.warning("%s: cancelling on timeout failed: %s", self.describe(), error)
                cancellation = Cancellation.UNKNOWN
            if cancellation is Cancellation.FINISHED_FIRST and self.final_status is not None:
                return self.final_status
            message = f"{self.describe()} has not ended within {seconds:g} s: {cancellation}"
        raise StillRunning(message, None, self._last, cancellation) from late.__cause__

    def _failure(self, status: StatusT) -> JobError:
        reason = f": {status.message}" if status.message else ""
        if status.canceled:
            return JobCanceled(f"{self.describe()} was cancelled{reason}", None, status)
        return JobFailed(f"{self.describe()} failed ({status.state}){reason}", None, status)

    def _token_or_none(self) -> str | None:
        try:
            return self.token
        except InvalidArgument:
            # Longer than 1 KiB: check_token() refused the job, so that nothing was sent.
            return None


class Watch(Generic[StatusT]):
    """An async iterator over the statuses of a job: each change once, the final status last."""

    def __init__(self, job: Job[StatusT, Any], context: JobContext) -> None:
        self._job = job
        self._context = context
        self._last_shown: StatusT | None = None
        self.asset: AssetRef | None = job.asset
        """The asset that the job is about; None for a search."""

        self.is_over: bool = False
        """Whether the final status was returned."""

        self._pace: AddressSchedule | None = None
        self._deadline: float | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StatusT:
        if self.is_over:
            raise StopAsyncIteration
        seconds = self._context.timeouts.wait
        if self._deadline is None or self._pace is None:
            self._job.prepare_wait()
            now = self._context.clock.monotonic()
            self._deadline, self._pace = now + seconds, AddressSchedule(now)
        with self._job.token_on_errors():
            try:
                status = await self._job.follow(
                    self._has_changed, deadline=self._deadline, pace=self._pace
                )
            except DeadlinePassed as late:
                raise StillRunning(
                    f"{self._job.describe()} was watched for {seconds:g} s", None, self._last_shown
                ) from late.__cause__
        # Ask the job: the status that ended it may equal the one returned by the step before.
        self.is_over = self._job.final_status is not None
        return status

    def _has_changed(self, status: StatusT) -> bool:
        if status == self._last_shown:
            return False
        self._last_shown = status
        return True


def _go_on(_: object) -> bool:
    return False


class _Changes(Generic[StatusT]):
    """Calls *on_progress* with the first status and with each that differs from the last."""

    def __init__(self, on_progress: OnProgress[StatusT]) -> None:
        self._on_progress = on_progress
        self._last_shown: StatusT | None = None

    def __call__(self, status: StatusT) -> bool:
        if status != self._last_shown:
            self._last_shown = status
            self._on_progress(status)
        return False


def check_wait(
    timeouts: Timeouts, timeout: float | timedelta | None, on_timeout: object, on_progress: object
) -> float:
    """Check the arguments of a wait, and return its timeout in seconds.

    Raises:
        InvalidArgument: One of them is invalid.
    """
    if on_timeout not in ("detach", "cancel"):
        raise InvalidArgument(f'{on_timeout!r} is not an on_timeout; expected "detach" or "cancel"')
    if on_progress is not None and (
        not callable(on_progress) or inspect.iscoroutinefunction(on_progress)
    ):
        raise InvalidArgument(
            f"{on_progress!r} is not an on_progress; expected a plain callable, not async"
        )
    if timeout is None:
        return timeouts.wait
    seconds = timeout.total_seconds() if isinstance(timeout, timedelta) else timeout
    if isinstance(seconds, int) and seconds > _LONGEST_SECONDS:
        return math.inf
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds >= 0:
        raise InvalidArgument(
            f"{timeout!r} is not a timeout; expected seconds from 0 up, a timedelta, math.inf or"
            " None"
        )
    return seconds
