"""The operations of search, of both generations."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from mediaintel_async.simulator import assumed
from mediaintel_async.simulator.assumed import Json
from mediaintel_async.simulator.operations.indexes import CONFIDENCE_LEVELS
from mediaintel_async.simulator.operations.operation import (
    WORKSPACE,
    Call,
    Operation,
    integer_in_query,
    is_integer,
    require,
)
from mediaintel_async.simulator.world.assets import Asset
from mediaintel_async.simulator.world.refusals import Reason, Refused

LONGEST_TEXT = 1000
LARGEST_PAGE = 100
USUAL_PAGE = 50

_FORBIDDEN_IN_TEXT = re.compile(r"[;|`]")


def search_assets(call: Call) -> Json:
    """Start a search in a workspace."""
    call.world.workspace(call.workspace)
    return start(call, [call.workspace], needs_filter=call.assumed.search_needs_filter)


def search_scenes(call: Call) -> Json:
    """Start a search in all workspaces, because the path names none."""
    return start(call, [each.name for each in call.world.workspaces()], needs_filter=False)


def start(call: Call, workspaces: Iterable[str], *, needs_filter: bool) -> Json:
    """Start a search; the answer has its id."""
    body = call.members()
    query, limits = object_in(body, "query"), object_in(body, "filter")
    check_query(call, query)
    level = object_in(body, "queryOption").get("confidenceLevel", "MEDIUM")
    require(level in CONFIDENCE_LEVELS)
    check_filter(limits)
    require(not needs_filter or bool({"projectIds", "assetIds"} & limits.keys()))
    words = query.get("textQuery") or query["imageQuery"]
    found = [
        (assumed.score(words, asset, scene_id), asset, scene_id)
        for workspace in workspaces
        for asset in indexed_assets(call, workspace)
        if passes_filter(asset, limits)
        for scene_id in asset.scene_ids
    ]
    found.sort(key=lambda each: -each[0])
    hits = [
        (asset.where.workspace, assumed.hit(asset, scene_id, score))
        for score, asset, scene_id in found
    ]
    return {
        "searchId": call.world.searches.start(hits, call.world.timings.search_seconds).search_id
    }


def object_in(body: Json, name: str) -> Json:
    """Return a member that is a JSON object; an absent one counts as an empty object."""
    value = body.get(name, {})
    require(isinstance(value, dict))
    return dict(value)


def check_query(call: Call, query: Json) -> None:
    """Refuse a query that the service documents as invalid."""
    require(("textQuery" in query) != ("imageQuery" in query))
    if "textQuery" in query:
        check_text(query["textQuery"])
        require(len(query["textQuery"]) <= LONGEST_TEXT)
    else:
        require(call.world.storage.is_usable(str(query["imageQuery"])))
    for texts in lists_of(object_in(query, "dialogQuery")):
        for text in texts:
            check_text(text)
    for person_ids in lists_of(object_in(query, "personQuery")):
        require(all(is_integer(person_id) for person_id in person_ids))


def lists_of(condition: Json) -> list[list[Any]]:
    """Return the lists `must`, `any` and `not` of a condition, as far as it has them."""
    require(condition.keys() <= {"must", "any", "not"})
    require(all(isinstance(each, list) for each in condition.values()))
    return list(condition.values())


def check_text(text: object) -> None:
    """Refuse a text that is not a string, is empty, or contains a forbidden character."""
    require(isinstance(text, str) and bool(text) and not _FORBIDDEN_IN_TEXT.search(text))


def check_filter(limits: Json) -> None:
    """Refuse a filter in which a known member has the wrong type."""
    for name in ("projectIds", "assetIds"):
        require(isinstance(limits.get(name, []), list))
    for name in ("indexModifiedFrom", "indexModifiedTo"):
        require(time_of(limits.get(name)) is not None or name not in limits)


def time_of(text: object) -> datetime | None:
    """Return an ISO 8601 time without a zone; None if *text* is something else."""
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return None if time.tzinfo else time


def indexed_assets(call: Call, workspace: str) -> list[Asset]:
    """Return the assets of a workspace that have an index."""
    wheres = [
        asset.where
        for project in call.world.projects(workspace)
        for asset in project.assets.values()
    ]
    assets = [call.world.asset(where) for where in wheres]
    return [asset for asset in assets if asset.index is not None]


def passes_filter(asset: Asset, limits: Json) -> bool:
    """Return whether an indexed asset passes a filter."""
    where, index = asset.where, asset.index
    ids = {"projectIds": where.project_id, "assetIds": where.asset_id}
    if any(
        name in limits and str(an_id) not in map(str, limits[name]) for name, an_id in ids.items()
    ):
        return False
    begin, end = time_of(limits.get("indexModifiedFrom")), time_of(limits.get("indexModifiedTo"))
    changed = index.created_time if index else datetime.min  # noqa: DTZ901 - wire times have no zone
    return (begin or changed) <= changed <= (end or changed)


def get_asset_search_result(call: Call) -> Json:
    """The state of a search, and a page of its hits."""
    return search_result(call, call.path["search_id"])


def get_scene_search_result(call: Call) -> Json:
    """The same, at the older path."""
    return search_result(call, call.path["searchId"])


def search_result(call: Call, search_id: str) -> Json:
    """The state of a search; counts and hits only once it has completed."""
    call.world.workspace(call.workspace)
    search = call.world.searches.get(search_id)
    page_num = integer_in_query(call, "pageNum", 1)
    page_size = integer_in_query(call, "pageSize", USUAL_PAGE)
    require(page_num >= 1)
    require(1 <= page_size <= LARGEST_PAGE)
    if search is None:
        raise Refused(Reason.MISSING)
    state = call.world.searches.state(search)
    if state != "COMPLETED":
        return {"searchId": search_id, "status": state}
    hits = [hit for workspace, hit in search.hits if workspace == call.workspace]
    begin = (page_num - 1) * page_size
    return {
        "searchId": search_id,
        "status": state,
        "totalCount": len(hits),
        "totalPage": -(-len(hits) // page_size),
        "pageNo": page_num,
        "pageSize": page_size,
        "results": hits[begin : begin + page_size],
    }


SEARCH = f"{WORKSPACE}/assets/search"

OPERATIONS = (
    Operation("search_assets", "POST", SEARCH, search_assets),
    Operation("get_asset_search_result", "GET", f"{SEARCH}/{{search_id}}", get_asset_search_result),
    Operation("search_scenes", "POST", "/api/v1/scene-search", search_scenes),
    Operation(
        "get_scene_search_result",
        "GET",
        f"{WORKSPACE}/scene-search/{{searchId}}",
        get_scene_search_result,
    ),
)
