"""`mediaintel status`: shows the state of the index and the summary of an asset."""

from collections.abc import Awaitable
from typing import Any, TypeVar

from mediaintel_async import (
    AssetRef,
    IndexStatus,
    MediaIntelligence,
    NotFound,
    SceneSummaryStatus,
)
from mediaintel_async.cli.output.printing import show, table

T = TypeVar("T")


async def show_status(client: MediaIntelligence, asset: AssetRef, *, as_json: bool) -> None:
    """Print the status of the index and of the summary, by one request each."""
    index, summary = await fetch_statuses(client, asset)
    fields = {"asset": str(asset), "index": _fields(index), "summary": _fields(summary)}
    rows = [("index", *_row(index)), ("summary", *_row(summary))]
    text = table((str(asset), "state", "done", "message"), rows, wrap_last=True)
    show(fields, text=text, as_json=as_json)


async def fetch_statuses(
    client: MediaIntelligence, asset: AssetRef
) -> tuple[IndexStatus | None, SceneSummaryStatus | None]:
    """Fetch the status of the index and of the summary; None: the service knows of none.

    Raises:
        NotFound: The asset does not exist.
    """
    index = await _none_if_not_found(client.indexes.get_status(asset))
    summary = await _none_if_not_found(client.scene_summaries.get_status(asset))
    if index is None and summary is None:
        # Raises NotFound if the asset itself is missing.
        await client.assets.get(asset)
    return index, summary


async def _none_if_not_found(status: Awaitable[T]) -> T | None:
    try:
        return await status
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
