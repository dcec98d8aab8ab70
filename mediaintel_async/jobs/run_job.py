"""A job that is one run: an index, a summary, an import."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from attrs import define, evolve

from mediaintel_async.decisions.next_step import Intent
from mediaintel_async.decisions.whose_run import (
    Baseline,
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
    NotSent,
    OutcomeUnknown,
    TooManyRequests,
    server_hint_seconds,
)
from mediaintel_async.jobs.job import Cancellation, Job, JobContext, logger
from mediaintel_async.jobs.start_once import (
    SharedStart,
    Starter,
    StartOutcome,
    joined,
    look_or_before,
    start,
    was_lost,
)
from mediaintel_async.jobs.token import Token
from mediaintel_async.refs import AssetRef, Id
from mediaintel_async.waiting.poller import AddressSchedule, DeadlinePassed

StatusT = TypeVar("StatusT", bound=RunStatus)
ResultT = TypeVar("ResultT")

_CONFIRM_SECONDS = 2.0
"""Between two looks that confirm a cancellation."""


ANY_RUN: Intent = Intent()


class RunKind(ABC, Generic[StatusT, ResultT]):
    """One kind of run on one asset: how to look at it, read it, stop it and ask for it."""

    __slots__ = ("asset", "intent")

    kind: str
    """Names it in tokens."""

    before: StatusT | None = None
    """What an asset without any run shows; None for work that cannot be started anew."""

    can_cancel: bool = True

    def __init__(self, asset: AssetRef, intent: Intent = ANY_RUN) -> None:
        if not isinstance(asset, AssetRef):
            raise InvalidArgument(f"asset is an AssetRef, not {asset!r}")
        self.asset: AssetRef = asset
        self.intent: Intent = intent

    def __str__(self) -> str:
        return f"{self.kind} of {self.asset}"

    def address(self) -> Hashable:
        """Runs with an equal address show the same status."""
        return (self.kind, self.asset)

    def more_ids(self) -> tuple[Id, ...]:
        """What tokens need beyond the asset."""
        return ()

    @abstractmethod
    async def look(self) -> StatusT:
        """Read the status."""

    @abstractmethod
    async def look_once(self) -> StatusT:
        """Do the same without the transport's retry; a wait just looks again later."""

    @abstractmethod
    async def fetch(self) -> ResultT:
        """Read what it came to."""

    async def cancel(self) -> None:
        """Stop the run that is going. Only asked of work that `can_cancel`."""

    async def post(self) -> Any:
        """Ask for a run, and return the receipt. Billed; only asked of work with a `before`."""

    def learn(self, started: StartOutcome[StatusT]) -> None:
        """Take note of what a start came to."""

    def joins(self, status: StatusT) -> bool:
        """Whether the run that a look shows, going or ended, makes a start unnecessary."""
        return self.intent.reuse and (status.succeeded or is_going(status))

    @property
    def joins_unseen(self) -> bool:
        """Whether a run that this client has just started, and that no look shows yet, will do."""
        return self.intent.reuse

    @property
    def joins_others(self) -> bool:
        """Whether a run in the way of a start does as well, if it covers all scenes."""
        return self.joins_unseen

    @property
    def wanted_scenes(self) -> tuple[int, ...] | None:
        """The scenes that are asked for; None: all."""
        return None


