"""What `mediaintel status`, `watch` and `result` do: they look, and start nothing."""

from collections.abc import Awaitable
from typing import Any, TypeVar

from mediaintel_async import (
    AssetRef,
    IndexStatus,
    Job,
    JobStatus,
    MediaIntelligence,
    NotFound,
    SceneSummaryStatus,
)
from mediaintel_async.cli.output.advice import FAILED
from mediaintel_async.cli.output.printing import print_json, print_table, words_of
from mediaintel_async.cli.output.progress import console
from mediaintel_async.cli.output.status_changes import Changes, changes
from mediaintel_async.decisions.whose_run import is_going

T = TypeVar("T")


async def show_status(client: MediaIntelligence, asset: AssetRef, *, as_json: bool) -> int:
    """Look once at the index and once at the summary."""
    index, summary = await _look(client, asset)
    if as_json:
        both = {"index": _fields(index), "summary": _fields(summary)}
        print_json({"asset": str(asset), **both})
    else:
        rows = [("index", *_row(index)), ("summary", *_row(summary))]
        print_table(console(), (str(asset), "state", "done", "message"), rows, cut=False)
    return 0


async def watch_asset(client: MediaIntelligence, asset: AssetRef, *, as_json: bool) -> int:
    """Follow what is on its way, and what comes after it; return 1 if that ended badly."""
    with changes(console(), asset, as_json=as_json) as shown:
        while True:
            index, summary = await _look(client, asset)
            if index is not None and is_going(index):
                await _watch(client.jobs.attach_index(asset), "index", shown)
            elif summary is not None and is_going(summary):
                await _watch(client.jobs.attach_summary(asset), "summary", shown)
            else:
                if shown.last is None:
                    _tell_what_is_there(shown, index, summary)
                return FAILED if _ended_badly(shown.last) else 0


async def _watch(job: Job[Any, Any], kind: str, shown: Changes) -> None:
    async for status in job.watch():
        shown.show(kind, status, seconds_left=job.seconds_left)


def _tell_what_is_there(
    shown: Changes, index: IndexStatus | None, summary: SceneSummaryStatus | None
) -> None:
    if index is not None:
        shown.show("index", index)
    if summary is not None and (index is None or not summary.is_before):
        shown.show("summary", summary)


def _ended_badly(status: JobStatus | None) -> bool:
    return status is not None and status.is_final and not status.succeeded


async def show_result(client: MediaIntelligence, asset: AssetRef, *, as_json: bool) -> int:
    """Fetch and print the summary."""
    try:
        summary = await client.scene_summaries.get(asset)
    except NotFound:
        # No summary, or no such asset: this tells.
        await client.assets.get(asset)
        raise
    if as_json:
        fields = {"index_id": summary.index_id, "scenes": list(summary.scenes)}
        print_json({"asset": str(asset), **fields})
    else:
        rows = [
            (scene.get("sceneId", number), words_of(scene))
            for number, scene in enumerate(summary.scenes, start=1)
        ]
        print_table(console(), ("scene", "summary"), rows, cut=False)
    return 0


async def _look(
    client: MediaIntelligence, asset: AssetRef
) -> tuple[IndexStatus | None, SceneSummaryStatus | None]:
    """Look at both; None stands for what the service does not know of.

    Raises:
        NotFound: The asset is missing.
    """
    index = await _or_none(client.indexes.get_status(asset))
    summary = await _or_none(client.scene_summaries.get_status(asset))
    if index is None and summary is None:
        # An asset that nothing was ever asked for, or none at all: this tells.
        await client.assets.get(asset)
    return index, summary


async def _or_none(look: Awaitable[T]) -> T | None:
    try:
        return await look
    except NotFound as error:
        if error.from_gateway:
            raise
        return None


def _fields(status: IndexStatus | SceneSummaryStatus | None) -> dict[str, Any] | None:
    if status is None:
        return None
    fields = {"state": status.state, "progress": status.progress, "message": status.message}
    if isinstance(status, IndexStatus):
        return {**fields, "index_id": status.index_id}
    return {
        **fields,
        "analyzed_scene_count": status.analyzed_scene_count,
        "total_scene_count": status.total_scene_count,
        "requested_time": status.requested_time,
    }


def _row(status: IndexStatus | SceneSummaryStatus | None) -> tuple[str, str, str]:
    if status is None:
        return ("-", "-", "")
    done = "-" if status.progress is None else f"{100 * status.progress:.0f} %"
    return (status.state, done, status.message or "")
