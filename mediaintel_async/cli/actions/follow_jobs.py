"""Following many jobs at once: start or attach, show progress, report results and tokens."""

import asyncio
import os
import shlex
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, NoReturn, TypeAlias

import typer
from attrs import define, frozen

from mediaintel_async import (
    Asset,
    AssetRef,
    Cancellation,
    Index,
    Job,
    JobCanceled,
    JobFailed,
    JobNeverStarted,
    JobStatus,
    JobSuperseded,
    MediaIntelligence,
    MediaIntelligenceError,
    NotFound,
    SceneSummary,
    StillRunning,
)
from mediaintel_async.cli.actions import run_with_client
from mediaintel_async.cli.output.advice import (
    FAILED,
    INTERRUPTED,
    TIMEOUT,
    USAGE,
    advice_for,
    exit_code_of,
)
from mediaintel_async.cli.output.console import console
from mediaintel_async.cli.output.printing import (
    first_words,
    print_error,
    print_for_people,
    print_json,
    table,
)
from mediaintel_async.cli.output.progress import Bars, Lines, display
from mediaintel_async.jobs.token import decode_token

AnyJob: TypeAlias = Job[Any, Any]
JobSource: TypeAlias = AnyJob | Callable[[], Awaitable[AnyJob]]
"""A job, or a coroutine function that starts one or attaches to one."""

FindJobs: TypeAlias = Callable[[MediaIntelligence], Awaitable[Mapping[AssetRef, JobSource]]]
"""Returns the jobs to follow, one per asset."""

_NOTHING_TO_RESUME = (JobFailed, JobCanceled, JobNeverStarted, JobSuperseded, NotFound)
"""Errors after which resuming the token would only fail in the same way."""


@frozen(kw_only=True)
class FollowOptions:
    """Options that the commands that follow jobs have in common."""

    base_url: str | None
    timeout: float | None = None
    cancel_on_timeout: bool = False
    as_json: bool = False
    result_field: str = "scenes"
    """The JSON key of the result: `scenes`, `index_id` or `file_name`."""


@define(eq=False)
class FollowedJob:
    """The job of one asset and its latest state."""

    asset: AssetRef
    job: AnyJob | None = None
    """None: no job was started yet."""

    token: str | None = None
    status: JobStatus | None = None
    result: Any = None
    error: MediaIntelligenceError | None = None
    has_ended: bool = False
    """Whether the command has its result or its error; False after Ctrl-C."""

    def end_with_error(self, error: MediaIntelligenceError) -> None:
        """Take down the error that ended the wait."""
        self.error = error
        self.token = error.token
        self.status = self.status or getattr(error, "last_status", None)
        self.has_ended = True

    @property
    def latest_token(self) -> str | None:
        """The token of the job as it is now; None: there is no job."""
        return self.job.token if self.job is not None else self.token

    @property
    def token_to_resume(self) -> str | None:
        """The token, if there is anything left to wait for."""
        if not self.has_ended:
            return self.latest_token
        if self.error is None or isinstance(self.error, _NOTHING_TO_RESUME) or self.token is None:
            return None
        if isinstance(self.error, StillRunning):
            return None if self.error.cancellation is Cancellation.CANCELED else self.token
        return self.token if decode_token(self.token).run is not None else None

    @property
    def state(self) -> str | None:
        """The service's word for the state; None: no status was seen."""
        return None if self.status is None else str(self.status.state)

    @property
    def outcome(self) -> str:
        """The error, or the first words of the summary."""
        if self.error is not None:
            kind = "timeout" if isinstance(self.error, StillRunning) else "failed"
            return f"{kind}: {self.error}"
        if not self.has_ended:
            return "interrupted"
        return first_words(self.result.scenes) if isinstance(self.result, SceneSummary) else ""

    def value_of(self, result_field: str) -> Any:
        """Return the part of the result that *result_field* names; None: there is no result."""
        match self.result:
            case SceneSummary() if result_field == "scenes":
                return list(self.result.scenes)
            case Index() if result_field == "index_id":
                return self.result.index_id
            case Asset() if result_field == "file_name":
                return self.result.file_name
        return None

    def fields(self, result_field: str) -> dict[str, Any]:
        """Return the JSON object of this job."""
        error = None if self.error is None else str(self.error)
        return {
            "asset": str(self.asset),
            "state": self.state,
            result_field: self.value_of(result_field),
            "token": self.latest_token,
            "error": error if self.has_ended else "interrupted",
        }

    def row(self, result_field: str) -> tuple[object, ...]:
        """Return the row of this job in the table."""
        value = self.value_of(result_field)
        amount = len(value) if isinstance(value, list) else value
        return (self.asset, self.state or "-", "-" if amount is None else amount, self.outcome)


