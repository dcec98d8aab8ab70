"""A job of several stages: an asset is imported, indexed, then summarised."""

import math
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from attrs import evolve

from mediaintel_async.clock import within
from mediaintel_async.decisions.next_step import (
    Done,
    Facts,
    Fetch,
    Intent,
    LookAt,
    Stage,
    Start,
    next_step,
    present_stage,
)
from mediaintel_async.decisions.pipeline_status import PipelineStatus
from mediaintel_async.decisions.whose_run import Run, RunStatus, requested_time
from mediaintel_async.errors import (
    ApiError,
    Conflict,
    InvalidRequest,
    JobNeverStarted,
    MediaIntelligenceError,
    NotFound,
    one_line,
    sentences,
    server_hint_seconds,
)
from mediaintel_async.jobs.context import Checkpoint, JobContext
from mediaintel_async.jobs.job import Cancellation, Job
from mediaintel_async.jobs.run_job import RunJob
from mediaintel_async.jobs.run_kind import RunKind
from mediaintel_async.jobs.start_once import OnRunChanged
from mediaintel_async.jobs.token import Token
from mediaintel_async.models.scene_summaries import SceneSummary
from mediaintel_async.refs import AssetRef
from mediaintel_async.waiting.cadence import next_delay
from mediaintel_async.waiting.patience import Trouble, add_failure
from mediaintel_async.waiting.poller import TRANSIENT, AddressSchedule, DeadlinePassed

StageJob = RunJob[Any, Any]
T = TypeVar("T")

_RETRY_SECONDS = 5.0
"""Between two attempts of a look or start that met a transient error, once the service was
reached."""

_LATER_STAGES: Mapping[Stage | None, tuple[Stage, ...]] = {
    Stage.IMPORT: (Stage.INDEX, Stage.SUMMARY),
    Stage.INDEX: (Stage.SUMMARY,),
}
_FACT_OF = {Stage.IMPORT: "importing", Stage.INDEX: "index", Stage.SUMMARY: "summary"}


