import re

from served_commands import (
    W,
    lines_of_json,
    run,
)


def test_workspaces_are_listed(world):
    """
    `workspaces` prints a row per workspace, with the zone of times and a dash for no bucket.
    """
    world.add_workspace("my-workspace", "my-bucket")
    world.add_workspace("other-workspace")

    done = run("workspaces")

    assert 0 == done.exit_code
    assert re.search(r"^workspace +created \(Korean time\) +bucket", done.stdout)
    assert re.search(r"^my-workspace +\d{4}-.* my-bucket", done.stdout, re.MULTILINE)
    assert re.search(r"^other-workspace +\d{4}-.* -", done.stdout, re.MULTILINE)


def test_workspaces_are_listed_as_json(world):
    """
    `workspaces --json` prints an object per workspace.
    """
    world.add_workspace("my-workspace", "my-bucket")
    world.add_workspace("other-workspace")

    done = run("workspaces", "--json")

    assert 0 == done.exit_code
    assert [("my-workspace", "my-bucket"), ("other-workspace", None)] == [
        (line["workspace"], line["bucket_name"]) for line in lines_of_json(done.stdout)
    ]


def test_a_workspace_is_created(simulator):
    """
    `workspaces create` prints the name.
    """
    done = run("workspaces", "create", W, "--bucket", "my-bucket")

    assert (0, f"{W}\n") == (done.exit_code, done.stdout)
    assert "my-bucket" == simulator.world.workspace(W).bucket


def test_a_workspace_is_created_as_json(simulator):
    """
    `workspaces create --json` prints an object.
    """
    done = run("workspaces", "create", W, "--json")

    (line,) = lines_of_json(done.stdout)
    assert [("workspace", W), "created_time"] == [("workspace", line["workspace"]), [*line][1]]


def test_a_workspace_is_deleted(populated):
    """
    `workspaces delete` prints what it deleted.
    """
    done = run("workspaces", "delete", W, "--yes")

    assert (0, f"{W} is deleted.\n") == (done.exit_code, done.stdout)
    assert [] == populated.workspaces()
