"""JSON and queries of odd types for every operation: an answer or a refusal, never a crash."""

import json
import re
from urllib.parse import quote

import pytest
from answers import JSON, TEXTS
from hypothesis import given, settings
from hypothesis import strategies as st

from mediaintel_async.simulator.operations.catalogue import OPERATIONS

FEW = settings(max_examples=6)
ROOT = "/api/v1/workspaces/my-workspace"

# Every name that an operation reads, of a body or of a query.
NAMES = st.sampled_from(
    [
        "analysisPersonCount",
        "any",
        "assetFileName",
        "assetIds",
        "assetKey",
        "assetType",
        "bucketName",
        "confidenceLevel",
        "confidence_level",
        "description",
        "detectAudioEffects",
        "dialogQuery",
        "filter",
        "id",
        "imageQuery",
        "indexModifiedFrom",
        "indexModifiedTo",
        "isPrimaryThumbnail",
        "key",
        "locale",
        "maxSceneDurationSec",
        "minSceneDurationSec",
        "must",
        "name",
        "nameType",
        "new_project_id",
        "not",
        "pageNum",
        "pageSize",
        "personCount",
        "personIds",
        "personQuery",
        "primaryThumbnailId",
        "projectIds",
        "query",
        "queryOption",
        "sceneIds",
        "sceneRange",
        "scoreThreshold",
        "sortColumn",
        "sortType",
        "sourceLanguage",
        "tagIdList",
        "tagIds",
        "textQuery",
        "thumbnailFileName",
        "thumbnailIds",
        "thumbnailKey",
        "thumbnails",
        "workspaceName",
    ]
)
# What passes the first checks, so that the next ones are met.
FIT = st.sampled_from(
    [
        *(1, 10, 20, 80, 100, 200, 1001, 1234, 5678, 101, True, None, "a name", "IMAGE", "MEDIUM"),
        *("NAMED", "ASC", "NAME", "NAME.PNG", "2026-04-17T10:30:00", "ko", "ENKO", "my-bucket"),
        *([], [1], [1, 1], [[1]], [{}], ["1"], [True], [None], [100], [1001, 1002], {}),
        {"thumbnailKey": "k", "isPrimaryThumbnail": True},
        [{"thumbnailKey": "k", "isPrimaryThumbnail": False}],
    ]
)
VALUES = FIT | FIT | st.deferred(lambda: MEMBERS) | JSON
MEMBERS = st.dictionaries(NAMES | NAMES | TEXTS, VALUES, max_size=5)


def required_by(operation_id):
    """A body or query with what an operation asks for at least, and odd members beside it."""
    needed = {
        "list_workspaces": {"pageNum": 1},
        "create_workspace": {"name": "new-workspace"},
        "search_persons": {"pageNum": 1},
        "search_assets": {"query": {"textQuery": "a"}, "filter": {"projectIds": [1234]}},
        "search_scenes": {"query": {"textQuery": "a"}},
        "create_person": {"thumbnails": [{"thumbnailKey": "k", "isPrimaryThumbnail": True}]},
        "request_analysis": {"analysisPersonCount": 1},
    }
    return needed.get(operation_id, {"pageNum": 1})


@pytest.fixture
def populated(world):
    """A workspace with something of every kind in it."""
    world.add_asset(summarized=True)
    world.add_project("my-workspace", 4321)
    world.add_person_tag("my-workspace", 100, "Actor")
    world.add_person("my-workspace", 1001, [1, 2], name="Hong", tag_ids=[100])
    world.add_person("my-workspace", 1002, [3])
    return world


IDS = {
    "workspace_name": "my-workspace",
    "project_id": "1234",
    "asset_id": "5678",
    "video_asset_id": "5678",
    "index_id": "1001",
    "scene_summary_id": "101",
    "person_id": "1001",
    "tag_id": "100",
    "search_id": "1",
    "searchId": "1",
}


def path_of(operation, data):
    """The path of an operation, with ids of what there is; now and then one that is odd."""
    odd = st.sampled_from(["0", "-1", "1e5", "१", "9" * 30, "%00", "a b", "/", "\0", "\ud7ff"])

    def part(match):
        known = IDS.get(match[1], "1")
        return quote(data.draw(st.just(known) | st.just(known) | odd), safe="")

    return re.sub(r"{(\w+)}", part, operation.path)


def query_of(data):
    """A query of names that operations read, with odd texts."""
    pairs = data.draw(st.dictionaries(NAMES, FIT.map(str) | st.text(max_size=20), max_size=4))
    return "&".join(
        f"{name}={quote(text.encode(errors='replace'))}" for name, text in pairs.items()
    )


async def meets_odd_requests(calls, operation, data):
    """Let an operation meet odd JSON and an odd query."""
    members = MEMBERS.map(lambda odd: {**required_by(operation.operation_id), **odd})
    body, query = data.draw(members | JSON), query_of(data)
    target = f"{path_of(operation, data)}?{query}"

    got = await calls.send(operation.method, target, data=json.dumps(body).encode())

    assert got.status < 500, (target, body, got.raw)
    assert b"code" in got.raw.lower()


EACH_OPERATION = pytest.mark.parametrize(
    "operation", OPERATIONS, ids=lambda operation: operation.operation_id
)


@EACH_OPERATION
@FEW
@given(data=st.data())
async def test_odd_requests_are_answered_or_refused(calls, populated, operation, data):
    """
    Whatever JSON and query comes, each operation answers or refuses it; none fails with a 500.
    """
    await meets_odd_requests(calls, operation, data)


@pytest.mark.thorough
@EACH_OPERATION
@settings.get_profile("thorough")
@given(data=st.data())
async def test_plenty_of_odd_requests_are_answered_or_refused(calls, populated, operation, data):
    """
    The same, with many more examples.
    """
    await meets_odd_requests(calls, operation, data)


@pytest.mark.parametrize("column", [["NAME"], {"NAME": 1}, None, 5, True, "AGE", 1.5])
@pytest.mark.parametrize("name", ["sortColumn", "nameType", "sortType"])
async def test_an_odd_sort_column_is_refused(calls, populated, name, column):
    """
    A search for persons by a column of another type is refused as any other invalid request.
    """
    got = await calls.post(f"{ROOT}/persons/search", {"pageNum": 1, name: column})

    assert (400, "10001") == got.refusal
