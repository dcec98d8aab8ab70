"""The client: opens the transport, and hangs everything else off it; no logic."""

import asyncio
import os
from collections.abc import Callable, Iterable
from datetime import timedelta
from types import TracebackType
from typing import Self, TypeVar

import aiohttp
from tenacity.wait import wait_base
from yarl import URL

from mediaintel_async.clock import Clock, SystemClock
from mediaintel_async.decisions.next_step import PipelineStatus
from mediaintel_async.endpoints.assets import Assets
from mediaintel_async.endpoints.indexes import Indexes
from mediaintel_async.endpoints.person_tags import PersonTags
from mediaintel_async.endpoints.persons import Persons
from mediaintel_async.endpoints.projects import Projects
from mediaintel_async.endpoints.scene_summaries import SceneSummaries
from mediaintel_async.endpoints.search import Search
from mediaintel_async.endpoints.workspaces import Workspaces
from mediaintel_async.http.credentials import Credentials, CredentialsProvider, provider_of
from mediaintel_async.http.decode import check_returns
from mediaintel_async.http.rate_limit import Rate
from mediaintel_async.http.session import check_session, origin_of
from mediaintel_async.http.transport import Transport
from mediaintel_async.jobs.job import JobContext, OnTimeout, check_wait
from mediaintel_async.jobs.jobs import Jobs
from mediaintel_async.legacy import Legacy
from mediaintel_async.models.indexes import IndexOptions
from mediaintel_async.models.scene_summaries import SceneSummary
from mediaintel_async.public import public
from mediaintel_async.refs import AssetRef, ProjectRef
from mediaintel_async.request import Request
from mediaintel_async.settings import RateLimit, RetryPolicy, Timeouts
from mediaintel_async.waiting.cadence import wait_until_likely_done
from mediaintel_async.waiting.poller import Poller

T = TypeVar("T")

DEFAULT_BASE_URL = "https://mi.apigw.ntruss.com"