class _CallbackFailed(Exception):
    """An error of the caller's `checkpoint` or `on_progress`, on its way out of a start.

    The caller's error may be of any class, one of this library's too: bare, it would be taken
    for an error of the service, and retried or answered with another start.
    """

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class PipelineJob(Job[PipelineStatus, SceneSummary]):
    """From an asset to its summary: takes the steps that `next_step()` decides.

    Each stage is a `RunJob` of its own, made when the pipeline first comes to it.
    """

    def __init__(
        self,
        asset: AssetRef,
        intent: Intent,
        context: JobContext,
        kind_of: Callable[[Stage], RunKind[Any, Any]],
        checkpoint: Checkpoint | None = None,
    ) -> None:
        super().__init__(context)
        self.checkpoint: Checkpoint | None = checkpoint
        self._asset = asset
        self._intent = intent
        self._kind_of = kind_of
        self._facts = Facts()
        self._stage_jobs: dict[Stage, StageJob] = {}
        self._stage_of_token: Stage | None = None
        """The stage whose run tokens name: the one started last, also once it has ended."""

        self._is_over = False
        self._progress = 0.0
        self._was_reached = False
        """Whether a look of the present wait has succeeded."""

    def continue_from(
        self, stage: Stage | None, run: Run | None, started_stages: frozenset[Stage] = frozenset()
    ) -> None:
        """Restore the state that a token or a registration recorded.

        Args:
            stage: The stage that it had come to; None: it had started nothing yet.
            run: The run of that stage.
            started_stages: The stages in which this pipeline has started a run.
        """
        self._facts = Facts(waiting_for=stage if run is not None else None, started=started_stages)
        if stage is not None and run is not None:
            self._stage_of_token = stage
            self._stage_jobs[stage] = RunJob(self._kind_of(stage), self._context, run)

    def _token_fields(self) -> Token:
        stage = self._stage_of_token
        job = None if stage is None else self._stage_jobs.get(stage)
        run = None if job is None else job.run
        return Token(
            kind="pipeline",
            origin=self._context.origin,
            workspace=self._asset.workspace,
            ids=(self._asset.project_id, self._asset.asset_id),
            run=run,
            intent=self._intent,
            stage=None if run is None else stage,
            started_stages=self._facts.started,
        )

    @property
    def final_status(self) -> PipelineStatus | None:
        """The status that showed the end of the pipeline; None while no look has shown it."""
        return self._status() if self._is_over else None

    @property
    def asset(self) -> AssetRef:
        """The asset that is to be summarised."""
        return self._asset

    @property
    def seconds_left(self) -> float | None:
        """How many seconds all stages together will probably still take.

        For a stage to come, that is what such stages took in this client before. None between
        stages, after the end, and while one of the stages cannot be estimated.
        """
        stage = self._facts.waiting_for
        left = None if stage is None else self._stage_jobs[stage].seconds_left
        for later in _LATER_STAGES.get(stage, ()):
            usual = self._context.poller.usual_seconds(self._kind_of(later).status_without_run)
            left = None if left is None or usual is None else left + usual
        return left

    def describe(self) -> str:
        """Return the pipeline's name in messages."""
        return one_line(f"summary of {self._asset}")

    async def begin(self) -> None:
        """Look, and start the run that is due; stop where a run has to be waited for."""
        with self.token_on_errors():
            while True:
                step = next_step(self._intent, self._facts)
                if isinstance(step, Fetch | Done):
                    self._end()
                    return
                if isinstance(step, Start):
                    await self._start(step.stage, _ignore, math.inf, retry_transient=False)
                elif step.until_ended:
                    break
                else:
                    await self._look_once_at(step.stage, math.inf, retry_transient=False)
            if self._facts.waiting_for is not None:
                await self._stage_jobs[self._facts.waiting_for].learn_requested_time()

    def prepare_wait(self) -> None:
        """Drop the statuses of an earlier wait, unless they led to a run that is waited for."""
        self._was_reached = False
        if self._facts.waiting_for is None and not self._is_over:
            self._facts = evolve(self._facts, summary=None, index=None)

    async def _look(self) -> PipelineStatus:
        if self._is_over:
            return self._status()
        # Without a run to look at, the summary is what tells whether the pipeline is over.
        stage = self._facts.waiting_for or Stage.SUMMARY
        job = self._stage_job(stage)
        status = await job.look_allowing_404()
        if self._facts.waiting_for is stage and job.run is not None and not job.run.is_pending:
            job.judge_status(status)
        self._note_status(stage, status)
        if job.final_status is not None:
            self._end_stage(stage, job.final_status)
        if isinstance(next_step(self._intent, self._facts), Fetch | Done):
            self._end()
        self._last = self._status()
        return self._last

    async def follow(
        self,
        on_status: Callable[[PipelineStatus], bool],
        *,
        deadline: float,
        wants_one_look: bool = False,
        pace: AddressSchedule | None = None,
    ) -> PipelineStatus:
        """Take one step after the other until the end, or until *on_status* says stop.

        With *wants_one_look*, take the steps that are due now, whatever *deadline* is, and look
        once at what has to be waited for.
        """
        start_deadline = math.inf if wants_one_look else deadline
        while True:
            step = next_step(self._intent, self._facts)
            if isinstance(step, Fetch | Done):
                self._end()
                on_status(self._status())
                return self._status()
            if isinstance(step, Start) or self._is_unconfirmed(step):
                await self._start(
                    step.stage, on_status, start_deadline, retry_transient=not wants_one_look
                )
            elif step.until_ended:
                has_stopped = await self._follow_stage(
                    step.stage, on_status, deadline, wants_one_look=wants_one_look, pace=pace
                )
                if has_stopped:
                    return self._status()
            else:
                await self._look_once_at(
                    step.stage, start_deadline, retry_transient=not wants_one_look
                )
                following = next_step(self._intent, self._facts)
                # A summary that is there already is shown once: as the end, by the next step.
                if isinstance(following, Fetch | Done) or self._needs_another_look():
                    continue
                if on_status(self._status()):
                    return self._status()
                if wants_one_look and isinstance(following, LookAt):
                    # That look has shown a run in progress: it was the one that was wanted.
                    self._join(following.stage).judge_status(self._fact(following.stage))
                    raise DeadlinePassed

    def _needs_another_look(self) -> bool:
        """Whether the last look does not tell the present stage, which the next one will."""
        step = next_step(self._intent, self._facts)
        return isinstance(step, LookAt) and not step.until_ended

    def _is_unconfirmed(self, step: LookAt) -> bool:
        """Whether *step* waits for a run that an earlier process may not have started."""
        return step.until_ended and self._is_pending(step.stage)

    def _is_pending(self, stage: Stage | None) -> bool:
        """Whether the start of *stage* may have been sent, and is not known to be accepted."""
        job = None if stage is None else self._stage_jobs.get(stage)
        return job is not None and job.run is not None and job.run.is_pending

    def _end(self) -> None:
        """Note that the pipeline is over; from now on its token names the run that ended it."""
        summary = self._facts.summary
        job = self._stage_job(Stage.SUMMARY)
        if summary is not None and summary.succeeded and job.run is None:
            # A summary that was there already.
            run = Run(since=self._context.clock.wall(), requested_time=requested_time(summary))
            job.remember(run, summary)
            self._stage_of_token = Stage.SUMMARY
        self._is_over = True
        self._last = self._status()

    async def _follow_stage(
        self,
        stage: Stage,
        on_status: Callable[[PipelineStatus], bool],
        deadline: float,
        *,
        wants_one_look: bool,
        pace: AddressSchedule | None,
    ) -> bool:
        """Wait for the end of a stage; return whether *on_status* said stop before it."""
        job = self._join(stage)
        has_stopped = False

        def note_and_pass_on(status: RunStatus) -> bool:
            nonlocal has_stopped
            self._note_status(stage, status)
            # The end of a stage may not be that of the pipeline: the next step decides, and shows
            # it.
            has_stopped = not status.is_final and on_status(self._status())
            return has_stopped

        ended = await job.follow(
            note_and_pass_on,
            deadline=deadline,
            wants_one_look=wants_one_look,
            was_reached=self._was_reached,
            pace=pace,
        )
        if not has_stopped:
            self._end_stage(stage, ended)
        return has_stopped

    def _join(self, stage: Stage) -> StageJob:
        """Wait for the run of *stage* from now on: the one that was started, or whichever shows."""
        job = self._stage_job(stage)
        if job.run is None:
            job.attach()
        self._stage_of_token = stage
        self._facts = evolve(self._facts, waiting_for=stage)
        return job

    async def _look_once_at(self, stage: Stage, deadline: float, *, retry_transient: bool) -> None:
        job = self._stage_job(stage)

        async def look() -> Any:
            # Whether and when a failed look is made again is decided in one place: either here or
            # in the transport.
            return await job.look_allowing_404(once=retry_transient)

        self._note_status(stage, await self._ask(look, deadline, retry_transient=retry_transient))

    async def _ask(
        self, question: Callable[[], Awaitable[T]], deadline: float, *, retry_transient: bool
    ) -> T:
        """Send the request of *question*; its answer must come before *deadline*.

        Raises:
            DeadlinePassed: It did not.
            MediaIntelligenceError: As `_retry_transient()`.
        """
        clock = self._context.clock

        async def ask() -> T:
            try:
                return await within(clock, deadline - clock.monotonic(), question())
            except TimeoutError as error:
                if isinstance(error, MediaIntelligenceError):
                    raise
                raise DeadlinePassed from error

        return await self._retry_transient(ask, deadline, retry_transient=retry_transient)

    async def _retry_transient(
        self, step: Callable[[], Awaitable[T]], deadline: float, *, retry_transient: bool
    ) -> T:
        """Take *step*; after a transient error take it again, as a wait looks again.

        Raises:
            DeadlinePassed: *deadline* passed; the cause is the error of the last attempt, if any.
            MediaIntelligenceError: The error is not transient, has gone on for longer than
                `Patience` allows, or *retry_transient* is false.
        """
        clock, patience = self._context.clock, self._context.poller.patience
        began = clock.monotonic()
        trouble: Trouble | None = None
        while True:
            if clock.monotonic() >= deadline:
                raise DeadlinePassed from (trouble.error if trouble else None)
            try:
                return await step()
            except DeadlinePassed as late:
                raise late from trouble.error if trouble else late.__cause__
            except TRANSIENT as error:
                # A start that ends so took no effect: if it may have, it ends with OutcomeUnknown.
                now = clock.monotonic()
                trouble = add_failure(trouble, error, now)
                was_reached = self._was_reached
                if not retry_transient or patience.is_over(trouble, now, was_reached=was_reached):
                    raise
            if was_reached:
                pause = server_hint_seconds(trouble.error) or _RETRY_SECONDS
            else:
                pause = next_delay(
                    patience.retry.wait,
                    trouble.error,
                    looks=trouble.failures,
                    elapsed_seconds=now - began,
                )
            await self._context.pause(min(pause, max(0.0, deadline - clock.monotonic())))

    async def _start(
        self,
        stage: Stage,
        on_status: Callable[[PipelineStatus], bool],
        deadline: float,
        *,
        retry_transient: bool,
    ) -> None:
        """Start the run of *stage*, or join one; a refusal that indexing may cure is noted."""
        job = self._stage_job(stage)
        if job.final_status is not None:
            # The job of an earlier run that has ended, such as a joined index that failed.
            job = self._stage_jobs[stage] = RunJob(self._kind_of(stage), self._context)
        self._stage_of_token = stage
        if self._may_not_exist():
            # Fetch the asset first, so that a missing one is reported as such.
            await self._ask(
                self._kind_of(Stage.IMPORT).fetch, deadline, retry_transient=retry_transient
            )

        on_run_changed = self._on_run_changed(stage, job, on_status)
        failed: Exception
        try:
            await self._retry_transient(
                lambda: job.ensure_started(deadline, on_run_changed),
                deadline,
                retry_transient=retry_transient,
            )
        except (InvalidRequest, Conflict, NotFound) as refusal:
            if not self._may_index_instead(stage, refusal):
                self._add_state_of_index(stage, refusal)
                raise
            self._facts = evolve(self._facts, summary_refused=True)
            return
        except _CallbackFailed as error:
            failed = error.error
        else:
            return
        finally:
            if job.run is None:
                self._facts = evolve(self._facts, waiting_for=None)
            elif not job.run.is_pending:
                self._note_run(stage)
        # Raised outside except: the caller's error leaves as it was raised, and alone.
        raise failed

    def _on_run_changed(
        self, stage: Stage, job: StageJob, on_status: Callable[[PipelineStatus], bool]
    ) -> OnRunChanged:
        """Return the hook of a start: it shows the status, and has the token kept."""

        async def on_run_changed() -> None:
            try:
                if job.run is not None and job.run.is_pending:
                    on_status(self._status())
                else:
                    self._note_run(stage)
                if self.checkpoint is not None:
                    await self.checkpoint(self.token)
            except Exception as error:  # noqa: BLE001 - the caller's own, raised again by _start()
                raise _CallbackFailed(error) from None

        return on_run_changed

    def _may_not_exist(self) -> bool:
        """Whether the first looks at index and summary both got a 404: the asset may be gone."""
        looks = {Stage.SUMMARY: self._facts.summary, Stage.INDEX: self._facts.index}
        return all(self._stage_job(stage).stands_for_404(look) for stage, look in looks.items())

    def _add_state_of_index(self, stage: Stage, refusal: ApiError) -> None:
        """Add to the refusal of a summary what the service leaves out: that there is no index."""
        index = self._facts.index
        if stage is Stage.SUMMARY and index is not None and not index.succeeded:
            refusal.details = sentences(refusal.details, f"Its index is {index.state}.")

    def _may_index_instead(self, stage: Stage, refusal: ApiError) -> bool:
        """Whether the asset can be indexed now that its summary was refused."""
        index = self._facts.index
        return (
            stage is Stage.SUMMARY
            and refusal.token is None
            and not refusal.from_gateway
            and index is not None
            and index.is_final
            and not index.succeeded
            and self._intent.index is not None
        )

    def _stage_job(self, stage: Stage) -> StageJob:
        if stage not in self._stage_jobs:
            self._stage_jobs[stage] = RunJob(self._kind_of(stage), self._context)
        return self._stage_jobs[stage]

    def _fact(self, stage: Stage) -> Any:
        return getattr(self._facts, _FACT_OF[stage])

    def _note_status(self, stage: Stage, status: Any) -> None:
        self._was_reached = True
        self._facts = evolve(self._facts, **{_FACT_OF[stage]: status})
        if not self._needs_another_look():
            self._last = self._status()

    def _end_stage(self, stage: Stage, status: RunStatus) -> None:
        if self._facts.waiting_for is not stage:
            return  # another wait for this job has seen the end before
        self._note_status(stage, status)
        self._note_run(stage)
        self._facts = evolve(
            self._facts, waiting_for=None, ended=self._facts.ended | {stage}, summary_refused=False
        )

    def _note_run(self, stage: Stage) -> None:
        """Note that the run of *stage* is known, and whether this pipeline has paid for it."""
        run = self._stage_jobs[stage].run
        started = {stage} if run is not None and run.is_own else set[Stage]()
        self._facts = evolve(self._facts, waiting_for=stage, started=self._facts.started | started)

    def _status(self) -> PipelineStatus:
        status = PipelineStatus(
            stage=present_stage(self._intent, self._facts),
            importing=self._facts.importing,
            index=self._facts.index,
            summary=self._facts.summary,
            is_starting=self._is_pending(self._stage_of_token),
            is_final=self._is_over,
            token=self._token_or_none() or "",
            seconds_left=self.seconds_left,
        )
        # Looks may lag behind one another.
        self._progress = max(self._progress, status.progress)
        return evolve(status, progress=self._progress)

    async def _fetch(self) -> SceneSummary:
        summary: SceneSummary = await self._kind_of(Stage.SUMMARY).fetch()
        return summary

    def may_cancel_on_timeout(self) -> bool:
        """Whether the present stage's run is this job's, and nothing else here waits for it."""
        stage = self._facts.waiting_for
        return stage is not None and self._stage_jobs[stage].may_cancel_on_timeout()

    async def cancel_run(self, *, only_if_unwanted: bool = False) -> Cancellation:
        """Cancel the run of the present stage, and confirm it by looking."""
        if self._is_over:
            was_canceled = self._status().canceled
            return Cancellation.CANCELED if was_canceled else Cancellation.FINISHED_FIRST
        stage = self._facts.waiting_for or self._stage_of_token
        if stage is None:
            raise JobNeverStarted(f"{self.describe()} was not started", None, self._last)
        job = self._stage_jobs[stage]
        outcome = await job.cancel_run(only_if_unwanted=only_if_unwanted)
        ended = job.final_status
        if outcome is Cancellation.FINISHED_FIRST and ended is not None:
            self._end_stage(stage, ended)
            if isinstance(next_step(self._intent, self._facts), Fetch | Done):
                self._end()
        return outcome


def _ignore(_: object) -> bool:
    return False
