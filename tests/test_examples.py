"""The request examples of the contract, sent by the client and taken by the stand-in."""

from pathlib import Path

import pytest
import yaml
from scripted_server import Answer, ScriptedServer, connect

from mediaintel_async import ProjectRef, UploadState

CONTRACT = yaml.safe_load((Path(__file__).parent / "contract" / "openapi.yaml").read_text("utf-8"))
EXAMPLES = {
    operation["operationId"]: operation["requestBody"]["content"]["application/json"]["example"]
    for path, methods in CONTRACT["paths"].items()
    for operation in methods.values()
    if isinstance(operation, dict)
    and ("/uploads/" in path or operation["operationId"] == "register_asset")
}
W = "my-workspace"
CALLS = {
    "register_asset": lambda client: client.assets.register(
        ProjectRef(W, 1234), bucket="my-storage-bucket", key="sample-video.mp4"
    ),
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


@pytest.mark.parametrize("operation", EXAMPLES)
async def test_an_example_goes_through_client_and_simulator(client, where, simulator, operation):
    """
    What the page's example sends is what the client sends, and what the stand-in takes.
    """
    assert await CALLS[operation](client)

    (received,) = simulator.requests
    assert (operation, EXAMPLES[operation]) == (received.operation, received.body)


async def test_a_picture_that_was_never_sent_is_told_by_its_check(client, where):
    """
    The example's key, to which nobody sent a file, comes to FAILED with its reason.
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
