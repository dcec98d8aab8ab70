"""Command lines and requests that are refused."""

import re

import pytest
from served_commands import (
    CANARY,
    REF,
    W,
    run,
)

from mediaintel_async.cli.actions import run_with_client
from mediaintel_async.errors import OutcomeUnknown
from mediaintel_async.models.assets import Asset
from mediaintel_async.refs import AssetRef


@pytest.mark.parametrize(
    ("words", "given", "complaint"),
    [
        (["summarize", "my-workspace/5678"], None, "my-workspace/5678"),
        (["summarize", REF, "nonsense"], None, "nonsense"),
        (["summarize", REF, "--from", "-"], f"{REF}\n\n5678\n", "line 3"),
        (["summarize", "--from", "-"], b"\xff\xfe\n", "UTF-8"),
        (["summarize", "--from", "/nowhere/at-all"], None, "/nowhere/at-all"),
        (["summarize"], None, "--from"),
        (["summarize", REF, "--timeout", "-1"], None, "0 or more"),
        (["summarize", REF, "--timeout", "nan"], None, "0 or more"),
        (["index", REF, "--scene-range", "TINY"], None, "EXTRA_SHORT"),
        (["status", "my-workspace"], None, "my-workspace"),
        (["watch", "1/2/"], None, "1/2/"),
        (["cancel", ""], None, "workspace/project_id/asset_id"),
        (["result", "x"], None, "x"),
        (["resume", "mi1.nonsense"], None, "damaged"),
        (["assets", "list", "my-workspace"], None, "workspace/project_id"),
        (["assets", "get", "my-workspace/1234"], None, "my-workspace/1234"),
        (["assets", "register", "my-workspace/1234", "--key", "a.mp4"], None, "--bucket"),
    ],
)
def test_invalid_arguments_are_refused(simulator, where, words, given, complaint):
    """
    A bad reference, option or token exits with 2 before anything is sent.
    """
    done = run(*words, given=given)

    assert 2 == done.exit_code
    assert "" == done.stdout
    assert complaint in done.stderr
    assert [] == simulator.requests


@pytest.mark.parametrize("words", [["--base-url", ""], []], ids=["option", "environment"])
def test_an_empty_address_is_refused(simulator, where, monkeypatch, words):
    """
    An empty address never means the service that is paid for: it exits with 2.
    """
    monkeypatch.setenv("MEDIAINTEL_BASE_URL", "")

    done = run("status", REF, *words)

    assert 2 == done.exit_code
    assert "base_url is empty" in done.stderr
    assert [] == simulator.requests


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["projects"], "WORKSPACE"),
        (["workspaces", "delte", W], "unexpected"),
        (["workspaces", "create", "My Workspace"], "3 to 63"),
        (["workspaces", "--json", "delete", W], "unexpected"),
        (["projects", "create", W, "a;b"], "1 to 100"),
        (["projects", "delete", W, "--yes"], "workspace/project_id"),
        (["assets", "move", f"{W}/1234/5678", "another/1"], "expected a project of the workspace"),
        (["assets", "move", f"{W}/1234/5678"], "WORKSPACE/PROJECT"),
        (["assets", "delete", W], "workspace/project_id/asset_id"),
        (["persons", "list", W, "--tag", "Actor"], "tag_ids"),
        (["persons", "list", W, "--name", "a"], "2 to 50"),
        (["persons", "merge", W, "1001", "--yes"], "OTHER"),
        (["persons", "merge", W, "1001", "1001", "--yes"], "absorbed_ids"),
        (["persons", "update", W, "1001"], "expected at least one of them"),
        (["persons", "similar", W, "1001", "--count", "11"], "person_count"),
        (["persons", "tag", W, "1001", "Actor"], "tag_ids"),
        (["tags", "create", W, ""], "1 to 30"),
        (["tags", "delete", W, "Actor", "--yes"], "tag_id"),
    ],
)
def test_invalid_arguments_of_other_commands_are_refused(simulator, populated, words, complaint):
    """
    Invalid arguments of any other command exit with 2 before anything is sent.
    """
    done = run(*words)

    assert (2, "") == (done.exit_code, done.stdout)
    assert complaint in done.stderr
    assert [] == simulator.requests


@pytest.mark.parametrize(
    "words",
    [
        ["workspaces", "delete", "another", "--yes"],
        ["projects", "create", W, "my-project"],
        ["assets", "move", f"{W}/1234/404", f"{W}/4321"],
        ["persons", "get", W, "404"],
        ["persons", "tag", W, "1001", "404"],
        ["tags", "create", W, "Actor"],
    ],
)
def test_a_refusal_is_one_line_and_advice(populated, words):
    """
    A refusal of the service exits with 1, and prints what was attempted and what to do.
    """
    done = run(*words)

    assert (1, "") == (done.exit_code, done.stdout)
    assert re.search(r"^mediaintel: .* \(HTTP 40\d.*\n.+", done.stderr, re.MULTILINE)
    assert CANARY not in done.output


def test_an_unknown_outcome_names_every_candidate(capsys):
    """
    Each asset that a lost registration may have created is a line.
    """
    made = AssetRef("my-workspace", 1234, 5678)
    error = OutcomeUnknown("lost", candidates=(Asset(asset_id=5678, ref=made),))

    run_with_client.print_failure(error)

    assert f"It may have created {REF}.\n" in capsys.readouterr().err
