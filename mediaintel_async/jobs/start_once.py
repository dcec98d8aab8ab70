"""Start a run once: everything that happens between a caller's wish and a known run.

The service has no idempotency key and bills each start that it accepts. `start_once()` takes
these steps, in the order of this file:

1. Look. The status before the start is kept as the baseline (rule 2 of the design).
2. Decide. A run that serves the caller is joined, and nothing is sent (rule 1).
3. Send the POST. It is billed, and never sent more than twice.
4. The answer was lost: look for a change since the baseline. Send once more only if none shows
   and the run before had not ended; otherwise `OutcomeUnknown` (rule 3).
5. The start was refused: join the run in the way, or raise the refusal (rule 4).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from attrs import evolve

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
    InvalidArgument,
    InvalidRequest,
    MediaIntelligenceError,
    OutcomeUnknown,
    ServerError,
)
from mediaintel_async.jobs.context import JobContext
from mediaintel_async.jobs.run_kind import RunKind
from mediaintel_async.jobs.shared_start import SharedStart, StartOutcome
from mediaintel_async.jobs.token import encode

StatusT = TypeVar("StatusT", bound=RunStatus)

OnRunChanged = Callable[[], Awaitable[object]]
"""Awaited when the run of a start is recorded, before its POST, and when it is known."""

_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 0.5, 5.0
"""Between two looks for a lost start: the first pause, and what doubling it stops at."""

_MOST_SENDS = 2
_CERTAIN_REFUSALS = {400, 401, 403, 404, 409, 413, 429}


class RunRecord(Protocol):
    """The job that is being started: it records the run, and its token carries the record."""

    @property
    def run(self) -> Run | None:
        """The run, as far as it is known; None before the first look."""
        ...

    def remember(self, run: Run, status: Any = None, /) -> None:
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
        record: Told of the run before each POST, and as soon as the run is known.
        context: The client's clock, time limits and locks.
        on_run_changed: Awaited before each POST, once the run is recorded. If it raises, that
            POST is not sent, and the error leaves this call.

    Raises:
        InvalidArgument: No job can start this kind of run.
        OutcomeUnknown: The POST was sent, and looking did not show whether it took effect.
        Conflict: Another run is in the way; its `token` attaches to that run.
        MediaIntelligenceError: The service refused for another reason, or was not reached.
    """
    if kind.status_without_run is None:
        raise InvalidArgument(f"{kind} cannot be started anew")
    # Starts for one asset queue here: if two looked at the same time, neither would see a run.
    async with context.lock(kind.asset):
        run = record.run
        # A run with a send comes from an earlier attempt, here or in the process that a token is
        # from: its baseline stays, and the search for its effect comes before another POST.
        if run is None or not run.sends:
            # Step 1: look. Step 2: decide.
            status = await kind.look_allowing_404()
            outcome = _join_without_start(kind, status, context)
            if outcome is not None:
                record.remember(outcome.run, outcome.status)
                return outcome
            run = Run(
                baseline=Baseline.of(status),
                since=context.clock.wall(),
                is_pending=True,
                is_own=True,
            )
            record.remember(run)
        # Steps 3 to 5: send, and find out what the service did.
        outcome = await _send_until_known(kind, shared_start, record, context, run, on_run_changed)
        if outcome.run.is_own:
            context.note_accepted(_key_of(kind), outcome.run)
        return outcome


def _key_of(kind: RunKind[Any, Any]) -> object:
    """Return what the client's recent starts are kept by: kinds of one status share their runs."""
    return kind.asset, type(kind.status_without_run)


def _join_without_start(
    kind: RunKind[StatusT, Any], status: StatusT, context: JobContext
) -> StartOutcome[StatusT] | None:
    """Join a run that makes the start unnecessary; None: there is none (rule 1)."""
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


async def _send_until_known(
    kind: RunKind[StatusT, Any],
    shared_start: SharedStart[StatusT],
    record: RunRecord,
    context: JobContext,
    run: Run,
    on_run_changed: OnRunChanged,
) -> StartOutcome[StatusT]:
    """Send the POST, and once more if looking shows that the first did not take effect."""
    lost: MediaIntelligenceError | None = None
    while True:
        if run.sends:
            found = await _find_lost_start(kind, run, context)
            if found is not None:
                return _accept(record, context, run, status=found)
            if not _may_send_again(run, shared_start):
                raise OutcomeUnknown(
                    "a start was sent and its answer lost; looking for"
                    f" {context.timeouts.settle:g} s did not show whether it took"
                ) from lost
        run = evolve(run, sends=run.sends + 1)
        # Recorded first: if this process dies, its token says that the POST may have been sent.
        record.remember(run)
        try:
            await on_run_changed()
        except BaseException:
            record.remember(evolve(run, sends=run.sends - 1))
            raise
        with shared_start.posting():
            try:
                receipt = await _post(kind, shared_start, record, run)
            except (InvalidRequest, Conflict) as refusal:
                return await _join_after_refusal(kind, record, context, run, refusal)
            except MediaIntelligenceError as error:
                if answer_was_lost(error):
                    lost = error
                    continue
                if run.sends > 1:
                    # The second POST was refused; the first may have taken effect all the same.
                    raise OutcomeUnknown(
                        "a start was sent and its answer lost; sending it again was refused"
                    ) from error
                raise
        return _accept(record, context, run, receipt=receipt)


