import re

import pytest
from served_commands import (
    CANARY,
    OTHER,
    REF,
    RESUME,
    W,
    lines_of_json,
    run,
)

from mediaintel_async.cli.actions import follow_jobs
from mediaintel_async.simulator import Timings


def test_summaries_are_a_table(simulator, where, other):
    """
    `summarize` prints a table, its progress on standard error, and exits with 0.
    """
    done = run("summarize", REF, OTHER)

    assert 0 == done.exit_code
    assert re.search(r"^asset +state +scenes +result", done.stdout)
    assert re.search(rf"^{REF} +SUMMARIZE_COMPLETED +4 +Scene 1 of ", done.stdout, re.MULTILINE)
    assert re.search(rf"^{OTHER} +SUMMARIZE_COMPLETED +4 +Scene 1 of ", done.stdout, re.MULTILINE)
    assert 3 == done.stdout.count("\n")
    assert "2/2 my-workspace/1234/" in done.stderr
    assert CANARY not in done.output


def test_summaries_are_lines_of_json(simulator, where, other):
    """
    `summarize --json` prints one object per asset, and nothing else, on standard output.
    """
    done = run("summarize", REF, OTHER, "--json")

    lines = lines_of_json(done.stdout)
    assert 0 == done.exit_code
    assert [["asset", "state", "scenes", "token", "error"]] * 2 == [list(line) for line in lines]
    assert {REF, OTHER} == {line["asset"] for line in lines}
    assert ["SUMMARIZE_COMPLETED"] * 2 == [line["state"] for line in lines]
    assert [[1, 2, 3, 4]] * 2 == [[one["sceneId"] for one in line["scenes"]] for line in lines]
    assert [None, None] == [line["error"] for line in lines]
    assert all(line["token"].startswith("mi1.") for line in lines)


def test_references_come_from_standard_input(world, where, other):
    """
    `--from -` skips blank lines and comments, and each asset is summarised once.
    """
    done = run(
        "summarize", REF, "--from", "-", "--json", given=f"# ours\n\n {REF}\n{OTHER}\r\n{OTHER}"
    )

    assert 0 == done.exit_code
    assert {REF, OTHER} == {line["asset"] for line in lines_of_json(done.stdout)}
    assert 2 == done.stdout.count("\n")
    assert 1 == world.bill[where, "summary"]
    assert 1 == world.bill[other, "summary"]


def test_references_come_from_a_file(where, tmp_path):
    """
    `--from FILE` reads UTF-8, with a byte order mark or without.
    """
    file = tmp_path / "assets.txt"
    file.write_text(f"\ufeff{REF}\n", "utf-8")

    done = run("summarize", "--from", str(file), "--json")

    assert 0 == done.exit_code
    assert [REF] == [line["asset"] for line in lines_of_json(done.stdout)]


def test_assets_can_be_piped_from_one_command_to_another(world, where, other):
    """
    `--from -` takes the JSON lines that other commands print, and summarises their assets.
    """
    listed = run("assets", "list", f"{W}/1234", "--json")
    done = run("summarize", "--from", "-", "--json", given=listed.stdout)
    again = run("summarize", "--from", "-", "--json", given=f"{done.stdout}{REF}\n")

    assert [0, 0, 0] == [listed.exit_code, done.exit_code, again.exit_code]
    assert {REF, OTHER} == {line["asset"] for line in lines_of_json(done.stdout)}
    assert {REF, OTHER} == {line["asset"] for line in lines_of_json(again.stdout)}
    assert [1, 1] == [world.bill[where, "summary"], world.bill[other, "summary"]]


def test_a_table_is_not_read(simulator, where):
    """
    The table of a command is refused at its first line, and the error says what can be read.
    """
    table = run("assets", "list", f"{W}/1234").stdout
    simulator.requests.clear()

    done = run("summarize", "--from", "-", given=f"# a comment\n{table}")

    error = " ".join(done.stderr.replace("│", " ").split())
    assert 2 == done.exit_code
    assert "line 2: 'asset duration resolution file' is not an asset reference;" in error
    assert "or a JSON line with an" in error
    assert [] == simulator.requests


