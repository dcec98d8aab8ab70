"""Jobs over the older calls: `client.legacy.jobs`."""

from collections.abc import Hashable, Iterable
from typing import Any, TypeAlias

from mediaintel_async.decisions.next_step import Intent
from mediaintel_async.decisions.whose_run import is_going
from mediaintel_async.endpoints.indexes import Indexes
from mediaintel_async.endpoints.scene_summaries import SceneSummaries
from mediaintel_async.errors import InvalidArgument, JobNeverStarted
from mediaintel_async.jobs.job import Job, JobContext
from mediaintel_async.jobs.jobs import Jobs, asset_of, intent_of, started
from mediaintel_async.jobs.run_job import RunJob, RunKind
from mediaintel_async.jobs.run_kinds import AssetWork
from mediaintel_async.jobs.start_once import StartOutcome
from mediaintel_async.jobs.token import Token
from mediaintel_async.legacy.endpoints import Analyses, IndexSceneSummaries, VideoAnalyses
from mediaintel_async.legacy.models import AnalysisOptions
from mediaintel_async.legacy.warning import Reminder, Silence, ends
from mediaintel_async.models.common import Extra
from mediaintel_async.models.indexes import Index, IndexOptions, IndexState, IndexStatus
from mediaintel_async.models.scene_summaries import (
    SceneSummary,
    SceneSummaryState,
    SceneSummaryStatus,
)
from mediaintel_async.refs import AssetRef, Id, as_id
from mediaintel_async.request import Send

SummaryJob: TypeAlias = Job[SceneSummaryStatus, SceneSummary]
AnalysisJob: TypeAlias = Job[IndexStatus, Index]


