"""`mediaintel watch`: follows the index or the summary that is in progress."""

from typing import Any

from mediaintel_async import (
    AssetRef,
    IndexStatus,
    Job,
    JobStatus,
    MediaIntelligence,
    SceneSummaryStatus,
)
from mediaintel_async.cli.actions.status import fetch_statuses
from mediaintel_async.cli.output.advice import FAILED
from mediaintel_async.cli.output.console import console
from mediaintel_async.cli.output.status_changes import StatusChanges, status_changes
from mediaintel_async.decisions.whose_run import is_going


async def watch_asset(client: MediaIntelligence, asset: AssetRef, *, as_json: bool) -> int:
    """Follow the run in progress and any that follows; return 1 if the last one failed."""
    with status_changes(console(), asset, as_json=as_json) as changes:
        while True:
            index, summary = await fetch_statuses(client, asset)
            if index is not None and is_going(index):
                await _watch(client.jobs.attach_index(asset), "index", changes)
            elif summary is not None and is_going(summary):
                await _watch(client.jobs.attach_summary(asset), "summary", changes)
            else:
                if changes.last is None:
                    _show_once(changes, index, summary)
                return FAILED if _has_failed(changes.last) else 0


async def _watch(job: Job[Any, Any], kind: str, changes: StatusChanges) -> None:
    async for status in job.watch():
        changes.show(kind, status, seconds_left=job.seconds_left)


def _show_once(
    changes: StatusChanges, index: IndexStatus | None, summary: SceneSummaryStatus | None
) -> None:
    if index is not None:
        changes.show("index", index)
    if summary is not None and (index is None or not summary.is_before):
        changes.show("summary", summary)


def _has_failed(status: JobStatus | None) -> bool:
    return status is not None and status.is_final and not status.succeeded
