"""Start a run once: everything that happens between a caller's wish and a known run.

The service has no idempotency key and bills each start that it accepts. `start_once()` takes
these steps, in the order of this file:

1. Look. The status before the start is kept as the baseline.
2. Decide. If a run in progress or a complete one matches the request, join it: nothing is sent.
3. Record the run, have the caller keep its token, and send the POST. It is billed, and never sent
   more than twice. It leaves at most 2 s after the look, or the look is made again.
4. The POST was turned away before the service saw it: pause, and begin again with a look.
5. The answer was lost: look for a change since the baseline. Send once more only if none shows
   and the run before had not ended; otherwise `OutcomeUnknown`.
6. The start was refused: join the run in the way, or raise the refusal.
"""

import functools
from collections.abc import Awaitable, Callable
from typing import Any, Generic, Protocol, TypeVar

from attrs import define, evolve

from mediaintel_async.decisions.whose_run import (
    Baseline,
    Run,
    RunStatus,
    StartEvidence,
    evidence_of_start,
    is_going,
    requested_time,
)
from mediaintel_async.errors import (
    AnswerLost,
    ApiError,
    ClientClosed,
    Conflict,
    InvalidAnswer,
    InvalidArgument,
    InvalidRequest,
    MediaIntelligenceError,
    NotSent,
    OutcomeUnknown,
    QuotaExceeded,
    ServerError,
    TooManyRequests,
    TransportError,
)
from mediaintel_async.http.rate_limit import TurnTooLate
from mediaintel_async.jobs.context import JobContext
from mediaintel_async.jobs.run_kind import RunKind
from mediaintel_async.jobs.shared_start import SharedStart, StartOutcome
from mediaintel_async.jobs.token import encode

StatusT = TypeVar("StatusT", bound=RunStatus)

OnRunChanged = Callable[[], Awaitable[object]]
"""Awaited when the run of a start is recorded, before its POST, and when it is known."""

_LOOK_HOLDS_SECONDS = 2.0
"""How long a look justifies a POST."""

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 5.0
"""Between two looks for a lost start: the first pause, and what doubling it stops at."""

_MOST_SENDS = 2
_CERTAIN_REFUSALS = {400, 401, 403, 404, 409, 413, 429}


class RunRecord(Protocol):
    """The job that is being started: it records the run, and its token carries the record."""

    @property
    def run(self) -> Run | None:
        """The run, as far as it is known; None while nothing was sent."""
        ...

    def remember(self, run: Run | None, status: Any = None, /) -> None:
        """Record *run*, and *status* if the look before the start showed that run."""
        ...


async def start_once(
    kind: RunKind[StatusT, Any],
    shared_start: SharedStart[StatusT],
    record: RunRecord,
    context: JobContext,
    on_run_changed: OnRunChanged,
) -> StartOutcome[StatusT]:
    """Join or start the run that *kind* describes; bill it at most once.

    Args:
        kind: What to start: how to look, what to send, and which runs may be joined.
        shared_start: The start of which this is the body: knows whether anybody still waits.
        record: Receives the run before each POST, and as soon as the run is known.
        context: The client's clock, time limits, locks and transport.
        on_run_changed: Awaited before each POST, once the run is recorded. If it raises, that
            POST is not sent, and the error leaves this call.

    Raises:
        InvalidArgument: No job can start this kind of run.
        OutcomeUnknown: The POST was sent, and looking did not show whether it took effect.
        Conflict: Another run is in the way; its `token`, if it has one, attaches to that run.
        MediaIntelligenceError: The service refused for another reason, or was not reached.
    """
    if kind.status_without_run is None:
        raise InvalidArgument(f"{kind} cannot be started anew")
    start = _Start(kind, shared_start, record, context, on_run_changed)
    # Starts for one asset queue here: if two looked at the same time, neither would see a run.
    async with context.lock(kind.asset):
        outcome = await start.outcome()
        if outcome.run.is_own:
            context.note_accepted(_key_of(kind), outcome.run)
        return outcome


def answer_was_lost(error: MediaIntelligenceError) -> bool:
    """Whether the service may have acted on the request that ended with *error*."""
    if was_turned_away(error):
        return False
    if isinstance(error, ServerError):
        return True
    if isinstance(error, ApiError):
        # 408, 302, or an error inside a 200 do not tell whether the service acted.
        return error.status not in _CERTAIN_REFUSALS
    return isinstance(error, AnswerLost | InvalidAnswer)