class LegacyJobs:
    """Starts are billed once, and whatever is running can be joined."""

    def __init__(
        self,
        jobs: Jobs,
        context: JobContext,
        reminder: Reminder,
        *,
        send: Send,
        send_once: Send,
    ) -> None:
        self._context = context
        self._reminder = reminder
        silence = Silence()
        self._summaries = IndexSceneSummaries(send, silence)
        self._summaries_once = IndexSceneSummaries(send_once, silence)
        self._analyses = Analyses(send, silence)
        self._analyses_once = Analyses(send_once, silence)
        self._videos = VideoAnalyses(send, silence)
        self._videos_once = VideoAnalyses(send_once, silence)
        # The older status call names a run, so before there is one only the newer can look.
        self._latest = SceneSummaries(send)
        self._latest_once = SceneSummaries(send_once)
        self._indexes = Indexes(send)
        jobs.teach("legacy summary", self._resume_summary)
        jobs.teach("legacy analysis", self._resume_analysis)
        jobs.teach("legacy video analysis", self._resume_video_analysis)

    @ends(use="client.jobs.start_summary()")
    async def start_summary(
        self,
        asset: AssetRef,
        index_id: Id,
        *,
        reuse: bool = True,
        scene_ids: Iterable[int] | None = None,
        extra: Extra | None = None,
    ) -> SummaryJob:
        """Start a summary of one index, or take the one that is there or on its way.

        Arguments and errors are those of `client.jobs.start_summary()`.

        Operation: request_index_scene_summary
        """
        intent = intent_of(reuse=reuse, scene_ids=scene_ids, extra=extra)
        work = self._summary_work(asset, as_id(index_id, "index_id"), intent)
        return await started(RunJob(work, self._context))

    @ends(use="client.jobs.attach_summary()")
    def attach_summary(
        self, asset: AssetRef, index_id: Id, summary_id: Id | None = None
    ) -> SummaryJob:
        """Return a job for a summary run, without any I/O; None: whatever run is there."""
        known = None if summary_id is None else as_id(summary_id, "summary_id")
        index_id = as_id(index_id, "index_id")
        return self._attached(self._summary_work(asset, index_id, Intent(), known))

    @ends(use="client.jobs.start_index()")
    async def start_analysis(
        self,
        asset: AssetRef,
        *,
        analysis_person_count: int,
        reuse: bool = True,
        scene_range: str | None = None,
        tag_id_list: Iterable[Id] | None = None,
        source_language: str | None = None,
        detect_audio_effects: bool | None = None,
        extra: Extra | None = None,
    ) -> AnalysisJob:
        """Start the analysis of an asset. Billed once.

        Args:
            asset: Its import is complete.
            analysis_person_count: As the rest in `client.legacy.analyses.request()`.
            reuse: Whether an analysis that is complete, or under way, will do.
            scene_range: As there.
            tag_id_list: As there.
            source_language: As there.
            detect_audio_effects: As there.
            extra: As there.

        Raises:
            Conflict: With *reuse* False, another run is in the way; `token` attaches to it.
            OutcomeUnknown: The start was sent, and whether it took could not be found out.
            MediaIntelligenceError: The service refused, or was not reached.

        Operation: request_asset_analysis
        """
        options = AnalysisOptions(
            analysis_person_count=analysis_person_count,
            scene_range=scene_range,
            tag_id_list=tag_id_list,
            source_language=source_language,
            detect_audio_effects=detect_audio_effects,
            extra=extra or {},
        )
        work = self._analysis_work(asset, _intent(options, reuse=reuse))
        return await started(RunJob(work, self._context))

    @ends(use="client.jobs.attach_index()")
    def attach_analysis(self, asset: AssetRef) -> AnalysisJob:
        """Return a job for whatever analysis is there, without any I/O."""
        return self._attached(self._analysis_work(asset, Intent()))

    @ends(use="client.jobs.start_index()")
    async def start_video_analysis(
        self,
        asset: AssetRef,
        *,
        analysis_person_count: int,
        reuse: bool = True,
        scene_range: str | None = None,
        tag_id_list: Iterable[Id] | None = None,
        source_language: str | None = None,
        detect_audio_effects: bool | None = None,
        extra: Extra | None = None,
    ) -> AnalysisJob:
        """Start the analysis of a video asset; all else as in `start_analysis()`.

        Operation: request_video_asset_analysis
        """
        options = AnalysisOptions(
            analysis_person_count=analysis_person_count,
            scene_range=scene_range,
            tag_id_list=tag_id_list,
            source_language=source_language,
            detect_audio_effects=detect_audio_effects,
            extra=extra or {},
        )
        work = self._video_analysis_work(asset, _intent(options, reuse=reuse))
        return await started(RunJob(work, self._context))

    @ends(use="client.jobs.attach_index()")
    def attach_video_analysis(self, asset: AssetRef) -> AnalysisJob:
        """Return a job for whatever analysis is there, without any I/O."""
        return self._attached(self._video_analysis_work(asset, Intent()))

    def _attached(self, work: RunKind[Any, Any]) -> RunJob[Any, Any]:
        job = RunJob(work, self._context)
        job.attach()
        return job

    def _summary_work(
        self, asset: AssetRef, index_id: Id, intent: Intent, summary_id: Id | None = None
    ) -> "_SummaryWork":
        return _SummaryWork(
            asset,
            intent,
            index_id,
            summary_id,
            calls=self._summaries,
            calls_once=self._summaries_once,
            latest=self._latest,
            latest_once=self._latest_once,
        )

    def _analysis_work(self, asset: AssetRef, intent: Intent) -> "_AnalysisWork":
        return _AnalysisWork(asset, intent, self._analyses, self._analyses_once, self._indexes)

    def _video_analysis_work(self, asset: AssetRef, intent: Intent) -> "_VideoAnalysisWork":
        return _VideoAnalysisWork(asset, intent, self._videos, self._videos_once, self._indexes)

    def _resume_summary(self, token: Token) -> Job[Any, Any]:
        more = token.ids[2:]
        if len(more) not in (1, 2):
            raise InvalidArgument("token is damaged: it does not name an index")
        summary_id = more[1] if more[1:] else None
        work = self._summary_work(asset_of(token, len(more)), more[0], token.intent, summary_id)
        return RunJob(work, self._context, token.run)

    def _resume_analysis(self, token: Token) -> Job[Any, Any]:
        work = self._analysis_work(asset_of(token), _checked(token).intent)
        return RunJob(work, self._context, token.run)

    def _resume_video_analysis(self, token: Token) -> Job[Any, Any]:
        work = self._video_analysis_work(asset_of(token), _checked(token).intent)
        return RunJob(work, self._context, token.run)


def _intent(options: AnalysisOptions, *, reuse: bool) -> Intent:
    """Return the intent of an analysis, its body written as tokens carry it."""
    return Intent(reuse=reuse, index=IndexOptions(extra=options.body()))


