import re

import pytest
from served_commands import (
    W,
    lines_of_json,
    run,
)


@pytest.mark.parametrize(
    "words",
    [
        ["workspaces"],
        ["workspaces", "list"],
        ["projects", W],
        ["projects", "list", W],
    ],
)
def test_a_listing_goes_without_its_word(populated, words):
    """
    `workspaces` is `workspaces list`, and `projects W` is `projects list W`.
    """
    done = run(*words)

    assert 0 == done.exit_code
    assert re.search(rf"^{W}(/4321)? ", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    "words",
    [
        ["workspaces", "--json"],
        ["workspaces", "list", "--json"],
        ["projects", "--json", W],
        ["projects", "list", "--json", W],
    ],
)
def test_options_of_a_listing_go_without_its_word(populated, words):
    """
    Options before or after the name of the workspace belong to the listing.
    """
    done = run(*words)

    assert 0 == done.exit_code
    assert lines_of_json(done.stdout)


def test_a_workspace_may_be_called_like_a_word(populated):
    """
    After the word `list`, `create` is the name of a workspace.
    """
    populated.add_project("create", 1)

    done = run("projects", "list", "create", "--json")

    assert "create/1" == lines_of_json(done.stdout)[1]["project"]


@pytest.mark.parametrize("group", ["workspaces", "projects"])
def test_help_is_of_the_group(group):
    """
    `--help` shows all commands of a group, and not the help of its listing.
    """
    done = run(group, "--help")

    assert 0 == done.exit_code
    assert "create" in done.stdout
    assert "delete" in done.stdout