def was_turned_away(error: MediaIntelligenceError) -> bool:
    """Whether the service did not see the request that ended with *error*, and may see another."""
    if isinstance(error, ServerError):
        # 503 with code 500: the gateway could not reach the service, which did not act.
        return error.from_gateway and error.code == "500"
    return isinstance(error, TooManyRequests | NotSent)


def _is_transient(error: MediaIntelligenceError) -> bool:
    """Whether a look that ended with *error* may succeed when it is made again."""
    transient = TransportError | ServerError | TooManyRequests | QuotaExceeded | InvalidAnswer
    return isinstance(error, transient)


def _key_of(kind: RunKind[Any, Any]) -> object:
    """Return the key under which the client remembers recent starts.

    Kinds of one status share their runs.
    """
    return kind.asset, type(kind.status_without_run)


@define(eq=False)
class _Start(Generic[StatusT]):
    """One start, from its first look to the known run."""

    kind: RunKind[StatusT, Any]
    shared_start: SharedStart[StatusT]
    record: RunRecord
    context: JobContext
    on_run_changed: OnRunChanged
    lost: MediaIntelligenceError | None = None
    """How the last POST ended whose answer was lost."""

    is_looked_for: bool = False
    """Whether the effect of the last lost POST was looked for long enough."""

    announced: Run | None = None
    """The run that was recorded when `on_run_changed` was last called."""

    error_of_caller: Exception | None = None
    """What `on_run_changed` raised: never mistaken for an error of a call."""

    not_reached: MediaIntelligenceError | None = None
    """The error of the last look for a POST of an earlier process, if no look ever succeeded."""

    async def outcome(self) -> StartOutcome[StatusT]:
        """Make attempts until the run is known."""
        try:
            return await self.context.retry(self._attempt, self._may_begin_again)
        except MediaIntelligenceError as error:
            run = self.record.run
            passes_through = (
                error is self.error_of_caller
                or error is self.not_reached
                or isinstance(error, OutcomeUnknown | ClientClosed)
            )
            if run is None or not run.sends or passes_through:
                raise
            raise OutcomeUnknown(
                "a start was sent and its answer lost; after that neither looking nor sending it"
                " again showed whether it took effect"
            ) from error

    def _may_begin_again(self, error: MediaIntelligenceError) -> bool:
        """Whether *error* is transient: a failed look, or a POST that the service never saw."""
        if error is self.error_of_caller or error is self.not_reached:
            return False
        return isinstance(error, TransportError | ServerError | TooManyRequests)

    async def _attempt(self) -> StartOutcome[StatusT]:
        """Look, and send the POST unless the look makes it unnecessary."""
        while True:
            run = self.record.run
            # A run with a send comes from an earlier attempt, here or in the process that a token
            # is from: the search for its effect comes before another POST.
            if run is not None and run.sends and not self.is_looked_for:
                status = await self._look_for_lost_start(run)
                self.is_looked_for = True
            else:
                # This look waits for its turn at the rate limiter; the POST then goes first.
                status = await self.kind.look_allowing_404(once=True)
            looked_at = self.context.clock.monotonic()
            outcome = self._without_post(status)
            if outcome is None:
                outcome = await self._post(status, leave_by=looked_at + _LOOK_HOLDS_SECONDS)
            if outcome is not None:
                return outcome

    def _without_post(self, status: StatusT) -> StartOutcome[StatusT] | None:
        """Return the outcome if *status* makes a POST unnecessary; None: send it.

        Raises:
            OutcomeUnknown: An earlier POST may have taken effect, and must not be sent again.
        """
        run = self.record.run
        if run is None or not run.sends:
            outcome = _join_without_start(self.kind, status, self.context)
            if outcome is not None:
                self.record.remember(outcome.run, outcome.status)
            return outcome
        evidence = evidence_of_start(_baseline_of(run), status, self.kind.wanted_scenes)
        if evidence is StartEvidence.OURS:
            return self._accept(run, status=status)
        if evidence is StartEvidence.SOMEBODY_ELSES:
            raise OutcomeUnknown(
                "a start was sent, its answer lost, and now a run over other scenes is there"
            ) from self.lost
        if not _may_send_again(run, self.shared_start):
            raise OutcomeUnknown(
                "a start was sent and its answer lost; looking for"
                f" {self.context.timeouts.settle:g} s did not show whether the start took effect"
            ) from self.lost
        return None

    async def _post(self, status: StatusT, *, leave_by: float) -> StartOutcome[StatusT] | None:
        """Send the POST that *status* justifies; None: look again."""
        before, run = self.record.run, self._next_run(status)
        try:
            receipt = await self._send(run, before, leave_by)
        except TurnTooLate:
            return None
        except (InvalidRequest, Conflict) as refusal:
            if refusal is self.error_of_caller:
                raise
            return await self._join_after_refusal(run, refusal)
        except MediaIntelligenceError as error:
            if error is self.error_of_caller or not answer_was_lost(error):
                raise
            self.lost, self.is_looked_for = error, False
            return None
        return self._accept(run, receipt=receipt)

    def _next_run(self, status: StatusT) -> Run:
        """Return the run as it is recorded before a POST: as one that may have been sent."""
        before = self.record.run
        if before is not None:
            return evolve(before, sends=before.sends + 1)
        run = Run(
            baseline=Baseline.of(status),
            since=self.context.clock.wall(),
            is_pending=True,
            is_own=True,
            sends=1,
        )
        known = self.announced
        if known is not None and evolve(run, since=known.since) == known:
            return known
        return run

    async def _send(self, run: Run, before: Run | None, leave_by: float) -> Any:
        """Record *run*, have the caller keep it, and send the POST: the one line that is billed.

        *before* is recorded again if the POST certainly had no effect.
        """
        record = self.record
        # Recorded first: if this process dies, its token says that the POST may have been sent.
        record.remember(run)
        try:
            with self.shared_start.recorded(lambda: record.remember(before)):
                await self._announce(run)
                with self.shared_start.posting():
                    send = functools.partial(self.context.send_once, leave_by=leave_by)
                    return await self.kind.post(send)
        except MediaIntelligenceError as error:
            if error is self.error_of_caller or not answer_was_lost(error):
                record.remember(before)
            raise
        except TurnTooLate:
            record.remember(before)
            raise
        except Exception as error:
            if error is self.error_of_caller:
                record.remember(before)
            raise

    async def _announce(self, run: Run) -> None:
        """Tell the caller of *run*, unless it knows that run already."""
        if run == self.announced:
            return
        try:
            await self.on_run_changed()
        except Exception as error:
            self.error_of_caller = error
            raise
        self.announced = run

    def _accept(
        self, run: Run, *, status: StatusT | None = None, receipt: Any = None
    ) -> StartOutcome[StatusT]:
        """Record that the service accepted the start of *run*, as a receipt or a look showed."""
        seen_going = status is not None and is_going(status)
        run = evolve(
            run,
            is_pending=False,
            since=self.context.clock.wall(),
            seen_going=seen_going,
            requested_time=requested_time(status) if status is not None and seen_going else None,
        )
        self.record.remember(run)
        return StartOutcome(run, receipt, status)

    async def _look_for_lost_start(self, run: Run) -> StatusT:
        """Look until the run of a lost start shows, or for `Timeouts.settle`; return the last look.

        That time counts from the first look that succeeds, and ends with one: a failed look
        proves nothing, the run may exist.

        Raises:
            OutcomeUnknown: Looking has failed for `Timeouts.unreachable`, or for good.
            MediaIntelligenceError: The POST is of an earlier process, and the service was not
                reached in this one: the error of as many looks as a call has attempts.
        """
        baseline, clock, timeouts = _baseline_of(run), self.context.clock, self.context.timeouts
        attempts_left = self.context.poller.patience.retry.attempts
        until: float | None = None
        failing_since: float | None = None
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                status = await self.kind.look_allowing_404(once=True)
            except ClientClosed:
                raise
            except MediaIntelligenceError as error:
                now = clock.monotonic()
                failing_since = now if failing_since is None else failing_since
                attempts_left -= 1
                if self.lost is None and until is None and attempts_left <= 0:
                    self.not_reached = error
                    raise
                if not _is_transient(error) or now - failing_since >= timeouts.unreachable:
                    raise OutcomeUnknown(
                        "a start was sent, its answer lost, and no look at its effect succeeded"
                    ) from error
            else:
                now, failing_since = clock.monotonic(), None
                until = now + timeouts.settle if until is None else until
                evidence = evidence_of_start(baseline, status, self.kind.wanted_scenes)
                if evidence is StartEvidence.OURS or now >= until:
                    return status
            left = pause if until is None or now >= until else until - now
            await clock.sleep(min(pause, left))
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    async def _join_after_refusal(
        self, run: Run, refusal: InvalidRequest | Conflict
    ) -> StartOutcome[StatusT]:
        """Join the run that a refused start met, or raise.

        What is raised is the refusal, or a `Conflict` that names the run in the way.

        A refusal with status 409 says that a run is there, and after a lost POST any refusal may:
        a status that does not show it yet is looked at for up to `Timeouts.settle`.
        """
        clock = self.context.clock
        until = clock.monotonic() + self.context.timeouts.settle
        pause = _FIRST_PAUSE_SECONDS
        while True:
            failure: MediaIntelligenceError | None = None
            try:
                status = await self.kind.look_allowing_404(once=True)
            except ClientClosed:
                raise
            except MediaIntelligenceError as error:
                failure = error
                may_show_later = _is_transient(error)
            else:
                outcome = self._after_refusal(run, status, refusal)
                if outcome is not None:
                    return outcome
                may_show_later = isinstance(refusal, Conflict) or run.sends > 1
            left = until - clock.monotonic()
            if left <= 0 or not may_show_later:
                raise refusal from failure
            await clock.sleep(min(pause, left))
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _after_refusal(
        self, run: Run, status: StatusT, refusal: InvalidRequest | Conflict
    ) -> StartOutcome[StatusT] | None:
        """Return the outcome if *status* shows a run to join; None: it shows no such run.

        Raises:
            Conflict: It shows another run in progress; the token attaches to that run.
        """
        baseline = _baseline_of(run)
        if run.sends > 1:
            # The POST before the refused one may have taken effect: only its run will do.
            evidence = evidence_of_start(baseline, status, self.kind.wanted_scenes)
            is_ours = evidence is StartEvidence.OURS
            return self._accept(run, status=status) if is_ours else None
        if self.kind.serves_after_refusal(status, is_newer=baseline.differs(status)):
            joined = _joined_run(status, self.context)
            self.record.remember(joined)
            return StartOutcome(joined, None, status)
        if is_going(status):
            raise _conflict_with_other_run(self.kind, self.context, refusal) from refusal
        return None


