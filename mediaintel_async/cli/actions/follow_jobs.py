"""Many jobs at once, each followed to its end: what comes of them, shown and told."""

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
from mediaintel_async.cli.output.printing import first_words, print_json, print_table, tell
from mediaintel_async.cli.output.progress import Bars, Lines, console, display
from mediaintel_async.jobs.token import decode_token

AnyJob: TypeAlias = Job[Any, Any]
Start: TypeAlias = AnyJob | Callable[[], Awaitable[AnyJob]]
"""A job, or how to come by it."""

Plan: TypeAlias = Callable[[MediaIntelligence], Awaitable[Mapping[AssetRef, Start]]]
"""What to follow, with a client to do it."""

_ENDED = (JobFailed, JobCanceled, JobNeverStarted, JobSuperseded, NotFound)
"""Errors after which there is nothing left to resume."""


@frozen(kw_only=True)
class Options:
    """What the commands that follow jobs have in common."""

    base_url: str | None
    timeout: float | None = None
    cancel_on_timeout: bool = False
    as_json: bool = False
    finds: str = "scenes"
    """What the jobs come to, by its name in JSON: `scenes`, `index_id` or `file_name`."""


@define(eq=False)
class Followed:
    """One job, as far as it has come."""

    asset: AssetRef
    job: AnyJob | None = None
    """None: nothing was started yet."""

    token: str | None = None
    status: JobStatus | None = None
    result: Any = None
    error: MediaIntelligenceError | None = None
    is_over: bool = False

    def note_error(self, error: MediaIntelligenceError) -> None:
        """Remember what ended it."""
        self.error = error
        self.token = error.token
        self.status = self.status or getattr(error, "last_status", None)
        self.is_over = True

    @property
    def latest_token(self) -> str | None:
        """The token of the job as it stands; None: nothing to resume."""
        return self.job.token if self.job is not None else self.token

    @property
    def to_resume(self) -> str | None:
        """The token, if something is left to be waited for."""
        if not self.is_over:
            return self.latest_token
        if self.error is None or isinstance(self.error, _ENDED) or self.token is None:
            return None
        if isinstance(self.error, StillRunning):
            return None if self.error.cancellation is Cancellation.CANCELED else self.token
        return self.token if decode_token(self.token).run is not None else None

    @property
    def words(self) -> str:
        """What came of it, for people."""
        if self.error is not None:
            return (
                f"{'timeout' if isinstance(self.error, StillRunning) else 'failed'}: {self.error}"
            )
        if not self.is_over:
            return "interrupted"
        return first_words(self.result.scenes) if isinstance(self.result, SceneSummary) else ""

    def found(self, kind: str) -> Any:
        """Return what the job came to: all scenes, or what names an index or a file."""
        match self.result:
            case SceneSummary() if kind == "scenes":
                return list(self.result.scenes)
            case Index() if kind == "index_id":
                return self.result.index_id
            case Asset() if kind == "file_name":
                return self.result.file_name
        return None

    def fields(self, kind: str) -> dict[str, Any]:
        """Return what a program is told."""
        error = None if self.error is None else str(self.error)
        return {
            "asset": str(self.asset),
            "state": self.state,
            kind: self.found(kind),
            "token": self.latest_token,
            "error": error if self.is_over else "interrupted",
        }

    def row(self, kind: str) -> tuple[object, ...]:
        """Return what people are told, as a row of the table."""
        found = self.found(kind)
        amount = len(found) if isinstance(found, list) else found
        return (self.asset, self.state or "-", "-" if amount is None else amount, self.words)

    @property
    def state(self) -> str | None:
        """The service's word; None: it was not looked at."""
        return None if self.status is None else str(self.status.state)


def follow(plan: Plan, options: Options) -> NoReturn:
    """Follow what *plan* says to the end, tell what came of it, and exit."""
    all_followed: dict[AssetRef, Followed] = {}

    async def work(client: MediaIntelligence) -> int:
        starts = await plan(client)
        all_followed.update({asset: Followed(asset) for asset in starts})
        await _follow_all(starts, all_followed, options)
        return 0

    interrupted = False
    try:
        asyncio.run(run_with_client.with_client(options.base_url, work))
    except KeyboardInterrupt:
        # The client is closed: starts that were in flight have seen their end.
        interrupted = True
    except MediaIntelligenceError as error:
        run_with_client.tell_error(error)
        raise typer.Exit(exit_code_of(error)) from error
    report(list(all_followed.values()), options)
    raise typer.Exit(INTERRUPTED if interrupted else _exit_code(all_followed.values()))


