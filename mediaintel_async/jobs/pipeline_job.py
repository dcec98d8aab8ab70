"""A job that is a way through stages: an asset is imported, indexed, then summarised."""

import math
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from attrs import evolve

from mediaintel_async.clock import within
from mediaintel_async.decisions.next_step import (
    Done,
    Facts,
    Fetch,
    Intent,
    Look,
    PipelineStatus,
    Stage,
    Start,
    next_step,
)
from mediaintel_async.decisions.whose_run import Run, RunStatus
from mediaintel_async.errors import (
    ApiError,
    Conflict,
    InvalidAnswer,
    InvalidRequest,
    JobNeverStarted,
    MediaIntelligenceError,
    NotFound,
    ServerError,
    TooManyRequests,
    TransportError,
    server_hint_seconds,
)
from mediaintel_async.jobs.job import Cancellation, Job, JobContext
from mediaintel_async.jobs.run_job import RunJob
from mediaintel_async.jobs.token import Token
from mediaintel_async.models.scene_summaries import SceneSummary
from mediaintel_async.refs import AssetRef
from mediaintel_async.waiting.poller import AddressSchedule, DeadlinePassed

StageJob = RunJob[Any, Any]
T = TypeVar("T")

_PASSING = (TransportError, ServerError, TooManyRequests, InvalidAnswer)
"""What may be over in a while. A start is not among what comes to one of these if it may have
been accepted: that is OutcomeUnknown."""

_FACT_OF = {Stage.IMPORT: "importing", Stage.INDEX: "index", Stage.SUMMARY: "summary"}

_PATIENCE_SECONDS = 5.0
"""Between two tries of a look or start that met passing trouble."""


