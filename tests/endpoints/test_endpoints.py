"""Each operation of the current generation, from the client to the simulator and back."""

from datetime import datetime

import pytest
from scripted_server import Answer, ScriptedServer, connect

from mediaintel_async import (
    Asset,
    AssetMetaData,
    AssetRef,
    Conflict,
    ImportState,
    IndexOptions,
    IndexState,
    InvalidAnswer,
    InvalidArgument,
    InvalidRequest,
    NotFound,
    Page,
    PersonThumbnail,
    ProjectRef,
    RegisteredAsset,
    SceneSummaryState,
)

ASSET = AssetRef("my-workspace", 1234, 5678)
PROJECT = ASSET.project


@pytest.fixture
def where(summarized):
    """The asset 5678, with an index and a summary."""
    return summarized


# Assets.


async def test_an_object_is_registered_as_an_asset(client, simulator):
    """
    A registration returns the reference of the future asset, and imports the file once.
    """
    simulator.world.add_project("my-workspace", 1234)
    simulator.world.put_object("my-storage-bucket", "sample-video.mp4")

    registered = await client.assets.register(
        PROJECT, bucket="my-storage-bucket", key="sample-video.mp4"
    )

    assert RegisteredAsset(asset_id=5678, created_user_name="username", ref=ASSET) == registered
    assert 1 == simulator.world.bill[("my-workspace", 1234), "import"]


async def test_a_folder_is_not_registered(client, simulator):
    """
    An error has the code and the message of the service's refusal, and names the call.
    """
    simulator.world.add_project("my-workspace", 1234)

    with pytest.raises(InvalidRequest) as caught:
        await client.assets.register(PROJECT, bucket="my-storage-bucket", key="folder/")

    assert "10016" == caught.value.code
    assert "POST /api/v1/workspaces/my-workspace/projects/1234/assets/import/object-storage" == (
        caught.value.operation
    )


async def test_a_registration_is_followed(client, simulator, clock):
    """
    The status of a registration goes from in progress to completed.
    """
    simulator.world.add_project("my-workspace", 1234)
    simulator.world.put_object("bucket", "a.mp4")
    registered = await client.assets.register(PROJECT, bucket="bucket", key="a.mp4")

    before = await client.assets.get_import_status(registered.ref)
    await clock.sleep(60)
    after = await client.assets.get_import_status(registered.ref)

    assert [ImportState.IN_PROGRESS, ImportState.COMPLETED] == [before.state, after.state]
    assert (5678, True) == (after.asset_id, bool(after.message))


async def test_an_asset_is_read(client, where):
    """
    An asset has its metadata and its reference.
    """
    asset = await client.assets.get(ASSET)

    assert (
        Asset(
            asset_id=5678,
            file_name="sample-video.mp4",
            project_id=1234,
            meta_data=AssetMetaData(
                resolution="1280x720", duration_ms=150_000, size=10_000_000, format="mp4"
            ),
            key="sample-video.mp4",
            created_user_name="username",
            ref=ASSET,
        )
        == asset
    )


async def test_an_asset_that_does_not_exist_is_not_found(client, where):
    """
    An unknown asset is the service's 404, not the gateway's.
    """
    with pytest.raises(NotFound) as caught:
        await client.assets.get(PROJECT.asset(1))

    assert not caught.value.from_gateway


async def test_a_page_of_assets_is_read(client, simulator):
    """
    A page has its items, each with its reference, and its counts.
    """
    simulator.world.add_asset()
    simulator.world.add_asset()
    simulator.world.add_asset()

    page = await client.assets.list_page(PROJECT, page=2, page_size=2)

    assert [PROJECT.asset(5680)] == [item.ref for item in page.items]
    assert (3, 2, 2, 2) == (page.total_count, page.total_pages, page.page_number, page.page_size)


