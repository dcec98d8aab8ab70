"""Start a run once: what a lost, a refused or an abandoned start means.

The service has no idempotency key and bills every start. So each start is preceded by a look
that is kept, a lost answer is resolved by looking, and nothing is ever sent a third time.
Rules 3, 4 and 9 of the design.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from attrs import evolve, frozen

from mediaintel_async.clock import Clock
from mediaintel_async.decisions.whose_run import (
    Baseline,
    Run,
    RunStatus,
    StartEvidence,
    covers,
    evidence_of_start,
    is_going,
    requested_time,
)
from mediaintel_async.errors import (
    AnswerLost,
    ApiError,
    Conflict,
    InvalidAnswer,
    InvalidRequest,
    MediaIntelligenceError,
    NotFound,
    OutcomeUnknown,
    ServerError,
)
from mediaintel_async.waiting.poller import ClientIsClosing, DeadlinePassed

StatusT = TypeVar("StatusT", bound=RunStatus)

_FINISH_SECONDS = 10.0
"""How long a POST in flight is seen to its end when the task that awaits it is cancelled."""

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 5.0
_MOST_SENDS = 2
_CERTAIN = {400, 401, 403, 404, 409, 413, 429}


@frozen(kw_only=True)
class Starter(Generic[StatusT]):
    """How a run of one kind is asked for, and found again."""

    look: Callable[[], Awaitable[StatusT]]
    """Reads the status, retried as the transport sees fit."""

    look_once: Callable[[], Awaitable[StatusT]]
    post: Callable[[], Awaitable[Any]]
    """Asks for the run and returns the service's receipt. Billed."""

    before: StatusT
    """What an asset without any run shows, for a service that answers 404 there."""

    wanted_scenes: tuple[int, ...] | None = None
    joins_others: bool = True
    """Whether somebody else's run over everything does just as well."""

    token_of_other: Callable[[], str]
    """Makes a token that attaches to the run in the way."""


@frozen
class StartOutcome(Generic[StatusT]):
    """What a start came to."""

    run: Run
    receipt: Any = None
    """The service's, where its answer arrived."""

    status: StatusT | None = None
    """The look that showed the run, where one had to be found or was joined."""


async def look_or_before(look: Callable[[], Awaitable[StatusT]], before: StatusT) -> StatusT:
    """Look, taking a 404 of the service for an asset without a run.

    No page says which of the two an asset gets that never had one.
    """
    try:
        return await look()
    except NotFound as error:
        if error.from_gateway:
            raise
        return before


def was_lost(error: MediaIntelligenceError) -> bool:
    """Whether the service may have acted on the request that came to *error*."""
    if isinstance(error, ServerError):
        # 503 code 500: the gateway could not reach the service (common.yaml).
        return not (error.from_gateway and error.code == "500")
    if isinstance(error, ApiError):
        # Anything but a plain refusal, such as 408, 302 or an error inside a 200, says little.
        return error.status not in _CERTAIN
    return isinstance(error, AnswerLost | InvalidAnswer)