class RunJob(Job[StatusT, ResultT]):
    """One run: waited for, left, cancelled and taken up again."""

    __slots__ = ("_began", "_final", "_run", "_starting", "_work")

    def __init__(
        self, work: RunKind[StatusT, ResultT], context: JobContext, run: Run | None = None
    ) -> None:
        super().__init__(context)
        self._work = work
        self._run: Run | None = None
        self._final: StatusT | None = None
        self._starting: SharedStart[StatusT] | None = None
        self._began: float | None = None
        if run is not None:
            # One that comes as pending may have been sent by the process that has ended.
            sends = max(1, run.sends) if run.is_pending else run.sends
            self._remember(evolve(run, sends=sends))

    @property
    def run(self) -> Run | None:
        """The run, as far as it is known; None before a start."""
        return self._run

    def _token_fields(self) -> Token:
        return Token(
            kind=self._work.kind,
            origin=self._context.origin,
            workspace=self._work.asset.workspace,
            ids=(self._work.asset.project_id, self._work.asset.asset_id, *self._work.more_ids()),
            run=self._run,
            intent=self._work.intent,
        )

    @property
    def _ended(self) -> StatusT | None:
        return self._final

    @property
    def asset(self) -> AssetRef:
        """The asset that the run is about."""
        return self._work.asset

    def _address(self) -> Hashable:
        return self._work.address()

    def _describe(self) -> str:
        return str(self._work)

    @property
    def has_ended(self) -> bool:
        """Whether the end of the run has been seen."""
        return self._final is not None

    async def look_or_before(self) -> StatusT:
        """Look, taking a 404 of the service for an asset that never had a run."""
        if self._work.before is None:
            return await self._work.look()
        return await look_or_before(self._work.look, self._work.before)

    def is_unknown_to_service(self, status: RunStatus | None) -> bool:
        """Whether *status* stands for a 404: there was no run, or there is no such asset."""
        return status is not None and status is self._work.before

    def attach(self) -> None:
        """Take whatever run is there for this job's."""
        self._remember(Run(since=self._context.clock.wall()))

    async def ensure_started(
        self, deadline: float, announce: Callable[[], object] = lambda: None
    ) -> None:
        """Start the run, unless that was done; *announce* is called just before the POST.

        Raises:
            DeadlinePassed: *deadline* passed; a POST in flight is seen to its end.
            MediaIntelligenceError: As `starting.start()`.
        """
        if self._run is not None and not self._run.is_pending:
            return
        if self._starting is None:
            self._starting = SharedStart(self._context.clock, self._context.is_sending)
        shared_start = self._starting
        try:
            await shared_start.wait(lambda: self._begin(shared_start, announce), deadline)
        except DeadlinePassed:
            raise
        except Exception as error:
            if isinstance(error, MediaIntelligenceError) and not isinstance(error, OutcomeUnknown):
                # Certainly refused: there is no run to resume.
                self._run = None
            if shared_start is self._starting:
                self._starting = None
            raise

    async def learn_its_time(self) -> None:
        """Look once, so that the run is told from a later one even if nobody waits for it.

        Without that, a token taken now and resumed when somebody else's run is going could not
        tell whose that is. Where the look fails, or shows nothing yet, the first wait learns it.
        """
        run = self._run
        if run is None or run.requested_time is not None or not run.is_own:
            return
        try:
            self._judge(await self._work.look_once())
        except MediaIntelligenceError as error:
            logger.info("%s: the look after the start failed: %s", self._describe(), error)

    async def _begin(
        self, shared_start: SharedStart[StatusT], announce: Callable[[], object]
    ) -> StartOutcome[StatusT]:
        if self._context.poller.is_closed:
            raise ClientClosed("this client was closed; make a new one")
        with self._context.start_under_way(shared_start):
            started = await self._join_or_start(shared_start, announce)
            self._work.learn(started)
            return started

    async def _join_or_start(
        self, shared_start: SharedStart[StatusT], announce: Callable[[], object]
    ) -> StartOutcome[StatusT]:
        work, context = self._work, self._context
        if work.before is None:
            raise InvalidArgument(f"{work} cannot be started anew")
        key = (work.asset, type(work.before))
        async with context.lock(work.asset):
            run = self._run
            if run is None or not run.sends:
                status = await look_or_before(work.look, work.before)
                now = context.clock.wall()
                if work.joins(status):
                    run = joined(status, now)
                    self._remember(run)
                    self._last = status
                    return StartOutcome(run, None, status)
                unseen = context.accepted_lately(key)
                if unseen is not None and self._may_join_unseen(unseen, status):
                    run = evolve(unseen, is_own=False)
                    self._remember(run)
                    return StartOutcome(run)
                run = Run(baseline=Baseline.of(status), since=now, is_pending=True, is_own=True)
                self._remember(run)
                announce()
            started = await start(
                Starter(
                    look=work.look,
                    look_once=work.look_once,
                    post=work.post,
                    before=work.before,
                    wanted_scenes=work.wanted_scenes,
                    joins_others=work.joins_others,
                    token_of_other=self._token_of_other,
                ),
                run,
                clock=context.clock,
                settle_seconds=context.timeouts.settle,
                remember=self._remember,
                posting=shared_start.posting,
                is_wanted=shared_start.is_wanted,
                was_called_off=shared_start.was_called_off,
            )
            if started.run.is_own:
                context.note_accepted(key, started.run)
            return started

    def _may_join_unseen(self, unseen: Run, status: StatusT) -> bool:
        """Whether a start that another job of this client made, and that no look shows, will do."""
        if not self._work.joins_unseen or unseen.baseline is None:
            return False
        return not unseen.baseline.differs(status)

    def _token_of_other(self) -> str:
        other = RunJob(self._work, self._context)
        other.attach()
        return other.token

    def _remember(self, run: Run) -> None:
        self._run = run
        self._began = None

    def _age_seconds(self) -> float:
        """How long ago the run was accepted or joined.

        Counted on a clock that nobody sets, from the first question on; until then the wall
        clock counts, since a token may be of another process, and a job made outside a loop.
        """
        clock = self._context.clock
        if self._began is None:
            assert self._run is not None  # noqa: S101 - it is asked of a run
            self._began = clock.monotonic() - max(0.0, clock.wall() - self._run.since)
        return clock.monotonic() - self._began

    def _judge(self, status: StatusT) -> Verdict:
        assert self._run is not None  # noqa: S101 - there is nothing to judge before a start
        timeouts = self._context.timeouts
        self._last = status
        judgement = judge(
            self._run,
            status,
            age_seconds=self._age_seconds(),
            grace_seconds=timeouts.grace,
        )
        self._run = judgement.run
        if judgement.verdict is Verdict.ENDED:
            self._final = status
        if judgement.only_by_grace:
            logger.warning(
                "%s: %s counts only because %g s have passed since the start",
                self._describe(),
                status.state,
                timeouts.grace,
            )
        return judgement.verdict

    async def _look(self) -> StatusT:
        status = await self._work.look()
        if self._run is not None and not self._run.is_pending:
            self._judge(status)
        else:
            self._last = status
        return status

    async def _follow(
        self,
        on_status: Callable[[StatusT], bool],
        *,
        deadline: float,
        wants_one_look: bool = False,
        pace: AddressSchedule | None = None,
    ) -> StatusT:
        if self._final is not None:
            on_status(self._final)
            return self._final
        self._context.begin_wait(self._work.asset)
        try:
            await self.ensure_started(deadline)
            if not wants_one_look and self._context.clock.monotonic() >= deadline:
                raise DeadlinePassed
            judged = _Judging(self, on_status, self._last)
            await self._context.poller.wait(
                self._address(),
                self._work.look_once,
                judged,
                deadline=deadline,
                wants_one_look=wants_one_look,
                pace=pace,
            )
        finally:
            self._context.end_wait(self._work.asset)
        if judged.verdict is Verdict.NEVER_STARTED:
            grace = self._context.timeouts.grace
            since = "after the start" if self._run and self._run.is_own else "after the first look"
            if self._run and self._run.seen_going:
                since = "after it ceased to show one"
            raise JobNeverStarted(
                f"{self._describe()}: the service shows no run {grace:g} s {since}",
                None,
                judged.seen,
            )
        if judged.verdict is Verdict.SUPERSEDED:
            raise self._superseded(judged.seen)
        assert judged.seen is not None  # noqa: S101 - the wait ended with a look
        return judged.seen

    def _superseded(self, status: StatusT | None) -> JobSuperseded:
        return JobSuperseded(
            f"{self._describe()}: a newer run, not this job's, has taken its place", None, status
        )

    async def _fetch(self) -> ResultT:
        return await self._work.fetch()

    def _may_cancel_on_timeout(self) -> bool:
        return (
            self._work.can_cancel
            and self._run is not None
            and self._run.is_own
            and not self._run.is_pending
            and not self._context.is_wanted(self._work.asset)
        )

    async def _cancel(self, *, only_if_unwanted: bool = False) -> Cancellation:
        if not self._work.can_cancel:
            raise InvalidArgument(f"{self._work} cannot be cancelled: the service cannot")
        clock = self._context.clock
        until = clock.monotonic() + self._context.timeouts.settle
        # Each time it looks first: after a pause the run that is going may be another one.
        while self._final is None and await self._is_cancellable():
            if only_if_unwanted and self._context.is_wanted(self._work.asset):
                return Cancellation.UNKNOWN
            try:
                await self._work.cancel()
            except (TooManyRequests, NotSent) as error:
                pause = server_hint_seconds(error) or _CONFIRM_SECONDS
                if clock.monotonic() + pause >= until:
                    raise
                await self._context.pause(pause)
                continue
            except (Conflict, InvalidRequest) as refusal:
                # It ended meanwhile, or just now; the looks below tell how.
                logger.info("%s: cancelling was refused: %s", self._describe(), refusal)
            except MediaIntelligenceError as error:
                if not was_lost(error):
                    raise
                logger.info("%s: the answer to cancelling was lost", self._describe())
            await self._confirm_end()
            break
        if self._final is None:
            return Cancellation.UNKNOWN
        return Cancellation.CANCELED if self._final.canceled else Cancellation.FINISHED_FIRST

    async def _is_cancellable(self) -> bool:
        """Look whether our own run is the one that cancelling would stop.

        Raises:
            JobSuperseded: Another one is.
            JobNeverStarted: Nothing was started.
        """
        until = self._context.clock.monotonic() + self._context.timeouts.settle
        while True:
            status = await self._work.look()
            if self._run is None:
                raise JobNeverStarted(f"{self._describe()} was not started", None, status)
            if self._run.is_pending:
                return self._pending_run_shows(status)
            if is_of_another_run(self._run, status) or self._judge(status) is Verdict.SUPERSEDED:
                raise self._superseded(status)
            if self._final is not None:
                return False
            if status.is_before and self._run.baseline is None:
                raise JobNeverStarted(f"{self._describe()}: there is no run", None, status)
            if is_going(status) and (self._run.baseline is None or self._run.seen_going):
                return True
            # Accepted, but the service does not show it yet.
            if self._context.clock.monotonic() >= until:
                return False
            await self._context.pause(_CONFIRM_SECONDS)

    def _pending_run_shows(self, status: StatusT) -> bool:
        assert self._run is not None  # noqa: S101 - asked by the caller
        baseline = self._run.baseline
        self._last = status
        if baseline is None or not is_going(status):
            return False
        if evidence_of_start(baseline, status, self._work.wanted_scenes) is not StartEvidence.OURS:
            return False
        self._remember(evolve(self._run, is_pending=False))
        self._judge(status)
        return True

    async def _confirm_end(self) -> None:
        clock = self._context.clock
        until = clock.monotonic() + self._context.timeouts.settle
        while True:
            try:
                if self._judge(await self._work.look_once()) is not Verdict.GOING:
                    return
            except ClientClosed:
                raise
            except MediaIntelligenceError as error:
                logger.info("%s: confirming the end: %s", self._describe(), error)
            if clock.monotonic() >= until:
                return
            await self._context.pause(_CONFIRM_SECONDS)


@define(eq=False, weakref_slot=False)
class _Judging(Generic[StatusT]):
    """Judges each status that a wait sees, and shows those of the run to whoever waits."""

    job: RunJob[StatusT, Any]
    on_status: Callable[[StatusT], bool]
    seen: StatusT | None
    verdict: Verdict = Verdict.GOING

    def __call__(self, status: StatusT) -> bool:
        """Return whether the wait is over."""
        self.verdict, self.seen = self.job._judge(status), status  # noqa: SLF001 - a part of it
        # In this order: a stale look at the run before ours is no progress of ours.
        is_about_ours = self.verdict is Verdict.ENDED or not status.is_final
        stop = self.on_status(status) if is_about_ours else False
        if stop:
            self.job._note_likely_end()  # noqa: SLF001 - likewise
        return stop or self.verdict is not Verdict.GOING
