"""The operations on scene summaries."""

from collections.abc import Mapping
from typing import Any

from mediaintel_async.simulator import assumed
from mediaintel_async.simulator.assumed import Json
from mediaintel_async.simulator.operations.indexes import failure_text
from mediaintel_async.simulator.operations.operation import (
    ASSET,
    Call,
    Operation,
    integers,
    require,
    wire_time,
)
from mediaintel_async.simulator.world.assets import Asset, Summary
from mediaintel_async.simulator.world.runs import Run, RunState, RunStatus

STATUS_WORDS: Mapping[RunState, str] = {
    RunState.BEFORE: "BEFORE_SUMMARIZE",
    RunState.WAITING: "WAIT_SUMMARIZE",
    RunState.RUNNING: "SUMMARIZING",
    RunState.COMPLETED: "SUMMARIZE_COMPLETED",
    RunState.FAILED: "SUMMARIZE_FAIL",
    RunState.CANCELED: "SUMMARIZE_CANCELED",
}


def request_scene_summary(call: Call) -> Json:
    """Start a summary of the latest index."""
    body = call.members()
    scene_ids, locale = body.get(assumed.SCENE_IDS), body.get("locale")
    require(locale is None or isinstance(locale, str))
    return start_summary(call, scene_ids, locale)


def start_summary(call: Call, scene_ids: Any, locale: str | None) -> Json:
    """Start a summary; the answer names its id."""
    if scene_ids is not None:
        scene_ids = integers(scene_ids)
    run = call.world.start_summary(call.where, scene_ids, locale, late_seconds=call.late_seconds)
    return {
        "sceneSummaryId": run.number,
        "indexId": run.index_id,
        "targetSceneIds": run.scene_ids,
        "createdTime": wire_time(run.requested_time),
        "createdUserName": assumed.USER_NAME,
    }


def get_scene_summary_status(call: Call) -> Json:
    """How far the newest summary has come."""
    return status_result(call.world.asset(call.where), call.look("summary"))


def status_result(asset: Asset, status: RunStatus) -> Json:
    """The status of a summary, with the members documented for the index-level operation."""
    run = status.run
    return {
        "status": STATUS_WORDS[status.state],
        "statusMessage": failure_text(status),
        "sceneSummaryId": run and shown_summary_id(asset, run, status.state),
        "targetSceneIds": run and run.scene_ids,
        "analyzedSceneCount": run and status.done_count,
        "totalSceneCount": run and len(run.step_seconds),
        "requestedTime": run and wire_time(run.requested_time),
        "completedTime": wire_time(status.completed_time),
    }


def shown_summary_id(asset: Asset, run: Run, state: RunState) -> int:
    """The summary id; of a completed run, as the service documents, the id of its last scene."""
    if state is not RunState.COMPLETED:
        return run.number
    return (run.scene_ids or asset.scene_ids)[-1]


def get_scene_summary(call: Call) -> Json:
    """The texts of all scenes."""
    return summary_result(call.world.asset(call.where), call.world.readable_summary(call.where))


def summary_result(asset: Asset, summary: Summary) -> Json:
    """A summary, as documented for the index-level operation: `analyzedSceneIds` are strings."""
    scene_ids = summary.analyzed_scene_ids
    return {
        "indexId": summary.index_id,
        "sceneSummaryInfo": {
            "lastAnalyzedAt": wire_time(summary.last_analyzed_time),
            "analyzedSceneIds": scene_ids and [str(scene_id) for scene_id in scene_ids],
        },
        "sceneSummaries": [
            assumed.summary_of_scene(asset, summary, scene_id) for scene_id in asset.scene_ids
        ],
    }


def cancel_scene_summary(call: Call) -> None:
    """Cancel the summary in progress."""
    call.world.cancel(call.where, "summary")


SUMMARY = f"{ASSET}/scene-summary"

OPERATIONS = (
    Operation("request_scene_summary", "POST", SUMMARY, request_scene_summary),
    Operation("get_scene_summary", "GET", SUMMARY, get_scene_summary),
    Operation("get_scene_summary_status", "GET", f"{SUMMARY}/status", get_scene_summary_status),
    Operation("cancel_scene_summary", "POST", f"{SUMMARY}/cancel", cancel_scene_summary),
)