@public
class MediaIntelligence:
    """The service, from Python. Share one client within an event loop.

    `async with MediaIntelligence() as client: ...`, or `await client.aclose()` in the end.

    Args:
        credentials: The key pair, or an async callable that returns it; None: from the
            environment, from `~/.ncloud/configure`, or the Server Role of the machine.
        base_url: Scheme, host and port of the service; None: `MEDIAINTEL_BASE_URL` of the
            environment, else the public service.
        session: Your own `ClientSession`: used, and never closed. Its connector, headers,
            cookies and proxy apply; its client middlewares are not run, since a request must
            not change once it is signed.
        timeouts: How long to wait for what, in seconds.
        retry: When to send a request again.
        rate_limit: How fast this client may call.
        cadence: When to look next: any tenacity wait strategy; None: `wait_until_likely_done()`.
            One with a method `observe_end(status, elapsed_seconds)` is told when a job ended.
        clock: Where time comes from.
        allow_insecure: Permits plain http to another machine, and a session that does not verify
            whom it talks to.

    Raises:
        ConfigurationError: There is half a key pair, or *base_url* or *session* will not do.
            That there are no keys anywhere shows at the first request.
    """

    def __init__(  # noqa: PLR0913 - each is keyword-only but the first, and has a default
        self,
        credentials: Credentials | CredentialsProvider | None = None,
        *,
        base_url: str | URL | None = None,
        session: aiohttp.ClientSession | None = None,
        timeouts: Timeouts = Timeouts(),  # noqa: B008 - frozen
        retry: RetryPolicy = RetryPolicy(),  # noqa: B008 - frozen
        rate_limit: RateLimit = RateLimit(),  # noqa: B008 - frozen
        cadence: wait_base | None = None,
        clock: Clock = SystemClock(),  # noqa: B008 - frozen
        allow_insecure: bool = False,
    ) -> None:
        address = base_url or os.environ.get("MEDIAINTEL_BASE_URL") or DEFAULT_BASE_URL
        origin = origin_of(address, allow_insecure=allow_insecure)
        check_session(session, origin, allow_insecure=allow_insecure)
        self._transport = Transport(
            origin,
            provider_of(credentials, clock),
            session=session,
            timeouts=timeouts,
            retry=retry,
            rate_limit=rate_limit,
            clock=clock,
            allow_insecure=allow_insecure,
        )
        self._context = JobContext(
            origin=str(self._transport.origin),
            clock=clock,
            timeouts=timeouts,
            is_sending=self._transport.is_sending,
            pause=self._transport.limiter.pause,
            poller=Poller(
                clock,
                wait_until_likely_done() if cadence is None else cadence,
                at_once=rate_limit.at_once,
                unreachable_seconds=timeouts.unreachable,
            ),
        )
        send, upload = self._transport.send, self._transport.upload
        self.workspaces: Workspaces = Workspaces(send)
        self.projects: Projects = Projects(send)
        self.assets: Assets = Assets(send)
        self.indexes: Indexes = Indexes(send)
        self.scene_summaries: SceneSummaries = SceneSummaries(send)
        self.search: Search = Search(send, upload)
        self.persons: Persons = Persons(send, upload)
        self.person_tags: PersonTags = PersonTags(send)
        self.jobs: Jobs = Jobs(
            self._context, send=send, send_once=self._transport.send_once, upload=upload
        )
        self.legacy: Legacy = Legacy(
            self.jobs, self._context, send=send, send_once=self._transport.send_once
        )

    async def summarize(
        self,
        asset: AssetRef,
        *,
        reuse: bool = True,
        scene_ids: Iterable[int] | None = None,
        locale: str | None = None,
        index: IndexOptions | None = IndexOptions(),  # noqa: B008 - frozen
        timeout: float | timedelta | None = None,  # noqa: ASYNC109 - as in Job.wait()
        on_timeout: OnTimeout = "detach",
        on_progress: Callable[[PipelineStatus], object] | None = None,
    ) -> SceneSummary:
        """Return the scene summary of an asset: fetched, or indexed, summarised, waited for.

        Calling it twice costs nothing: a summary that is there is fetched, one that is on its
        way is joined.

        Args:
            asset: Its import is complete.
            reuse: False asks for a new, billed run; *scene_ids* and *locale* need that.
            scene_ids: Scenes to summarise again; None: all.
            locale: Language of the summaries; only for a run over all scenes.
            index: How to index an asset that has no index yet; None: never index.
            timeout: For the whole call; see `Job.wait()`.
            on_timeout: See `Job.wait()`.
            on_progress: Called with each change; `status.token` is there before anything is
                started.

        Raises:
            InvalidArgument: The arguments exclude each other; nothing was sent.
            JobFailed: Indexing or summarising failed.
            JobCanceled: The run was cancelled.
            StillRunning: The timeout passed; `token` resumes.
            MediaIntelligenceError: As `Job.wait()`.
        """
        job = self.jobs.pipeline(
            asset, reuse=reuse, scene_ids=scene_ids, locale=locale, index=index
        )
        return await job.result(timeout=timeout, on_timeout=on_timeout, on_progress=on_progress)

    async def summarize_object(
        self,
        project: ProjectRef,
        *,
        bucket: str,
        key: str,
        locale: str | None = None,
        index: IndexOptions | None = IndexOptions(),  # noqa: B008 - frozen
        timeout: float | timedelta | None = None,  # noqa: ASYNC109 - as in Job.wait()
        on_timeout: OnTimeout = "detach",
        on_progress: Callable[[PipelineStatus], object] | None = None,
    ) -> SceneSummary:
        """Register an object of Object Storage, and return its scene summary.

        It is registered, imported, indexed, summarised, and waited for. Calling this again
        registers the object again; `status.token` of *on_progress*, from the import on, is what
        goes on with the same asset.

        Args:
            project: Where the asset will live.
            bucket: The object's bucket.
            key: The object's full name; a folder is refused.
            locale: Language of the summaries.
            index: How to index it; None: never index.
            timeout: For the whole call; see `Job.wait()`. A registration in flight is seen to
                its end.
            on_timeout: See `Job.wait()`.
            on_progress: Called with each change of the import, the index and the summary.

        Raises:
            InvalidArgument: An argument makes no sense; nothing was sent.
            OutcomeUnknown: The answer to the registration was lost; `candidates` may have been
                made by it, and `token` goes on with the asset if there is just one.
            JobFailed: The import, the index or the summary failed.
            JobCanceled: The run was cancelled.
            StillRunning: The timeout passed; `token` resumes.
            MediaIntelligenceError: As `Job.wait()`.
        """
        seconds = check_wait(self._context.timeouts, timeout, on_timeout, on_progress)
        began = self._context.clock.monotonic()
        job = await self.jobs.start_object_pipeline(
            project, bucket=bucket, key=key, locale=locale, index=index
        )
        left = round(max(0.0, seconds - (self._context.clock.monotonic() - began)), 3)
        return await job.result(timeout=left, on_timeout=on_timeout, on_progress=on_progress)

    @property
    def rate(self) -> Rate:
        """How this client's calls stand at this moment, against `RateLimit`; for dashboards.

        It changes with every call. Searches that wait for a turn of their own,
        `RateLimit.searches_per_minute`, are not counted yet.

        Raises:
            RuntimeError: No event loop is running; the client's clock counts by it.
        """
        return self._transport.limiter.rate()

    async def send(self, request: Request[T]) -> T:
        """Send a call that this version does not know: signed, paced, retried, decoded.

        Raises:
            MediaIntelligenceError: As for any call.
        """
        check_returns(request.returns)
        return await self._transport.send(request)

    async def aclose(self) -> None:
        """Leave every wait with `Detached`, and close the connections that are ours.

        A start in flight is seen to its end first, for a few seconds at most. Calling it
        again does nothing.
        """
        self._context.poller.close()
        while self._context.starts:
            await asyncio.gather(*(shared_start.close() for shared_start in self._context.starts))
        await self._context.poller.wait_closed()
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<MediaIntelligence: {self._context.origin}>"
