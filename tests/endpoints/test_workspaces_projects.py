"""Workspaces and projects, from the client to the simulator and back."""

import json
from datetime import datetime

import pytest
from scripted_server import Answer, ScriptedServer, connect

from mediaintel_async import (
    Conflict,
    CreatedWorkspace,
    InvalidArgument,
    InvalidRequest,
    NotFound,
    Project,
    ProjectRef,
    Workspace,
)

PROJECT = ProjectRef("my-workspace", 1234)
NOW = datetime(2027, 1, 15, 17)
MADE = {
    "created_user_name": "username",
    "created_time": NOW,
    "updated_user_name": "username",
    "updated_time": NOW,
}
ADDRESS = "https://mi.apigw.ntruss.com/api/v1/workspaces/my-workspace"


@pytest.fixture
def workspace(world):
    """The workspace `my-workspace`, with its base project and the project 1234."""
    world.add_workspace("my-workspace", "my-bucket")
    world.add_project("my-workspace", 1234)
    return "my-workspace"


@pytest.fixture
def base(world, workspace):
    """The reference of the base project."""
    return ProjectRef(workspace, world.projects(workspace)[0].project_id)


def answer(**envelope):
    """A successful answer with fields around its result, or in it."""
    return Answer(body=json.dumps({"code": "0", "message": "success", **envelope}).encode())


# Workspaces.


async def test_a_workspace_is_created(client, world):
    """
    The receipt for a workspace has neither address nor bucket; `get()` has both.
    """
    created = await client.workspaces.create("my-workspace", bucket="my-bucket")
    found = await client.workspaces.get("my-workspace")

    assert CreatedWorkspace(workspace_name="my-workspace", **MADE) == created
    assert (
        Workspace(
            workspace_name="my-workspace",
            workspace_url=ADDRESS,
            bucket_name="my-bucket",
            monthly_analysis_count=0,
            **MADE,
        )
        == found
    )


async def test_a_workspace_needs_no_bucket(client, world):
    """
    Without a bucket no bucket is sent, and the workspace has none.
    """
    await client.workspaces.create("my-workspace")

    found = await client.workspaces.get("my-workspace")

    assert found.bucket_name is None


async def test_a_new_workspace_has_a_base_project(client, world):
    """
    The service creates a base project in every workspace, and marks it.
    """
    await client.workspaces.create("my-workspace")

    (project,) = (await client.projects.list_page("my-workspace")).items

    assert project.is_base_project is True


async def test_analyses_of_a_workspace_are_counted(client, world, where):
    """
    `get()` has the number of analyses of a workspace in this month.
    """
    world.start_index(where, {})
    world.add_asset("other-workspace", 1)

    found = await client.workspaces.get("my-workspace")
    other = await client.workspaces.get("other-workspace")

    assert (1, 0) == (found.monthly_analysis_count, other.monthly_analysis_count)


async def test_a_page_of_workspaces_is_read(client, world, workspace):
    """
    A page has its workspaces, without their analyses, and their total number.
    """
    world.add_workspace("other-workspace")

    page = await client.workspaces.list_page(page=1, page_size=1)

    assert (2, 2, 1, 1) == (page.total_count, page.total_pages, page.page_number, page.page_size)
    assert (
        Workspace(
            workspace_name="my-workspace", workspace_url=ADDRESS, bucket_name="my-bucket", **MADE
        ),
    ) == page.items


async def test_workspaces_are_iterated(client, world, simulator):
    """
    `iterate()` requests one page after the other, up to the last.
    """
    world.add_workspace("one")
    world.add_workspace("two")
    world.add_workspace("three")

    names = [each.workspace_name async for each in client.workspaces.iterate(page_size=2)]

    assert ["one", "two", "three"] == names
    assert 2 == len(simulator.requests)


async def test_a_service_that_repeats_a_workspace_cannot_hold_the_listing(clock):
    """
    `iterate()` ends at the first page without a new workspace, and yields none twice.
    """
    twice = [{"workspaceName": "one"}, {"workspaceName": "one"}]
    always = answer(result={"content": twice})

    async with ScriptedServer(always) as server, connect(server) as client:
        names = [each.workspace_name async for each in client.workspaces.iterate()]

    assert ["one"] == names
    assert 2 == len(server.received)


async def test_a_workspace_is_deleted(client, world, workspace):
    """
    A deleted workspace cannot be read any more, nor its projects and persons.
    """
    world.add_person(workspace, 1001, [1, 2])
    world.add_person("other-workspace", 1001, [1, 2])

    await client.workspaces.delete(workspace)

    with pytest.raises(NotFound):
        await client.workspaces.get(workspace)
    with pytest.raises(NotFound):
        await client.projects.get(PROJECT)
    with pytest.raises(NotFound):
        await client.persons.remove_thumbnails(workspace, 1001, [1])
    assert await client.persons.remove_thumbnails("other-workspace", 1001, [1])


