import pytest

PROJECT = "/api/v1/workspaces/my-workspace/projects/1234"


async def test_the_total_of_projects_stands_beside_the_result(calls):
    """
    The table of the page has totalCount there; the projects are not called content.
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


async def test_deletions_answer_as_the_pages_show(calls):
    """
    The deletion of a project has no result, that of a workspace names it.
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
    A workspace has a name that fits, and a bucket that is one.
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
    A project has a name that fits, a new one and an old one.
    """
    calls.simulator.world.add_project("my-workspace", 1234)
    paths = {"POST": "/api/v1/workspaces/my-workspace/projects", "PATCH": PROJECT}

    got = await calls.send(method, paths[method], body)

    assert (400, "10001") == got.refusal