async def start(  # noqa: C901 - the ways in which one POST can end
    starter: Starter[StatusT],
    pending: Run,
    *,
    clock: Clock,
    settle_seconds: float,
    remember: Callable[[Run], None],
    posting: Callable[[bool], None],
    is_wanted: Callable[[], bool],
    was_called_off: Callable[[], bool],
) -> StartOutcome[StatusT]:
    """Ask for the run that *pending* stands for, at most twice.

    Args:
        starter: How.
        pending: Has the baseline, and how often the start was sent already.
        clock: For the pauses between looks.
        settle_seconds: How long to look for the effect of a lost start.
        remember: Called with the run before each POST, and as soon as it is known to be there.
        posting: Told when a POST is in flight and when it no longer is.
        is_wanted: Whether anybody still waits; without, a lost start is not sent again.
        was_called_off: Asked on cancellation: whether the POST never left.

    Raises:
        OutcomeUnknown: The start was sent, and looking did not show whether it took.
        Conflict: Another run is in the way.
        MediaIntelligenceError: The service refused for another reason, or was not reached.
    """
    baseline = pending.baseline
    assert baseline is not None  # noqa: S101 - a pending run was made from a look
    lost: MediaIntelligenceError | None = None
    run = pending
    while True:
        if run.sends:
            found = await _find(starter, baseline, clock, settle_seconds)
            if found is not None:
                run = _accepted(run, clock, found)
                remember(run)
                return StartOutcome(run, None, found)
            if baseline.was_final or run.sends >= _MOST_SENDS or not is_wanted():
                raise OutcomeUnknown(
                    "a start was sent and its answer lost; looking for"
                    f" {settle_seconds:g} s did not show whether it took"
                ) from lost
        run = evolve(run, sends=run.sends + 1)
        remember(run)
        posting(True)
        try:
            receipt = await starter.post()
        except asyncio.CancelledError:
            if was_called_off():
                remember(evolve(run, sends=run.sends - 1))
            raise
        except (InvalidRequest, Conflict) as refusal:
            return await _join_or_raise(starter, run, refusal, clock, remember)
        except MediaIntelligenceError as error:
            if was_lost(error):
                lost = error
                continue
            if run.sends > 1:
                # This one was refused; the one before may have taken all the same.
                raise OutcomeUnknown(
                    "a start was sent and its answer lost; sending it again was refused"
                ) from error
            raise
        finally:
            posting(False)
        run = _accepted(run, clock, None)
        remember(run)
        return StartOutcome(run, receipt)


def joined(status: RunStatus, now: float) -> Run:
    """Return the run that *status* shows, joined at *now*; its time tells it from others."""
    return Run(since=now, requested_time=requested_time(status), seen_going=is_going(status))


def _accepted(pending: Run, clock: Clock, found: RunStatus | None) -> Run:
    seen = found is not None and is_going(found)
    return evolve(
        pending,
        is_pending=False,
        since=clock.wall(),
        seen_going=seen,
        requested_time=requested_time(found) if found is not None and seen else None,
    )


async def _find(
    starter: Starter[StatusT], baseline: Baseline, clock: Clock, settle_seconds: float
) -> StatusT | None:
    """Look for the effect of a lost start until it shows or *settle_seconds* have passed.

    Raises:
        OutcomeUnknown: No look succeeded, or the run that shows is not the one asked for.
    """
    until = clock.monotonic() + settle_seconds
    pause = _FIRST_PAUSE_SECONDS
    trace, failure = None, None
    while True:
        try:
            status = await look_or_before(starter.look_once, starter.before)
            trace = evidence_of_start(baseline, status, starter.wanted_scenes)
            if trace is StartEvidence.OURS:
                return status
        except MediaIntelligenceError as error:
            # What an earlier look did not show may have come since.
            trace, failure = None, error
        left = until - clock.monotonic()
        if left <= 0:
            break
        await clock.sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
    if trace is None:
        raise OutcomeUnknown(
            "a start was sent, its answer lost, and no look at its effect succeeded"
        ) from failure
    if trace is StartEvidence.SOMEBODY_ELSES:
        raise OutcomeUnknown(
            "a start was sent, its answer lost, and now a run over other scenes is there"
        )
    return None


