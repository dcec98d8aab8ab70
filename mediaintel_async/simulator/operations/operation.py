"""What each operation of the current generation does to the world, and answers."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from attrs import Factory, field, frozen

from mediaintel_async.simulator import assumed
from mediaintel_async.simulator.assumed import Assumed, Json
from mediaintel_async.simulator.world.refusals import Refused, Why
from mediaintel_async.simulator.world.world import (
    GOING,
    NOTHING_YET,
    Asset,
    Index,
    Look,
    Project,
    Run,
    State,
    Summary,
    Where,
    Work,
    Workspace,
    World,
)

DOCUMENTED_REFUSALS: Mapping[Why, tuple[int, str, str]] = {
    Why.INVALID: (400, "10001", "Invalid Request."),
    Why.FOLDER: (400, "10016", "Select the bucket to integrate (folder selection not available)."),
    Why.INDEX_NOT_GOING: (409, "409", "Cannot cancel analysis in the current state"),
    Why.DELETE_WHILE_GOING: (409, "409", "Cannot delete index while analysis is in progress"),
}
"""HTTP status, code and message of the refusals that the pages show."""

ANALYSIS_WORDS: Mapping[State, str] = {
    State.BEFORE: "BEFORE_ANALYZE",
    State.WAITING: "WAIT_ANALYZE",
    State.RUNNING: "ANALYZING",
    State.COMPLETED: "ANALYZE_COMPLETED",
    State.FAILED: "ANALYZE_FAIL",
    State.CANCELED: "ANALYZE_CANCEL",
}

SUMMARY_WORDS: Mapping[State, str] = {
    State.BEFORE: "BEFORE_SUMMARIZE",
    State.WAITING: "WAIT_SUMMARIZE",
    State.RUNNING: "SUMMARIZING",
    State.COMPLETED: "SUMMARIZE_COMPLETED",
    State.FAILED: "SUMMARIZE_FAIL",
    State.CANCELED: "SUMMARIZE_CANCELED",
}

SCENE_RANGES = ("EXTRA_SHORT", "SHORT", "MEDIUM", "LONG")
SOURCE_LANGUAGES = ("ENKO", "EN", "KO", "JA", "ZH-CN", "ZH-TW")
CONFIDENCE_LEVELS = ("LOW", "MEDIUM", "HIGH")
LARGEST_PAGE = 1000

WORKSPACE_NAME = re.compile(r"[a-z0-9-]{3,63}")
PROJECT_NAME = re.compile(r"[^;|`]{1,100}")

WHOLE_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")
"""A number as addresses carry it: one spelling, and no more digits than JSON can answer."""


@frozen(kw_only=True)
class Call:
    """One request that has passed the gateway."""

    world: World
    assumed: Assumed
    path: Mapping[str, str]
    """The variable parts of the path, decoded."""

    query: Mapping[str, str]
    body: Any
    """The JSON it carried; None if it carried none."""

    base_url: str = ""
    """The simulator's own, for the addresses that it gives out."""

    late_seconds: float = 0.0
    """How long a run it starts stays invisible."""

    view: Literal["now", "stale", "before", "accepted"] = "now"
    """What a status look shows: the truth, the state before the newest run, no run, or the newest
    run, if it is going, as if it had only just been accepted."""

    @property
    def workspace(self) -> str:
        """The workspace in the path."""
        return self.path["workspace_name"]

    @property
    def project_id(self) -> int:
        """The project in the path."""
        return number_in_path(self.path["project_id"])

    @property
    def where(self) -> Where:
        """The asset in the path."""
        asset_id = number_in_path(self.path["asset_id"])
        return Where(self.workspace, self.project_id, asset_id)

    def look(self, work: Work) -> Look:
        """The newest run, as this call is allowed to see it."""
        if self.view == "before":
            self.world.asset(self.where)
            return NOTHING_YET
        look = self.world.look(self.where, work, before_newest=self.view == "stale")
        if self.view == "accepted" and look.state in GOING:
            return Look(run=look.run, state=State.WAITING)
        return look

    def members(self) -> Json:
        """The body as a JSON object; none at all counts as an empty one."""
        body = {} if self.body is None else self.body
        require(isinstance(body, dict))
        return dict(body)


