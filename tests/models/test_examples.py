"""The request examples of the contract, sent by the client and answered by the simulator."""

from urllib.parse import parse_qsl

import pytest
from contract import OPERATIONS
from scripted_server import Answer, ScriptedServer, connect

from mediaintel_async import NewThumbnail, ProjectRef, UploadState

IN_FORCE = {
    name: operation
    for name, operation in OPERATIONS.items()
    if operation["x-generation"] == "current"
}
BODIES = {
    name: operation["requestBody"]["content"]["application/json"].get("example")
    for name, operation in IN_FORCE.items()
    if "requestBody" in operation
}
QUERIES = {
    name: operation.get("x-example-query", operation.get("x-request-example", "").partition("?")[2])
    for name, operation in IN_FORCE.items()
}

W = "my-workspace"
PROJECT = ProjectRef(W, 1234)
HONG = NewThumbnail("persons/thumbnails/hong.jpg", is_primary_thumbnail=True)
JIHO = NewThumbnail("my-workspace/W05xCokQ1v/jiho0.jpg", is_primary_thumbnail=True)

WITH_BODY = {
    "create_workspace": lambda client: client.workspaces.create(W, bucket="my-bucket"),
    "create_project": lambda client: client.projects.create(W, "project_name"),
    "update_project": lambda client: client.projects.update(PROJECT, "updated_project_name"),
    "register_asset": lambda client: client.assets.register(
        PROJECT, bucket="my-storage-bucket", key="sample-video.mp4"
    ),
    "create_person": lambda client: client.persons.create(
        W,
        name="Gildong Hong",
        description="A representative fictional character in Korea.",
        thumbnails=[HONG],
    ),
    "update_person": lambda client: client.persons.update(
        W,
        1001,
        name="Jae-suk Yoo",
        description="He's the representative MC in Korea.",
        primary_thumbnail_id=3002,
    ),
    "merge_persons": lambda client: client.persons.merge(W, 1001, [1002, 1003]),
    "recommend_persons_by_thumbnail": lambda client: client.persons.recommend_by_thumbnail(
        W, HONG.thumbnail_key, person_count=3, score_threshold=80
    ),
    "add_person_tags": lambda client: client.persons.add_tags(W, 1001, [100, 200]),
    "remove_person_tags": lambda client: client.persons.remove_tags_by_delete(W, 1001, [200]),
    "remove_person_tags_by_post": lambda client: client.persons.remove_tags(W, 1001, [200]),
    "add_person_thumbnails": lambda client: client.persons.add_thumbnails(W, 1001, [JIHO]),
    "remove_person_thumbnails": lambda client: client.persons.remove_thumbnails_by_delete(
        W, 1001, [1234]
    ),
    "remove_person_thumbnails_by_post": lambda client: client.persons.remove_thumbnails(
        W, 1001, [1234]
    ),
    "create_person_tag": lambda client: client.person_tags.create(W, "Anchor"),
    "issue_search_image_upload_url": lambda client: client.search.issue_image_upload_url(
        "search_image.png"
    ),
    "check_search_image_upload": lambda client: client.search.check_image_upload(
        "images/.../query_image.jpg"
    ),
    "issue_person_thumbnail_upload_url": lambda client: client.persons.issue_thumbnail_upload_url(
        W, "test_profile.jpg"
    ),
    "check_person_thumbnail_upload": lambda client: client.persons.check_thumbnail_upload(
        W, "persons/thumbnails/test_profile.jpg"
    ),
}
WITH_QUERY = {
    "list_workspaces": lambda client: client.workspaces.list_page(page_size=100),
    "list_persons": lambda client: client.persons.list_page(
        W, page_size=10, name="홍길동", tag_ids=[100, 200]
    ),
    "list_similar_persons": lambda client: client.persons.list_similar(
        W, 1001, person_count=3, score_threshold=80
    ),
    "list_person_tags": lambda client: client.person_tags.list_page(W, page_size=10),
}


def stage(world):
    """Create everything that the examples need, but for the workspace that one of them creates."""
    world.add_project(W, 1234)
    world.put_object("my-storage-bucket", "sample-video.mp4")
    world.add_person_tag(W, 100, "Actor")
    world.add_person_tag(W, 200, "Singer")
    world.add_person(W, 1001, [1234, 3002], tag_ids=[200])
    world.add_person(W, 1002, [1])
    world.add_person(W, 1003, [2])


@pytest.mark.parametrize("operation", [name for name in WITH_BODY if name != "create_workspace"])
async def test_a_body_is_that_of_the_example(client, world, simulator, operation):
    """
    The client sends the body of the example, and the simulator accepts it.
    """
    stage(world)

    await WITH_BODY[operation](client)

    (asked,) = simulator.requests
    assert (operation, BODIES[operation]) == (asked.operation, asked.body)


async def test_a_workspace_is_created_as_in_the_example(client, simulator):
    """
    The client creates a workspace with the body of the example.
    """
    await WITH_BODY["create_workspace"](client)

    (asked,) = simulator.requests
    assert BODIES["create_workspace"] == asked.body


@pytest.mark.parametrize("operation", WITH_QUERY)
async def test_a_query_is_that_of_the_example(client, world, simulator, operation):
    """
    The client sends the query of the example, and the simulator accepts it.
    """
    stage(world)

    await WITH_QUERY[operation](client)

    (asked,) = simulator.requests
    query = asked.target.partition("?")[2]
    assert (operation, parse_qsl(QUERIES[operation])) == (asked.operation, parse_qsl(query))


def test_every_example_is_here():
    """
    The tables above have each operation in force whose page shows a body or a query.
    """
    assert set(WITH_BODY) == {name for name, body in BODIES.items() if body}
    assert set(WITH_QUERY) == {name for name, query in QUERIES.items() if query}


async def test_a_picture_that_was_never_sent_is_told_by_its_check(client):
    """
    The check of a picture that was never uploaded returns FAILED with the reason.
    """
    checked = await client.search.check_image_upload("images/.../query_image.jpg")

    assert (UploadState.FAILED, "FILE_NOT_EXIST") == (checked.state, checked.message)


async def test_the_example_of_a_search_result_is_asked_for_as_it_stands(clock):
    """
    The page's only example of reading a search, by the older path, is sent byte for byte.
    """
    body = b'{"code": "0", "result": {"searchId": "JtWJKTDCKknMHP8Id4Gt", "status": "RUNNING"}}'
    async with ScriptedServer(Answer(body=body)) as server, connect(server, clock=clock) as client:
        await client.search.list_scenes_page("betatest", "JtWJKTDCKknMHP8Id4Gt")

    target = "/api/v1/workspaces/betatest/scene-search/JtWJKTDCKknMHP8Id4Gt?pageSize=50&pageNum=1"
    assert [target] == [one.target for one in server.received]