async def _join_or_raise(
    starter: Starter[StatusT],
    run: Run,
    refusal: InvalidRequest | Conflict,
    clock: Clock,
    remember: Callable[[Run], None],
) -> StartOutcome[StatusT]:
    """Join the run that a refused start met, or raise what tells the caller most."""
    was_lost_before = run.sends > 1
    try:
        status = await look_or_before(starter.look, starter.before)
    except MediaIntelligenceError as error:
        if was_lost_before:
            raise OutcomeUnknown(
                "a start was sent and its answer lost; sent again, it was refused, and looking"
                " failed"
            ) from error
        raise refusal from error
    assert run.baseline is not None  # noqa: S101 - as in start()
    if (
        was_lost_before
        and evidence_of_start(run.baseline, status, starter.wanted_scenes) is StartEvidence.OURS
    ):
        run = _accepted(run, clock, status)
        remember(run)
        return StartOutcome(run, None, status)
    if not is_going(status):
        if was_lost_before:
            raise OutcomeUnknown(
                "a start was sent and its answer lost; sent again, it was refused, and no run shows"
            ) from refusal
        raise refusal
    if starter.joins_others and covers(status, None):
        run = joined(status, clock.wall())
        remember(run)
        return StartOutcome(run, None, status)
    conflict = Conflict(
        refusal.operation,
        refusal.status,
        refusal.code,
        f"another run is in the way, not the one asked for: {refusal.message}",
        refusal.details,
        refusal.request_id,
    )
    conflict.token = starter.token_of_other()
    raise conflict from refusal


class SharedStart(Generic[StatusT]):
    """One start under way, shared by all who wait for it and outliving each of them."""

    def __init__(self, clock: Clock, is_sending: "Callable[[asyncio.Task[Any]], bool]") -> None:
        self._clock = clock
        self._is_sending = is_sending
        self._task: asyncio.Task[StartOutcome[StatusT]] | None = None
        self._interested = 0
        self._may_be_posting = False
        self._is_closing = False
        self._was_called_off = False

    @property
    def outcome(self) -> StartOutcome[StatusT] | None:
        """What it came to; None while it is under way, and after an error."""
        task = self._task
        if task is None or not task.done() or task.cancelled() or task.exception() is not None:
            return None
        return task.result()

    def posting(self, now: bool) -> None:  # noqa: FBT001 - a callback that is told a fact
        """Take note that a POST is being sent, or waits for its turn; or no longer."""
        self._may_be_posting = now

    @property
    def _is_posting(self) -> bool:
        """Whether a POST is in flight: one that still waits for its turn can be called off."""
        return self._may_be_posting and self._task is not None and self._is_sending(self._task)

    def is_wanted(self) -> bool:
        """Whether anybody waits for it: a lost start is not sent again for nobody."""
        return self._interested > 0 and not self._is_closing

    def was_called_off(self) -> bool:
        """Whether it was stopped with nothing on its way: the POST, if any, never left."""
        return self._was_called_off

    async def wait(
        self, begin: Callable[[], Awaitable[StartOutcome[StatusT]]], deadline: float
    ) -> StartOutcome[StatusT]:
        """Begin it if nobody has, and wait for its end.

        A task that is cancelled while the POST is in flight sees it to its end first, for a
        few seconds at most: otherwise nobody would know of a run that is paid for.

        Raises:
            DeadlinePassed: *deadline* passed; a POST in flight goes on.
            ClientIsClosing: The client was closed meanwhile.
        """
        if self._task is None:
            self._was_called_off = False
            self._task = asyncio.ensure_future(begin())
            self._task.add_done_callback(_retrieve)
        task = self._task
        self._interested += 1
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
            self._interested -= 1
            if not self._interested and not task.done() and not self._is_posting:
                # Nobody wants it any more; what was sent is in the run, for whoever resumes it.
                self._was_called_off = True
                task.cancel()
                self._task = None

    async def close(self) -> None:
        """See a POST in flight to its end, for a few seconds at most, then stop."""
        self._is_closing = True
        if self._task is None or self._task.done():
            return
        if self._is_posting:
            await self._done_within(self._task, _FINISH_SECONDS)
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _done_within(self, task: "asyncio.Task[Any]", seconds: float) -> None:
        if seconds == math.inf:
            await asyncio.wait({task})
            return
        sleeper = asyncio.ensure_future(self._clock.sleep(max(0.0, seconds)))
        try:
            await asyncio.wait({task, sleeper}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sleeper.cancel()


def _retrieve(task: "asyncio.Task[Any]") -> None:
    """Keep asyncio from logging the error of a start that everybody has left."""
    if not task.cancelled():
        task.exception()
