"""A job that is one run: an index, a summary or an import."""

import logging
import math
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from attrs import define, evolve

from mediaintel_async.decisions.whose_run import (
    Run,
    RunStatus,
    StartEvidence,
    Verdict,
    evidence_of_start,
    is_going,
    is_of_another_run,
    judge,
)
from mediaintel_async.errors import (
    ClientClosed,
    Conflict,
    InvalidArgument,
    InvalidRequest,
    JobNeverStarted,
    JobSuperseded,
    MediaIntelligenceError,
    one_line,
    server_hint_seconds,
)
from mediaintel_async.jobs.context import Checkpoint, JobContext
from mediaintel_async.jobs.job import Cancellation, Job
from mediaintel_async.jobs.run_kind import RunKind
from mediaintel_async.jobs.shared_start import SharedStart, StartOutcome
from mediaintel_async.jobs.start_once import (
    OnRunChanged,
    answer_was_lost,
    start_once,
    was_turned_away,
)
from mediaintel_async.jobs.token import Token
from mediaintel_async.refs import AssetRef
from mediaintel_async.waiting.poller import AddressSchedule, DeadlinePassed

StatusT = TypeVar("StatusT", bound=RunStatus)
ResultT = TypeVar("ResultT")

_CONFIRM_SECONDS = 2.0
"""Between two looks that confirm a cancellation."""

_logger = logging.getLogger("mediaintel_async")


