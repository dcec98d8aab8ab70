import re

from served_commands import (
    W,
    lines_of_json,
    run,
)


def test_projects_are_listed(world):
    """
    `projects` prints a row per project, with the reference that other commands take.
    """
    world.add_project("my-workspace", 1234)

    done = run("projects", "my-workspace")

    assert 0 == done.exit_code
    assert re.search(r"^project +created \(Korean time\) +base +name", done.stdout)
    assert re.search(r"^my-workspace/1234 +\d.* - +my-project", done.stdout, re.MULTILINE)
    assert re.search(r"^my-workspace/900001 +\d.* yes +default", done.stdout, re.MULTILINE)


def test_projects_are_listed_as_json(world):
    """
    `projects --json` prints an object per project.
    """
    world.add_project("my-workspace", 1234)

    done = run("projects", "my-workspace", "--json")

    assert 0 == done.exit_code
    assert [("my-workspace/900001", True), ("my-workspace/1234", False)] == [
        (line["project"], line["is_base_project"]) for line in lines_of_json(done.stdout)
    ]


def test_projects_of_no_workspace(simulator):
    """
    A missing workspace exits with 1, and an empty name with 2.
    """
    unknown, nameless = run("projects", "my-workspace"), run("projects", "")

    assert (1, 2) == (unknown.exit_code, nameless.exit_code)
    assert "expected the name of a workspace" in nameless.stderr


def test_a_project_is_created(populated):
    """
    `projects create` prints the reference that other commands take.
    """
    done = run("projects", "create", W, "Another project")

    assert (0, f"{W}/900002\n") == (done.exit_code, done.stdout)
    assert "Another project" == populated.project(W, 900002).name


def test_a_project_is_created_as_json(populated):
    """
    `projects create --json` prints an object, as the listing does.
    """
    done = run("projects", "create", W, "Another project", "--json")

    (line,) = lines_of_json(done.stdout)
    assert (f"{W}/900002", "Another project") == (line["project"], line["name"])


def test_a_project_is_deleted_as_json(populated):
    """
    `projects delete --json` prints what it deleted as an object.
    """
    done = run("projects", "delete", f"{W}/4321", "--yes", "--json")

    assert [{"project": f"{W}/4321", "deleted": True}] == lines_of_json(done.stdout)
