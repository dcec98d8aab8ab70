"""`client.jobs`: start work, attach to work that is in progress, or resume a token."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol, TypeVar

from mediaintel_async.decisions.next_step import Intent, Stage
from mediaintel_async.decisions.whose_run import Run
from mediaintel_async.endpoints.assets import Assets
from mediaintel_async.endpoints.indexes import Indexes
from mediaintel_async.endpoints.paths import as_asset, project_path
from mediaintel_async.endpoints.scene_summaries import SceneSummaries
from mediaintel_async.endpoints.search import Search
from mediaintel_async.endpoints.uploads import Upload
from mediaintel_async.errors import Detached, InvalidArgument, OutcomeUnknown
from mediaintel_async.jobs.calls import Calls
from mediaintel_async.jobs.checkpoint import validate_checkpoint
from mediaintel_async.jobs.context import Checkpoint, JobContext
from mediaintel_async.jobs.import_once import Importer
from mediaintel_async.jobs.job import Cancellation, Job, Watch
from mediaintel_async.jobs.pipeline_job import PipelineJob
from mediaintel_async.jobs.run_job import RunJob, start_and_return
from mediaintel_async.jobs.run_kind import ANY_RUN, RunKind
from mediaintel_async.jobs.run_kinds import ImportKind, IndexKind, StageIndexKind, SummaryKind
from mediaintel_async.jobs.search_job import SearchJob, start_search
from mediaintel_async.jobs.shared_start import SharedStart
from mediaintel_async.jobs.token import Token, decode_token
from mediaintel_async.models.assets import Asset, ImportStatus
from mediaintel_async.models.common import Extra
from mediaintel_async.models.indexes import Index, IndexOptions, IndexStatus
from mediaintel_async.models.scene_summaries import (
    SceneSummary,
    SceneSummaryOptions,
    SceneSummaryStatus,
)
from mediaintel_async.models.search import SearchQuery, SearchRequested
from mediaintel_async.public import public
from mediaintel_async.refs import LARGEST_NUMBER, AssetRef, Id, ProjectRef, as_id, as_workspace
from mediaintel_async.request import Send
from mediaintel_async.waiting.poller import ClientIsClosing

__all__ = ["Cancellation", "Job", "Jobs", "Watch"]

SummaryJob = Job[SceneSummaryStatus, SceneSummary]
IndexJob = Job[IndexStatus, Index]
ImportJob = Job[ImportStatus, Asset]
JobT = TypeVar("JobT", bound=Job[Any, Any])
ReceiptT = TypeVar("ReceiptT")


class Resume(Protocol):
    """Makes a job of what a token carries."""

    def __call__(self, token: Token, checkpoint: Checkpoint | None, /) -> Job[Any, Any]:
        """Return the job, without any I/O; it passes its tokens to *checkpoint*."""
        ...


def intent_of(
    *,
    reuse: bool,
    scene_ids: Iterable[int] | None = None,
    locale: str | None = None,
    extra: Extra | None = None,
    index: IndexOptions | None = None,
) -> Intent:
    """Return the arguments of a start as one value.

    Raises:
        InvalidArgument: One of them is invalid, or they exclude each other.
    """
    summary = SceneSummaryOptions(scene_ids=scene_ids, locale=locale, extra=extra or {})
    if reuse and not summary.is_plain:
        raise InvalidArgument(
            "scene_ids, locale and extra ask for a new run, which is billed; expected"
            " reuse=False with them"
        )
    if index is not None and not isinstance(index, IndexOptions):
        raise InvalidArgument(f"{index!r} is not an index; expected IndexOptions or None")
    return Intent(reuse=reuse, summary=summary, index=index)


@public
class Jobs:
    """`client.jobs`: start work, attach to work that is in progress, or resume a token.

    Each `start_...` method returns a `Job` to wait for. The service bills each run that it
    accepts, so a start never sends its request twice unless the service showed that the first
    one did not take effect.
    """

    def __init__(self, context: JobContext, *, send: Send, send_once: Send, upload: Upload) -> None:
        self._context = context
        self._assets = Calls(Assets(send), Assets(send_once))
        self._indexes = Calls(Indexes(send), Indexes(send_once))
        self._summaries = Calls(SceneSummaries(send), SceneSummaries(send_once))
        self._search = Calls(Search(send, upload), Search(send_once, upload))
        self._importer = Importer(context, self._assets.retried)
        self._resume_by_kind: dict[str, Resume] = {
            "summary": self._resume_summary,
            "index": self._resume_index,
            "import": self._resume_import,
            "pipeline": self._resume_pipeline,
            "search": self._resume_search,
        }

    async def start_summary(
        self,
        asset: AssetRef,
        *,
        reuse: bool = True,
        scene_ids: Iterable[int] | None = None,
        locale: str | None = None,
        extra: Extra | None = None,
        checkpoint: Checkpoint | None = None,
    ) -> SummaryJob:
        """Start a scene summary, or join the one that is complete or in progress.

        Joining costs nothing; a start is billed once.

        Args:
            asset: An asset whose index is complete; `start_pipeline()` indexes it too.
            reuse: True joins a summary of all scenes that is complete or in progress. False
                starts a new, billed run; *scene_ids*, *locale* and *extra* require it.
            scene_ids: The scenes to summarise again; None: all.
            locale: The language of the summaries; only for a run over all scenes. None: the
                service's default.
            extra: Further fields of the request's body, merged last.
            checkpoint: An async callable, awaited with the job's token before each billed
                request, and again once the service has accepted it. If it raises, that request
                is not sent, and the error leaves this call.

        Raises:
            InvalidArgument: An argument is invalid, or they exclude each other; nothing was sent.
            Conflict: Another run is in the way; `token` attaches to it.
            OutcomeUnknown: The start was sent, and whether it took effect could not be found
                out; resume `token` to look again.
            MediaIntelligenceError: The service refused, or was not reached.

        Operation: request_scene_summary
        """
        intent = intent_of(reuse=reuse, scene_ids=scene_ids, locale=locale, extra=extra)
        kind, saving = self._summary_kind(asset, intent), validate_checkpoint(checkpoint)
        return await start_and_return(RunJob(kind, self._context, checkpoint=saving))

    async def start_index(
        self,
        asset: AssetRef,
        options: IndexOptions | None = None,
        *,
        checkpoint: Checkpoint | None = None,
    ) -> IndexJob:
        """Start the analysis of an asset, or join one that is in progress.

        Joining costs nothing; a start is billed once, and replaces an index that is complete.

        Args:
            asset: An asset whose import is complete.
            options: How to analyse it; None: `IndexOptions()`. With options of your own, an
                analysis in progress is not joined but raises `Conflict`.
            checkpoint: An async callable, awaited with the job's token before each billed
                request, and again once the service has accepted it. If it raises, that request
                is not sent, and the error leaves this call.

        Raises:
            InvalidArgument: An argument is invalid; nothing was sent.
            Conflict: Another run is in the way; `token` attaches to it.
            OutcomeUnknown: The start was sent, and whether it took effect could not be found
                out; resume `token` to look again.
            MediaIntelligenceError: The service refused, or was not reached.

        Operation: request_index
        """
        intent = intent_of(reuse=False, index=options or IndexOptions())
        kind, saving = self._index_kind(asset, intent), validate_checkpoint(checkpoint)
        return await start_and_return(RunJob(kind, self._context, checkpoint=saving))

    async def start_import(
        self,
        project: ProjectRef,
        *,
        bucket: str,
        key: str,
        checkpoint: Checkpoint | None = None,
    ) -> ImportJob:
        """Register an object of Object Storage, and return the job that waits for its import.

        Calling this again registers the object again, as another asset. A registration whose
        answer was lost is never sent again. To name the assets that it may have made, the client
        lists the project once, before its first import there.

        Args:
            project: Where the asset will live.
            bucket: The object's bucket.
            key: The object's full name; a folder is refused.
            checkpoint: An async callable, awaited with the job's token once the object is
                registered: before that, there is no asset to resume. If it raises, its error
                leaves this call.

        Raises:
            InvalidArgument: An argument is invalid; nothing was sent.
            OutcomeUnknown: The answer was lost. `candidates` are the new assets of that file
                name; if there is just one, `token` resumes its import.
            MediaIntelligenceError: The service refused, or was not reached.

        Operation: register_asset
        """
        return await self._registered(
            project, bucket, key, self.attach_import, validate_checkpoint(checkpoint)
        )

    async def start_object_pipeline(
        self,
        project: ProjectRef,
        *,
        bucket: str,
        key: str,
        locale: str | None = None,
        extra: Extra | None = None,
        index: IndexOptions | None = IndexOptions(),  # noqa: B008 - frozen
        checkpoint: Checkpoint | None = None,
    ) -> PipelineJob:
        """Register an object of Object Storage, and return the job that brings its summary.

        The object is registered before this returns. Waiting for the job waits for the import,
        then starts the index and the summary, each billed once. Calling this again registers
        the object again, as another asset.

        Args:
            project: Where the asset will live.
            bucket: The object's bucket.
            key: The object's full name; a folder is refused.
            locale: The language of the summaries; None: the service's default.
            extra: Further fields of the body that requests the summary, merged last.
            index: How to index the asset; None: never index.
            checkpoint: An async callable, awaited with the job's token once the object is
                registered, then before each billed request, and again once the service has
                accepted it. If it raises, that request is not sent, and the error leaves the
                call that was about to send it.

        Raises:
            InvalidArgument: An argument is invalid; nothing was sent.
            OutcomeUnknown: The answer to the registration was lost. `candidates` are the new
                assets of that file name; if there is just one, `token` resumes the pipeline.
            MediaIntelligenceError: The service refused, or was not reached.

        Operation: register_asset
        """
        # A locale or extra fields require a new run; a new asset has no older one to join.
        reuse = locale is None and not extra
        intent = intent_of(reuse=reuse, locale=locale, extra=extra, index=index)
        saving = validate_checkpoint(checkpoint)

        def pipeline(asset: AssetRef) -> PipelineJob:
            job = self._pipeline(asset, intent, saving)
            job.continue_from(Stage.IMPORT, Run(since=self._context.clock.wall()))
            return job

        project_path(project)  # raises InvalidArgument for anything but a ProjectRef
        # The asset has no id yet: check the token with the longest one.
        pipeline(project.asset(LARGEST_NUMBER)).check_token()
        return await self._registered(project, bucket, key, pipeline, saving)

    async def start_search(
        self, workspace: str, query: SearchQuery, *, checkpoint: Checkpoint | None = None
    ) -> SearchJob:
        """Start a search in the assets of a workspace, and return the job that waits for it.

        The job's result reads the hits, page by page. The request is never sent twice.

        Args:
            workspace: The name of the workspace.
            query: What to search for.
            checkpoint: An async callable, awaited with the job's token once the service has
                accepted the search: before that, there is no id to resume. If it raises, its
                error leaves this call.

        Raises:
            InvalidArgument: An argument is invalid; nothing was sent.
            OutcomeUnknown: The answer was lost, and with it the search's id: there is no token.
            MediaIntelligenceError: The service refused, or was not reached.

        Operation: search_assets
        """

        def job_of(receipt: SearchRequested) -> SearchJob:
            return self._search_job(workspace, receipt.search_id)

        return await self._sent_once(
            lambda shared_start: start_search(
                self._context, shared_start, self._search.retried, workspace, query
            ),
            job_of,
            f"search in {workspace}",
            validate_checkpoint(checkpoint),
        )

    async def _registered(
        self,
        project: ProjectRef,
        bucket: str,
        key: str,
        job_of: Callable[[AssetRef], JobT],
        checkpoint: Checkpoint | None,
    ) -> JobT:
        """Register an object, and return the job of its asset; an error has that job's token.

        Raises:
            OutcomeUnknown: The answer was lost; it has a token if there is just one candidate.
        """
        try:
            return await self._sent_once(
                lambda shared_start: self._importer.register(
                    shared_start, project, bucket=bucket, key=key
                ),
                lambda receipt: job_of(project.asset(receipt.asset_id)),
                f"registration of {bucket}/{key} in {project}",
                checkpoint,
            )
        except OutcomeUnknown as error:
            if len(error.candidates) == 1:
                error.token = job_of(error.candidates[0].ref).token
            raise

    async def _sent_once(
        self,
        send: Callable[[SharedStart[Any]], Awaitable[ReceiptT]],
        job_of: Callable[[ReceiptT], JobT],
        what: str,
        checkpoint: Checkpoint | None,
    ) -> JobT:
        """Return the job of the receipt that *send* returns; errors after it carry its token.

        Args:
            send: Sends the request, and marks in the start when it is in flight.
            job_of: Makes the job.
            what: Names the request in errors.
            checkpoint: Awaited with the job's token once there is one.

        Raises:
            Detached: The client was closed before the answer came.
        """
        shared_start: SharedStart[Any] = SharedStart(self._context.clock, self._context.is_sending)
        try:
            job = job_of(await send(shared_start))
        except ClientIsClosing as error:
            raise Detached(f"{what}: the client was closed before an answer came") from error
        except asyncio.CancelledError:
            if shared_start.outcome is None:
                raise
            # The answer came while the cancelled task waited for it.
            with job_of(shared_start.outcome.receipt).token_on_errors():
                raise
        if checkpoint is not None:
            with job.token_on_errors():
                await checkpoint(job.token)
        return job

    async def start_pipeline(
        self,
        asset: AssetRef,
        *,
        reuse: bool = True,
        scene_ids: Iterable[int] | None = None,
        locale: str | None = None,
        extra: Extra | None = None,
        index: IndexOptions | None = IndexOptions(),  # noqa: B008 - frozen
        checkpoint: Checkpoint | None = None,
    ) -> PipelineJob:
        """Return the job that brings an asset's summary: indexed if need be, then summarised.

        The run that is due first is started before this returns. Waiting for the job starts the
        other. Each start is billed once; what is complete or in progress is joined for nothing.

        Args:
            asset: An asset whose import is complete.
            reuse: True joins a summary of all scenes that is complete or in progress. False
                starts a new, billed run; *scene_ids*, *locale* and *extra* require it.
            scene_ids: The scenes to summarise again; None: all.
            locale: The language of the summaries; only for a run over all scenes. None: the
                service's default.
            extra: Further fields of the body that requests the summary, merged last.
            index: How to index an asset that has no index yet; None: never index.
            checkpoint: An async callable, awaited with the job's token before each billed
                request, and again once the service has accepted it. If it raises, that request
                is not sent, and the error leaves the call that was about to send it.

        Raises:
            InvalidArgument: An argument is invalid, or they exclude each other; nothing was sent.
            Conflict: Another run is in the way; `token` attaches to it.
            OutcomeUnknown: A start was sent, and whether it took effect could not be found
                out; resume `token` to look again.
            MediaIntelligenceError: The service refused, or was not reached.

        Operations: request_index, request_scene_summary
        """
        job = self.pipeline(
            asset,
            reuse=reuse,
            scene_ids=scene_ids,
            locale=locale,
            extra=extra,
            index=index,
            checkpoint=checkpoint,
        )
        await job.begin()
        return job

    def pipeline(
        self,
        asset: AssetRef,
        *,
        reuse: bool = True,
        scene_ids: Iterable[int] | None = None,
        locale: str | None = None,
        extra: Extra | None = None,
        index: IndexOptions | None = IndexOptions(),  # noqa: B008 - frozen
        checkpoint: Checkpoint | None = None,
    ) -> PipelineJob:
        """Return the job of `start_pipeline()` without any request: its first wait begins it.

        Arguments are those of `start_pipeline()`.

        Raises:
            InvalidArgument: An argument is invalid, or they exclude each other.
        """
        intent = intent_of(
            reuse=reuse, scene_ids=scene_ids, locale=locale, extra=extra, index=index
        )
        job = self._pipeline(asset, intent, validate_checkpoint(checkpoint))
        job.check_token()
        return job

    def attach_summary(self, asset: AssetRef) -> SummaryJob:
        """Return a job for the latest summary run of *asset*, without any request."""
        return self._attached(self._summary_kind(asset, ANY_RUN))

    def attach_index(self, asset: AssetRef) -> IndexJob:
        """Return a job for the latest analysis of *asset*, without any request."""
        return self._attached(self._index_kind(asset, ANY_RUN))

    def attach_import(self, asset: AssetRef) -> ImportJob:
        """Return a job for the import of *asset*, without any request."""
        return self._attached(self._import_kind(asset))

    def attach_search(self, workspace: str, search_id: Id) -> SearchJob:
        """Return a job for a search that was started elsewhere, without any request.

        Raises:
            InvalidArgument: *workspace* or *search_id* is invalid.
        """
        return self._search_job(as_workspace(workspace), as_id(search_id, "search_id"))

    def resume(self, token: str, *, checkpoint: Checkpoint | None = None) -> Job[Any, Any]:
        """Return the job that *token* was taken from, without any request.

        Waiting for it continues where the other process left: it joins the run that was started
        there. A token authorises nothing: check who may resume one that a user sent.

        Args:
            token: Of a job, a status or an error, from any process and any day.
            checkpoint: An async callable, awaited with the job's token before each billed
                request, and again once the service has accepted it. If it raises, that request
                is not sent, and the error leaves the call that was about to send it.

        Raises:
            InvalidArgument: *token* is damaged, of a newer version, or of another service.
        """
        fields = decode_token(token)
        if fields.origin != self._context.origin:
            raise InvalidArgument(
                f"token is of {fields.origin}; expected {self._context.origin}, which this client"
                " talks to"
            )
        resume = self._resume_by_kind.get(fields.kind)
        if resume is None:
            raise InvalidArgument(
                f"token is of the unknown kind {fields.kind[:40]!r}; expected one of"
                f" {', '.join(self._resume_by_kind)}"
            )
        return resume(fields, validate_checkpoint(checkpoint))

    def register_kind(self, kind: str, resume: Resume) -> None:
        """Internal: let `resume()` read tokens of *kind* too, as those of `client.legacy`."""
        self._resume_by_kind[kind] = resume

    def _attached(self, kind: RunKind[Any, Any]) -> RunJob[Any, Any]:
        job = RunJob(kind, self._context)
        job.attach()
        return job

    def _summary_kind(self, asset: AssetRef, intent: Intent) -> SummaryKind:
        return SummaryKind(asset, intent, self._summaries)

    def _index_kind(self, asset: AssetRef, intent: Intent) -> IndexKind:
        return IndexKind(asset, intent, self._indexes)

    def _import_kind(self, asset: AssetRef) -> ImportKind:
        return ImportKind(asset, self._assets)

    def _pipeline(
        self, asset: AssetRef, intent: Intent, checkpoint: Checkpoint | None
    ) -> PipelineJob:
        def kind_of(stage: Stage) -> RunKind[Any, Any]:
            if stage is Stage.IMPORT:
                return self._import_kind(asset)
            if stage is Stage.INDEX:
                return StageIndexKind(asset, intent, self._indexes)
            return self._summary_kind(asset, intent)

        return PipelineJob(as_asset(asset), intent, self._context, kind_of, checkpoint)

    def _search_job(self, workspace: str, search_id: Id) -> SearchJob:
        return SearchJob(workspace, search_id, self._context, self._search)

    def _resume_search(self, token: Token, _: Checkpoint | None) -> Job[Any, Any]:
        if len(token.ids) != 1:
            raise InvalidArgument("token is damaged: it does not name a search")
        return self._search_job(token.workspace, token.ids[0])

    def _resume_summary(self, token: Token, checkpoint: Checkpoint | None) -> Job[Any, Any]:
        kind = self._summary_kind(token.asset_ref(), token.intent)
        return RunJob(kind, self._context, token.run, checkpoint=checkpoint)

    def _resume_index(self, token: Token, checkpoint: Checkpoint | None) -> Job[Any, Any]:
        kind = self._index_kind(token.asset_ref(), token.intent)
        return RunJob(kind, self._context, token.run, checkpoint=checkpoint)

    def _resume_import(self, token: Token, _: Checkpoint | None) -> Job[Any, Any]:
        return RunJob(self._import_kind(token.asset_ref()), self._context, token.run)

    def _resume_pipeline(self, token: Token, checkpoint: Checkpoint | None) -> Job[Any, Any]:
        job = self._pipeline(token.asset_ref(), token.intent, checkpoint)
        job.continue_from(token.stage, token.run, token.started_stages)
        return job