class RunJob(Job[StatusT, ResultT]):
    """One run: started or attached to, waited for, cancelled and resumed."""

    __slots__ = ("_final", "_kind", "_run", "_shared_start", "_since", "checkpoint")

    def __init__(
        self,
        kind: RunKind[StatusT, ResultT],
        context: JobContext,
        run: Run | None = None,
        *,
        checkpoint: Checkpoint | None = None,
    ) -> None:
        super().__init__(context)
        self.checkpoint: Checkpoint | None = checkpoint
        self._kind = kind
        self._run: Run | None = None
        self._final: StatusT | None = None
        self._shared_start: SharedStart[StatusT] | None = None
        self._since: float | None = None
        if run is not None:
            # A token of an unconfirmed start: assume that its process sent the POST once.
            sends = max(1, run.sends) if run.is_pending else run.sends
            self._run = evolve(run, sends=sends)

    @property
    def run(self) -> Run | None:
        """The run, as far as it is known; None while no start was sent."""
        return self._run

    @property
    def asset(self) -> AssetRef:
        """The asset that the run is about."""
        return self._kind.asset

    @property
    def final_status(self) -> StatusT | None:
        """The status that showed the end of the run; None while no look has shown it."""
        return self._final

    def describe(self) -> str:
        """Return the kind and the asset, for messages."""
        return str(self._kind)

    def _token_fields(self) -> Token:
        return self._kind.token(self._context.origin, self._run)

    def _address(self) -> Hashable:
        return self._kind.address()

    async def look_allowing_404(self, *, once: bool = False) -> StatusT:
        """Look; the service's 404 counts as an asset that never had such a run."""
        return await self._kind.look_allowing_404(once=once)

    def stands_for_404(self, status: RunStatus | None) -> bool:
        """Whether *status* stands for a 404: there was no run, or there is no such asset."""
        return status is not None and status is self._kind.status_without_run

    def attach(self) -> None:
        """Make whatever run is there, or comes next, the one of this job."""
        self._run = Run(since=self._context.clock.wall())

    def remember(self, run: Run | None, status: StatusT | None = None, /) -> None:
        """Record *run* as the one of this job, and *status* as its last status, if given."""
        self._run = run
        self._since = self._context.clock.monotonic()
        if status is not None:
            self._last = status

    async def ensure_started(
        self, deadline: float, on_run_changed: OnRunChanged | None = None
    ) -> None:
        """Start the run, or join one, unless that is done already.

        *on_run_changed* is awaited before each POST, when `run` is pending, and once the service
        has accepted the start or a run was joined. If it raises, nothing more is sent and its
        error leaves this call. None: the job's own `checkpoint` gets the token.

        Raises:
            DeadlinePassed: *deadline* passed; a POST in flight goes on.
            MediaIntelligenceError: As `start_once()`.
        """
        if self._run is not None and not self._run.is_pending:
            return
        if self._shared_start is None:
            self._shared_start = SharedStart(self._context.clock, self._context.is_sending)
        shared_start = self._shared_start
        try:
            await shared_start.wait(
                lambda: self._start(shared_start, on_run_changed or self._save_token), deadline
            )
        except DeadlinePassed:
            raise
        except Exception:
            if shared_start is self._shared_start:
                self._shared_start = None
            raise

    async def _save_token(self) -> None:
        if self.checkpoint is not None:
            await self.checkpoint(self.token)

    async def _start(
        self, shared_start: SharedStart[StatusT], on_run_changed: OnRunChanged
    ) -> StartOutcome[StatusT]:
        if self._context.poller.is_closed:
            raise ClientClosed("this client was closed; make a new one")
        with self._context.start_under_way(shared_start):
            outcome = await start_once(
                self._kind, shared_start, self, self._context, on_run_changed
            )
            self._kind.note_start(outcome)
            await on_run_changed()
            return outcome

    async def learn_requested_time(self) -> None:
        """Look once after a start, for the run's requested time, which the token then carries.

        A token without that time, resumed while somebody else's run is in progress, could not
        tell the two runs apart. If the look fails, or shows no run yet, the first wait learns
        the time.
        """
        run = self._run
        if run is None or run.requested_time is not None or not run.is_own:
            return
        try:
            self.judge_status(await self._kind.look_once())
        except MediaIntelligenceError as error:
            _logger.info("%s: the look after the start failed: %s", self.describe(), error)

    def _age_seconds(self) -> float:
        """Return how long ago the run was accepted or joined.

        Of a run that was resumed or attached to: how long ago it was first looked at here. When
        it was accepted is known by the clock of another process only, and is not compared.
        """
        now = self._context.clock.monotonic()
        self._since = now if self._since is None else self._since
        return now - self._since

    def judge_status(self, status: StatusT) -> Verdict:
        """Decide what *status* means for the run, and record what it shows of the run."""
        assert self._run is not None  # noqa: S101 - there is nothing to judge before a start
        grace_seconds = self._context.timeouts.grace
        self._last = status
        judgement = judge(
            self._run, status, age_seconds=self._age_seconds(), grace_seconds=grace_seconds
        )
        self._run = judgement.run
        if judgement.verdict is Verdict.ENDED:
            self._final = status
        if judgement.only_by_grace:
            _logger.warning(
                "%s: %s counts only because the grace period of %g s is over",
                self.describe(),
                one_line(str(status.state)),
                grace_seconds,
            )
        return judgement.verdict

    async def _look(self) -> StatusT:
        status = await self._kind.look()
        if self._run is not None and not self._run.is_pending:
            self.judge_status(status)
        else:
            self._last = status
        return status

    async def follow(
        self,
        on_status: Callable[[StatusT], bool],
        *,
        deadline: float,
        wants_one_look: bool = False,
        was_reached: bool = False,
        pace: AddressSchedule | None = None,
    ) -> StatusT:
        """Start the run if that is due, and wait until its end or until *on_status* says stop.

        *was_reached* says whether the caller has just had an answer of the service.
        """
        if self._final is not None:
            on_status(self._final)
            return self._final
        self._context.begin_wait(self._kind.asset)
        try:
            is_start_due = self._run is None or self._run.is_pending
            if is_start_due:
                await self.ensure_started(deadline)
                if not wants_one_look and self._context.clock.monotonic() >= deadline:
                    raise DeadlinePassed
            judged = _Judging(self, on_status, self._last)
            await self._context.poller.wait(
                self._address(),
                self._kind.look_once,
                judged,
                deadline=deadline,
                wants_one_look=wants_one_look,
                was_reached=was_reached or is_start_due,
                pace=pace,
            )
        finally:
            self._context.end_wait(self._kind.asset)
        if judged.verdict is Verdict.NEVER_STARTED:
            raise self._never_started(judged.seen)
        if judged.verdict is Verdict.SUPERSEDED:
            raise self._superseded(judged.seen)
        assert judged.seen is not None  # noqa: S101 - the wait ended with a look
        return judged.seen

    def _never_started(self, status: StatusT | None) -> JobNeverStarted:
        grace = self._context.timeouts.grace
        return JobNeverStarted(
            f"{self.describe()}: the service has shown no run for {grace:g} s", None, status
        )

    def _superseded(self, status: StatusT | None) -> JobSuperseded:
        return JobSuperseded(
            f"{self.describe()}: a newer run, not this job's, has taken its place", None, status
        )

    async def _fetch(self) -> ResultT:
        return await self._kind.fetch()

    def may_cancel_on_timeout(self) -> bool:
        """Whether this job started the run, and nothing else here waits for the asset."""
        return (
            self._kind.can_cancel
            and self._run is not None
            and self._run.is_own
            and not self._run.is_pending
            and not self._context.is_wanted(self._kind.asset)
        )

    async def cancel_run(self, *, only_if_unwanted: bool = False) -> Cancellation:
        """Cancel the run if a look shows that it is ours, and look until its end shows."""
        if not self._kind.can_cancel:
            raise InvalidArgument(f"{self._kind} cannot be cancelled: the service has no such call")
        clock = self._context.clock
        until = clock.monotonic() + self._context.timeouts.settle
        # The service cancels whatever runs, and names no run. So look before each attempt: during
        # the pause between two of them another run may have begun.
        while self._final is None and await self._is_cancellable():
            if only_if_unwanted and self._context.is_wanted(self._kind.asset):
                return Cancellation.UNKNOWN
            try:
                await self._kind.cancel()
            except (Conflict, InvalidRequest) as refusal:
                # The run has ended by itself; the looks below show how.
                _logger.info("%s: cancelling was refused: %s", self.describe(), refusal)
            except MediaIntelligenceError as error:
                if was_turned_away(error):
                    pause = server_hint_seconds(error) or _CONFIRM_SECONDS
                    if clock.monotonic() + pause >= until:
                        raise
                    await self._context.pause(pause)
                    continue
                if not answer_was_lost(error):
                    raise
                _logger.info("%s: the answer to cancelling was lost", self.describe())
            await self._confirm_end()
            break
        if self._final is None:
            return Cancellation.UNKNOWN
        return Cancellation.CANCELED if self._final.canceled else Cancellation.FINISHED_FIRST

    async def _is_cancellable(self) -> bool:
        """Look whether the run in progress, which cancelling would stop, is this job's.

        Raises:
            JobSuperseded: It is another one.
            JobNeverStarted: There is no run.
        """
        until = self._context.clock.monotonic() + self._context.timeouts.settle
        while True:
            status = await self._kind.look()
            if self._run is None:
                raise JobNeverStarted(f"{self.describe()} was not started", None, status)
            if self._run.is_pending:
                return self._pending_run_shows(status)
            if is_of_another_run(self._run, status):
                raise self._superseded(status)
            if self.judge_status(status) is Verdict.SUPERSEDED:
                raise self._superseded(status)
            if self._final is not None:
                return False
            if status.is_before and self._run.baseline is None:
                raise JobNeverStarted(f"{self.describe()}: there is no run", None, status)
            if is_going(status) and (self._run.baseline is None or self._run.seen_going):
                return True
            # The start was accepted, but the service does not show the run yet.
            if self._context.clock.monotonic() >= until:
                return False
            await self._context.pause(_CONFIRM_SECONDS)

    def _pending_run_shows(self, status: StatusT) -> bool:
        """Whether *status* shows the run of a start whose answer was lost, now in progress."""
        assert self._run is not None  # noqa: S101 - the caller has checked
        baseline = self._run.baseline
        self._last = status
        if baseline is None or not is_going(status):
            return False
        if evidence_of_start(baseline, status, self._kind.wanted_scenes) is not StartEvidence.OURS:
            return False
        self.remember(evolve(self._run, is_pending=False))
        self.judge_status(status)
        return True

    async def _confirm_end(self) -> None:
        """Look until the end of the run shows, or `Timeouts.settle` has passed."""
        clock = self._context.clock
        until = clock.monotonic() + self._context.timeouts.settle
        while True:
            try:
                if self.judge_status(await self._kind.look_once()) is not Verdict.GOING:
                    return
            except ClientClosed:
                raise
            except MediaIntelligenceError as error:
                _logger.info("%s: a look after cancelling failed: %s", self.describe(), error)
            if clock.monotonic() >= until:
                return
            await self._context.pause(_CONFIRM_SECONDS)


@define(eq=False, weakref_slot=False)
class _Judging(Generic[StatusT]):
    """Called by the poller with each status of one wait: judges it and passes it on."""

    job: RunJob[StatusT, Any]
    on_status: Callable[[StatusT], bool]
    seen: StatusT | None
    verdict: Verdict = Verdict.GOING

    def __call__(self, status: StatusT) -> bool:
        """Judge *status*, pass it to `on_status` if it is about our run; return whether to stop."""
        self.verdict, self.seen = self.job.judge_status(status), status
        # A final status that does not end our run is a stale one, of the run before ours.
        is_about_ours = self.verdict is Verdict.ENDED or not status.is_final
        stop = self.on_status(status) if is_about_ours else False
        if stop:
            self.job.note_likely_end()
        return stop or self.verdict is not Verdict.GOING


async def start_and_return(job: RunJob[StatusT, ResultT]) -> RunJob[StatusT, ResultT]:
    """Start the run of *job*, or join one, and return the job; errors carry its token.

    Raises:
        InvalidArgument: The job's token would be too long; nothing was sent.
        MediaIntelligenceError: As `start_once()`.
    """
    job.check_token()
    with job.token_on_errors():
        await job.ensure_started(math.inf)
        await job.learn_requested_time()
    return job