@pytest.mark.parametrize(
    "line",
    [
        '{"asset": 5}',
        '{"asset": null}',
        '{"file": "a"}',
        "{}",
        "{",
        '{"asset": "my-workspace"}',
        '"my-workspace/1234/5678"',
        '{"asset": "my-workspace/1234/5678"',
        f'{{"a": {"[" * 100_000}',
    ],
    ids=lambda line: line[:20],
)
def test_a_line_of_something_else_is_refused(simulator, where, line):
    """
    A line that is neither a reference nor JSON with an asset is named, and nothing is sent.
    """
    done = run("summarize", "--from", "-", given=f"{REF}\n{line}\n")

    assert 2 == done.exit_code
    assert "line 2: " in done.stderr
    assert len(done.stderr) < 2000
    assert [] == simulator.requests


def test_a_file_without_references_is_nothing_to_do(simulator, where):
    """
    A file without references exits with 0, says so, and sends nothing.
    """
    done = run("summarize", "--from", "-", "--json", given="# none today\n")

    assert 0 == done.exit_code
    assert "" == done.stdout
    assert "nothing to do" in done.stderr
    assert [] == simulator.requests


def test_nothing_to_do_is_no_table(simulator, where):
    """
    Without any asset there is no table either.
    """
    done = run("summarize", "--from", "-", given="\n")

    assert 0 == done.exit_code
    assert "" == done.stdout


def test_an_existing_summary_is_not_billed_again(world, where):
    """
    A second `summarize` fetches the summary that the first one made, and bills nothing.
    """
    run("summarize", REF)

    done = run("summarize", REF)

    assert 0 == done.exit_code
    assert 1 == world.bill[where, "summary"]


def test_a_new_run_is_billed(world, where):
    """
    `summarize --new` starts a billed run even if a summary exists.
    """
    run("summarize", REF)

    done = run("summarize", REF, "--new")

    assert 0 == done.exit_code
    assert 2 == world.bill[where, "summary"]


def test_one_failure_does_not_stop_the_others(world, where, other):
    """
    A failed run exits with 1 and prints its reason; the other assets are summarised.
    """
    world.fail_next(where, "summary", "The video is\x1b[31m damaged.")

    done = run("summarize", REF, OTHER)

    assert 1 == done.exit_code
    assert re.search(rf"^{REF} +SUMMARIZE_FAIL +- +failed: .* damaged", done.stdout, re.MULTILINE)
    assert re.search(rf"^{OTHER} +SUMMARIZE_COMPLETED", done.stdout, re.MULTILINE)
    assert f"{REF}: summary of {REF} failed (SUMMARIZE_FAIL): The video is" in done.stderr
    assert "starts a new run, which is billed" in done.stderr
    assert not RESUME.search(done.output)
    assert "\x1b" not in done.output


def test_a_failure_is_a_line_of_json(world, where):
    """
    With `--json` a failure is an object with its reason.
    """
    world.fail_next(where, "index", "The video is damaged.")

    done = run("summarize", REF, "--json")

    (line,) = lines_of_json(done.stdout)
    assert 1 == done.exit_code
    assert ("ANALYZE_FAIL", None) == (line["state"], line["scenes"])
    assert "The video is damaged." in line["error"]


def test_progress_has_the_estimated_time_left(monkeypatch, world):
    """
    `summarize` shows the estimated time left of the current stage, once there is an estimate.
    """
    world.add_asset(scenes=5, indexed=True, timings=Timings(scene_seconds=20))
    shown = []
    monkeypatch.setattr(
        follow_jobs.Lines, "show", lambda *_, seconds_left: shown.append(seconds_left)
    )

    done = run("summarize", REF)

    assert 0 == done.exit_code
    assert None is shown[0]
    assert any(seconds is not None and 0 < seconds < 100 for seconds in shown)