@pytest.mark.parametrize("page_size", [1, 2, 3, 1000])
async def test_iterating_yields_every_asset_once(client, simulator, page_size):
    """
    `iterate()` yields each asset once, in the order of the pages, whatever the page size.
    """
    simulator.world.add_asset()
    simulator.world.add_asset()
    simulator.world.add_asset()

    refs = [item.ref async for item in client.assets.iterate(PROJECT, page_size=page_size)]

    assert [PROJECT.asset(5678), PROJECT.asset(5679), PROJECT.asset(5680)] == refs
    assert -(-3 // page_size) == len(simulator.requests)


async def test_iterating_asks_for_a_page_only_when_it_is_wanted(client, simulator):
    """
    Stopping at the first asset requests the first page only.
    """
    simulator.world.add_asset()
    simulator.world.add_asset()

    iterator = client.assets.iterate(PROJECT, page_size=1)
    first = await anext(iterator)
    await iterator.aclose()

    assert ASSET == first.ref
    assert 1 == len(simulator.requests)


async def test_iterating_over_an_empty_project_ends_at_once(client, simulator):
    """
    `iterate()` yields nothing for a project without assets.
    """
    simulator.world.add_project("my-workspace", 1234)

    assert [] == [item async for item in client.assets.iterate(PROJECT)]


PAGE = b'{"code": "0", "result": {"content": [{"assetId": 1}, {"assetId": "1"}, {"assetId": 2}]}}'
EMPTY_PAGE = b'{"code": "0", "result": {"content": []}}'


@pytest.mark.parametrize(
    ("pages", "calls"), [([PAGE], 2), ([PAGE, EMPTY_PAGE], 2), ([EMPTY_PAGE], 1)]
)
async def test_iterating_ends_at_a_page_without_news(pages, calls):
    """
    `iterate()` ends even if the service counts no pages, or repeats a page for ever.
    """
    answers = [Answer(body=page) for page in pages]
    async with ScriptedServer(*answers) as server, connect(server) as client:
        ids = [item.asset_id async for item in client.assets.iterate(PROJECT)]

    assert calls == len(server.received)
    assert sorted(set(ids)) == ids


# Indexes.


async def test_an_analysis_is_requested_with_its_options(client, simulator, fresh):
    """
    `request()` sends the options, and the run is billed once.
    """
    await client.indexes.request(ASSET, IndexOptions(scene_range="LONG", extra={"unseen": 1}))

    assert {"sceneRange": "LONG", "unseen": 1} == simulator.requests[0].body
    assert 1 == simulator.world.bill[fresh, "index"]


async def test_an_analysis_without_options_sends_an_empty_object(client, simulator, fresh):
    """
    Without options an empty body is sent, as the service requires a body.
    """
    await client.indexes.request(ASSET)

    assert {} == simulator.requests[0].body


async def test_a_second_analysis_is_a_conflict(client, fresh):
    """
    While an analysis is in progress, the service refuses another with 409.
    """
    await client.indexes.request(ASSET)

    with pytest.raises(Conflict):
        await client.indexes.request(ASSET)


async def test_the_status_of_an_analysis_is_read(client, fresh, clock):
    """
    The status of an analysis goes from never requested to completed.
    """
    before = await client.indexes.get_status(ASSET)
    await client.indexes.request(ASSET)
    waiting = await client.indexes.get_status(ASSET)
    await clock.sleep(3600)
    after = await client.indexes.get_status(ASSET)

    assert [IndexState.BEFORE_ANALYZE, IndexState.WAIT_ANALYZE, IndexState.ANALYZE_COMPLETED] == [
        before.state,
        waiting.state,
        after.state,
    ]
    assert after.index_id is not None


async def test_the_reason_of_a_failed_analysis_is_read(client, simulator, fresh, clock):
    """
    The status of a failed analysis has the service's reason.
    """
    simulator.world.fail_next(fresh, "index", "parsing the media failed")
    await client.indexes.request(ASSET)
    await clock.sleep(3600)

    status = await client.indexes.get_status(ASSET)

    assert (IndexState.ANALYZE_FAIL, "parsing the media failed") == (status.state, status.message)


async def test_an_index_is_read(client, where):
    """
    An index has its documented fields; all others are in `extra`.
    """
    index = await client.indexes.get(ASSET)

    assert (1001, "VIDEO", "username") == (index.index_id, index.type, index.created_user_name)
    assert isinstance(index.created_time, datetime)
    assert 10 == len(index.extra["scenes"])


@pytest.mark.parametrize(("level", "expected"), [("LOW", 3), (None, 2), ("HIGH", 1)])
async def test_an_index_is_read_as_sure_as_wanted(client, where, level, expected):
    """
    `get()` sends the level of confidence; without one the service's default applies.
    """
    index = await client.indexes.get(ASSET, confidence_level=level)

    assert expected == len(index.extra["scenes"][0]["keywords"])


async def test_an_analysis_is_cancelled(client, fresh):
    """
    `cancel()` cancels the run that is in progress.
    """
    await client.indexes.request(ASSET)

    assert None is await client.indexes.cancel(ASSET)

    assert IndexState.ANALYZE_CANCEL == (await client.indexes.get_status(ASSET)).state


async def test_an_analysis_that_is_not_going_is_not_cancelled(client, where):
    """
    Without a run in progress, `cancel()` is the service's 409.
    """
    with pytest.raises(Conflict, match="Cannot cancel analysis in the current state"):
        await client.indexes.cancel(ASSET)


async def test_an_index_is_deleted_with_its_summary(client, where):
    """
    Deleting an index deletes the scene summary, too.
    """
    await client.indexes.delete(ASSET)

    status = await client.scene_summaries.get_status(ASSET)

    assert SceneSummaryState.BEFORE_SUMMARIZE == status.state


# Scene summaries.


async def test_a_summary_is_requested(client, simulator, indexed):
    """
    `request()` returns the receipt of the run, and the run is billed once.
    """
    requested = await client.scene_summaries.request(ASSET)

    assert (101, 1001, None) == (
        requested.scene_summary_id,
        requested.index_id,
        requested.target_scene_ids,
    )
    assert {} == simulator.requests[0].body
    assert 1 == simulator.world.bill[indexed, "summary"]


async def test_a_summary_is_requested_for_some_scenes(client, simulator, where):
    """
    After a run over all scenes, some scenes can be summarised again.
    """
    requested = await client.scene_summaries.request(ASSET, scene_ids=[1, 3, 5])

    assert (1, 3, 5) == requested.target_scene_ids
    assert {"sceneIds": [1, 3, 5]} == simulator.requests[0].body


async def test_a_summary_is_requested_in_a_language(client, simulator, where):
    """
    The locale of a run over all scenes is sent, together with `extra`.
    """
    await client.scene_summaries.request(ASSET, locale="ko", extra={"unseen": None})

    assert {"locale": "ko", "unseen": None} == simulator.requests[0].body


async def test_the_status_of_a_summary_is_read(client, simulator, indexed, clock):
    """
    The status of a run over ten scenes has its counts and times.
    """
    await client.scene_summaries.request(ASSET)
    await clock.sleep(25)

    status = await client.scene_summaries.get_status(ASSET)

    assert (SceneSummaryState.SUMMARIZING, 101, 10) == (
        status.state,
        status.scene_summary_id,
        status.total_scene_count,
    )
    assert 0 < status.progress < 1
    assert isinstance(status.requested_time, datetime)
    assert (None, None, {}) == (status.completed_time, status.target_scene_ids, status.extra)


async def test_a_summary_is_read(client, where):
    """
    The scenes of a summary are as the service sent them.
    """
    summary = await client.scene_summaries.get(ASSET)

    assert 1001 == summary.index_id
    assert list(range(1, 11)) == [scene["sceneId"] for scene in summary.scenes]
    assert isinstance(summary.info.last_analyzed_at, datetime)
    assert None is summary.info.analyzed_scene_ids


async def test_an_asset_without_summary_has_none_to_read(client, indexed):
    """
    Reading a summary before the first run is NotFound.
    """
    with pytest.raises(NotFound):
        await client.scene_summaries.get(ASSET)


async def test_a_summary_is_cancelled(client, simulator, indexed):
    """
    `cancel()` cancels the run in progress, which is not charged.
    """
    await client.scene_summaries.request(ASSET)

    assert None is await client.scene_summaries.cancel(ASSET)

    status = await client.scene_summaries.get_status(ASSET)
    assert SceneSummaryState.SUMMARIZE_CANCELED == status.state
    assert 1 == simulator.world.refunded[indexed, "summary"]


# Persons.


async def test_thumbnails_are_removed(client, simulator):
    """
    Removing thumbnails returns the remaining ones, with the id of the person.
    """
    simulator.world.add_person("my-workspace", 77, [1, 2, 3])

    left = await client.persons.remove_thumbnails("my-workspace", 77, [1, 99])

    assert 77 == left.person_id
    assert [(2, True), (3, False)] == [
        (one.id, one.is_primary_thumbnail) for one in left.thumbnails
    ]
    assert all(isinstance(one, PersonThumbnail) and one.url for one in left.thumbnails)


async def test_thumbnails_are_removed_by_a_delete_with_a_body(client, simulator):
    """
    The other form does the same, with the ids in the body of a DELETE.
    """
    simulator.world.add_person("my-workspace", 77, [1, 2, 3])

    left = await client.persons.remove_thumbnails_by_delete("my-workspace", 77, iter([1]))

    assert (None, [2, 3]) == (left.person_id, [one.id for one in left.thumbnails])
    assert ("DELETE", {"thumbnailIds": [1]}) == (
        simulator.requests[0].method,
        simulator.requests[0].body,
    )


async def test_the_last_thumbnail_is_not_removed(client, simulator):
    """
    The service refuses to remove the last thumbnail of a person.
    """
    simulator.world.add_person("my-workspace", 77, [1])

    with pytest.raises(InvalidRequest):
        await client.persons.remove_thumbnails("my-workspace", 77, [1])


# Invalid arguments, for which nothing is sent.

BAD = [
    ("asset", lambda client: client.assets.get("my-workspace/1234/5678")),
    ("asset", lambda client: client.assets.get(PROJECT)),
    ("asset", lambda client: client.indexes.get_status(None)),
    ("asset", lambda client: client.scene_summaries.cancel(5678)),
    ("project", lambda client: client.assets.list_page("my-workspace/1234")),
    ("project", lambda client: client.assets.list_page(ASSET)),
    ("workspace", lambda client: client.persons.remove_thumbnails(PROJECT, 77, [1])),
    ("person_id", lambda client: client.persons.remove_thumbnails("w", None, [1])),
    ("bucket", lambda client: client.assets.register(PROJECT, bucket="", key="a")),
    ("bucket", lambda client: client.assets.register(PROJECT, bucket=None, key="a")),
    ("key", lambda client: client.assets.register(PROJECT, bucket="b", key="")),
    ("key", lambda client: client.assets.register(PROJECT, bucket="b", key=b"a")),
    ("page", lambda client: client.assets.list_page(PROJECT, page=0)),
    ("page", lambda client: client.assets.list_page(PROJECT, page=True)),
    ("page", lambda client: client.assets.list_page(PROJECT, page="1")),
    ("page_size", lambda client: client.assets.list_page(PROJECT, page_size=0)),
    ("page_size", lambda client: client.assets.list_page(PROJECT, page_size=1001)),
    ("page_size", lambda client: client.assets.list_page(PROJECT, page_size=True)),
    ("page_size", lambda client: client.assets.list_page(PROJECT, page_size=10.0)),
    ("page_size", lambda client: anext(client.assets.iterate(PROJECT, page_size=0))),
    ("confidence_level", lambda client: client.indexes.get(ASSET, confidence_level="low")),
    ("confidence_level", lambda client: client.indexes.get(ASSET, confidence_level="")),
    ("confidence_level", lambda client: client.indexes.get(ASSET, confidence_level=1)),
    ("options", lambda client: client.indexes.request(ASSET, {"sceneRange": "LONG"})),
    ("options", lambda client: client.indexes.request(ASSET, {})),
    ("scene_ids", lambda client: client.scene_summaries.request(ASSET, scene_ids=[])),
    ("scene_ids", lambda client: client.scene_summaries.request(ASSET, scene_ids=["1"])),
    ("locale", lambda client: client.scene_summaries.request(ASSET, locale="")),
    ("locale", lambda client: client.scene_summaries.request(ASSET, locale="ko", scene_ids=[1])),
    ("extra", lambda client: client.scene_summaries.request(ASSET, extra=["sceneIds"])),
    ("thumbnail_ids", lambda client: client.persons.remove_thumbnails("w", 77, [])),
    ("thumbnail_ids", lambda client: client.persons.remove_thumbnails("w", 77, 1)),
    ("thumbnail_ids", lambda client: client.persons.remove_thumbnails("w", 77, "1")),
    ("thumbnail_ids", lambda client: client.persons.remove_thumbnails("w", 77, b"1")),
    ("thumbnail_ids", lambda client: client.persons.remove_thumbnails("w", 77, [True])),
    ("thumbnail_ids", lambda client: client.persons.remove_thumbnails("w", 77, ["a"])),
    ("thumbnail_ids", lambda client: client.persons.remove_thumbnails_by_delete("w", 77, [])),
]


@pytest.mark.parametrize(("argument", "act"), BAD)
async def test_an_impossible_argument_is_refused_before_anything_is_sent(
    client, simulator, argument, act
):
    """
    An invalid argument raises InvalidArgument with its name, and nothing is sent.
    """
    with pytest.raises(InvalidArgument, match=f"^{argument} "):
        await act(client)

    assert [] == simulator.requests


async def test_a_body_that_is_no_json_is_refused_before_it_is_sent(client, simulator):
    """
    A value in `extra` that is not JSON raises InvalidArgument before anything is sent.
    """
    with pytest.raises(InvalidArgument, match="the body is no JSON"):
        await client.scene_summaries.request(ASSET, extra={"unseen": object()})

    assert [] == simulator.requests


# Optional and required parts of an answer.


@pytest.mark.parametrize(
    "act",
    [
        lambda client: client.indexes.cancel(ASSET),
        lambda client: client.indexes.delete(ASSET),
        lambda client: client.scene_summaries.cancel(ASSET),
    ],
)
@pytest.mark.parametrize("body", [b"", b"{}", b'{"code": "0", "message": "success"}'])
async def test_what_returns_nothing_needs_no_result(act, body):
    """
    A call that returns None succeeds without a result, and without any body.
    """
    async with ScriptedServer(Answer(body=body)) as server, connect(server) as client:
        assert None is await act(client)


@pytest.mark.parametrize(
    "act",
    [
        lambda client: client.assets.register(PROJECT, bucket="b", key="k"),
        lambda client: client.assets.get(ASSET),
        lambda client: client.assets.get_import_status(ASSET),
        lambda client: client.indexes.get_status(ASSET),
        lambda client: client.scene_summaries.get_status(ASSET),
    ],
)
async def test_an_answer_without_what_matters_is_invalid(act):
    """
    A status without a state, or an asset without an id, is an InvalidAnswer.
    """
    body = b'{"code": "0", "message": "success"}'
    async with ScriptedServer(Answer(body=body)) as server, connect(server) as client:
        with pytest.raises(InvalidAnswer, match="missing"):
            await act(client)


async def test_an_empty_page_is_a_page():
    """
    A listing whose answer is empty has no items.
    """
    body = b'{"code": "0", "message": "success"}'
    async with ScriptedServer(Answer(body=body)) as server, connect(server) as client:
        assert Page() == await client.assets.list_page(ProjectRef("w", 1))