@pytest.mark.parametrize("work", ["index", "summary"])
async def test_a_workspace_at_work_is_not_deleted(client, world, work):
    """
    A workspace can be deleted only after the end of the runs in it.
    """
    where = world.add_asset(summarized=True)
    world.start_elsewhere(where, work)

    with pytest.raises(Conflict):
        await client.workspaces.delete("my-workspace")
    world.finish(where, work)
    await client.workspaces.delete("my-workspace")

    assert [] == world.workspaces()


async def test_a_name_is_taken_once(client, world, workspace):
    """
    The service refuses a second workspace of the same name.
    """
    with pytest.raises(InvalidRequest):
        await client.workspaces.create(workspace)

    assert 1 == len(world.workspaces())


async def test_an_account_has_room_for_some_workspaces(client, world, workspace):
    """
    The service refuses more workspaces than the account may have.
    """
    world.most_workspaces = 1

    with pytest.raises(InvalidRequest):
        await client.workspaces.create("another")

    assert 1 == len(world.workspaces())


@pytest.mark.parametrize("call", ["get", "delete"])
async def test_an_unknown_workspace_is_not_found(client, call):
    """
    An unknown workspace is the service's 404.
    """
    with pytest.raises(NotFound) as caught:
        await getattr(client.workspaces, call)("my-workspace")

    assert not caught.value.from_gateway


@pytest.mark.parametrize(
    "name",
    ["", "ab", "a" * 64, "My-workspace", "my_workspace", "my-workspace\n", "작업", 123, None],
)
async def test_a_workspace_cannot_be_called_anything(client, simulator, name):
    """
    A name that the service does not allow raises InvalidArgument before anything is sent.
    """
    with pytest.raises(InvalidArgument, match=r"^name is .*; expected 3 to 63 lower-case letters"):
        await client.workspaces.create(name)

    assert [] == simulator.requests


@pytest.mark.parametrize("name", ["abc", "a" * 63, "0-9", "---"])
async def test_a_workspace_can_be_called_whatever_fits(client, name):
    """
    The shortest and the longest name are valid, with hyphens anywhere.
    """
    created = await client.workspaces.create(name)

    assert name == created.workspace_name


@pytest.mark.parametrize("bucket", ["", 1, b"bucket"])
async def test_a_bucket_has_a_name(client, simulator, bucket):
    """
    An invalid name of a bucket raises InvalidArgument before anything is sent.
    """
    with pytest.raises(InvalidArgument, match=r"^bucket is .*; expected text"):
        await client.workspaces.create("my-workspace", bucket=bucket)

    assert [] == simulator.requests


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"page": 0}, "page is"),
        ({"page": True}, "page is"),
        ({"page": "1"}, "page is"),
        ({"page_size": 0}, "page_size is 0; expected a whole number from 1 to 1000"),
        ({"page_size": 1001}, "page_size is 1001; expected a whole number from 1 to 1000"),
        ({"page_size": 1.0}, "page_size is 1.0; expected a whole number from 1 to 1000"),
    ],
)
async def test_a_page_of_workspaces_has_its_bounds(client, simulator, arguments, complaint):
    """
    A page or page size out of range raises InvalidArgument before anything is sent.
    """
    with pytest.raises(InvalidArgument, match=f"^{complaint}"):
        await client.workspaces.list_page(**arguments)

    assert [] == simulator.requests


# Projects.


async def test_projects_are_listed(client, workspace, base):
    """
    All projects are on one page, the base project first, each with its reference.
    """
    page = await client.projects.list_page(workspace)

    assert (
        Project(project_id=900_001, name="default", is_base_project=True, ref=base, **MADE),
        Project(project_id=1234, name="my-project", is_base_project=False, ref=PROJECT, **MADE),
    ) == page.items


@pytest.mark.parametrize(
    ("envelope", "expected", "further"),
    [
        ({"result": {"projects": [{"projectId": 1234}], "totalCount": 1}}, 1, {}),
        ({"result": {"projects": [{"projectId": 1234}]}, "totalCount": 1}, None, {}),
        ({"result": {"projects": [{"projectId": 1234}], "new": 1}}, None, {"new": 1}),
    ],
)
async def test_the_total_is_read_where_the_result_has_it(clock, envelope, expected, further):
    """
    `total_count` is the number inside the answer's result; one beside the result is not read.
    """
    async with ScriptedServer(answer(**envelope)) as server, connect(server) as client:
        page = await client.projects.list_page("my-workspace")

    assert (PROJECT,) == tuple(each.ref for each in page.items)
    assert (expected, further) == (page.total_count, page.extra)


async def test_projects_are_iterated(client, simulator, workspace, base):
    """
    `iterate()` reads all projects with one request.
    """
    refs = [each.ref async for each in client.projects.iterate(workspace)]

    assert [base, PROJECT] == refs
    assert 1 == len(simulator.requests)


