import pytest

PROJECT = "/api/v1/workspaces/my-workspace/projects/1234"


async def test_the_total_of_projects_is_beside_the_result(calls):
    """
    A listing of projects has no pages, and has totalCount beside the result.
    """
    calls.simulator.world.add_project("my-workspace", 1234)

    got = await calls.get("/api/v1/workspaces/my-workspace/projects")

    assert 2 == got.json["totalCount"]
    assert ["projects"] == list(got.result)
    assert {
        "projectId": 1234,
        "name": "my-project",
        "isBaseProject": False,
        "createdUserName": "username",
        "createdTime": "2027-01-15T17:00:00",
        "updatedUserName": "username",
        "updatedTime": "2027-01-15T17:00:00",
    } == got.result["projects"][1]


async def test_deletions_are_answered_as_documented(calls):
    """
    The answer to deleting a project has no result; to deleting a workspace, its name.
    """
    calls.simulator.world.add_project("my-workspace", 1234)

    project = await calls.delete(PROJECT)
    workspace = await calls.delete("/api/v1/workspaces/my-workspace")

    assert {"code": "0", "message": "success"} == project.json
    assert {"workspaceName": "my-workspace"} == workspace.result


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"workspaceName": 123},
        {"workspaceName": "ab"},
        {"workspaceName": "My-workspace"},
        {"workspaceName": "my-workspace", "bucketName": ""},
        {"workspaceName": "my-workspace", "bucketName": 1},
    ],
)
async def test_a_workspaces_body_is_checked(calls, body):
    """
    A new workspace needs a valid name, and a bucket name that is not empty.
    """
    got = await calls.post("/api/v1/workspaces", body)

    assert (400, "10001") == got.refusal
    assert [] == calls.simulator.world.workspaces()


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize(
    "body", [None, [], {}, {"name": 1}, {"name": ""}, {"name": "a;b"}, {"name": "a" * 101}]
)
async def test_a_projects_body_is_checked(calls, method, body):
    """
    A new or renamed project needs a valid name.
    """
    calls.simulator.world.add_project("my-workspace", 1234)
    paths = {"POST": "/api/v1/workspaces/my-workspace/projects", "PATCH": PROJECT}

    got = await calls.send(method, paths[method], body)

    assert (400, "10001") == got.refusal
