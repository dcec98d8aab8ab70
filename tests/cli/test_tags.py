import re

from served_commands import (
    W,
    lines_of_json,
    run,
)


def test_tags_are_listed(populated):
    """
    `tags list` prints a row per tag.
    """
    done = run("tags", "list", W, "--name", "An")

    assert 0 == done.exit_code
    assert re.search(r"^200 +Anchor *$", done.stdout, re.MULTILINE)
    assert "Actor" not in done.stdout


def test_a_tag_is_created(populated):
    """
    `tags create` prints the id, and with --json an object.
    """
    plain, as_json = run("tags", "create", W, "Singer"), run("tags", "create", W, "MC", "--json")

    assert "101\n" == plain.stdout
    assert [{"tag": 102, "name": "MC"}] == lines_of_json(as_json.stdout)