async def test_a_project_is_created(client, workspace):
    """
    A new project has its reference, by which it can be read.
    """
    made = await client.projects.create(workspace, "My project!")
    found = await client.projects.get(made.ref)

    assert (
        Project(
            project_id=900_002,
            name="My project!",
            is_base_project=False,
            ref=ProjectRef(workspace, 900_002),
            **MADE,
        )
        == made
        == found
    )


async def test_a_project_is_renamed(client, clock, workspace):
    """
    A renamed project has its new name and the time of the change.
    """
    await clock.sleep(60)

    changed = await client.projects.update(PROJECT, "other")
    found = await client.projects.get(PROJECT)

    assert ("other", PROJECT) == (changed.name, changed.ref)
    assert (NOW, datetime(2027, 1, 15, 17, 1)) == (changed.created_time, changed.updated_time)
    assert changed == found


async def test_a_project_may_be_given_the_name_it_has(client, workspace):
    """
    A project can be renamed to its own name.
    """
    changed = await client.projects.update(PROJECT, "my-project")

    assert "my-project" == changed.name


async def test_a_project_is_deleted(client, workspace, base):
    """
    A deleted project cannot be read any more; the others can.
    """
    await client.projects.delete(PROJECT)

    with pytest.raises(NotFound):
        await client.projects.get(PROJECT)
    assert base == (await client.projects.get(base)).ref


async def test_the_base_project_is_not_renamed(client, base):
    """
    The service refuses to rename the base project of a workspace.
    """
    with pytest.raises(InvalidRequest):
        await client.projects.update(base, "other")

    assert "default" == (await client.projects.get(base)).name


async def test_the_base_project_is_not_deleted(client, base):
    """
    The service refuses to delete the base project of a workspace.
    """
    with pytest.raises(InvalidRequest):
        await client.projects.delete(base)

    assert base == (await client.projects.get(base)).ref


async def test_a_project_name_is_its_workspaces_only_one(client, world, workspace):
    """
    The service refuses a name that another project of the workspace has.
    """
    world.add_project(workspace, 1235, "taken")
    world.add_project("other-workspace", 1236, "free")

    with pytest.raises(InvalidRequest):
        await client.projects.create(workspace, "taken")
    with pytest.raises(InvalidRequest):
        await client.projects.update(PROJECT, "taken")

    assert "free" == (await client.projects.create(workspace, "free")).name


async def test_a_workspace_has_room_for_some_projects(client, workspace, monkeypatch):
    """
    The service refuses more projects than a workspace may have.
    """
    monkeypatch.setattr("mediaintel_async.simulator.world.workspaces.MOST_PROJECTS", 2)

    with pytest.raises(InvalidRequest):
        await client.projects.create(workspace, "another")

    assert 2 == len((await client.projects.list_page(workspace)).items)


async def test_numbers_that_are_given_are_not_given_again(client, world, workspace):
    """
    A new project gets an id that no project has.
    """
    world.add_project(workspace, 900_002)

    made = await client.projects.create(workspace, "another")

    assert 900_003 == made.project_id


async def test_projects_of_an_unknown_workspace_are_not_found(client):
    """
    Projects of an unknown workspace can be neither listed nor created.
    """
    with pytest.raises(NotFound):
        await client.projects.list_page("my-workspace")
    with pytest.raises(NotFound):
        await client.projects.create("my-workspace", "name")


@pytest.mark.parametrize("call", ["get", "delete"])
async def test_an_unknown_project_is_not_found(client, workspace, call):
    """
    An unknown project is the service's 404.
    """
    with pytest.raises(NotFound) as caught:
        await getattr(client.projects, call)(ProjectRef(workspace, 404))

    assert not caught.value.from_gateway


@pytest.mark.parametrize("name", ["", "a" * 101, "a;b", "a|b", "a`b", 123, None])
async def test_a_project_cannot_be_called_anything(client, simulator, name):
    """
    A name that the service does not allow raises InvalidArgument in `create()` and `update()`,
    before anything is sent.
    """
    with pytest.raises(InvalidArgument, match=r"^name is .*; expected text of 1 to 100"):
        await client.projects.create("my-workspace", name)
    with pytest.raises(InvalidArgument, match=r"^name is .*; expected text of 1 to 100"):
        await client.projects.update(PROJECT, name)

    assert [] == simulator.requests


@pytest.mark.parametrize("name", ["a", "가" * 100, "a/b ?&:"])
async def test_a_project_can_be_called_whatever_fits(client, workspace, name):
    """
    The shortest and the longest name are valid, in any script.
    """
    made = await client.projects.create(workspace, name)

    assert name == made.name


@pytest.mark.parametrize("call", ["get", "delete"])
async def test_a_project_is_named_by_its_reference(client, simulator, call):
    """
    An argument that is not a ProjectRef raises InvalidArgument before anything is sent.
    """
    with pytest.raises(InvalidArgument, match=r"^project is .*; expected a ProjectRef"):
        await getattr(client.projects, call)("my-workspace/1234")

    assert [] == simulator.requests
