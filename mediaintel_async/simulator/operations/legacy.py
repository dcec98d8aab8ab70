"""The older generations of calls, which end in January 2027.

They act on the same assets as the current ones. Removing them is deleting this file, its tests
and its mention in `server.OPERATIONS`.
"""

from attrs import evolve

from mediaintel_async.simulator.assumed import Json
from mediaintel_async.simulator.operations.operation import (
    ASSET,
    PROJECT,
    Call,
    Handle,
    Operation,
    accepted,
    analysis_status,
    cancel_index,
    check_index_setting,
    index_item,
    number_in_path,
    require,
    start_summary,
    summary_result,
    summary_status,
)
from mediaintel_async.simulator.world.refusals import Refused, Why
from mediaintel_async.simulator.world.world import Run


def request_analysis(call: Call) -> Json:
    """Start an analysis; the answer calls the index to come `id`."""
    require(call.body is not None)
    setting = call.members()
    require("analysisPersonCount" in setting)
    check_index_setting(setting)
    run = call.world.start_index(call.where, setting, late_seconds=call.late_seconds)
    return accepted(run, "id")


def get_analysis_status(call: Call) -> Json:
    """How far the newest analysis has come; the failure text is named as in the example."""
    return analysis_status(call.look("index"), "analysisStatusMessage")


def list_asset_indexes(call: Call) -> Json:
    """The asset's one index, as a list."""
    asset = call.world.asset(call.where)
    indexes = [] if asset.index is None else [index_item(asset, asset.index)]
    return {"totalCount": len(indexes), "indexes": indexes}


def request_index_scene_summary(call: Call) -> Json:
    """Start a summary of the index in the path."""
    check_index_id(call)
    return start_summary(call, call.members().get("sceneIds"), None)


def check_index_id(call: Call) -> None:
    """Refuse an index that the asset has no longer, or never had."""
    index = call.world.readable_index(call.where)
    if number_in_path(call.path["index_id"]) != index.index_id:
        raise Refused(Why.MISSING)


def get_index_scene_summary_status(call: Call) -> Json:
    """How far the summary in the path has come."""
    run = summary_in_path(call)
    look = call.world.look_at(run) if call.view == "now" else call.look("summary")
    return summary_status(call.world.asset(call.where), look)


def summary_in_path(call: Call) -> Run:
    """The run that the path names."""
    check_index_id(call)
    return call.world.summary_run(call.where, number_in_path(call.path["scene_summary_id"]))


def get_index_scene_summary(call: Call) -> Json:
    """The texts of all scenes of the index in the path."""
    check_index_id(call)
    return summary_result(call.world.asset(call.where), call.world.readable_summary(call.where))


def cancel_index_scene_summary(call: Call) -> None:
    """Cancel the summary in the path, and no newer one."""
    run = summary_in_path(call)
    if call.world.look(call.where, "summary").run is not run:
        raise Refused(Why.SUMMARY_NOT_GOING)
    call.world.cancel(call.where, "summary")


def of_video(handle: Handle) -> Handle:
    """The same act on an asset that the path calls a video asset."""

    def handle_video(call: Call) -> Json | None:
        return handle(evolve(call, path={**call.path, "asset_id": call.path["video_asset_id"]}))

    return handle_video


VIDEO_ASSET = f"{PROJECT}/video-assets/{{video_asset_id}}"
SUMMARIES = f"{ASSET}/indexes/{{index_id}}/scene-summaries"
SUMMARY = f"{SUMMARIES}/{{scene_summary_id}}"

OPERATIONS = (
    Operation("request_asset_analysis", "POST", f"{ASSET}/analyze", request_analysis),
    Operation("cancel_asset_analysis", "DELETE", f"{ASSET}/analyze", cancel_index),
    Operation("get_asset_analysis_status", "GET", f"{ASSET}/analyze-status", get_analysis_status),
    Operation("list_asset_indexes", "GET", f"{ASSET}/indexes", list_asset_indexes),
    Operation("request_index_scene_summary", "POST", SUMMARIES, request_index_scene_summary),
    Operation("get_index_scene_summary", "GET", SUMMARIES, get_index_scene_summary),
    Operation("cancel_index_scene_summary", "DELETE", SUMMARY, cancel_index_scene_summary),
    Operation(
        "get_index_scene_summary_status",
        "GET",
        f"{SUMMARY}/status",
        get_index_scene_summary_status,
    ),
    Operation(
        "request_video_asset_analysis",
        "POST",
        f"{VIDEO_ASSET}/analyze",
        of_video(request_analysis),
    ),
    Operation(
        "cancel_video_asset_analysis",
        "DELETE",
        f"{VIDEO_ASSET}/analyze",
        of_video(cancel_index),
    ),
    Operation(
        "get_video_asset_analysis_status",
        "GET",
        f"{VIDEO_ASSET}/analyze-status",
        of_video(get_analysis_status),
    ),
)
