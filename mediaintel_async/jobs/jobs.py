"""Start work, or take hold of work already running: `client.jobs`."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol, TypeVar

from mediaintel_async.decisions.next_step import Intent, Stage
from mediaintel_async.decisions.whose_run import Run
from mediaintel_async.endpoints.assets import Assets
from mediaintel_async.endpoints.indexes import Indexes
from mediaintel_async.endpoints.paths import as_asset, of_project
from mediaintel_async.endpoints.scene_summaries import SceneSummaries
from mediaintel_async.endpoints.search import Search, read_result
from mediaintel_async.endpoints.uploads import Upload
from mediaintel_async.errors import Detached, InvalidArgument, OutcomeUnknown
from mediaintel_async.jobs.import_once import Importer
from mediaintel_async.jobs.job import Cancellation, Job, JobContext, Watch
from mediaintel_async.jobs.pipeline_job import PipelineJob
from mediaintel_async.jobs.run_job import ANY_RUN, RunJob, RunKind
from mediaintel_async.jobs.run_kinds import ImportWork, IndexStageWork, IndexWork, SummaryWork
from mediaintel_async.jobs.search_job import SearchJob, start_search
from mediaintel_async.jobs.start_once import SharedStart
from mediaintel_async.jobs.token import Token, decode_token
from mediaintel_async.models.assets import Asset, ImportStatus
from mediaintel_async.models.common import Extra
from mediaintel_async.models.indexes import Index, IndexOptions, IndexStatus
from mediaintel_async.models.scene_summaries import (
    SceneSummary,
    SceneSummaryOptions,
    SceneSummaryStatus,
)
from mediaintel_async.models.search import SearchQuery, SearchRequested, SearchStatus
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
    """Makes a job of what a token says."""

    def __call__(self, token: Token, /) -> Job[Any, Any]:
        """Return the job, without any I/O."""
        ...


def intent_of(
    *,
    reuse: bool,
    scene_ids: Iterable[int] | None = None,
    locale: str | None = None,
    extra: Extra | None = None,
    index: IndexOptions | None = None,
) -> Intent:
    """Return what the caller wants of one asset.

    Raises:
        InvalidArgument: The arguments exclude each other, or name nothing.
    """
    summary = SceneSummaryOptions(scene_ids=scene_ids, locale=locale, extra=extra or {})
    if reuse and not summary.is_plain:
        raise InvalidArgument(
            "scene_ids, locale and extra ask for a new run, which is billed: they come with"
            " reuse=False"
        )
    if index is not None and not isinstance(index, IndexOptions):
        raise InvalidArgument(f"index is IndexOptions or None, not {index!r}")
    return Intent(reuse=reuse, summary=summary, index=index)


@public
class Jobs:
    """`client.jobs`: starts are billed once, and whatever is running can be joined."""

    def __init__(self, context: JobContext, *, send: Send, send_once: Send, upload: Upload) -> None:
        self._context = context
        self._assets, self._assets_once = Assets(send), Assets(send_once)
        self._indexes, self._indexes_once = Indexes(send), Indexes(send_once)
        self._summaries, self._summaries_once = SceneSummaries(send), SceneSummaries(send_once)
        self._search, self._search_once = Search(send, upload), Search(send_once, upload)
        self._importer = Importer(context, self._assets)
        self._kinds: dict[str, Resume] = {
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
    ) -> SummaryJob:
        """Start a scene summary, or take the one that is there or on its way. Billed once.

        Args:
            asset: Its indexing is finished; `start_pipeline()` sees to that too.
            reuse: Whether a summary that is there, or on its way, will do. False asks for a
                new run; *scene_ids*, *locale* and *extra* need that.
            scene_ids: Scenes to summarise again; None: all.
            locale: Language of the summaries; only for a run over all scenes.
            extra: Further fields of the request's body, merged last.

        Raises:
            InvalidArgument: The arguments exclude each other; nothing was sent.
            Conflict: Another run is in the way; `token` attaches to it.
            OutcomeUnknown: The start was sent, and whether it took could not be found out.
            MediaIntelligenceError: The service refused, or was not reached.

        Operation: request_scene_summary
        """
        intent = intent_of(reuse=reuse, scene_ids=scene_ids, locale=locale, extra=extra)
        return await started(RunJob(self._summary_work(asset, intent), self._context))

    async def start_index(self, asset: AssetRef, options: IndexOptions | None = None) -> IndexJob:
        """Start the analysis of an asset; one that is under way is joined. Billed.

        An index that is there already is made anew: call it only where you want that. With
        *options* of your own another run is no substitute: then it is a `Conflict`.

        Raises:
            Conflict: Another run is in the way; `token` attaches to it.
            OutcomeUnknown: The start was sent, and whether it took could not be found out.
            MediaIntelligenceError: The service refused, or was not reached.

        Operation: request_index
        """
        intent = intent_of(reuse=False, index=options or IndexOptions())
        return await started(RunJob(self._index_work(asset, intent), self._context))

    async def start_import(self, project: ProjectRef, *, bucket: str, key: str) -> ImportJob:
        """Register an object of Object Storage, and return the job that waits for its import.

        A registration is never sent twice. Where its answer is lost, `OutcomeUnknown` brings
        the assets that it may have made: those of the file's name that were not there when
        this client first looked at the project, which it does once, before its first import.

        Raises:
            InvalidArgument: *bucket* or *key* is empty.
            OutcomeUnknown: The answer was lost; `candidates` may have been made by it, and
                `token` resumes the import if there is just one.
            MediaIntelligenceError: The service refused, or was not reached.

        Operation: register_asset
        """
        return await self._registered(project, bucket, key, self.attach_import)

    async def start_object_pipeline(
        self,
        project: ProjectRef,
        *,
        bucket: str,
        key: str,
        locale: str | None = None,
        extra: Extra | None = None,
        index: IndexOptions | None = IndexOptions(),  # noqa: B008 - frozen
    ) -> PipelineJob:
        """Register an object of Object Storage, and bring it to its summary.

        It is registered before this returns; the job's waits do the rest: the import, the index
        and the summary, each started once. Calling this again registers the object again.

        Args:
            project: Where the asset will live.
            bucket: The object's bucket.
            key: The object's full name; a folder is refused.
            locale: Language of the summaries.
            extra: Further fields of the body that asks for the summary, merged last.
            index: How to index it; None: never index.

        Raises:
            InvalidArgument: An argument makes no sense; nothing was sent.
            OutcomeUnknown: The answer to the registration was lost; `candidates` may have been
                made by it, and `token` goes on with the asset if there is just one.
            MediaIntelligenceError: The service refused, or was not reached.

        Operation: register_asset
        """
        # What is asked for beyond the usual is always a new run: there is no older one.
        reuse = locale is None and not extra
        intent = intent_of(reuse=reuse, locale=locale, extra=extra, index=index)

        def pipeline(asset: AssetRef) -> PipelineJob:
            run = Run(since=self._context.clock.wall())
            return self._pipeline(asset, intent, stage=Stage.IMPORT, run=run)

        of_project(project)
        # The asset has no id yet; none is longer than this one.
        pipeline(project.asset(LARGEST_NUMBER)).check_token()
        return await self._registered(project, bucket, key, pipeline)

    async def start_search(self, workspace: str, query: SearchQuery) -> SearchJob:
        """Start a search, and return the job that waits for it; its result reads the hits.

        A search is never sent twice. Where its answer is lost, so is its id: `OutcomeUnknown`,
        without a token.

        Raises:
            InvalidArgument: *query* is something else; nothing was sent.
            OutcomeUnknown: The answer was lost.
            MediaIntelligenceError: The service refused, or was not reached.

        Operation: search_assets
        """

        def job_of(receipt: SearchRequested) -> SearchJob:
            return self._search_job(workspace, receipt.search_id)

        return await self._sent_once(
            lambda shared_start: start_search(
                self._context, shared_start, self._search, workspace, query
            ),
            job_of,
            f"search in {workspace}",
        )

    async def _registered(
        self, project: ProjectRef, bucket: str, key: str, job_of: Callable[[AssetRef], JobT]
    ) -> JobT:
        """Register an object, and return the job of its asset; an error has that job's token."""
        try:
            return await self._sent_once(
                lambda shared_start: self._importer.register(
                    shared_start, project, bucket=bucket, key=key
                ),
                lambda receipt: job_of(project.asset(receipt.asset_id)),
                f"registration of {bucket}/{key} in {project}",
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
    ) -> JobT:
        """Return the job of what *send* brings about; whoever leaves takes its token along."""
        shared_start: SharedStart[Any] = SharedStart(self._context.clock, self._context.is_sending)
        try:
            return job_of(await send(shared_start))
        except ClientIsClosing as error:
            raise Detached(f"{what}: the client was closed before an answer came") from error
        except asyncio.CancelledError:
            if shared_start.outcome is None:
                raise
            # The answer came while the task was on its way out.
            with job_of(shared_start.outcome.receipt).token_on_errors():
                raise

    async def start_pipeline(
        self,
        asset: AssetRef,
        *,
        reuse: bool = True,
        scene_ids: Iterable[int] | None = None,
        locale: str | None = None,
        extra: Extra | None = None,
        index: IndexOptions | None = IndexOptions(),  # noqa: B008 - frozen
    ) -> PipelineJob:
        """Bring an asset to its summary: index it if need be, then summarise it.

        What is due first is started before this returns; the job's waits do the rest.

        Args:
            asset: Its import is complete.
            reuse: As in `start_summary()`, and so are *scene_ids*, *locale* and *extra*.
            scene_ids: Scenes to summarise again; None: all.
            locale: Language of the summaries; only for a run over all scenes.
            extra: Further fields of the body that asks for the summary, merged last.
            index: How to index an asset that has no index yet; None: never index.

        Raises:
            InvalidArgument: The arguments exclude each other; nothing was sent.
            Conflict: Another run is in the way; `token` attaches to it.
            OutcomeUnknown: A start was sent, and whether it took could not be found out.
            MediaIntelligenceError: The service refused, or was not reached.
        """
        job = self.pipeline(
            asset, reuse=reuse, scene_ids=scene_ids, locale=locale, extra=extra, index=index
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
    ) -> PipelineJob:
        """Return the job of `start_pipeline()` without any I/O: its first wait begins it."""
        intent = intent_of(
            reuse=reuse, scene_ids=scene_ids, locale=locale, extra=extra, index=index
        )
        job = self._pipeline(asset, intent)
        job.check_token()
        return job

    def attach_summary(self, asset: AssetRef) -> SummaryJob:
        """Return a job for whatever summary run is there, without any I/O."""
        return self._attached(self._summary_work(asset, ANY_RUN))

    def attach_index(self, asset: AssetRef) -> IndexJob:
        """Return a job for whatever analysis is there, without any I/O."""
        return self._attached(self._index_work(asset, ANY_RUN))

    def attach_import(self, asset: AssetRef) -> ImportJob:
        """Return a job for the import of *asset*, without any I/O."""
        return self._attached(self._import_work(asset))

    def attach_search(self, workspace: str, search_id: Id) -> SearchJob:
        """Return a job for a search that was started elsewhere, without any I/O."""
        return self._search_job(as_workspace(workspace), as_id(search_id, "search_id"))

    def resume(self, token: str) -> Job[Any, Any]:
        """Take up a job where *token* left it, without any I/O.

        Whether the caller may is for the caller to check: a token authorises nothing.

        Raises:
            InvalidArgument: *token* is damaged, of another version, or of another origin.
        """
        said = decode_token(token)
        if said.origin != self._context.origin:
            raise InvalidArgument(
                f"token is of {said.origin}, this client talks to {self._context.origin}"
            )
        resume = self._kinds.get(said.kind)
        if resume is None:
            raise InvalidArgument(f"token is of the unknown kind {said.kind[:40]!r}")
        return resume(said)

    def teach(self, kind: str, resume: Resume) -> None:
        """Let tokens of *kind* be resumed too: what `client.legacy` brings along."""
        self._kinds[kind] = resume

    def _attached(self, work: RunKind[Any, Any]) -> RunJob[Any, Any]:
        job = RunJob(work, self._context)
        job.attach()
        return job

    def _summary_work(self, asset: AssetRef, intent: Intent) -> SummaryWork:
        return SummaryWork(asset, intent, self._summaries, self._summaries_once)

    def _index_work(self, asset: AssetRef, intent: Intent) -> IndexWork:
        return IndexWork(asset, intent, self._indexes, self._indexes_once)

    def _import_work(self, asset: AssetRef) -> ImportWork:
        return ImportWork(asset, self._assets, self._assets_once)

    def _pipeline(
        self,
        asset: AssetRef,
        intent: Intent,
        *,
        stage: Stage | None = None,
        run: Run | None = None,
        begun: frozenset[Stage] = frozenset(),
    ) -> PipelineJob:
        def stage_job(of: Stage, its_run: Run | None) -> RunJob[Any, Any]:
            work: RunKind[Any, Any]
            if of is Stage.IMPORT:
                work = self._import_work(asset)
            elif of is Stage.INDEX:
                work = IndexStageWork(asset, intent, self._indexes, self._indexes_once)
            else:
                work = self._summary_work(asset, intent)
            return RunJob(work, self._context, its_run)

        return PipelineJob(
            as_asset(asset),
            intent,
            self._context,
            stage_job=stage_job,
            fetch=lambda: self._summaries.get(asset),
            find=lambda: self._assets.get(asset),
            stage=stage,
            run=run,
            started=begun,
        )

    def _search_job(self, workspace: str, search_id: Id) -> SearchJob:
        def look(search: Search) -> Callable[[], Awaitable[SearchStatus]]:
            # The first hit comes along once it has ended; the result reads whole pages.
            return lambda: search.list_page(workspace, search_id, page_size=1)

        return SearchJob(
            workspace,
            search_id,
            self._context,
            look=look(self._search),
            look_once=look(self._search_once),
            fetch=lambda: read_result(self._search, workspace, search_id),
        )

    def _resume_search(self, token: Token) -> Job[Any, Any]:
        if len(token.ids) != 1:
            raise InvalidArgument("token is damaged: it does not name a search")
        return self._search_job(token.workspace, token.ids[0])

    def _resume_summary(self, token: Token) -> Job[Any, Any]:
        return RunJob(self._summary_work(asset_of(token), token.intent), self._context, token.run)

    def _resume_index(self, token: Token) -> Job[Any, Any]:
        return RunJob(self._index_work(asset_of(token), token.intent), self._context, token.run)

    def _resume_import(self, token: Token) -> Job[Any, Any]:
        return RunJob(self._import_work(asset_of(token)), self._context, token.run)

    def _resume_pipeline(self, token: Token) -> Job[Any, Any]:
        return self._pipeline(
            asset_of(token), token.intent, stage=token.stage, run=token.run, begun=token.started
        )


async def started(job: RunJob[Any, Any]) -> RunJob[Any, Any]:
    """Start *job* and return it; an error on the way carries its token."""
    job.check_token()
    with job.token_on_errors():
        await job.ensure_started(math.inf)
        await job.learn_its_time()
    return job


def asset_of(token: Token, more_ids: int = 0) -> AssetRef:
    """Return the asset that *token* is about.

    Raises:
        InvalidArgument: The token does not have an asset and *more_ids* beyond it.
    """
    if len(token.ids) != 2 + more_ids:
        raise InvalidArgument("token is damaged: it does not name an asset")
    return AssetRef(token.workspace, token.ids[0], token.ids[1])
