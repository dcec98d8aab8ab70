"""Jobs over the older calls: `client.legacy.jobs`."""

from collections.abc import Hashable, Iterable
from typing import Any, ClassVar, TypeAlias

from mediaintel_async.decisions.next_step import Intent
from mediaintel_async.decisions.whose_run import is_going
from mediaintel_async.endpoints.indexes import Indexes
from mediaintel_async.endpoints.scene_summaries import SceneSummaries
from mediaintel_async.errors import InvalidArgument, JobNeverStarted
from mediaintel_async.jobs.calls import Calls
from mediaintel_async.jobs.checkpoint import validate_checkpoint
from mediaintel_async.jobs.context import Checkpoint, JobContext
from mediaintel_async.jobs.job import Job
from mediaintel_async.jobs.jobs import Jobs, intent_of
from mediaintel_async.jobs.run_job import RunJob, start_and_return
from mediaintel_async.jobs.run_kind import RunKind
from mediaintel_async.jobs.run_kinds import KindByAsset
from mediaintel_async.jobs.shared_start import StartOutcome
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
        self._summaries = Calls(
            IndexSceneSummaries(send, silence), IndexSceneSummaries(send_once, silence)
        )
        self._analyses = Calls(Analyses(send, silence), Analyses(send_once, silence))
        self._videos = Calls(VideoAnalyses(send, silence), VideoAnalyses(send_once, silence))
        # The older status call names a run, so before there is one only the newer can look.
        self._latest = Calls(SceneSummaries(send), SceneSummaries(send_once))
        self._indexes = Indexes(send)
        jobs.register_kind("legacy summary", self._resume_summary)
        jobs.register_kind("legacy analysis", self._resume_analysis)
        jobs.register_kind("legacy video analysis", self._resume_video_analysis)

    @ends(use="client.jobs.start_summary()")
    async def start_summary(
        self,
        asset: AssetRef,
        index_id: Id,
        *,
        reuse: bool = True,
        scene_ids: Iterable[int] | None = None,
        extra: Extra | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> SummaryJob:
        """Start a summary of one index, or take the one that is there or on its way.

        Arguments and errors are those of `client.jobs.start_summary()`.

        Operation: request_index_scene_summary
        """
        intent = intent_of(reuse=reuse, scene_ids=scene_ids, extra=extra)
        kind = self._summary_kind(asset, as_id(index_id, "index_id"), intent)
        return await self._started(kind, checkpoint)

    @ends(use="client.jobs.attach_summary()")
    def attach_summary(
        self, asset: AssetRef, index_id: Id, summary_id: Id | None = None
    ) -> SummaryJob:
        """Return a job for a summary run, without any I/O; None: whatever run is there."""
        known = None if summary_id is None else as_id(summary_id, "summary_id")
        index_id = as_id(index_id, "index_id")
        return self._attached(self._summary_kind(asset, index_id, Intent(), known))

    @ends(use="client.jobs.start_index()")
    async def start_analysis(  # noqa: PLR0913 - each is keyword-only but the first
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
        checkpoint: Checkpoint | None = None,
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
            checkpoint: As in `client.jobs.start_index()`.

        Raises:
            Conflict: With *reuse* False, another run is in the way; `token` attaches to it.
            OutcomeUnknown: The start was sent, and whether it took effect could not be
                found out.
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
        kind = self._analysis_kind(asset, _intent(options, reuse=reuse))
        return await self._started(kind, checkpoint)

    @ends(use="client.jobs.attach_index()")
    def attach_analysis(self, asset: AssetRef) -> AnalysisJob:
        """Return a job for whatever analysis is there, without any I/O."""
        return self._attached(self._analysis_kind(asset, Intent()))

    @ends(use="client.jobs.start_index()")
    async def start_video_analysis(  # noqa: PLR0913 - likewise
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
        checkpoint: Checkpoint | None = None,
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
        kind = self._video_analysis_kind(asset, _intent(options, reuse=reuse))
        return await self._started(kind, checkpoint)

    @ends(use="client.jobs.attach_index()")
    def attach_video_analysis(self, asset: AssetRef) -> AnalysisJob:
        """Return a job for whatever analysis is there, without any I/O."""
        return self._attached(self._video_analysis_kind(asset, Intent()))

    async def _started(
        self, kind: RunKind[Any, Any], checkpoint: Checkpoint | None
    ) -> RunJob[Any, Any]:
        saving = validate_checkpoint(checkpoint)
        return await start_and_return(RunJob(kind, self._context, checkpoint=saving))

    def _attached(self, kind: RunKind[Any, Any]) -> RunJob[Any, Any]:
        job = RunJob(kind, self._context)
        job.attach()
        return job

    def _summary_kind(
        self, asset: AssetRef, index_id: Id, intent: Intent, summary_id: Id | None = None
    ) -> "_SummaryKind":
        return _SummaryKind(
            asset, intent, (index_id, summary_id), calls=self._summaries, latest=self._latest
        )

    def _analysis_kind(self, asset: AssetRef, intent: Intent) -> "_AnalysisKind":
        return _AnalysisKind(asset, intent, self._analyses, self._indexes)

    def _video_analysis_kind(self, asset: AssetRef, intent: Intent) -> "_VideoAnalysisKind":
        return _VideoAnalysisKind(asset, intent, self._videos, self._indexes)

    def _resume_summary(self, token: Token, checkpoint: Checkpoint | None) -> Job[Any, Any]:
        more = token.ids[2:]
        if len(more) not in (1, 2):
            raise InvalidArgument("token is damaged: it does not name an index")
        summary_id = more[1] if more[1:] else None
        kind = self._summary_kind(token.asset_ref(len(more)), more[0], token.intent, summary_id)
        return RunJob(kind, self._context, token.run, checkpoint=checkpoint)

    def _resume_analysis(self, token: Token, checkpoint: Checkpoint | None) -> Job[Any, Any]:
        kind = self._analysis_kind(token.asset_ref(), _checked(token).intent)
        return RunJob(kind, self._context, token.run, checkpoint=checkpoint)

    def _resume_video_analysis(self, token: Token, checkpoint: Checkpoint | None) -> Job[Any, Any]:
        kind = self._video_analysis_kind(token.asset_ref(), _checked(token).intent)
        return RunJob(kind, self._context, token.run, checkpoint=checkpoint)


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


class _SummaryKind(RunKind[SceneSummaryStatus, SceneSummary]):
    """The summary of one index; looked at by the asset until its own id is known."""

    __slots__ = ("_calls", "_index_id", "_latest", "_summary_id")

    name = "legacy summary"
    status_without_run = SceneSummaryStatus(state=SceneSummaryState.BEFORE_SUMMARIZE)

    def __init__(
        self,
        asset: AssetRef,
        intent: Intent,
        ids: tuple[Id, Id | None],
        *,
        calls: Calls[IndexSceneSummaries],
        latest: Calls[SceneSummaries],
    ) -> None:
        super().__init__(asset, intent)
        self._index_id, self._summary_id = ids
        self._calls = calls
        self._latest = latest

    def address(self) -> Hashable:
        if self._summary_id is None:
            return ("summary", self.asset)
        return (self.name, self.asset, self._index_id, self._summary_id)

    def more_ids(self) -> tuple[Id, ...]:
        if self._summary_id is None:
            return (self._index_id,)
        return (self._index_id, self._summary_id)

    async def look(self) -> SceneSummaryStatus:
        if self._summary_id is None:
            return await self._latest.retried.get_status(self.asset)
        return await self._calls.retried.get_status(self.asset, self._index_id, self._summary_id)

    async def look_once(self) -> SceneSummaryStatus:
        if self._summary_id is None:
            return await self._latest.once.get_status(self.asset)
        return await self._calls.once.get_status(self.asset, self._index_id, self._summary_id)

    async def fetch(self) -> SceneSummary:
        return await self._calls.retried.get(self.asset, self._index_id)

    async def cancel(self) -> None:
        summary_id = (
            self._summary_id or (await self._latest.retried.get_status(self.asset)).scene_summary_id
        )
        if summary_id is None:
            raise JobNeverStarted(f"the service names no summary run of {self.asset} to cancel")
        await self._calls.once.cancel(self.asset, self._index_id, summary_id)

    async def post(self, send: Send) -> Any:
        options = self.intent.summary
        return await IndexSceneSummaries(send, Silence()).request(
            self.asset, self._index_id, scene_ids=options.scene_ids, extra=options.extra
        )

    def note_start(self, outcome: StartOutcome[SceneSummaryStatus]) -> None:
        if outcome.receipt is not None:
            self._summary_id = outcome.receipt.scene_summary_id
        elif outcome.status is not None and is_going(outcome.status):
            self._summary_id = outcome.status.scene_summary_id

    @property
    def wanted_scenes(self) -> tuple[int, ...] | None:
        return self.intent.summary.scene_ids

    @property
    def joins_foreign_run(self) -> bool:
        return self.intent.summary.is_plain


class _AnalysisKind(KindByAsset[IndexStatus, Index, Analyses | VideoAnalyses]):
    """The analysis of an asset, by the older calls."""

    __slots__ = ("_indexes",)

    name = "legacy analysis"
    requests: ClassVar[type[Analyses | VideoAnalyses]] = Analyses
    status_without_run = IndexStatus(state=IndexState.BEFORE_ANALYZE)

    def __init__(
        self,
        asset: AssetRef,
        intent: Intent,
        calls: Calls[Analyses | VideoAnalyses],
        indexes: Indexes,
    ) -> None:
        super().__init__(asset, intent, calls)
        self._indexes = indexes

    async def fetch(self) -> Index:
        # The asset keeps one index, however its analysis was asked for.
        return await self._indexes.get(self.asset)

    async def post(self, send: Send) -> Any:
        options = self.intent.index.extra if self.intent.index is not None else {}
        return await self.requests(send, Silence()).request(
            self.asset,
            analysis_person_count=options["analysisPersonCount"],
            extra={key: options[key] for key in options if key != "analysisPersonCount"},
        )


class _VideoAnalysisKind(_AnalysisKind):
    """The same by the calls for video assets."""

    __slots__ = ()

    name = "legacy video analysis"
    requests = VideoAnalyses