Handle = Callable[[Call], Json | None]
"""Does what is asked, and returns the `result` of a success; None: the answer has none."""


@frozen
class Operation:
    """An operation of the service: where it is found, and what it does."""

    operation_id: str
    method: str
    path: str
    handle: Handle

    beside: Sequence[str] = ()
    """Members that go out beside `result`, and not in it."""

    parts: Sequence[str] = field(
        init=False, default=Factory(lambda self: self.path.split("/"), True)
    )

    def match(self, method: str, parts: Sequence[str]) -> dict[str, str] | None:
        """The variable parts of a path that is this operation's; None if it is not."""
        if method != self.method or len(parts) != len(self.parts):
            return None
        pairs = list(zip(self.parts, parts, strict=True))
        variable = {name[1:-1]: part for name, part in pairs if name.startswith("{")}
        fixed = all(name == part for name, part in pairs if not name.startswith("{"))
        return variable if fixed and all(variable.values()) else None


def require(fits: bool) -> None:  # noqa: FBT001 - reads as a statement
    """Refuse the request when a parameter does not fit."""
    if not fits:
        raise Refused(Why.INVALID)


def number_in_path(part: str) -> int:
    """An id as the service writes it: what is not one names nothing."""
    if not WHOLE_NUMBER.fullmatch(part):
        raise Refused(Why.MISSING)
    return int(part)


def is_whole(value: object) -> bool:
    """Whether a JSON value is an integer."""
    return isinstance(value, int) and not isinstance(value, bool)


def wire_time(time: datetime | None) -> str | None:
    """A time as the examples show it: no zone, whole seconds."""
    return None if time is None else time.isoformat(timespec="seconds")


def page_of(
    call: Call,
    things: Sequence[Any],
    item: Callable[[Any], Json],
    *,
    largest: int = LARGEST_PAGE,
    default: int = LARGEST_PAGE,
) -> Json:
    """The page of a listing that the query asks for."""
    page_num = number_in_query(call, "pageNum", None)
    page_size = number_in_query(call, "pageSize", default)
    require(page_num >= 1)
    require(1 <= page_size <= largest)
    return cut_page(things, item, page_num, page_size)