async def _post(
    kind: RunKind[StatusT, Any],
    shared_start: SharedStart[StatusT],
    record: RunRecord,
    run: Run,
) -> Any:
    """Send the POST: the one line that is billed."""
    try:
        return await kind.post()
    except asyncio.CancelledError:
        if shared_start.was_called_off:
            record.remember(evolve(run, sends=run.sends - 1))
        raise


def _accept(
    record: RunRecord,
    context: JobContext,
    run: Run,
    *,
    status: StatusT | None = None,
    receipt: Any = None,
) -> StartOutcome[StatusT]:
    """Record that the service accepted the start of *run*, as a receipt or a look showed."""
    seen_going = status is not None and is_going(status)
    run = evolve(
        run,
        is_pending=False,
        since=context.clock.wall(),
        seen_going=seen_going,
        requested_time=requested_time(status) if status is not None and seen_going else None,
    )
    record.remember(run)
    return StartOutcome(run, receipt, status)


def answer_was_lost(error: MediaIntelligenceError) -> bool:
    """Whether the service may have acted on the request that ended with *error*."""
    if isinstance(error, ServerError):
        # 503 with code 500: the gateway could not reach the service, which did not act.
        return not (error.from_gateway and error.code == "500")
    if isinstance(error, ApiError):
        # 408, 302, or an error inside a 200 do not tell whether the service acted.
        return error.status not in _CERTAIN_REFUSALS
    return isinstance(error, AnswerLost | InvalidAnswer)


async def _find_lost_start(
    kind: RunKind[StatusT, Any], run: Run, context: JobContext
) -> StatusT | None:
    """Look for the effect of a lost start until it shows or `Timeouts.settle` has passed.

    Returns:
        The status that shows our run; None if no run newer than the baseline shows.

    Raises:
        OutcomeUnknown: The last look failed, or the run that shows is not the one asked for.
    """
    baseline, clock = _baseline_of(run), context.clock
    until = clock.monotonic() + context.timeouts.settle
    pause = _FIRST_PAUSE_SECONDS
    evidence, failure = None, None
    while True:
        try:
            status = await kind.look_allowing_404(once=True)
            evidence = evidence_of_start(baseline, status, kind.wanted_scenes)
            if evidence is StartEvidence.OURS:
                return status
        except MediaIntelligenceError as error:
            # The run may have appeared since the last look that succeeded.
            evidence, failure = None, error
        left = until - clock.monotonic()
        if left <= 0:
            break
        await clock.sleep(min(pause, left))
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
    if evidence is None:
        raise OutcomeUnknown(
            "a start was sent, its answer lost, and no look at its effect succeeded"
        ) from failure
    if evidence is StartEvidence.SOMEBODY_ELSES:
        raise OutcomeUnknown(
            "a start was sent, its answer lost, and now a run over other scenes is there"
        )
    return None


def _may_send_again(run: Run, shared_start: SharedStart[Any]) -> bool:
    """Whether a start whose effect does not show is sent once more.

    Never over a run that had ended: a start that took effect late would then be billed twice.
    Over one in progress the service refuses a second start, so that sending again is safe.
    """
    return not _baseline_of(run).was_final and run.sends < _MOST_SENDS and shared_start.is_wanted


async def _join_after_refusal(
    kind: RunKind[StatusT, Any],
    record: RunRecord,
    context: JobContext,
    run: Run,
    refusal: InvalidRequest | Conflict,
) -> StartOutcome[StatusT]:
    """Join the run that a refused start met, or raise the error that says most (rule 4)."""
    lost_one_before = run.sends > 1
    try:
        status = await kind.look_allowing_404()
    except MediaIntelligenceError as error:
        if lost_one_before:
            raise OutcomeUnknown(
                "a start was sent and its answer lost; sent again, it was refused, and looking"
                " failed"
            ) from error
        raise refusal from error
    evidence = evidence_of_start(_baseline_of(run), status, kind.wanted_scenes)
    if lost_one_before and evidence is StartEvidence.OURS:
        return _accept(record, context, run, status=status)
    if not is_going(status):
        if lost_one_before:
            raise OutcomeUnknown(
                "a start was sent and its answer lost; sent again, it was refused, and no run shows"
            ) from refusal
        raise refusal
    if kind.joins_foreign_run and covers(status, None):
        joined = _joined_run(status, context)
        record.remember(joined)
        return StartOutcome(joined, None, status)
    raise _conflict_with_other_run(kind, context, refusal) from refusal


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
