"""What the calls of search do to the world, and answer: both generations, and the uploads."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from mediaintel_async.simulator import assumed
from mediaintel_async.simulator.assumed import Json
from mediaintel_async.simulator.operations.operation import (
    CONFIDENCE_LEVELS,
    WORKSPACE,
    Call,
    Operation,
    is_whole,
    number_in_query,
    require,
)
from mediaintel_async.simulator.world.refusals import Refused, Why
from mediaintel_async.simulator.world.storage import converted
from mediaintel_async.simulator.world.world import Asset

LONGEST_TEXT = 1000
LARGEST_PAGE = 100
USUAL_PAGE = 50
IMAGE_ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".heic")
THUMBNAIL_ENDINGS = (".jpg", ".jpeg", ".png", ".webp")
LEAST_PIXELS = 224
LEAST_THUMBNAIL_PIXELS = 256

_FORBIDDEN = re.compile(r"[;|`]")


# Searches.


def search_assets(call: Call) -> Json:
    """Start a search in a workspace."""
    call.world.workspace(call.workspace)
    return start(call, [call.workspace], needs_filter=call.assumed.search_needs_filter)


def search_scenes(call: Call) -> Json:
    """Start a search in all workspaces: this path names none."""
    return start(call, [each.name for each in call.world.workspaces()], needs_filter=False)


def start(call: Call, workspaces: Iterable[str], *, needs_filter: bool) -> Json:
    """Start a search, and tell its id."""
    body = call.members()
    query, limits = members_of(body, "query"), members_of(body, "filter")
    check_query(call, query)
    level = members_of(body, "queryOption").get("confidenceLevel", "MEDIUM")
    require(level in CONFIDENCE_LEVELS)
    check_filter(limits)
    require(not needs_filter or bool({"projectIds", "assetIds"} & limits.keys()))
    words = query.get("textQuery") or query["imageQuery"]
    found = [
        (assumed.score(words, asset, scene_id), asset, scene_id)
        for workspace in workspaces
        for asset in indexed_assets(call, workspace)
        if passes(asset, limits)
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


def members_of(body: Json, name: str) -> Json:
    """A member that is an object; none at all counts as an empty one."""
    value = body.get(name, {})
    require(isinstance(value, dict))
    return dict(value)


def check_query(call: Call, query: Json) -> None:
    """Refuse a query that the pages rule out."""
    require(("textQuery" in query) != ("imageQuery" in query))
    if "textQuery" in query:
        check_term(query["textQuery"])
        require(len(query["textQuery"]) <= LONGEST_TEXT)
    else:
        require(call.world.storage.is_usable(str(query["imageQuery"])))
    for terms in lists_of(members_of(query, "dialogQuery")):
        for term in terms:
            check_term(term)
    for persons in lists_of(members_of(query, "personQuery")):
        require(all(is_whole(person) for person in persons))


def lists_of(narrowing: Json) -> list[list[Any]]:
    """The lists must, any and not of a narrowing."""
    require(narrowing.keys() <= {"must", "any", "not"})
    require(all(isinstance(each, list) for each in narrowing.values()))
    return list(narrowing.values())


def check_term(term: object) -> None:
    """Refuse a text that is none, empty, or holds what a text may not hold."""
    require(isinstance(term, str) and bool(term) and not _FORBIDDEN.search(term))


def check_filter(limits: Json) -> None:
    """Refuse a filter whose known members are of the wrong kind."""
    for name in ("projectIds", "assetIds"):
        require(isinstance(limits.get(name, []), list))
    for name in ("indexModifiedFrom", "indexModifiedTo"):
        require(time_of(limits.get(name)) is not None or name not in limits)


def time_of(text: object) -> datetime | None:
    """An ISO 8601 time without a zone; None: it is something else."""
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return None if time.tzinfo else time


def indexed_assets(call: Call, workspace: str) -> list[Asset]:
    """The assets of a workspace that have an index."""
    wheres = [
        asset.where
        for project in call.world.projects(workspace)
        for asset in project.assets.values()
    ]
    assets = [call.world.asset(where) for where in wheres]
    return [asset for asset in assets if asset.index is not None]


def passes(asset: Asset, limits: Json) -> bool:
    """Whether a filter lets an indexed asset through."""
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
    """How far a search is, and a page of what it found."""
    return result(call, call.path["search_id"])


def get_scene_search_result(call: Call) -> Json:
    """The same, of the older path."""
    return result(call, call.path["searchId"])


def result(call: Call, search_id: str) -> Json:
    """State and page of a search; counts and hits are there only when it has completed."""
    call.world.workspace(call.workspace)
    search = call.world.searches.get(search_id)
    page_num = number_in_query(call, "pageNum", 1)
    page_size = number_in_query(call, "pageSize", USUAL_PAGE)
    require(page_num >= 1)
    require(1 <= page_size <= LARGEST_PAGE)
    if search is None:
        raise Refused(Why.MISSING)
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


# Uploads.


def issue_search_image_upload_url(call: Call) -> Json:
    """Make a place for a query image."""
    body = call.members()
    require(body.get("assetType") == "IMAGE")
    name = file_name(body.get("assetFileName"), IMAGE_ENDINGS)
    key, target = call.world.storage.issue("images", name, least_pixels=LEAST_PIXELS)
    return {"assetFileKey": key, assumed.UPLOAD_URL: call.base_url + target}


def issue_person_thumbnail_upload_url(call: Call) -> Json:
    """Make a place for a thumbnail."""
    call.world.workspace(call.workspace)
    name = file_name(call.members().get("thumbnailFileName"), THUMBNAIL_ENDINGS)
    key, target = call.world.storage.issue(
        call.workspace, name, least_pixels=LEAST_THUMBNAIL_PIXELS
    )
    return {"thumbnailKey": key, "url": call.base_url + target}


def file_name(value: object, endings: tuple[str, ...]) -> str:
    """The name of a picture in one of the formats that are taken."""
    if not (isinstance(value, str) and value.lower().endswith(endings)):
        raise Refused(Why.INVALID)
    return value


def check_search_image_upload(call: Call) -> Json:
    """Whether a query image arrived; the answer has the key to use from now on."""
    key = call.members().get("assetKey")
    return {"assetKey": converted(str(key)), **checked(call, key)}


def check_person_thumbnail_upload(call: Call) -> Json:
    """Whether a thumbnail arrived."""
    call.world.workspace(call.workspace)
    return checked(call, call.members().get("thumbnailKey"))


def checked(call: Call, key: object) -> Json:
    """What a check comes to: also a failed one is a success of the call."""
    require(isinstance(key, str) and bool(key))
    fault = call.world.storage.check(str(key))
    if fault is None:
        return {"uploadStatus": "COMPLETED"}
    return {"uploadStatus": "FAILED", "uploadMessage": fault}


SEARCH = f"{WORKSPACE}/assets/search"
IMAGES = "/api/v1/query-assets/uploads"
THUMBNAILS = f"{WORKSPACE}/person-thumbnail/uploads"

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
    Operation(
        "issue_search_image_upload_url",
        "POST",
        f"{IMAGES}/presigned-url",
        issue_search_image_upload_url,
    ),
    Operation("check_search_image_upload", "POST", f"{IMAGES}/complete", check_search_image_upload),
    Operation(
        "issue_person_thumbnail_upload_url",
        "POST",
        f"{THUMBNAILS}/presigned-url",
        issue_person_thumbnail_upload_url,
    ),
    Operation(
        "check_person_thumbnail_upload",
        "POST",
        f"{THUMBNAILS}/complete",
        check_person_thumbnail_upload,
    ),
)
