"""The older operations, which the service removes in January 2027.

They act on the same assets as the current operations. To remove them, delete this file, its tests,
its line in `catalogue.OPERATIONS`, and `World.summary_run()`, which nothing else uses.
"""

from attrs import evolve

from mediaintel_async.simulator.assumed import Json
from mediaintel_async.simulator.operations import indexes, scene_summaries
from mediaintel_async.simulator.operations.operation import (
    ASSET,
    PROJECT,
    Call,
    Handler,
    Operation,
    integer_in_path,
    require,
)
from mediaintel_async.simulator.world.refusals import Reason, Refused
from mediaintel_async.simulator.world.runs import Run


def request_analysis(call: Call) -> Json:
    """Start an analysis; the answer has the id of the index to be made as `id`."""
    require(call.body is not None)
    setting = call.members()
    require("analysisPersonCount" in setting)
    indexes.check_setting(setting)
    run = call.world.start_index(call.where, setting, late_seconds=call.late_seconds)
    return indexes.accepted_analysis(run, "id")


def get_analysis_status(call: Call) -> Json:
    """How far the newest analysis has come; the failure text is named as documented here."""
    return indexes.status_result(call.look("index"), "analysisStatusMessage")


def list_asset_indexes(call: Call) -> Json:
    """The asset's one index, as a list."""
    asset = call.world.asset(call.where)
    found = [] if asset.index is None else [indexes.index_item(asset, asset.index)]
    return {"totalCount": len(found), "indexes": found}


def request_index_scene_summary(call: Call) -> Json:
    """Start a summary of the index in the path."""
    check_index_id(call)
    return scene_summaries.start_summary(call, call.members().get("sceneIds"), None)


def check_index_id(call: Call) -> None:
    """Refuse the call if the index in the path is not the asset's present one."""
    index = call.world.readable_index(call.where)
    if integer_in_path(call.path["index_id"]) != index.index_id:
        raise Refused(Reason.MISSING)


def get_index_scene_summary_status(call: Call) -> Json:
    """How far the summary in the path has come."""
    run = run_in_path(call)
    status = call.world.look_at(run) if call.view == "now" else call.look("summary")
    return scene_summaries.status_result(call.world.asset(call.where), status)


def run_in_path(call: Call) -> Run:
    """The summary run that the path names."""
    check_index_id(call)
    return call.world.summary_run(call.where, integer_in_path(call.path["scene_summary_id"]))


def get_index_scene_summary(call: Call) -> Json:
    """The texts of all scenes of the index in the path."""
    check_index_id(call)
    return scene_summaries.get_scene_summary(call)


def cancel_index_scene_summary(call: Call) -> None:
    """Cancel the summary in the path, but no newer one."""
    run = run_in_path(call)
    if call.world.look(call.where, "summary").run is not run:
        raise Refused(Reason.SUMMARY_NOT_IN_PROGRESS)
    call.world.cancel(call.where, "summary")


def for_video_assets(handle: Handler) -> Handler:
    """Return the same handler for a path that calls the asset a video asset."""

    def handle_video_asset(call: Call) -> Json | None:
        return handle(evolve(call, path={**call.path, "asset_id": call.path["video_asset_id"]}))

    return handle_video_asset


VIDEO_ASSET = f"{PROJECT}/video-assets/{{video_asset_id}}"
SUMMARIES = f"{ASSET}/indexes/{{index_id}}/scene-summaries"
SUMMARY = f"{SUMMARIES}/{{scene_summary_id}}"

OPERATIONS = (
    Operation("request_asset_analysis", "POST", f"{ASSET}/analyze", request_analysis),
    Operation("cancel_asset_analysis", "DELETE", f"{ASSET}/analyze", indexes.cancel_index),
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
        for_video_assets(request_analysis),
    ),
    Operation(
        "cancel_video_asset_analysis",
        "DELETE",
        f"{VIDEO_ASSET}/analyze",
        for_video_assets(indexes.cancel_index),
    ),
    Operation(
        "get_video_asset_analysis_status",
        "GET",
        f"{VIDEO_ASSET}/analyze-status",
        for_video_assets(get_analysis_status),
    ),
)