async def _follow_all(
    starts: Mapping[AssetRef, Start], all_followed: Mapping[AssetRef, Followed], options: Options
) -> None:
    """Follow all at once. One failure does not stop the others."""
    output = console()
    # Bars and lines of JSON on one screen would overwrite each other.
    bars_allowed = not (options.as_json and output.is_terminal)
    with display(console(of_errors=True), len(starts), bars_allowed=bars_allowed) as shown:
        try:
            async with asyncio.TaskGroup() as group:
                for asset, start in starts.items():
                    group.create_task(_follow_one(start, all_followed[asset], shown, options))
        except* OSError as unwritable:
            # Nobody reads what is told any more; one of the many says it.
            raise unwritable.exceptions[0] from None


async def _follow_one(
    start: Start,
    followed: Followed,
    shown: Bars | Lines,
    options: Options,
) -> None:
    def show(status: JobStatus) -> None:
        followed.status = status
        left = None if followed.job is None else followed.job.seconds_left
        shown.show(followed.asset, status, seconds_left=left)

    try:
        if isinstance(start, Job):
            followed.job, timeout = start, options.timeout
        else:
            began = run_with_client.CLOCK.monotonic()
            followed.job = await start()
            timeout = _left(options.timeout, run_with_client.CLOCK.monotonic() - began)
        followed.result = await followed.job.result(
            timeout=timeout,
            on_timeout="cancel" if options.cancel_on_timeout else "detach",
            on_progress=show,
        )
        followed.is_over = True
    except MediaIntelligenceError as error:
        followed.note_error(error)
    except asyncio.CancelledError as error:
        # What was being started has its token here alone.
        followed.token = getattr(error, "token", None)
        raise
    shown.end(followed.asset, _ending(followed))
    if options.as_json:
        print_json(followed.fields(options.finds))


def _left(timeout: float | None, passed: float) -> float | None:
    return None if timeout is None else max(0.0, round(timeout - passed, 3))


def _ending(followed: Followed) -> str:
    if followed.error is None:
        return "done"
    return "not ended yet" if isinstance(followed.error, StillRunning) else "failed"


def report(all_followed: list[Followed], options: Options) -> None:
    """Tell what came of each, what to do about failures, and how to go on with the rest."""
    if options.as_json:
        for each in all_followed:
            if not each.is_over:
                print_json(each.fields(options.finds))
    elif all_followed:
        heading = options.finds.removesuffix("_id").replace("_", " ")
        rows = [each.row(options.finds) for each in all_followed]
        print_table(console(), ("asset", "state", heading, "result"), rows)
    _tell_errors(all_followed)
    say = tell if options.as_json else print
    for each in all_followed:
        if each.to_resume is not None:
            say(resume_line(each.to_resume, options.base_url))
        elif not each.is_over:
            say(f"# nothing was started for {each.asset}")


def _tell_errors(all_followed: list[Followed]) -> None:
    errors = {each.asset: each.error for each in all_followed if each.error is not None}
    for asset, error in errors.items():
        tell(f"{asset}: {error.what_happened}")
    for advice in dict.fromkeys(advice_for(error) for error in errors.values()):
        if advice:
            tell(advice)


def resume_line(token: str, base_url: str | None) -> str:
    """Return what to type to go on with the work of *token*."""
    # The environment will still name the address; an option has to be given again.
    if base_url is None or base_url == os.environ.get("MEDIAINTEL_BASE_URL"):
        return f"mediaintel resume {token}"
    return f"mediaintel resume {token} --base-url {shlex.quote(base_url)}"


def _exit_code(all_followed: Iterable[Followed]) -> int:
    codes = {exit_code_of(each.error) for each in all_followed if each.error is not None}
    return next((code for code in (FAILED, USAGE, TIMEOUT) if code in codes), 0)
