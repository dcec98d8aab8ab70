"""What cannot be undone is confirmed, at a terminal or with --yes."""

import subprocess
import sys

import pytest
from served_commands import (
    W,
    run,
)

from mediaintel_async.cli.actions import confirm


@pytest.fixture
def terminal(monkeypatch):
    """Standard input that counts as a terminal."""
    monkeypatch.setattr(confirm, "can_answer", lambda: True)


# Operations that cannot be undone, each with its command line and its question.
IRREVERSIBLE = {
    "delete_workspace": (["workspaces", "delete", W], f"Delete the workspace {W} and everything"),
    "delete_project": (["projects", "delete", f"{W}/4321"], f"Delete the project {W}/4321"),
    "delete_asset": (["assets", "delete", f"{W}/1234/5678"], f"Delete the asset {W}/1234/5678"),
    "delete_person": (["persons", "delete", W, "1001"], f"Delete the person 1001 of {W}"),
    "merge_persons": (["persons", "merge", W, "1001", "1002", "1003"], "Merge 1002, 1003 of"),
    "delete_person_tag": (["tags", "delete", W, "100"], f"Delete the tag 100 of {W}"),
}


EACH_OPERATION = pytest.mark.parametrize(
    ("operation", "words", "question"), [(name, *how) for name, how in IRREVERSIBLE.items()]
)


@EACH_OPERATION
def test_an_irreversible_action_is_confirmed_first(
    simulator, populated, terminal, operation, words, question
):
    """
    At a terminal the question names the action, and the answer yes does it.
    """
    done = run(*words, given="y\n")

    assert 0 == done.exit_code
    assert question in done.stderr
    assert "This cannot be undone. [y/N] " in done.stderr
    assert [operation] == [one.operation for one in simulator.requests]


@EACH_OPERATION
@pytest.mark.parametrize("answer", ["n\n", "\n", "", "yesterday\n"])
def test_a_no_is_a_no(simulator, populated, terminal, operation, words, question, answer):
    """
    Any answer but yes does nothing, and exits with 1.
    """
    done = run(*words, given=answer)

    assert (1, "") == (done.exit_code, done.stdout)
    assert "Nothing was done." in done.stderr
    assert [] == simulator.requests


@EACH_OPERATION
def test_without_a_terminal_nobody_is_asked(simulator, populated, operation, words, question):
    """
    Without a terminal and without --yes nothing is done, and the exit code is 2.
    """
    done = run(*words, given="y\n")

    assert 2 == done.exit_code
    message = " ".join(done.stderr.split())
    assert "not a terminal, so nothing was done" in message
    assert "confirm with --yes" in message
    assert [] == simulator.requests


@EACH_OPERATION
def test_yes_is_a_yes(simulator, populated, operation, words, question):
    """
    With --yes nothing is asked.
    """
    done = run(*words, "--yes")

    assert 0 == done.exit_code
    assert "cannot be undone" not in done.stderr
    assert [operation] == [one.operation for one in simulator.requests]


@pytest.mark.parametrize("answer", ["y\n", "Yes \n", "y"])
def test_a_yes_has_several_forms(simulator, populated, terminal, answer):
    """
    The answer yes may be `y` or `yes` in any case, with or without a line end.
    """
    done = run("tags", "delete", W, "100", given=answer)

    assert (0, "100 is deleted.\n") == (done.exit_code, done.stdout)


def test_ctrl_c_at_the_question_is_an_interrupt(simulator, populated, terminal, monkeypatch):
    """
    Ctrl-C at the question does nothing, and exits with 130.
    """

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(confirm, "print", interrupted, raising=False)

    done = run("tags", "delete", W, "100")

    assert 130 == done.exit_code
    assert [] == simulator.requests


def test_a_closed_input_is_no_terminal():
    """
    A process with a closed standard input is refused like one without a terminal.
    """
    script = "from mediaintel_async.cli import main; main()"
    words = ["workspaces", "delete", W, "--base-url", "http://127.0.0.1:1"]

    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&-', "sh", sys.executable, "-c", script, *words],
        capture_output=True,
        text=True,
        check=False,
    )

    assert 2 == done.returncode
    assert "--yes" in done.stderr