def _checked(token: Token) -> Token:
    """Make sure that a token that may have to start an analysis has what that needs."""
    options = token.intent.index
    is_complete = options is not None and "analysisPersonCount" in options.extra
    if not is_complete and (token.run is None or token.run.is_pending):
        raise InvalidArgument("token is damaged: it has no options for the analysis")
    return token


class _SummaryWork(RunKind[SceneSummaryStatus, SceneSummary]):
    """The summary of one index; looked at by the asset until its own id is known."""

    __slots__ = ("_calls", "_calls_once", "_index_id", "_latest", "_latest_once", "_summary_id")

    kind = "legacy summary"
    before = SceneSummaryStatus(state=SceneSummaryState.BEFORE_SUMMARIZE)

    def __init__(
        self,
        asset: AssetRef,
        intent: Intent,
        index_id: Id,
        summary_id: Id | None,
        *,
        calls: IndexSceneSummaries,
        calls_once: IndexSceneSummaries,
        latest: SceneSummaries,
        latest_once: SceneSummaries,
    ) -> None:
        super().__init__(asset, intent)
        self._index_id = index_id
        self._summary_id = summary_id
        self._calls, self._calls_once = calls, calls_once
        self._latest, self._latest_once = latest, latest_once

    def address(self) -> Hashable:
        if self._summary_id is None:
            return ("summary", self.asset)
        return (self.kind, self.asset, self._index_id, self._summary_id)

    def more_ids(self) -> tuple[Id, ...]:
        if self._summary_id is None:
            return (self._index_id,)
        return (self._index_id, self._summary_id)

    async def look(self) -> SceneSummaryStatus:
        if self._summary_id is None:
            return await self._latest.get_status(self.asset)
        return await self._calls.get_status(self.asset, self._index_id, self._summary_id)

    async def look_once(self) -> SceneSummaryStatus:
        if self._summary_id is None:
            return await self._latest_once.get_status(self.asset)
        return await self._calls_once.get_status(self.asset, self._index_id, self._summary_id)

    async def fetch(self) -> SceneSummary:
        return await self._calls.get(self.asset, self._index_id)

    async def cancel(self) -> None:
        summary_id = (
            self._summary_id or (await self._latest.get_status(self.asset)).scene_summary_id
        )
        if summary_id is None:
            raise JobNeverStarted(f"the service names no summary run of {self.asset} to cancel")
        await self._calls_once.cancel(self.asset, self._index_id, summary_id)

    async def post(self) -> Any:
        options = self.intent.summary
        return await self._calls.request(
            self.asset, self._index_id, scene_ids=options.scene_ids, extra=options.extra
        )

    def learn(self, started: StartOutcome[SceneSummaryStatus]) -> None:
        if started.receipt is not None:
            self._summary_id = started.receipt.scene_summary_id
        elif started.status is not None and is_going(started.status):
            self._summary_id = started.status.scene_summary_id

    @property
    def wanted_scenes(self) -> tuple[int, ...] | None:
        return self.intent.summary.scene_ids

    @property
    def joins_others(self) -> bool:
        return self.intent.summary.is_plain


class _AnalysisWork(AssetWork[IndexStatus, Index, Analyses | VideoAnalyses]):
    """The analysis of an asset, by the older calls."""

    __slots__ = ("_indexes",)

    kind = "legacy analysis"
    before = IndexStatus(state=IndexState.BEFORE_ANALYZE)

    def __init__(
        self,
        asset: AssetRef,
        intent: Intent,
        calls: Analyses | VideoAnalyses,
        calls_once: Analyses | VideoAnalyses,
        indexes: Indexes,
    ) -> None:
        super().__init__(asset, intent, calls, calls_once)
        self._indexes = indexes

    async def fetch(self) -> Index:
        # The asset keeps one index, however its analysis was asked for.
        return await self._indexes.get(self.asset)

    async def post(self) -> Any:
        options = self.intent.index.extra if self.intent.index is not None else {}
        return await self._calls.request(
            self.asset,
            analysis_person_count=options["analysisPersonCount"],
            extra={key: options[key] for key in options if key != "analysisPersonCount"},
        )


class _VideoAnalysisWork(_AnalysisWork):
    """The same by the calls for video assets."""

    __slots__ = ()

    kind = "legacy video analysis"
