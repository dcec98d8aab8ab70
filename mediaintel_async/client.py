"""`MediaIntelligence`: makes the transport, and everything that uses it; no logic."""

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
from mediaintel_async.decisions.pipeline_status import PipelineStatus
from mediaintel_async.endpoints.assets import Assets
from mediaintel_async.endpoints.indexes import Indexes
from mediaintel_async.endpoints.person_tags import PersonTagEndpoints
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
from mediaintel_async.jobs.context import Checkpoint, JobContext
from mediaintel_async.jobs.job import OnTimeout, check_wait
from mediaintel_async.jobs.jobs import Jobs
from mediaintel_async.legacy import Legacy
from mediaintel_async.models.indexes import IndexOptions
from mediaintel_async.models.scene_summaries import SceneSummary
from mediaintel_async.public import public
from mediaintel_async.refs import AssetRef, ProjectRef
from mediaintel_async.request import Request
from mediaintel_async.settings import RateLimit, RetryPolicy, Timeouts
from mediaintel_async.waiting.cadence import wait_until_likely_done
from mediaintel_async.waiting.patience import Patience
from mediaintel_async.waiting.poller import Poller

T = TypeVar("T")

DEFAULT_BASE_URL = "https://mi.apigw.ntruss.com"


@public
class MediaIntelligence:
    """A client of NAVER Cloud Media Intelligence. Share one within an event loop.

    Use it as `async with MediaIntelligence() as client: ...`, or call `await client.aclose()`
    when done. `client.summarize()` does the usual work in one call; `client.jobs` starts,
    attaches to and resumes work; the other attributes have one method for each operation.

    Args:
        credentials: The key pair, or an async callable that returns it. None: the environment,
            then `~/.ncloud/configure`, then the Server Role of the machine.
        base_url: Scheme, host and port of the service. None: `MEDIAINTEL_BASE_URL` of the
            environment, else the public service. An empty one, in either place, is refused.
        session: A `ClientSession` of your own; it is used, and never closed. Its connector,
            headers, cookies and proxy apply. Its client middlewares do not: a request must not
            change after it is signed.
        timeouts: The time limits of connections, requests and waits, in seconds.
        retry: How often, and after which pause, a request is sent again.
        rate_limit: How many calls this client makes in a second, and at once.
        cadence: The pause between two looks at the status of a job: any tenacity wait strategy.
            None: `wait_until_likely_done()`. If it has a method
            `observe_end(status, elapsed_seconds)`, the client calls that when a job has ended.
        clock: Where the client takes the time from; tests may pass a `ManualClock`.
        allow_insecure: Permits plain http to another machine, and a session that does not verify
            certificates.

    Raises:
        ConfigurationError: *base_url* or *session* cannot be used, or only one half of a key
            pair is given. Keys that are missing altogether are reported by the first request.
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
        origin = origin_of(
            # An empty address is refused: it would otherwise mean the service that is paid for.
            os.environ.get("MEDIAINTEL_BASE_URL", DEFAULT_BASE_URL)
            if base_url is None
            else base_url,
            allow_insecure=allow_insecure,
        )
        self._origin = str(origin)
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
            origin=self._origin,
            clock=clock,
            timeouts=timeouts,
            is_sending=self._transport.is_sending,
            pause=self._transport.limiter.pause,
            send_once=self._transport.send_once,
            retry=self._transport.retry,
            poller=Poller(
                clock,
                wait_until_likely_done() if cadence is None else cadence,
                at_once=rate_limit.at_once,
                patience=Patience(retry, timeouts.unreachable),
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
        self.person_tags: PersonTagEndpoints = PersonTagEndpoints(send)
        self.jobs: Jobs = Jobs(
            self._context, send=send, send_once=self._transport.send_once, upload=upload
        )
        self.legacy: Legacy = Legacy(
            self.jobs, self._context, send=send, send_once=self._transport.send_once
        )

    async def summarize(  # noqa: PLR0913 - each is keyword-only but the first, most have defaults
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
        checkpoint: Checkpoint | None = None,
    ) -> SceneSummary:
        """Return the scene summary of an asset; index and summarise the asset if need be.

        A summary that is complete is fetched, and one in progress is waited for; neither is
        billed. Otherwise the index, if there is none, and the summary are each billed once.

        Args:
            asset: An asset whose import is complete.
            reuse: False starts a new, billed run; *scene_ids* and *locale* require it.
            scene_ids: The scenes to summarise again; None: all.
            locale: The language of the summaries; only for a run over all scenes. None: the
                service's default.
            index: How to index an asset that has no index yet; None: never index.
            timeout: For the whole call, in seconds or as a timedelta. None: `Timeouts.wait`,
                24 hours by default; `math.inf`: no limit; 0: look, start what is due, and
                wait for nothing.
            on_timeout: What happens to the run when the timeout passes: `"detach"` lets it go
                on; `"cancel"` cancels a run that this call started and that nothing else in
                this client waits for.
            on_progress: A plain callable, called with the first status and with each change,
                also just before each start is sent. `status.token` resumes the work.
            checkpoint: An async callable, awaited with the job's token before each billed
                request, and again once the service has accepted it. If it raises, that request
                is not sent, and the error leaves this call.

        Raises:
            InvalidArgument: An argument is invalid, or they exclude each other; nothing was sent.
            JobFailed: Indexing or summarising failed.
            JobCanceled: The run was cancelled.
            StillRunning: The timeout passed; resume `token`. Also a `TimeoutError`.
            Conflict: Another run is in the way; `token` attaches to it.
            OutcomeUnknown: A start was sent, and whether it took effect could not be found
                out; resume `token` to look again.
            MediaIntelligenceError: As in `Job.wait()`.

        Operations: request_index, request_scene_summary, get_scene_summary
        """
        job = self.jobs.pipeline(
            asset,
            reuse=reuse,
            scene_ids=scene_ids,
            locale=locale,
            index=index,
            checkpoint=checkpoint,
        )
        return await job.result(timeout=timeout, on_timeout=on_timeout, on_progress=on_progress)

    async def summarize_object(  # noqa: PLR0913 - likewise
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
        checkpoint: Checkpoint | None = None,
    ) -> SceneSummary:
        """Register an object of Object Storage as an asset, and return its scene summary.

        The asset is imported, indexed and summarised; index and summary are each billed once.
        Calling this again registers the object again, as another asset. To continue with the
        same one, resume the `status.token` that *on_progress* gets from the import on.

        Args:
            project: Where the asset will live.
            bucket: The object's bucket.
            key: The object's full name; a folder is refused.
            locale: The language of the summaries; None: the service's default.
            index: How to index the asset; None: never index.
            timeout: For the whole call, in seconds or as a timedelta; as in `summarize()`. A
                registration that is in flight when it passes is waited for.
            on_timeout: What happens to the run when the timeout passes; as in `summarize()`.
            on_progress: A plain callable, called with each change of the import, the index and
                the summary.
            checkpoint: An async callable, awaited with the job's token once the object is
                registered, then before each billed request, and again once the service has
                accepted it. If it raises, that request is not sent, and the error leaves this
                call.

        Raises:
            InvalidArgument: An argument is invalid; nothing was sent.
            OutcomeUnknown: The answer to the registration was lost. `candidates` are the new
                assets of that file name; if there is just one, `token` resumes the pipeline.
            JobFailed: The import, the index or the summary failed.
            JobCanceled: The run was cancelled.
            StillRunning: The timeout passed; resume `token`. Also a `TimeoutError`.
            MediaIntelligenceError: As in `Job.wait()`.

        Operations: register_asset, request_index, request_scene_summary, get_scene_summary
        """
        seconds = check_wait(self._context.timeouts, timeout, on_timeout, on_progress)
        began = self._context.clock.monotonic()
        job = await self.jobs.start_object_pipeline(
            project, bucket=bucket, key=key, locale=locale, index=index, checkpoint=checkpoint
        )
        left = round(max(0.0, seconds - (self._context.clock.monotonic() - began)), 3)
        return await job.result(timeout=left, on_timeout=on_timeout, on_progress=on_progress)

    @property
    def rate(self) -> Rate:
        """This client's use of its `RateLimit` at this moment; for dashboards.

        It changes with every call. Searches that wait for `RateLimit.searches_per_minute` count
        only once that limit lets them pass.

        Raises:
            RuntimeError: No event loop is running; the client's clock is that of the loop.
        """
        return self._transport.limiter.rate()

    async def send(self, request: Request[T]) -> T:
        """Send a call that this library has no method for: signed, paced, retried, decoded.

        Raises:
            InvalidArgument: *request.returns* is nothing that an answer can be decoded to.
            MediaIntelligenceError: As for any call.
        """
        check_returns(request.returns)
        return await self._transport.send(request)

    async def aclose(self) -> None:
        """End every wait with `Detached`, and close the client's own connections.

        The work on the service goes on. The answer to a start in flight is waited for, up to
        10 seconds. A second call does nothing.

        Raises:
            ClientClosed: The client is used in another event loop, or another thread; it goes on
                there.
        """
        self._transport.check_loop()
        self._context.poller.check_loop()
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
        # A client whose construction failed has no origin; reporters ask for its repr, too.
        return f"<MediaIntelligence: {getattr(self, '_origin', 'not constructed')}>"