def cut_page(
    things: Sequence[Any], item: Callable[[Any], Json], page_num: int, page_size: int
) -> Json:
    """One page of a listing, with the counts that every listing shows."""
    start = (page_num - 1) * page_size
    return {
        "content": [item(thing) for thing in things[start : start + page_size]],
        "totalCount": len(things),
        "totalPage": -(-len(things) // page_size),
        "pageNo": page_num,
        "pageSize": page_size,
    }


def number_in_query(call: Call, name: str, default: int | None) -> int:
    """An integer of the query; None as *default* makes it required."""
    text = call.query.get(name)
    if text is None and default is not None:
        return default
    if text is None or not WHOLE_NUMBER.fullmatch(text):
        raise Refused(Why.INVALID)
    return int(text)


# Workspaces.


def list_workspaces(call: Call) -> Json:
    """One page of the account's workspaces."""
    world = call.world
    return page_of(call, world.workspaces(), lambda each: workspace_item(world, each))


def workspace_item(world: World, workspace: Workspace) -> Json:
    """A workspace as listings show it."""
    bucket = {} if workspace.bucket is None else {"bucketName": workspace.bucket}
    address = f"https://mi.apigw.ntruss.com/api/v1/workspaces/{workspace.name}"
    return {**workspace_receipt(world, workspace), "workspaceUrl": address, **bucket}


def workspace_receipt(world: World, workspace: Workspace) -> Json:
    """A workspace as its creation is answered."""
    created_at = workspace.created_at
    return {"workspaceName": workspace.name, **made_and_changed(world, created_at, created_at)}


def made_and_changed(world: World, created_at: float, updated_at: float) -> Json:
    """When and by whom."""
    return {
        "createdUserName": assumed.USER_NAME,
        "createdTime": wire_time(world.korean_time(created_at)),
        "updatedUserName": assumed.USER_NAME,
        "updatedTime": wire_time(world.korean_time(updated_at)),
    }


def get_workspace(call: Call) -> Json:
    """One workspace."""
    item = workspace_item(call.world, call.world.workspace(call.workspace))
    return {**item, "monthlyAnalysisCount": call.world.analysis_count(call.workspace)}


def create_workspace(call: Call) -> Json:
    """Create a workspace; the answer names neither address nor bucket."""
    body = call.members()
    name = matching(WORKSPACE_NAME, body.get("workspaceName"))
    bucket = body.get("bucketName")
    require(bucket is None or (isinstance(bucket, str) and bool(bucket)))
    return workspace_receipt(call.world, call.world.create_workspace(name, bucket))


def matching(pattern: re.Pattern[str], value: object) -> str:
    """A JSON text of that form.

    Raises:
        Refused: It is something else.
    """
    if not (isinstance(value, str) and pattern.fullmatch(value)):
        raise Refused(Why.INVALID)
    return value


def delete_workspace(call: Call) -> Json:
    """Delete a workspace and all that is in it."""
    call.world.delete_workspace(call.workspace)
    return {"workspaceName": call.workspace}


# Projects.


def list_projects(call: Call) -> Json:
    """All projects of a workspace, whatever their number."""
    projects = call.world.projects(call.workspace)
    return {
        "projects": [project_item(call.world, project) for project in projects],
        "totalCount": len(projects),
    }


def project_item(world: World, project: Project) -> Json:
    """A project, as every call shows it."""
    return {
        "projectId": project.project_id,
        "name": project.name,
        "isBaseProject": project.is_base,
        **made_and_changed(world, project.created_at, project.updated_at),
    }


def get_project(call: Call) -> Json:
    """One project."""
    return project_item(call.world, call.world.project(call.workspace, call.project_id))


def create_project(call: Call) -> Json:
    """Create a project."""
    name = matching(PROJECT_NAME, call.members().get("name"))
    return project_item(call.world, call.world.create_project(call.workspace, name))


def update_project(call: Call) -> Json:
    """Give a project another name."""
    name = matching(PROJECT_NAME, call.members().get("name"))
    project = call.world.rename_project(call.workspace, call.project_id, name)
    return project_item(call.world, project)


def delete_project(call: Call) -> None:
    """Delete a project."""
    call.world.delete_project(call.workspace, call.project_id)


# Assets.


def list_assets(call: Call) -> Json:
    """One page of a project's assets, the first registered first."""
    assets = call.world.assets(call.workspace, call.project_id)
    return page_of(call, list(assets.values()), asset_item)


def asset_item(asset: Asset) -> Json:
    """An asset as listings show it."""
    return {
        "assetId": asset.where.asset_id,
        "fileName": asset.file_name,
        "projectId": asset.where.project_id,
        "metaData": assumed.media_facts(asset),
    }


def get_asset(call: Call) -> Json:
    """One asset."""
    asset = call.world.asset(call.where)
    return {**asset_item(asset), "key": asset.key, "createUserName": assumed.USER_NAME}


def register_asset(call: Call) -> Json:
    """Start registering an object."""
    body = call.members()
    key, bucket = body.get("key"), body.get("bucketName")
    if not (isinstance(key, str) and key and isinstance(bucket, str) and bucket):
        raise Refused(Why.INVALID)
    asset = call.world.register(call.workspace, call.project_id, bucket, key)
    return {"assetId": asset.where.asset_id, "createUserName": assumed.USER_NAME}


def get_asset_import_status(call: Call) -> Json:
    """How far a registration has come."""
    status = call.world.import_status(call.where)
    return {
        "assetId": call.where.asset_id,
        "uploadStatus": status,
        "uploadResult": assumed.import_text(status),
    }


def move_asset(call: Call) -> Json:
    """Move an asset; the page shows the asset in its new project, without key and user."""
    require("new_project_id" in call.query)
    project_id = number_in_path(call.query["new_project_id"])
    return asset_item(call.world.move_asset(call.where, project_id))


def delete_asset(call: Call) -> None:
    """Delete an asset."""
    call.world.delete_asset(call.where)


# Indexes.


def request_index(call: Call) -> Json:
    """Start an analysis."""
    require(call.body is not None)
    setting = call.members()
    check_index_setting(setting)
    run = call.world.start_index(call.where, setting, late_seconds=call.late_seconds)
    return accepted(run, assumed.INDEX_ID_OF_START)


def check_index_setting(setting: Json) -> None:
    """Refuse settings of an analysis that the pages rule out; unknown members pass."""
    require(setting.get("sceneRange", "MEDIUM") in SCENE_RANGES)
    if {"minSceneDurationSec", "maxSceneDurationSec"} & setting.keys():
        require("sceneRange" not in setting)
        shortest = setting.get("minSceneDurationSec", 0)
        require_between(shortest, 10, 30)
        require_between(setting.get("maxSceneDurationSec", 0), shortest, math.inf)
    require_between(setting.get("analysisPersonCount", 0), 0, 10)
    tag_ids = setting.get("tagIdList", [])
    require(isinstance(tag_ids, list))
    # The table says strings, the example sends integers.
    require(all(isinstance(tag_id, str) or is_whole(tag_id) for tag_id in tag_ids))
    require(setting.get("sourceLanguage", "ENKO") in SOURCE_LANGUAGES)
    require(isinstance(setting.get("detectAudioEffects", False), bool))


def require_between(value: object, lowest: float, highest: float) -> None:
    """Refuse what is not an integer, or is outside the bounds, which belong to them."""
    require(isinstance(value, int) and is_whole(value) and lowest <= value <= highest)


def accepted(run: Run, id_name: str) -> Json:
    """The result of a start."""
    return {
        id_name: run.number,
        "createdTime": wire_time(run.requested_time),
        "createdUserName": assumed.USER_NAME,
    }


def get_index(call: Call) -> Json:
    """The index that can be read."""
    level = call.query.get("confidence_level", "MEDIUM")
    require(level in CONFIDENCE_LEVELS)
    index = call.world.readable_index(call.where)
    going = call.world.look(call.where, "index").state in GOING
    if going and not call.assumed.former_index_readable:
        raise Refused(Why.NOT_COMPLETED)
    asset = call.world.asset(call.where)
    return {**index_item(asset, index), **assumed.content_of_index(asset, index, level)}


def index_item(asset: Asset, index: Index) -> Json:
    """The facts about an index that listings show too."""
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
    look = call.look("index")
    status = analysis_status(look, assumed.INDEX_STATUS_MESSAGE)
    if call.assumed.index_status_shows_times:
        status["requestedTime"] = look.run and wire_time(look.run.requested_time)
        status["completedTime"] = wire_time(look.completed_time)
    return status


def analysis_status(look: Look, message_name: str) -> Json:
    """The state of an analysis; the failure text has two names in the documents."""
    status: Json = {"status": ANALYSIS_WORDS[look.state], message_name: failure_text(look)}
    if look.run is not None and look.state is State.COMPLETED:
        status["indexId"] = look.run.number
    return status


def failure_text(look: Look) -> str | None:
    """Why a run has failed; None if it has not."""
    return look.run.failure if look.run and look.state is State.FAILED else None


def cancel_index(call: Call) -> None:
    """Cancel the analysis that is going."""
    call.world.cancel(call.where, "index")


def delete_index(call: Call) -> None:
    """Delete the index and its summary."""
    call.world.delete_index(call.where)


# Scene summaries.


def request_scene_summary(call: Call) -> Json:
    """Start a summary of the latest index."""
    body = call.members()
    scene_ids, locale = body.get(assumed.SCENE_IDS), body.get("locale")
    require(locale is None or isinstance(locale, str))
    return start_summary(call, scene_ids, locale)


def start_summary(call: Call, scene_ids: Any, locale: str | None) -> Json:
    """Start a summary, and tell which."""
    if scene_ids is not None:
        scene_ids = whole_numbers(scene_ids)
    run = call.world.start_summary(call.where, scene_ids, locale, late_seconds=call.late_seconds)
    return {
        "sceneSummaryId": run.number,
        "indexId": run.index_id,
        "targetSceneIds": run.scene_ids,
        "createdTime": wire_time(run.requested_time),
        "createdUserName": assumed.USER_NAME,
    }


def whole_numbers(value: object) -> list[int]:
    """A JSON list of integers.

    Raises:
        Refused: It is something else.
    """
    if not (isinstance(value, list) and all(is_whole(each) for each in value)):
        raise Refused(Why.INVALID)
    return value


def get_scene_summary_status(call: Call) -> Json:
    """How far the newest summary has come."""
    return summary_status(call.world.asset(call.where), call.look("summary"))


def summary_status(asset: Asset, look: Look) -> Json:
    """The state of a summary, as the index-level page shows it."""
    run = look.run
    return {
        "status": SUMMARY_WORDS[look.state],
        "statusMessage": failure_text(look),
        "sceneSummaryId": run and shown_summary_id(asset, run, look.state),
        "targetSceneIds": run and run.scene_ids,
        "analyzedSceneCount": run and look.done_count,
        "totalSceneCount": run and len(run.step_seconds),
        "requestedTime": run and wire_time(run.requested_time),
        "completedTime": wire_time(look.completed_time),
    }


def shown_summary_id(asset: Asset, run: Run, state: State) -> int:
    """The summary id; upon completion, by the page's own words, the last scene's instead."""
    if state is not State.COMPLETED:
        return run.number
    return (run.scene_ids or asset.scene_ids)[-1]


def get_scene_summary(call: Call) -> Json:
    """The texts of all scenes."""
    return summary_result(call.world.asset(call.where), call.world.readable_summary(call.where))


def summary_result(asset: Asset, summary: Summary) -> Json:
    """A summary as the index-level page shows it; scene ids are text there."""
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
    """Cancel the summary that is going."""
    call.world.cancel(call.where, "summary")


WORKSPACES = "/api/v1/workspaces"
WORKSPACE = f"{WORKSPACES}/{{workspace_name}}"
PROJECT = f"{WORKSPACE}/projects/{{project_id}}"
ASSET = f"{PROJECT}/assets/{{asset_id}}"

OPERATIONS = (
    Operation("list_workspaces", "GET", WORKSPACES, list_workspaces),
    Operation("create_workspace", "POST", WORKSPACES, create_workspace),
    Operation("get_workspace", "GET", WORKSPACE, get_workspace),
    Operation("delete_workspace", "DELETE", WORKSPACE, delete_workspace),
    Operation(
        "list_projects", "GET", f"{WORKSPACE}/projects", list_projects, beside=("totalCount",)
    ),
    Operation("create_project", "POST", f"{WORKSPACE}/projects", create_project),
    Operation("get_project", "GET", PROJECT, get_project),
    Operation("update_project", "PATCH", PROJECT, update_project),
    Operation("delete_project", "DELETE", PROJECT, delete_project),
    Operation("list_assets", "GET", f"{PROJECT}/assets", list_assets),
    Operation("register_asset", "POST", f"{PROJECT}/assets/import/object-storage", register_asset),
    Operation("get_asset", "GET", ASSET, get_asset),
    Operation("move_asset", "PATCH", ASSET, move_asset),
    Operation("delete_asset", "DELETE", ASSET, delete_asset),
    Operation("get_asset_import_status", "GET", f"{ASSET}/import-status", get_asset_import_status),
    Operation("request_index", "POST", f"{ASSET}/index", request_index),
    Operation("get_index", "GET", f"{ASSET}/index", get_index),
    Operation("delete_index", "DELETE", f"{ASSET}/index", delete_index),
    Operation("get_index_status", "GET", f"{ASSET}/index/status", get_index_status),
    Operation("cancel_index", "POST", f"{ASSET}/index/cancel", cancel_index),
    Operation("request_scene_summary", "POST", f"{ASSET}/scene-summary", request_scene_summary),
    Operation("get_scene_summary", "GET", f"{ASSET}/scene-summary", get_scene_summary),
    Operation(
        "get_scene_summary_status",
        "GET",
        f"{ASSET}/scene-summary/status",
        get_scene_summary_status,
    ),
    Operation(
        "cancel_scene_summary", "POST", f"{ASSET}/scene-summary/cancel", cancel_scene_summary
    ),
)