def _join_without_start(
    kind: RunKind[StatusT, Any], status: StatusT, context: JobContext
) -> StartOutcome[StatusT] | None:
    """Join a run that makes the start unnecessary; None: there is none."""
    if kind.joins_shown_run(status):
        return StartOutcome(_joined_run(status, context), None, status)
    recent = context.accepted_lately(_key_of(kind))
    if recent is None or recent.baseline is None or not kind.joins_own_recent_start:
        return None
    # Another job of this client started a run moments ago. A status that still equals that
    # start's baseline only shows that the service lags behind.
    if recent.baseline.differs(status):
        return None
    return StartOutcome(evolve(recent, is_own=False))


def _may_send_again(run: Run, shared_start: SharedStart[Any]) -> bool:
    """Whether a start whose effect does not show is sent once more.

    Never over a run that had ended: a start that took effect late would then be billed twice.
    Over one in progress the service refuses a second start, so that sending again is safe.
    """
    return not _baseline_of(run).was_final and run.sends < _MOST_SENDS and shared_start.is_wanted


def _conflict_with_other_run(
    kind: RunKind[Any, Any], context: JobContext, refusal: InvalidRequest | Conflict
) -> Conflict:
    """Return the Conflict whose token attaches to the run in the way."""
    conflict = Conflict(
        refusal.operation,
        refusal.status,
        refusal.code,
        f"another run is in the way, not the one asked for: {refusal.message}",
        refusal.details,
        refusal.request_id,
    )
    conflict.token = encode(kind.token(context.origin, Run(since=context.clock.wall())))
    return conflict


def _joined_run(status: RunStatus, context: JobContext) -> Run:
    """Return the run that *status* shows; its requested time tells it from later ones."""
    return Run(
        since=context.clock.wall(),
        requested_time=requested_time(status),
        seen_going=is_going(status),
    )


def _baseline_of(run: Run) -> Baseline:
    assert run.baseline is not None  # noqa: S101 - a pending run was made from a look
    return run.baseline