class PipelineJob(Job[PipelineStatus, SceneSummary]):
    """From an asset to its summary: drives the steps that `pipeline.next_step()` decides."""

    def __init__(  # noqa: PLR0913 - its calls, and what a token carries
        self,
        asset: AssetRef,
        intent: Intent,
        context: JobContext,
        *,
        stage_job: Callable[[Stage, Run | None], StageJob],
        fetch: Callable[[], Any],
        find: Callable[[], Any],
        stage: Stage | None = None,
        run: Run | None = None,
        started: frozenset[Stage] = frozenset(),
    ) -> None:
        super().__init__(context)
        self._asset = asset
        self._intent = intent
        self._new_stage_job = stage_job
        self._fetch_summary = fetch
        self._find_asset = find
        self._facts = Facts(waiting_for=stage if run is not None else None, started=started)
        self._stage_jobs: dict[Stage, StageJob] = {}
        if stage is not None and run is not None:
            self._stage_jobs[stage] = stage_job(stage, run)
        self._stage = stage or Stage.SUMMARY
        # Until the index is started, a token leads by the import: one that failed stays so.
        self._starting_stage: Stage | None = stage if stage is Stage.IMPORT else None
        self._is_over = False

    def _token_fields(self) -> Token:
        stage = self._facts.waiting_for or self._starting_stage
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
            started=self._facts.started,
        )

    @property
    def _ended(self) -> PipelineStatus | None:
        return self._status() if self._is_over else None

    @property
    def asset(self) -> AssetRef:
        """The asset that is to be summarised."""
        return self._asset

    @property
    def seconds_left(self) -> float | None:
        """How many seconds the present stage will probably still take; None between stages."""
        stage = self._facts.waiting_for
        return None if stage is None else self._stage_jobs[stage].seconds_left

    def _describe(self) -> str:
        return f"summary of {self._asset}"

    async def begin(self) -> None:
        """Go as far as is possible without waiting for a run: look, and start what is due."""
        with self.token_on_errors():
            while True:
                step = next_step(self._intent, self._facts)
                if isinstance(step, Start):
                    await self._start(step.stage, lambda _: False, math.inf, patient=False)
                elif isinstance(step, Look) and not step.until_ended:
                    await self._look_once_at(step.stage, math.inf, patient=False)
                else:
                    break
            if self._facts.waiting_for is not None:
                await self._stage_jobs[self._facts.waiting_for].learn_its_time()

    def _begin_wait(self) -> None:
        if self._facts.waiting_for is None and not self._is_over:
            # What was seen in an earlier wait may be long past.
            self._facts = evolve(self._facts, summary=None, index=None)

    async def _look(self) -> PipelineStatus:
        stage = self._stage
        self._learn(stage, await self._stage_job(stage).look_or_before())
        return self._status()

    async def _follow(
        self,
        on_status: Callable[[PipelineStatus], bool],
        *,
        deadline: float,
        wants_one_look: bool = False,
        pace: AddressSchedule | None = None,
    ) -> PipelineStatus:
        owes_a_look = wants_one_look
        while True:
            step = next_step(self._intent, self._facts)
            if isinstance(step, Fetch | Done):
                self._stage = Stage.SUMMARY if isinstance(step, Fetch) else self._stage
                self._is_over = True
                on_status(self._status())
                return self._status()
            if isinstance(step, Start):
                await self._start(step.stage, on_status, deadline, patient=True)
            elif step.until_ended:
                has_stopped = await self._follow_stage(
                    step.stage, on_status, deadline, wants_one_look=owes_a_look, pace=pace
                )
                owes_a_look = False
                if has_stopped:
                    return self._status()
            else:
                await self._look_once_at(
                    step.stage, math.inf if owes_a_look else deadline, patient=not owes_a_look
                )
                owes_a_look = False
                # What is there already is told once, as the end.
                is_over = isinstance(next_step(self._intent, self._facts), Fetch | Done)
                if not is_over and on_status(self._status()):
                    return self._status()

    async def _follow_stage(
        self,
        stage: Stage,
        on_status: Callable[[PipelineStatus], bool],
        deadline: float,
        *,
        wants_one_look: bool,
        pace: AddressSchedule | None,
    ) -> bool:
        """Wait for the end of a stage; return whether *on_status* asked to stop before it."""
        job = self._stage_job(stage)
        if job.run is None:
            job.attach()
        self._facts = evolve(self._facts, waiting_for=stage)
        has_stopped = False

        def learn_and_take(status: RunStatus) -> bool:
            nonlocal has_stopped
            self._learn(stage, status)
            # The end of a stage is not the end of the pipeline; the next step tells.
            has_stopped = not status.is_final and on_status(self._status())
            return has_stopped

        ended = await job._follow(  # noqa: SLF001 - the stages are parts of this job
            learn_and_take, deadline=deadline, wants_one_look=wants_one_look, pace=pace
        )
        if not has_stopped:
            self._end_stage(stage, ended)
        return has_stopped

    async def _look_once_at(self, stage: Stage, deadline: float, *, patient: bool) -> None:
        look = self._stage_job(stage).look_or_before
        self._learn(stage, await self._ask(look, deadline, patient=patient))

    async def _ask(
        self, question: Callable[[], Awaitable[T]], deadline: float, *, patient: bool
    ) -> T:
        """Ask *question* of the service, which must answer before *deadline*."""
        clock = self._context.clock

        async def ask() -> T:
            try:
                return await within(clock, deadline - clock.monotonic(), question())
            except TimeoutError as error:
                if isinstance(error, MediaIntelligenceError):
                    raise
                raise DeadlinePassed from error

        return await self._patiently(ask, deadline, patient=patient)

    async def _patiently(
        self, step: Callable[[], Awaitable[T]], deadline: float, *, patient: bool
    ) -> T:
        """Take *step*, again and again where trouble is passing: rule 6 holds between stages too.

        Raises:
            DeadlinePassed: *deadline* passed.
            MediaIntelligenceError: Not *patient*, or it was not of the passing kind, or went on
                for `Timeouts.unreachable`.
        """
        clock = self._context.clock
        began = clock.monotonic()
        while True:
            if clock.monotonic() >= deadline:
                raise DeadlinePassed
            try:
                return await step()
            except _PASSING as error:
                lasted = clock.monotonic() - began
                if not patient or lasted >= self._context.timeouts.unreachable:
                    raise
                pause = server_hint_seconds(error) or _PATIENCE_SECONDS
                await self._context.pause(min(pause, max(0.0, deadline - clock.monotonic())))

    async def _start(
        self,
        stage: Stage,
        on_status: Callable[[PipelineStatus], bool],
        deadline: float,
        *,
        patient: bool,
    ) -> None:
        job = self._stage_job(stage)
        if job.has_ended:
            # That was a run before; this is a new one.
            job = self._stage_jobs[stage] = self._new_stage_job(stage, None)
        self._stage = self._starting_stage = stage
        if self._may_not_exist():
            # Better its own 404 than that of a start for something that is not there.
            await self._ask(self._find_asset, deadline, patient=patient)
        try:
            await self._patiently(
                lambda: job.ensure_started(deadline, lambda: on_status(self._status())),
                deadline,
                patient=patient,
            )
        except (InvalidRequest, Conflict, NotFound) as refusal:
            if not self._may_index_instead(stage, refusal):
                self._explain(stage, refusal)
                raise
            self._facts = evolve(self._facts, summary_refused=True)
            return
        self._note_start(stage)
        self._facts = evolve(self._facts, waiting_for=stage)

    def _may_not_exist(self) -> bool:
        """Whether both first looks met a 404."""
        looks = {Stage.SUMMARY: self._facts.summary, Stage.INDEX: self._facts.index}
        return all(
            self._stage_job(stage).is_unknown_to_service(look) for stage, look in looks.items()
        )

    def _explain(self, stage: Stage, refusal: ApiError) -> None:
        """Add to a refused summary what the service leaves out: that there is no index."""
        index = self._facts.index
        if stage is Stage.SUMMARY and index is not None and not index.succeeded:
            refusal.details = f"{refusal.details} Its index is {index.state}.".strip()

    def _may_index_instead(self, stage: Stage, refusal: ApiError) -> bool:
        """Whether indexing may help where the summary was refused: rule 5."""
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
            self._stage_jobs[stage] = self._new_stage_job(stage, None)
        return self._stage_jobs[stage]

    def _learn(self, stage: Stage, status: Any) -> None:
        self._stage = stage
        self._facts = evolve(self._facts, **{_FACT_OF[stage]: status})
        self._last = self._status()

    def _end_stage(self, stage: Stage, status: RunStatus) -> None:
        if self._facts.waiting_for is not stage:
            return  # another wait for this job came first
        self._learn(stage, status)
        self._note_start(stage)
        self._facts = evolve(
            self._facts, waiting_for=None, ended=self._facts.ended | {stage}, summary_refused=False
        )

    def _note_start(self, stage: Stage) -> None:
        run = self._stage_jobs[stage].run
        if run is not None and run.is_own:
            self._facts = evolve(self._facts, started=self._facts.started | {stage})

    def _status(self) -> PipelineStatus:
        return PipelineStatus(
            stage=self._stage,
            importing=self._facts.importing,
            index=self._facts.index,
            summary=self._facts.summary,
            is_final=self._is_over,
            token=self._token_or_none() or "",
        )

    async def _fetch(self) -> SceneSummary:
        summary: SceneSummary = await self._fetch_summary()
        return summary

    def _may_cancel_on_timeout(self) -> bool:
        stage = self._facts.waiting_for
        return (
            stage is not None and self._stage_jobs[stage]._may_cancel_on_timeout()  # noqa: SLF001 - a part of this job
        )

    async def _cancel(self, *, only_if_unwanted: bool = False) -> Cancellation:
        if self._is_over:
            was_canceled = self._status().canceled
            return Cancellation.CANCELED if was_canceled else Cancellation.FINISHED_FIRST
        stage = self._facts.waiting_for or self._starting_stage
        if stage is None:
            raise JobNeverStarted(f"{self._describe()} was not started", None, self._last)
        job = self._stage_jobs[stage]
        outcome = await job._cancel(  # noqa: SLF001 - a part of this job
            only_if_unwanted=only_if_unwanted
        )
        ended = job._ended  # noqa: SLF001 - a part of this job
        if outcome is Cancellation.FINISHED_FIRST and ended is not None:
            self._end_stage(stage, ended)
            self._is_over = isinstance(next_step(self._intent, self._facts), Fetch | Done)
        return outcome
