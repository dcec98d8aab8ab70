"""The operations on indexes and the analyses that make them."""

import math
from collections.abc import Mapping

from mediaintel_async.simulator import assumed
from mediaintel_async.simulator.assumed import Json
from mediaintel_async.simulator.operations.operation import (
    ASSET,
    Call,
    Operation,
    is_integer,
    require,
    require_between,
    wire_time,
)
from mediaintel_async.simulator.world.assets import Asset, Index
from mediaintel_async.simulator.world.refusals import Reason, Refused
from mediaintel_async.simulator.world.runs import IN_PROGRESS, Run, RunState, RunStatus

STATUS_WORDS: Mapping[RunState, str] = {
    RunState.BEFORE: "BEFORE_ANALYZE",
    RunState.WAITING: "WAIT_ANALYZE",
    RunState.RUNNING: "ANALYZING",
    RunState.COMPLETED: "ANALYZE_COMPLETED",
    RunState.FAILED: "ANALYZE_FAIL",
    RunState.CANCELED: "ANALYZE_CANCEL",
}

SCENE_RANGES = ("EXTRA_SHORT", "SHORT", "MEDIUM", "LONG")
SOURCE_LANGUAGES = ("ENKO", "EN", "KO", "JA", "ZH-CN", "ZH-TW")
CONFIDENCE_LEVELS = ("LOW", "MEDIUM", "HIGH")


def request_index(call: Call) -> Json:
    """Start an analysis."""
    require(call.body is not None)
    setting = call.members()
    check_setting(setting)
    run = call.world.start_index(call.where, setting, late_seconds=call.late_seconds)
    return accepted_analysis(run, assumed.INDEX_ID_OF_START)


def check_setting(setting: Json) -> None:
    """Refuse a setting that the service documents as invalid; unknown members are accepted."""
    require(setting.get("sceneRange", "MEDIUM") in SCENE_RANGES)
    if {"minSceneDurationSec", "maxSceneDurationSec"} & setting.keys():
        require("sceneRange" not in setting)
        shortest = setting.get("minSceneDurationSec", 0)
        require_between(shortest, 10, 30)
        require_between(setting.get("maxSceneDurationSec", 0), shortest, math.inf)
    require_between(setting.get("analysisPersonCount", 0), 0, 10)
    tag_ids = setting.get("tagIdList", [])
    require(isinstance(tag_ids, list))
    # Strings by the documented table, integers by the documented example: both are accepted.
    require(all(isinstance(tag_id, str) or is_integer(tag_id) for tag_id in tag_ids))
    require(setting.get("sourceLanguage", "ENKO") in SOURCE_LANGUAGES)
    require(isinstance(setting.get("detectAudioEffects", False), bool))


def accepted_analysis(run: Run, id_name: str) -> Json:
    """The result of a start; *id_name* is the member with the id of the index to be made."""
    return {
        id_name: run.number,
        "createdTime": wire_time(run.requested_time),
        "createdUserName": assumed.USER_NAME,
    }


def get_index(call: Call) -> Json:
    """The index of the latest completed analysis."""
    level = call.query.get("confidence_level", "MEDIUM")
    require(level in CONFIDENCE_LEVELS)
    index = call.world.readable_index(call.where)
    in_progress = call.world.look(call.where, "index").state in IN_PROGRESS
    if in_progress and not call.assumed.former_index_readable:
        raise Refused(Reason.NOT_COMPLETED)
    asset = call.world.asset(call.where)
    return {**index_item(asset, index), **assumed.content_of_index(asset, index, level)}


def index_item(asset: Asset, index: Index) -> Json:
    """An index in a listing."""
    created_time = wire_time(index.created_time)
    return {
        "indexId": index.index_id,
        "type": "VIDEO" if asset.is_video else "IMAGE",
        "createdTime": created_time,
        "createdUserName": assumed.USER_NAME,
        "updatedTime": created_time,
        "updatedUserName": assumed.USER_NAME,
    }


def get_index_status(call: Call) -> Json:
    """How far the newest analysis has come."""
    status = call.look("index")
    result = status_result(status, assumed.INDEX_STATUS_MESSAGE)
    if call.assumed.index_status_shows_times:
        result["requestedTime"] = status.run and wire_time(status.run.requested_time)
        result["completedTime"] = wire_time(status.completed_time)
    return result


def status_result(status: RunStatus, message_name: str) -> Json:
    """The status of an analysis; *message_name* is the member with the reason of a failure."""
    result: Json = {"status": STATUS_WORDS[status.state], message_name: failure_text(status)}
    if status.run is not None and status.state is RunState.COMPLETED:
        result["indexId"] = status.run.number
    return result


def failure_text(status: RunStatus) -> str | None:
    """Why a run has failed; None if it has not failed."""
    return status.run.failure if status.run and status.state is RunState.FAILED else None


def cancel_index(call: Call) -> None:
    """Cancel the analysis in progress."""
    call.world.cancel(call.where, "index")


def delete_index(call: Call) -> None:
    """Delete the index and its summary."""
    call.world.delete_index(call.where)


INDEX = f"{ASSET}/index"

OPERATIONS = (
    Operation("request_index", "POST", INDEX, request_index),
    Operation("get_index", "GET", INDEX, get_index),
    Operation("delete_index", "DELETE", INDEX, delete_index),
    Operation("get_index_status", "GET", f"{INDEX}/status", get_index_status),
    Operation("cancel_index", "POST", f"{INDEX}/cancel", cancel_index),
)