def follow(find_jobs: FindJobs, options: FollowOptions) -> NoReturn:
    """Follow the jobs that *find_jobs* returns to their ends, report them, and exit."""
    followed: dict[AssetRef, FollowedJob] = {}

    async def work(client: MediaIntelligence) -> None:
        sources = await find_jobs(client)
        followed.update({asset: FollowedJob(asset) for asset in sources})
        await _follow_all(sources, followed, options)

    interrupted = False
    try:
        asyncio.run(run_with_client.with_client(options.base_url, work))
    except KeyboardInterrupt:
        # with_client() has closed the client, which waits for starts in flight: every token is
        # known by now.
        interrupted = True
    except MediaIntelligenceError as error:
        run_with_client.print_failure(error)
        raise typer.Exit(exit_code_of(error)) from error
    jobs = list(followed.values())
    report(jobs, options)
    raise typer.Exit(INTERRUPTED if interrupted else _exit_code(jobs))


async def _follow_all(
    sources: Mapping[AssetRef, JobSource],
    followed: Mapping[AssetRef, FollowedJob],
    options: FollowOptions,
) -> None:
    """Follow all jobs at once. One failure does not stop the others."""
    # Bars and JSON lines on one screen would overwrite each other.
    bars_allowed = not (options.as_json and console().is_terminal)
    with display(console(of_errors=True), len(sources), bars_allowed=bars_allowed) as progress:
        try:
            async with asyncio.TaskGroup() as group:
                for asset, source in sources.items():
                    group.create_task(_follow_one(source, followed[asset], progress, options))
        except* OSError as unwritable:
            # The output is closed or full. Each task fails with it; one error is enough.
            raise unwritable.exceptions[0] from None


async def _follow_one(
    source: JobSource,
    followed: FollowedJob,
    progress: Bars | Lines,
    options: FollowOptions,
) -> None:
    def show(status: JobStatus) -> None:
        followed.status = status
        seconds_left = None if followed.job is None else followed.job.seconds_left
        progress.show(followed.asset, status, seconds_left=seconds_left)

    try:
        if isinstance(source, Job):
            followed.job, timeout = source, options.timeout
        else:
            began = run_with_client.CLOCK.monotonic()
            followed.job = await source()
            spent = run_with_client.CLOCK.monotonic() - began
            timeout = _remaining(options.timeout, spent)
        followed.result = await followed.job.result(
            timeout=timeout,
            on_timeout="cancel" if options.cancel_on_timeout else "detach",
            on_progress=show,
        )
        followed.has_ended = True
    except MediaIntelligenceError as error:
        followed.end_with_error(error)
    except asyncio.CancelledError as error:
        # A start that was cancelled returned no job: the error alone carries the token.
        followed.token = getattr(error, "token", None)
        raise
    progress.end(followed.asset, _word_for_the_end(followed))
    if options.as_json:
        print_json(followed.fields(options.result_field))


def _remaining(timeout: float | None, spent: float) -> float | None:
    return None if timeout is None else max(0.0, round(timeout - spent, 3))


def _word_for_the_end(followed: FollowedJob) -> str:
    if followed.error is None:
        return "done"
    return "still running" if isinstance(followed.error, StillRunning) else "failed"


def report(jobs: list[FollowedJob], options: FollowOptions) -> None:
    """Print the results, advice on the failures, and a line to resume each unfinished job."""
    if options.as_json:
        # A job that ended has its JSON line already.
        for each in jobs:
            if not each.has_ended:
                print_json(each.fields(options.result_field))
    elif jobs:
        heading = options.result_field.removesuffix("_id").replace("_", " ")
        rows = [each.row(options.result_field) for each in jobs]
        console().print(table(("asset", "state", heading, "result"), rows))
    _print_errors(jobs)
    for each in jobs:
        if each.token_to_resume is not None:
            line = resume_line(each.token_to_resume, options.base_url)
            print_for_people(line, as_json=options.as_json)
        elif not each.has_ended:
            line = f"# nothing was started for {each.asset}"
            print_for_people(line, as_json=options.as_json)


def _print_errors(jobs: list[FollowedJob]) -> None:
    errors = {each.asset: each.error for each in jobs if each.error is not None}
    for asset, error in errors.items():
        print_error(f"{asset}: {error.what_happened}")
    for advice in dict.fromkeys(advice_for(error) for error in errors.values()):
        if advice:
            print_error(advice)


def resume_line(token: str, base_url: str | None) -> str:
    """Return the command that waits for the job of *token*."""
    # MEDIAINTEL_BASE_URL will still be set for the next command; --base-url has to be repeated.
    if base_url is None or base_url == os.environ.get("MEDIAINTEL_BASE_URL"):
        return f"mediaintel resume {token}"
    return f"mediaintel resume {token} --base-url {shlex.quote(base_url)}"


def _exit_code(jobs: Iterable[FollowedJob]) -> int:
    codes = {exit_code_of(each.error) for each in jobs if each.error is not None}
    return next((code for code in (FAILED, USAGE, TIMEOUT) if code in codes), 0)
