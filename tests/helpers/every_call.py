"""Every coroutine of the client that is one operation, with arguments to call it with."""

import inspect
import re
from datetime import datetime

from mediaintel_async import (
    AssetRef,
    Credentials,
    IndexOptions,
    MediaIntelligence,
    NewThumbnail,
    PersonQuery,
    ProjectRef,
    SearchQuery,
)
from mediaintel_async.http.decode import decode

PROJECT = ProjectRef("my-workspace", 1234)
ASSET = AssetRef("my-workspace", 1234, 5678)
SEARCH_ID = "JtWJKTDCKknMHP8Id4Gt"


def call(*positional, **named):
    """The arguments of one call."""
    return positional, named


ANALYSES = [
    call(ASSET, analysis_person_count=0),
    call(
        ASSET,
        analysis_person_count=10,
        scene_range="EXTRA_SHORT",
        tag_id_list=[101, "actor"],
        source_language="ZH-CN",
        detect_audio_effects=False,
    ),
]

# Representative arguments for each coroutine; each is called in each of these ways.
CALLS = {
    "workspaces.list_page": [call(), call(page=7, page_size=1)],
    "workspaces.iterate": [call(), call(page_size=100)],
    "workspaces.get": [call("my-workspace")],
    "workspaces.create": [call("my-workspace"), call("my-workspace", bucket="my-bucket")],
    "workspaces.delete": [call("my-workspace")],
    "projects.list_page": [call("my-workspace")],
    "projects.iterate": [call("my-workspace")],
    "projects.get": [call(PROJECT)],
    "projects.create": [call("my-workspace", "project_name")],
    "projects.update": [call(PROJECT, "updated_project_name")],
    "projects.delete": [call(PROJECT)],
    "assets.register": [call(PROJECT, bucket="my-storage-bucket", key="a/sample-video.mp4")],
    "assets.get_import_status": [call(ASSET)],
    "assets.get": [call(ASSET)],
    "assets.list_page": [call(PROJECT), call(PROJECT, page=7, page_size=1)],
    "assets.iterate": [call(PROJECT), call(PROJECT, page_size=100)],
    "assets.move": [
        call(ASSET, ProjectRef("my-workspace", 4321)),
        call(ASSET, ProjectRef("my-workspace", "text")),
    ],
    "assets.delete": [call(ASSET)],
    "indexes.request": [
        call(ASSET),
        call(ASSET, IndexOptions(scene_range="LONG")),
        call(ASSET, IndexOptions(min_scene_duration_sec=10, max_scene_duration_sec=60)),
        call(ASSET, IndexOptions(extra={"analysisPersonCount": 3})),
    ],
    "indexes.get_status": [call(ASSET)],
    "indexes.get": [call(ASSET), call(ASSET, confidence_level="LOW")],
    "indexes.cancel": [call(ASSET)],
    "indexes.delete": [call(ASSET)],
    "scene_summaries.request": [
        call(ASSET),
        call(ASSET, locale="ko"),
        call(ASSET, scene_ids=[1, 3, 5]),
        call(ASSET, extra={"newField": True}),
    ],
    "scene_summaries.get_status": [call(ASSET)],
    "scene_summaries.get": [call(ASSET)],
    "scene_summaries.cancel": [call(ASSET)],
    "search.request": [
        call("my-workspace", SearchQuery(text="a red car")),
        call("my-workspace", SearchQuery(image="images/1/query_image.jpg")),
        call(
            "my-workspace",
            SearchQuery(
                text="a red car",
                person_must=[1],
                person_any=["2", 3],
                person_not=[4],
                dialog_must=["hello"],
                dialog_any=["good bye"],
                dialog_not=["taxi"],
                confidence_level="LOW",
                project_ids=[1234],
                asset_ids=["5678"],
                index_modified_from=datetime(2026, 4, 17),
                index_modified_to=datetime(2026, 4, 18),
                extra={"filter": {"assetTypes": ["VIDEO"]}},
            ),
        ),
    ],
    "search.list_page": [
        call("my-workspace", SEARCH_ID),
        call("my-workspace", SEARCH_ID, page=7, page_size=100),
    ],
    "search.iterate": [call("my-workspace", SEARCH_ID)],
    "search.request_scenes": [
        call(SearchQuery(text="a red car", person_any=[1])),
        call(SearchQuery(text="a red car", extra={"filter": {"unseen": 1}})),
    ],
    "search.list_scenes_page": [
        call("my-workspace", SEARCH_ID),
        call("my-workspace", SEARCH_ID, page=7, page_size=1),
    ],
    "search.issue_image_upload_url": [call("search_image.png")],
    "search.check_image_upload": [call("images/.../query_image.jpg")],
    "persons.issue_thumbnail_upload_url": [call("my-workspace", "test_profile.jpg")],
    "persons.check_thumbnail_upload": [call("my-workspace", "persons/thumbnails/test_profile.jpg")],
    "persons.list_page": [
        call("my-workspace"),
        call("my-workspace", name="홍길동", tag_ids=[100, "200"], page=7, page_size=1),
        call("my-workspace", name="ab", tag_ids=range(30)),
        call("my-workspace", name="a" * 50, page_size=1000),
    ],
    "persons.iterate": [
        call("my-workspace"),
        call("my-workspace", name="홍길동", tag_ids=[100], page_size=100),
    ],
    "persons.search_page": [
        call("my-workspace"),
        call("my-workspace", page=7, page_size=1),
        call("my-workspace", PersonQuery(name="홍길동", person_ids=["1", 2], tag_ids=[100])),
        call("my-workspace", PersonQuery(name_type="NAMED", sort_type="ASC", sort_column="NAME")),
    ],
    "persons.iterate_search": [
        call("my-workspace"),
        call("my-workspace", PersonQuery(name_type="ANONYMOUS", sort_column="CREATED_AT")),
        call("my-workspace", PersonQuery(sort_type="DESC", sort_column="ASSET_COUNT")),
        call("my-workspace", PersonQuery(sort_column="PERSON_ID"), page_size=10),
    ],
    "persons.get": [call("my-workspace", 77), call("my-workspace", "77")],
    "persons.create": [
        call("my-workspace", thumbnails=[]),
        call("my-workspace", name="a", thumbnails=[NewThumbnail("persons/a.jpg")]),
        call(
            "my-workspace",
            name="a" * 50,
            description="b" * 700,
            thumbnails=[NewThumbnail("a", is_primary_thumbnail=True), *[NewThumbnail("b")] * 99],
        ),
        call("my-workspace", thumbnails=[], extra={"name": None}),
    ],
    "persons.update": [
        call("my-workspace", 77, name="a"),
        call("my-workspace", 77, description="b", primary_thumbnail_id="3002"),
        call("my-workspace", 77, name="a" * 50, description="b" * 700, primary_thumbnail_id=1),
    ],
    "persons.delete": [call("my-workspace", 77)],
    "persons.merge": [call("my-workspace", 77, ["1"]), call("my-workspace", 77, range(10))],
    "persons.list_similar": [
        call("my-workspace", 77),
        call("my-workspace", 77, person_count=1, score_threshold=80),
        call("my-workspace", 77, person_count=10, score_threshold=100),
    ],
    "persons.recommend_by_thumbnail": [
        call("my-workspace", "persons/a.jpg"),
        call("my-workspace", "persons/a.jpg", person_count=1, score_threshold=80),
        call("my-workspace", "persons/a.jpg", person_count=10, score_threshold=100),
    ],
    "persons.add_tags": [call("my-workspace", 77, [100]), call("my-workspace", 77, ["1"])],
    "persons.remove_tags": [call("my-workspace", 77, [100]), call("my-workspace", 77, {1, 2})],
    "persons.remove_tags_by_delete": [call("my-workspace", 77, [100])],
    "persons.add_thumbnails": [
        call("my-workspace", 77, [NewThumbnail("a.jpg")]),
        call("my-workspace", 77, [NewThumbnail("a.jpg", is_primary_thumbnail=True)] * 2),
    ],
    "persons.remove_thumbnails": [call("my-workspace", 77, [1234])],
    "persons.remove_thumbnails_by_delete": [call("my-workspace", 77, [1234, 1235])],
    "person_tags.list_page": [
        call("my-workspace"),
        call("my-workspace", tag_id=101, name="a" * 30, page=7, page_size=1),
        call("my-workspace", tag_id="101", name="a", page_size=50),
    ],
    "person_tags.iterate": [call("my-workspace"), call("my-workspace", name="a", page_size=10)],
    "person_tags.create": [call("my-workspace", "a"), call("my-workspace", "a" * 30)],
    "person_tags.delete": [call("my-workspace", 101), call("my-workspace", "101")],
    "legacy.scene_summaries.request": [call(ASSET, 1001), call(ASSET, 1001, scene_ids=[1, 3, 5])],
    "legacy.scene_summaries.get_status": [call(ASSET, 1001, 101)],
    "legacy.scene_summaries.get": [call(ASSET, 1001)],
    "legacy.scene_summaries.cancel": [call(ASSET, 1001, 101)],
    "legacy.analyses.request": ANALYSES,
    "legacy.analyses.get_status": [call(ASSET)],
    "legacy.analyses.cancel": [call(ASSET)],
    "legacy.analyses.list_indexes": [call(ASSET)],
    "legacy.video_analyses.request": ANALYSES,
    "legacy.video_analyses.get_status": [call(ASSET)],
    "legacy.video_analyses.cancel": [call(ASSET)],
}


# What is made of several calls: they stand above, these are tested by themselves.
COMPOSED = {"search.upload_query_image", "persons.upload_thumbnail"}

# What each model of an answer cannot be without.
ANSWER = {
    "status": "COMPLETED",
    "searchId": SEARCH_ID,
    "assetFileKey": "images/.../query_image.jpg",
    "totalPage": 1,
    "uploadStatus": "X",
    "workspaceName": "my-workspace",
    "projectId": 1234,
    "assetId": 5678,
    "indexId": 1001,
    "personId": 77,
    "id": 101,
}


def groups_of_a_client(send=None):
    """The endpoint groups of a client by their names; all send through *send*."""
    client = MediaIntelligence(Credentials("access", "secret"))
    groups = {
        prefix + name: group
        for prefix, owner in (("", client), ("legacy.", client.legacy))
        for name, group in vars(owner).items()
        if re.fullmatch(r"mediaintel_async\.(legacy\.)?endpoints(\.\w+)?", type(group).__module__)
    }
    for group in groups.values():
        group._send = send
    return groups


def coroutines():
    """Every public coroutine and async iterator that is one operation, by its name."""
    return {name: method for name, method in methods().items() if name not in COMPOSED}


def methods():
    """Every public method of the client's groups, by its name."""
    return {
        f"{name}.{method_name}": method
        for name, group in groups_of_a_client().items()
        for method_name, method in inspect.getmembers(group, inspect.ismethod)
        if not method_name.startswith("_")
    }


COROUTINES = coroutines()


def operation_id_of(name):
    """What the last line of a docstring names; "" if that is no operation."""
    last_line = (inspect.getdoc(COROUTINES[name]) or "\n").splitlines()[-1]
    named = re.fullmatch(r"Operation: (\w+)", last_line)
    return named[1] if named else ""


async def requests_of(name, arguments):
    """What a coroutine sends when it is called with *arguments*."""
    requests = []

    async def record(request):
        requests.append(request)
        return decode(request.operation, request.returns, ANSWER)

    group, _, method = name.rpartition(".")
    positional, named = arguments
    called = getattr(groups_of_a_client(record)[group], method)(*positional, **named)
    if inspect.isasyncgen(called):
        async for _ in called:
            pass
    else:
        await called
    return requests


MANY = 20
"""Items that are taken from a listing, which a hostile service may make as long as it likes."""


async def taken(called):
    """What a call comes to; of a listing, the first items."""
    if not inspect.isasyncgen(called):
        return [await called]
    try:
        return [item async for item, _ in _zipped(called, range(MANY))]
    finally:
        await called.aclose()


async def _zipped(items, numbers):
    for number in numbers:
        try:
            yield await anext(items), number
        except StopAsyncIteration:
            return
