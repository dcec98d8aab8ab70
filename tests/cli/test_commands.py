"""The commands, against a stand-in for the service in a thread of its own."""

import http.client
import http.server
import io
import json
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from typing import ClassVar

import pytest
from rich.console import Console
from served_commands import lines_of_json, run, serving
from yarl import URL

from mediaintel_async.cli.actions import doctor, follow_jobs, look, run_with_client
from mediaintel_async.cli.output import status_changes
from mediaintel_async.clock import FastClock
from mediaintel_async.errors import OutcomeUnknown
from mediaintel_async.models.assets import Asset
from mediaintel_async.refs import AssetRef
from mediaintel_async.simulator import Fault, Simulator, Timings, World

CANARY = "canary-secret-key"
CLOCK = FastClock(100)
QUICK = Timings(
    import_seconds=0.5,
    index_queue_seconds=0.5,
    index_seconds=2,
    summary_queue_seconds=0.5,
    scene_seconds=0.5,
)
ENDLESS = Timings(index_queue_seconds=0, index_seconds=1e6, scene_seconds=1e6)
REF, OTHER = "my-workspace/1234/5678", "my-workspace/1234/5679"
MISSING = "my-workspace/1234/404"
RESUME = re.compile(r"^mediaintel (resume mi1\.[\w-]+.*)$", re.MULTILINE)


@pytest.fixture
def simulator(monkeypatch):
    """A quick service in another thread, named by the environment."""
    service = Simulator(CLOCK, World(CLOCK, timings=QUICK), secret_key=CANARY)
    with serving(service, CLOCK, monkeypatch):
        yield service


@pytest.fixture
def world(simulator):
    """The state behind the service."""
    return simulator.world


@pytest.fixture
def where(world):
    """An asset of four scenes, neither indexed nor summarised."""
    return world.add_asset(scenes=4)


@pytest.fixture
def other(world, where):
    """A second asset."""
    return world.add_asset(scenes=4)


@pytest.fixture
def ctrl_c_at_first_progress(monkeypatch):
    """Press Ctrl-C when the first progress is shown."""

    def press(*_, **__):
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(follow_jobs.Lines, "show", press)


@pytest.fixture
def ctrl_c_at_first_request(simulator):
    """Press Ctrl-C when the first request arrives, which is not answered."""

    class Pressing(list):
        def append(self, one):
            super().append(one)
            signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    simulator.requests = Pressing()
    simulator.faults.add("*", Fault.SLOW(1e6))


@pytest.fixture
def terminal(monkeypatch):
    """A terminal of 100 by 20 characters."""
    monkeypatch.setenv("TERM", "xterm")
    return Console(file=io.StringIO(), force_terminal=True, width=100, height=20)


def finish_at_look(simulator, number, where, work):
    """Let the run that is going end when its status is read for that time."""

    class Finishing(list):
        def append(self, one):
            super().append(one)
            looks = [each for each in self if each.operation == "get_scene_summary_status"]
            if len(looks) == number and looks[-1] is one:
                simulator.world.finish(where, work)

    simulator.requests = Finishing()


def operations(simulator):
    """What was asked of the service, once each."""
    return {each.operation for each in simulator.requests}


# summarize


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
    `summarize --json` prints one object an asset, and nothing else, on standard output.
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
    `--from -` skips blank lines and comments, and each asset is done once.
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


def test_a_file_without_references_is_nothing_to_do(simulator, where):
    """
    A file without references exits with 0, says so, and asks for nothing.
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


@pytest.mark.parametrize(
    ("words", "given", "complaint"),
    [
        (["summarize", "my-workspace/5678"], None, "my-workspace/5678"),
        (["summarize", REF, "nonsense"], None, "nonsense"),
        (["summarize", REF, "--from", "-"], f"{REF}\n\n5678\n", "line 3"),
        (["summarize", "--from", "-"], b"\xff\xfe\n", "UTF-8"),
        (["summarize", "--from", "/nowhere/at-all"], None, "/nowhere/at-all"),
        (["summarize"], None, "--from"),
        (["summarize", REF, "--timeout", "-1"], None, "from 0 up"),
        (["summarize", REF, "--timeout", "nan"], None, "from 0 up"),
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
def test_what_makes_no_sense_is_refused(simulator, where, words, given, complaint):
    """
    A bad reference, option or token exits with 2 before anything is sent.
    """
    done = run(*words, given=given)

    assert 2 == done.exit_code
    assert "" == done.stdout
    assert complaint in done.stderr
    assert [] == simulator.requests


def test_what_is_there_is_not_paid_again(world, where):
    """
    A second `summarize` fetches the summary that the first one paid for.
    """
    run("summarize", REF)

    done = run("summarize", REF)

    assert 0 == done.exit_code
    assert 1 == world.bill[where, "summary"]


def test_a_new_run_is_paid(world, where):
    """
    `summarize --new` asks for a run even where a summary is there.
    """
    run("summarize", REF)

    done = run("summarize", REF, "--new")

    assert 0 == done.exit_code
    assert 2 == world.bill[where, "summary"]


def test_one_failure_does_not_stop_the_others(world, where, other):
    """
    A run that fails exits with 1 and its reason; the other assets are summarised.
    """
    world.fail_next(where, "summary", "The video is\x1b[31m damaged.")

    done = run("summarize", REF, OTHER)

    assert 1 == done.exit_code
    assert re.search(rf"^{REF} +SUMMARIZE_FAIL +- +failed: .* damaged", done.stdout, re.MULTILINE)
    assert re.search(rf"^{OTHER} +SUMMARIZE_COMPLETED", done.stdout, re.MULTILINE)
    assert f"{REF}: summary of {REF} failed (SUMMARIZE_FAIL): The video is" in done.stderr
    assert "asks for a new run, which is billed" in done.stderr
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


def test_a_timeout_tells_how_to_go_on(world):
    """
    A timeout exits with 3 and prints the line that resumes; that line brings the summary.
    """
    where = world.add_asset(scenes=4, timings=ENDLESS)

    late = run("summarize", REF, "--timeout", "30")
    world.finish(where, "index")
    (resume,) = RESUME.findall(late.stdout)
    world.asset(where).timings = QUICK
    done = run(*resume.split(), "--json")

    assert 3 == late.exit_code
    assert re.search(rf"^{REF} +ANALYZING +- +timeout: ", late.stdout, re.MULTILINE)
    assert "has not ended within 30 s" in late.stderr
    assert 0 == done.exit_code
    assert [4] == [len(line["scenes"]) for line in lines_of_json(done.stdout)]
    assert 1 == world.bill[where, "index"]
    assert 1 == world.bill[where, "summary"]


def test_a_timeout_keeps_json_pure(world):
    """
    With `--json` the lines that resume are on standard error, and the tokens in the objects.
    """
    world.add_asset(scenes=4, timings=ENDLESS)

    done = run("summarize", REF, "--timeout", "30", "--json")

    (line,) = lines_of_json(done.stdout)
    assert 3 == done.exit_code
    assert "ANALYZING" == line["state"]
    assert "has not ended" in line["error"]
    assert [f"resume {line['token']}"] == RESUME.findall(done.stderr)


def test_a_failure_outweighs_a_timeout(world, where):
    """
    Where one job failed and another did not end, the exit code is 1.
    """
    world.add_asset(timings=ENDLESS)

    done = run("summarize", MISSING, OTHER, "--timeout", "30")

    assert 1 == done.exit_code
    assert 1 == len(RESUME.findall(done.stdout))


def test_a_timeout_can_cancel(world):
    """
    `--cancel-on-timeout` stops the run, which leaves nothing to resume.
    """
    where = world.add_asset(timings=ENDLESS)

    done = run("summarize", REF, "--timeout", "30", "--cancel-on-timeout")

    assert 3 == done.exit_code
    assert 1 == world.refunded[where, "index"]
    assert not RESUME.search(done.output)
    assert "goes on" not in done.output
    assert "" not in done.stderr.splitlines()


def test_one_step_starts_what_is_due(world):
    """
    `summarize --timeout 0` starts what is due and waits for nothing; `resume` goes on with it.
    """
    where = world.add_asset()
    left = run("summarize", REF, "--timeout", "0")
    billed = dict(world.bill)

    done = run(*RESUME.findall(left.stdout)[0].split())

    assert (3, {(where, "index"): 1}) == (left.exit_code, billed)
    assert "Nothing was started" not in left.stderr
    assert 0 == done.exit_code
    assert {(where, "index"): 1, (where, "summary"): 1} == dict(world.bill)


def test_an_interrupt_tells_how_to_go_on(world, ctrl_c_at_first_progress):
    """
    Ctrl-C exits with 130 and prints a line for each unfinished asset, which resumes it.
    """
    world.add_asset(timings=ENDLESS)
    world.add_asset(timings=ENDLESS)

    done = run("summarize", REF, OTHER)

    assert 130 == done.exit_code
    assert re.search(rf"^{REF} .* interrupted", done.stdout, re.MULTILINE)
    assert re.search(rf"^{OTHER} .* interrupted", done.stdout, re.MULTILINE)
    assert 2 == len(RESUME.findall(done.stdout))


def test_an_interrupt_keeps_json_pure(world, ctrl_c_at_first_progress):
    """
    With `--json` each unfinished asset is an object with its token.
    """
    world.add_asset(timings=ENDLESS)

    done = run("summarize", REF, "--json")

    (line,) = lines_of_json(done.stdout)
    assert 130 == done.exit_code
    assert ("interrupted", None) == (line["error"], line["scenes"])
    assert [f"resume {line['token']}"] == RESUME.findall(done.stderr)


def test_a_process_that_is_interrupted_loses_nothing(world):
    """
    SIGINT to a process on the way leaves lines that finish the work, which is paid once.
    """
    first = world.add_asset(scenes=4, timings=ENDLESS)
    second = world.add_asset(scenes=4, timings=ENDLESS)
    with subprocess.Popen(
        [sys.executable, "-m", "mediaintel_async.cli", "summarize", REF, OTHER],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        begun = process.stderr.readline() + process.stderr.readline()
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate()
    world.finish(first, "index")
    world.finish(second, "index")
    world.asset(first).timings = world.asset(second).timings = QUICK

    done = [run(*line.split()) for line in RESUME.findall(output)]

    assert 2 == begun.count("ANALYZING")
    assert 130 == process.returncode
    assert errors.endswith("Interrupted.\n")
    assert "Traceback" not in errors
    assert [0, 0] == [each.exit_code for each in done]
    assert 1 == world.bill[first, "index"]
    assert 1 == world.bill[second, "summary"]


def test_another_address_stands_in_the_line_that_resumes(simulator, monkeypatch):
    """
    An address given by option is given again when resuming.
    """
    simulator.world.add_asset(timings=ENDLESS)
    monkeypatch.delenv("MEDIAINTEL_BASE_URL")

    done = run("summarize", REF, "--timeout", "30", "--base-url", simulator.url)

    (resume,) = RESUME.findall(done.stdout)
    assert resume.endswith(f" --base-url {simulator.url}")


def test_missing_keys_are_a_matter_of_configuration(simulator, where, monkeypatch):
    """
    Without keys the exit code is 2, and two lines say what is missing and what to do.
    """
    monkeypatch.delenv("NCLOUD_ACCESS_KEY_ID")

    done = run("summarize", REF)

    assert 2 == done.exit_code
    assert "" == done.stdout
    assert "NCLOUD_ACCESS_KEY_ID" in done.stderr
    assert "mediaintel doctor" in done.stderr
    assert [] == simulator.requests


def test_a_wrong_key_is_told_once(simulator, where, other, monkeypatch):
    """
    A wrong key exits with 1; what to do about it is said once, and the key is not.
    """
    monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", "another-canary")

    done = run("summarize", REF, OTHER)

    assert 1 == done.exit_code
    assert 1 == done.stderr.count("Check both keys")
    assert 2 == done.stderr.count("Authentication Failed")
    assert "canary" not in done.output
    assert not RESUME.search(done.output)


def test_a_run_that_goes_on_after_an_error_is_resumed(simulator, where):
    """
    An error on the way to a run that was started leaves the line that resumes it.
    """
    simulator.faults.add("get_scene_summary", Fault.STATUS(401, "210"))

    left = run("summarize", REF)
    done = run(*RESUME.findall(left.stdout)[0].split())

    assert 1 == left.exit_code
    assert 1 == left.stderr.count("Permission Denied")
    assert "NCP_VPC_MEDIA_INTELLIGENCE_MANAGER" in left.stderr
    assert 0 == done.exit_code
    assert 1 == simulator.world.bill[where, "summary"]


def test_a_reader_that_leaves_ends_it(where, other, monkeypatch):
    """
    An output that cannot be written to any more ends all jobs with one error.
    """

    def refuse(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(follow_jobs, "print_json", refuse)

    with pytest.raises(OSError, match="No space left on device"):
        run("summarize", REF, OTHER, "--json")


# index


def test_an_index_is_a_table(world, where):
    """
    `index` prints the id of each index.
    """
    done = run("index", REF)

    assert 0 == done.exit_code
    assert re.search(rf"^{REF} +ANALYZE_COMPLETED +1001", done.stdout, re.MULTILINE)
    assert 1 == world.bill[where, "index"]


def test_an_index_is_a_line_of_json(where):
    """
    `index --json` prints an object with the id of the index.
    """
    done = run("index", REF, "--json")

    (line,) = lines_of_json(done.stdout)
    assert 0 == done.exit_code
    assert ["asset", "state", "index_id", "token", "error"] == list(line)
    assert (REF, "ANALYZE_COMPLETED", 1001, None) == (
        line["asset"],
        line["state"],
        line["index_id"],
        line["error"],
    )


def test_an_index_that_is_there_is_kept(world):
    """
    `index` of an asset that has an index pays for nothing.
    """
    where = world.add_asset(indexed=True)

    done = run("index", REF, "--json")

    assert 0 == done.exit_code
    assert "ANALYZE_COMPLETED" == lines_of_json(done.stdout)[0]["state"]
    assert 0 == world.bill[where, "index"]


def test_a_new_index_is_paid(simulator, world):
    """
    `index --new --scene-range` replaces the index, with scenes of that length.
    """
    where = world.add_asset(indexed=True)

    done = run("index", REF, "--new", "--scene-range", "SHORT")

    assert 0 == done.exit_code
    assert 1 == world.bill[where, "index"]
    assert [{"sceneRange": "SHORT"}] == [
        each.body for each in simulator.requests if each.operation == "request_index"
    ]


def test_another_scene_range_needs_a_word(world):
    """
    A scene range for an asset that has an index is refused with 2, unless it is to be replaced.
    """
    where = world.add_asset(indexed=True)

    done = run("index", REF, "--scene-range", "SHORT")

    assert 2 == done.exit_code
    assert "--new" in done.stderr
    assert 0 == world.bill[where, "index"]


def test_an_asset_the_service_knows_no_index_of_is_indexed(simulator, where):
    """
    A 404 of the service where there never was an index does not keep one from being made.
    """
    simulator.faults.add("get_index_status", Fault.STATUS(404, "404"))

    done = run("index", REF)

    assert 0 == done.exit_code


def test_a_call_the_gateway_does_not_know_is_an_error(simulator, where):
    """
    A 404 of the gateway is an error, with advice about address and version.
    """
    simulator.faults.add("get_index_status", Fault.STATUS(404, "300"))

    done = run("index", REF)

    assert 1 == done.exit_code
    assert "The gateway does not know this call" in done.stderr


def test_an_interrupt_before_any_start_leaves_nothing(simulator, where, ctrl_c_at_first_request):
    """
    Ctrl-C before anything was started says that there is nothing to resume.
    """
    done = run("index", REF)

    assert 130 == done.exit_code
    assert f"# nothing was started for {REF}" in done.stdout
    assert not RESUME.search(done.output)


# resume


def test_an_index_is_resumed(world):
    """
    `resume` finishes an index that was left.
    """
    where = world.add_asset(timings=ENDLESS)
    left = run("index", REF, "--timeout", "0")
    world.finish(where, "index")

    done = run(*RESUME.findall(left.stdout)[0].split(), "--json")

    assert 3 == left.exit_code
    assert 0 == done.exit_code
    assert 1001 == lines_of_json(done.stdout)[0]["index_id"]


def test_a_token_of_another_service_is_refused(simulator, where):
    """
    A token is resumed only where it was made.
    """
    made = run("summarize", REF, "--json")
    token = lines_of_json(made.stdout)[0]["token"]

    done = run("resume", token, "--base-url", "http://127.0.0.1:1")

    assert 2 == done.exit_code
    assert f"token is of {simulator.url}" in done.stderr


def test_a_token_of_no_asset_is_refused(simulator):
    """
    A token without an asset exits with 2.
    """
    done = run("resume", "mi1.eyJrIjoiaW5kZXgiLCJvIjoiaHR0cDovL2EiLCJ3IjoiYSIsIngiOlsxXX0")

    assert 2 == done.exit_code
    assert "does not name an asset" in done.stderr


# status


def test_the_status_is_a_table(world):
    """
    `status` shows index and summary by one look at each.
    """
    world.add_asset(indexed=True)

    done = run("status", REF)

    assert 0 == done.exit_code
    assert re.search(r"^index +ANALYZE_COMPLETED +100 %", done.stdout, re.MULTILINE)
    assert re.search(r"^summary +BEFORE_SUMMARIZE +-", done.stdout, re.MULTILINE)


def test_the_status_is_a_line_of_json(simulator):
    """
    `status --json` prints one object with both.
    """
    simulator.world.add_asset(scenes=4, summarized=True)

    done = run("status", REF, "--json")

    (line,) = lines_of_json(done.stdout)
    assert 0 == done.exit_code
    assert REF == line["asset"]
    assert ("ANALYZE_COMPLETED", 1.0) == (line["index"]["state"], line["index"]["progress"])
    assert "SUMMARIZE_COMPLETED" == line["summary"]["state"]
    assert {"get_index_status", "get_scene_summary_status"} == operations(simulator)


def test_the_status_of_nothing_is_an_error(simulator, where):
    """
    `status` of an asset that is not there says what was asked, of what, and what to do.
    """
    done = run("status", MISSING)

    assert 1 == done.exit_code
    assert "" == done.stdout
    assert "GET /api/v1/workspaces/my-workspace/projects/1234/assets/404: Not Found" in done.stderr
    assert "mediaintel assets list" in done.stderr


def test_what_the_service_knows_no_run_of_is_a_dash(simulator, where):
    """
    A 404 for a status of an asset that is there is shown as a dash.
    """
    simulator.faults.add("get_index_status", Fault.STATUS(404, "404"))
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(404, "404"))

    done = run("status", REF)

    assert 0 == done.exit_code
    assert re.search(r"^index +- +-", done.stdout, re.MULTILINE)
    assert re.search(r"^summary +- +-", done.stdout, re.MULTILINE)


def test_what_the_service_knows_no_run_of_is_null(simulator, where):
    """
    With `--json` a status that the service answers with 404 is null.
    """
    simulator.faults.add("get_index_status", Fault.STATUS(404, "404"))

    done = run("status", REF, "--json")

    assert lines_of_json(done.stdout)[0]["index"] is None


def test_a_status_call_the_gateway_does_not_know_is_an_error(simulator, where):
    """
    A 404 of the gateway is not taken for an asset without an index.
    """
    simulator.faults.add("get_index_status", Fault.STATUS(404, "300"))

    done = run("status", REF)

    assert 1 == done.exit_code
    assert "The gateway does not know this call" in done.stderr


# watch


def test_watching_follows_index_and_summary(world, where):
    """
    `watch` prints each change of the run that is there, whoever started it, and its end.
    """
    world.start_elsewhere(where, "index")

    done = run("watch", REF)

    assert 0 == done.exit_code
    assert f"{REF} index ANALYZE_COMPLETED 100 %" == done.stdout.splitlines()[-1]
    assert 0 == world.bill[where, "index"]


def test_watching_prints_lines_of_json(simulator, world):
    """
    `watch --json` prints one object a change.
    """
    where = world.add_asset(indexed=True, scenes=4, timings=ENDLESS)
    world.start_elsewhere(where, "summary")
    finish_at_look(simulator, 3, where, "summary")

    done = run("watch", REF, "--json")

    lines = lines_of_json(done.stdout)
    assert 0 == done.exit_code
    assert ["asset", "kind", "state", "progress", "message"] == list(lines[0])
    assert {"summary"} == {line["kind"] for line in lines}
    assert 1 < len(lines)
    assert ("SUMMARIZE_COMPLETED", 1.0) == (lines[-1]["state"], lines[-1]["progress"])


def test_watching_a_failure_exits_with_1(world, where):
    """
    `watch` of a run that fails exits with 1, and prints its reason.
    """
    world.fail_next(where, "index", "The video is damaged.")
    world.start_elsewhere(where, "index")

    done = run("watch", REF)

    assert 1 == done.exit_code
    assert f"{REF} index ANALYZE_FAIL The video is damaged." in done.stdout


def test_watching_what_has_ended_tells_how(world):
    """
    `watch` of an asset on which nothing is being done prints where it stands, and exits.
    """
    world.add_asset(summarized=True)

    done = run("watch", REF)

    assert 0 == done.exit_code
    assert [
        f"{REF} index ANALYZE_COMPLETED 100 %",
        f"{REF} summary SUMMARIZE_COMPLETED 100 %",
    ] == done.stdout.splitlines()


def test_watching_what_never_began_tells_so(where):
    """
    `watch` of an asset that nothing was asked for prints one line.
    """
    done = run("watch", REF)

    assert 0 == done.exit_code
    assert f"{REF} index BEFORE_ANALYZE\n" == done.stdout


def test_watching_an_asset_the_service_knows_no_run_of(simulator, where):
    """
    `watch` of an asset whose statuses are answered with 404 prints nothing, and exits with 0.
    """
    simulator.faults.add("get_index_status", Fault.STATUS(404, "404"))
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(404, "404"))

    done = run("watch", REF)

    assert (0, "") == (done.exit_code, done.stdout)


def test_watching_in_a_terminal_draws_a_bar(world, terminal, monkeypatch):
    """
    In a terminal `watch` draws a bar, and prints each new state once.
    """
    where = world.add_asset(indexed=True, scenes=4)
    world.start_elsewhere(where, "summary")
    monkeypatch.setattr(look, "console", lambda: terminal)

    done = run("watch", REF)

    shown = terminal.file.getvalue()
    assert 0 == done.exit_code
    assert "━" in shown
    assert 1 == shown.count(f"{REF} summary SUMMARIZE_COMPLETED")


LEFT = re.compile(r"SUMMARIZING.* \d:\d\d:\d\d left")


def test_following_tells_the_likely_end(monkeypatch, world):
    """
    `summarize` shows how long the present stage will probably still take, once that is known.
    """
    world.add_asset(scenes=5, indexed=True, timings=Timings(scene_seconds=20))
    told = []
    monkeypatch.setattr(
        follow_jobs.Lines, "show", lambda *_, seconds_left: told.append(seconds_left)
    )

    done = run("summarize", REF)

    assert 0 == done.exit_code
    assert None is told[0]
    assert any(seconds is not None and 0 < seconds < 100 for seconds in told)


def test_watching_tells_the_likely_end(world):
    """
    `watch` tells with each change how long the run will probably still take.
    """
    where = world.add_asset(scenes=5, indexed=True, timings=Timings(scene_seconds=20))
    world.start_elsewhere(where, "summary")

    done = run("watch", REF)

    assert 0 == done.exit_code
    assert LEFT.search(done.stdout)


def test_a_bar_takes_the_place_of_lines(terminal):
    """
    Where a bar moves, a change without a new state is no line of its own.
    """
    where = AssetRef("my-workspace", 1234, 5678)
    status = look.SceneSummaryStatus(
        state="SUMMARIZING", analyzed_scene_count=1, total_scene_count=4
    )
    with status_changes.changes(terminal, where, as_json=False) as shown:
        shown.show("summary", status)

        shown.show("summary", status)

    assert 1 == terminal.file.getvalue().count(f"{REF} summary SUMMARIZING")


# cancel


@pytest.mark.parametrize(
    ("work", "words"), [("summary", ["cancel", REF]), ("index", ["cancel", REF, "--index"])]
)
def test_cancelling_stops_the_run(world, work, words):
    """
    `cancel` stops a run that somebody else started, and prints CANCELED.
    """
    where = world.add_asset(indexed=True, timings=ENDLESS)
    world.start_elsewhere(where, work)

    done = run(*words)

    assert (0, "CANCELED\n") == (done.exit_code, done.stdout)
    assert "CANCELED" == world.look(where, work).state.name


def test_cancelling_what_has_ended(world):
    """
    `cancel` of a run that has ended prints FINISHED_FIRST, and exits with 0.
    """
    world.add_asset(summarized=True)

    done = run("cancel", REF, "--json")

    assert 0 == done.exit_code
    assert [{"asset": REF, "cancellation": "FINISHED_FIRST"}] == lines_of_json(done.stdout)


def test_cancelling_that_does_not_show(simulator, world):
    """
    `cancel` of a run that goes on all the same prints UNKNOWN, and exits with 1.
    """
    where = world.add_asset(indexed=True, timings=ENDLESS)
    world.start_elsewhere(where, "summary")
    simulator.faults.add("cancel_scene_summary", Fault.BODY(b'{"code": "0"}'))

    done = run("cancel", REF)

    assert (1, "UNKNOWN\n") == (done.exit_code, done.stdout)


def test_cancelling_nothing(where):
    """
    `cancel` of an asset that nothing was asked for exits with 1 and one line.
    """
    done = run("cancel", REF)

    assert (1, "") == (done.exit_code, done.stdout)
    assert f"mediaintel: {REF} is BEFORE_SUMMARIZE: there is nothing to cancel\n" == done.stderr


# result


def test_the_result_is_every_scene(world):
    """
    `result` prints the words of each scene.
    """
    world.add_asset(scenes=4, summarized=True)

    done = run("result", REF)

    assert 0 == done.exit_code
    assert 5 == done.stdout.count("\n")
    assert re.search(r"^4 +Scene 4 of sample-video\.mp4", done.stdout, re.MULTILINE)


def test_the_result_is_a_line_of_json(world):
    """
    `result --json` prints the scenes as the service sent them.
    """
    world.add_asset(scenes=4, summarized=True)

    done = run("result", REF, "--json")

    (line,) = lines_of_json(done.stdout)
    assert ["asset", "index_id", "scenes"] == list(line)
    assert [1, 2, 3, 4] == [scene["sceneId"] for scene in line["scenes"]]


def test_no_result_yet(world, where):
    """
    `result` without a summary says how to come by one, and starts nothing.
    """
    done = run("result", REF)

    assert (1, "") == (done.exit_code, done.stdout)
    assert "summarising the asset makes one. `mediaintel summarize REF`" in done.stderr
    assert 0 == world.bill[where, "summary"]


def test_no_result_of_nothing(where):
    """
    `result` of an asset that is not there says so.
    """
    done = run("result", MISSING)

    assert 1 == done.exit_code
    assert "assets/404: Not Found" in done.stderr
    assert "Check that each thing in this path exists" in done.stderr


# assets


def test_assets_are_listed(world, where, other):
    """
    `assets list` prints a row an asset.
    """
    done = run("assets", "list", "my-workspace/1234")

    assert 0 == done.exit_code
    assert re.search(rf"^{REF} +0:01:00 +1280x720 +sample-video.mp4", done.stdout, re.MULTILINE)
    assert OTHER in done.stdout


def test_assets_are_listed_as_json(world, where, other):
    """
    `assets list --json` prints an object an asset.
    """
    done = run("assets", "list", "my-workspace/1234", "--json")

    assert 0 == done.exit_code
    assert [REF, OTHER] == [line["asset"] for line in lines_of_json(done.stdout)]
    assert 60_000 == lines_of_json(done.stdout)[0]["duration_ms"]


def test_an_asset_is_shown(where):
    """
    `assets get` prints what the service knows of an asset.
    """
    done = run("assets", "get", REF)

    assert 0 == done.exit_code
    assert re.search(rf"^asset +{REF}", done.stdout)
    assert re.search(r"^duration +0:01:00", done.stdout, re.MULTILINE)


def test_an_asset_is_shown_as_json(where):
    """
    `assets get --json` prints one object.
    """
    done = run("assets", "get", REF, "--json")

    (line,) = lines_of_json(done.stdout)
    assert 0 == done.exit_code
    assert (REF, "sample-video.mp4", "mp4") == (line["asset"], line["key"], line["format"])


def test_registering_leaves_a_line_to_wait(world, where):
    """
    `assets register` prints the new asset, and the line that waits for its import.
    """
    world.put_object("my-bucket", "new.mp4")

    done = run("assets", "register", "my-workspace/1234", "--bucket=my-bucket", "--key=new.mp4")
    waited = run(*RESUME.findall(done.stdout)[0].split())

    assert 0 == done.exit_code
    assert re.search(rf"^{OTHER} +new.mp4", done.stdout, re.MULTILINE)
    assert 0 == waited.exit_code
    assert re.search(rf"^{OTHER} +COMPLETED +new.mp4", waited.stdout, re.MULTILINE)
    assert 1 == world.bill[where.project, "import"]


def test_registering_prints_json(world, where):
    """
    `assets register --json` prints the asset and the token of its import.
    """
    world.put_object("my-bucket", "new.mp4")

    done = run(
        *["assets", "register", "my-workspace/1234", "--bucket=my-bucket", "--key=new.mp4"],
        "--json",
    )

    (line,) = lines_of_json(done.stdout)
    assert ["asset", "token"] == list(line)
    assert OTHER == line["asset"]


def test_registering_can_wait(world, where):
    """
    `assets register --wait --json` prints the asset once it is imported.
    """
    world.put_object("my-bucket", "new.mp4")

    done = run(
        *["assets", "register", "my-workspace/1234", "--bucket=my-bucket", "--key=new.mp4"],
        *["--wait", "--json"],
    )

    (line,) = lines_of_json(done.stdout)
    assert 0 == done.exit_code
    assert (OTHER, "COMPLETED", "new.mp4") == (line["asset"], line["state"], line["file_name"])


def test_a_file_that_is_not_in_the_bucket(where):
    """
    An import without a file exits with 1, and says what to check.
    """
    done = run(
        *["assets", "register", "my-workspace/1234", "--bucket=my-bucket", "--key=none.mp4"],
        "--wait",
    )

    assert 1 == done.exit_code
    assert "FILE_NOT_EXIST" in done.stdout
    assert "no such file is there" in done.stderr


def test_a_lost_registration_tells_what_it_may_have_made(simulator, where):
    """
    A registration whose answer is lost names the assets that may have come of it.
    """
    simulator.faults.add("register_asset", Fault.DROP_AFTER)

    done = run("assets", "register", "my-workspace/1234", "--bucket=my-bucket", "--key=new.mp4")

    assert 1 == done.exit_code
    assert f"It may have made {OTHER}." in done.stderr
    assert "before you repeat it" in done.stderr


def test_an_unknown_outcome_names_every_candidate(capsys):
    """
    Each asset that a lost registration may have made is a line.
    """
    made = AssetRef("my-workspace", 1234, 5678)
    error = OutcomeUnknown("lost", candidates=(Asset(asset_id=5678, ref=made),))

    run_with_client.tell_error(error)

    assert f"It may have made {REF}.\n" in capsys.readouterr().err


def test_an_interrupted_registration_tells_where_to_look(where, ctrl_c_at_first_request):
    """
    Ctrl-C before a registration was sent says where it would show.
    """
    done = run("assets", "register", "my-workspace/1234", "--bucket=my-bucket", "--key=new.mp4")

    assert (130, "") == (done.exit_code, done.stdout)
    assert "`mediaintel assets list my-workspace/1234` shows whether" in done.stderr


def test_a_registration_that_is_interrupted_late_is_resumed(world, where, ctrl_c_at_first_progress):
    """
    Ctrl-C while the import is waited for prints the line that resumes it.
    """
    world.put_object("my-bucket", "new.mp4")
    world.timings = Timings(import_seconds=1e6)

    done = run(
        *["assets", "register", "my-workspace/1234", "--bucket=my-bucket", "--key=new.mp4"],
        "--wait",
    )

    assert 130 == done.exit_code
    assert 1 == len(RESUME.findall(done.stdout))


def test_a_registration_that_was_in_flight_is_resumed(simulator, where, monkeypatch):
    """
    Ctrl-C while the answer to a registration is on its way prints the line that resumes it.
    """
    simulator.faults.add("register_asset", Fault.SLOW(30))
    # The answer is waited for by this clock, which must not be the quicker one.
    monkeypatch.setattr(run_with_client, "CLOCK", FastClock(1))

    class Pressing(list):
        def append(self, one):
            super().append(one)
            if one.operation == "register_asset":
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    simulator.requests = Pressing()

    done = run("assets", "register", "my-workspace/1234", "--bucket=my-bucket", "--key=new.mp4")

    assert 130 == done.exit_code
    assert 1 == len(RESUME.findall(done.stderr))


# workspaces and projects


def test_workspaces_are_listed(world):
    """
    `workspaces` prints a row a workspace, with a dash where there is no bucket.
    """
    world.add_workspace("my-workspace", "my-bucket")
    world.add_workspace("other-workspace")

    done = run("workspaces")

    assert 0 == done.exit_code
    assert re.search(r"^my-workspace +\d{4}-.* my-bucket", done.stdout, re.MULTILINE)
    assert re.search(r"^other-workspace +\d{4}-.* -", done.stdout, re.MULTILINE)


def test_workspaces_are_listed_as_json(world):
    """
    `workspaces --json` prints an object a workspace.
    """
    world.add_workspace("my-workspace", "my-bucket")
    world.add_workspace("other-workspace")

    done = run("workspaces", "--json")

    assert 0 == done.exit_code
    assert [("my-workspace", "my-bucket"), ("other-workspace", None)] == [
        (line["workspace"], line["bucket_name"]) for line in lines_of_json(done.stdout)
    ]


def test_projects_are_listed(world):
    """
    `projects` prints a row a project, with the reference that other commands take.
    """
    world.add_project("my-workspace", 1234)

    done = run("projects", "my-workspace")

    assert 0 == done.exit_code
    assert re.search(r"^my-workspace/1234 +\d.* - +my-project", done.stdout, re.MULTILINE)
    assert re.search(r"^my-workspace/900001 +\d.* yes +default", done.stdout, re.MULTILINE)


def test_projects_are_listed_as_json(world):
    """
    `projects --json` prints an object a project.
    """
    world.add_project("my-workspace", 1234)

    done = run("projects", "my-workspace", "--json")

    assert 0 == done.exit_code
    assert [("my-workspace/900001", True), ("my-workspace/1234", False)] == [
        (line["project"], line["is_base_project"]) for line in lines_of_json(done.stdout)
    ]


def test_projects_of_no_workspace(simulator):
    """
    A workspace that is not there is an error, and one without a name makes no sense.
    """
    unknown, nameless = run("projects", "my-workspace"), run("projects", "")

    assert (1, 2) == (unknown.exit_code, nameless.exit_code)
    assert "expected the name of a workspace" in nameless.stderr


# simulate


def test_faults_of_a_file_reach_the_service(monkeypatch, tmp_path):
    """
    `simulate --faults` hands the file to the stand-in.
    """
    chosen = {}

    async def remember(**settings):
        chosen.update(settings)

    monkeypatch.setattr("mediaintel_async.simulator.__main__.serve", remember)

    done = run("simulate", "--faults", str(tmp_path / "faults.toml"))

    assert 0 == done.exit_code
    assert tmp_path / "faults.toml" == chosen["faults"]


def test_faults_without_sense_are_refused(tmp_path):
    """
    A file of faults that cannot be understood exits with 2, before anything is served.
    """
    path = tmp_path / "faults.toml"
    path.write_text('[[fault]]\noperation = "*"\nkind = "SLOW"', "utf-8")

    done = run("simulate", "--faults", str(path))

    assert 2 == done.exit_code
    assert "seconds: missing; SLOW needs it" in " ".join(done.stderr.split())
    assert "" == done.stdout


# doctor


def test_all_is_well(simulator):
    """
    `doctor` prints a line for each check, and exits with 0 if all is well.
    """
    done = run("doctor")

    assert 0 == done.exit_code
    assert [
        "ok keys: NCLOUD_ACCESS_KEY_ID and NCLOUD_SECRET_ACCESS_KEY, set",
        f"ok address: {simulator.url}",
        f"ok network: {simulator.url} answers (HTTP 401, as is right without keys)",
        "ok clock: agrees with the service's",
    ] == done.stdout.splitlines()[:4]
    assert "ok permission: the keys may list workspaces\n" in done.stdout
    assert CANARY not in done.output


def test_findings_are_lines_of_json(simulator):
    """
    `doctor --json` prints one object a check.
    """
    done = run("doctor", "--json")

    lines = lines_of_json(done.stdout)
    assert ["keys", "address", "network", "clock", "permission"] == [one["check"] for one in lines]
    assert [True] * 5 == [one["ok"] for one in lines]
    assert [None] * 5 == [one["advice"] for one in lines]


def test_a_listing_that_is_unknown_there_is_told(simulator):
    """
    Where the service does not know the listing of workspaces, the keys are accepted.
    """
    simulator.faults.add("list_workspaces", Fault.STATUS(404))

    done = run("doctor")

    assert 0 == done.exit_code
    assert "ok permission: the keys are accepted; listing" in done.stdout


@pytest.mark.parametrize("missing", ["NCLOUD_ACCESS_KEY_ID", "NCLOUD_SECRET_ACCESS_KEY"])
def test_missing_keys_are_found(simulator, monkeypatch, missing):
    """
    Without one of the keys `doctor` names what to set, checks the rest, and exits with 2.
    """
    monkeypatch.delenv(missing)

    done = run("doctor")

    first, *rest = done.stdout.splitlines()
    assert 2 == done.exit_code
    assert first.startswith("!! keys: ")
    assert missing in first
    assert ["ok address", "ok network", "ok clock"] == [line.partition(":")[0] for line in rest]
    assert CANARY not in done.output


@pytest.fixture
def empty_home(simulator, monkeypatch, tmp_path):
    """A home folder without a configuration file, and an environment without keys."""
    monkeypatch.delenv("NCLOUD_ACCESS_KEY_ID")
    monkeypatch.delenv("NCLOUD_SECRET_ACCESS_KEY")
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_keys_that_are_nowhere_are_looked_for_everywhere(empty_home):
    """
    Without any keys `doctor` names each place that it looked at, and exits with 2.
    """
    done = run("doctor")

    first, *_ = done.stdout.splitlines()
    assert 2 == done.exit_code
    assert re.match(
        r"!! keys: no credentials\. .* NCLOUD_ACCESS_KEY_ID .* NCLOUD_SECRET_KEY .*"
        rf" {empty_home}/\.ncloud/configure: no such file; server role: .*: no connection\.",
        first,
    )
    assert "Set NCLOUD_ACCESS_KEY_ID and NCLOUD_SECRET_ACCESS_KEY to a key pair" in first
    assert "permission" not in done.stdout


def test_keys_of_a_file_are_found(simulator, empty_home):
    """
    `doctor` names file and profile of the keys, and shows neither of them.
    """
    file = empty_home / ".ncloud" / "configure"
    file.parent.mkdir()
    file.write_text(
        f"ncloud_access_key_id = {simulator.access_key}\nncloud_secret_access_key = {CANARY}\n"
    )

    done = run("doctor")

    assert 0 == done.exit_code
    assert f"ok keys: profile DEFAULT of {file}" == done.stdout.splitlines()[0]
    assert CANARY not in done.output
    assert simulator.access_key not in done.output


class MetadataHandler(http.server.BaseHTTPRequestHandler):
    """The metadata of a server with a role."""

    answers: ClassVar = {
        "/latest/meta-data/iam/security-credentials/": b"my-role",
        "/latest/meta-data/iam/security-credentials/my-role": json.dumps(
            {
                "AccessKeyId": "sim-access-key",
                "SecretAccessKey": CANARY,
                "Expiration": "2999-01-01T00:00:00Z",
            }
        ).encode(),
    }

    def do_GET(self):
        """Answer by path."""
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.answers[self.path])

    def log_message(self, *_):
        """Keep quiet."""


@pytest.fixture
def metadata(monkeypatch):
    """The metadata service, in a thread of its own."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), MetadataHandler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("NCLOUD_METADATA_API_ENDPOINT", url)
        yield url
        server.shutdown()
        thread.join()


def test_keys_of_the_server_role_are_found(empty_home, metadata):
    """
    `doctor` asks for the keys of the server's role, and names the role as their source.
    """
    done = run("doctor")

    assert 0 == done.exit_code
    assert f"ok keys: the server role, by {metadata}" == done.stdout.splitlines()[0]
    assert "ok permission" in done.stdout
    assert CANARY not in done.output


def test_a_malformed_key_is_found_and_not_shown(simulator, monkeypatch):
    """
    A key with a space in it is named by its kind alone.
    """
    monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", f"{CANARY} two")

    done = run("doctor")

    assert 2 == done.exit_code
    assert "!! keys: secret_key is empty, or has a space in it" in done.stdout
    assert CANARY not in done.output


def test_a_wrong_key_is_found(simulator, monkeypatch):
    """
    Keys that are refused while the clock is right are wrong: exit code 1.
    """
    monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", "another-canary")

    done = run("doctor")

    assert 1 == done.exit_code
    assert "ok clock" in done.stdout
    assert "!! permission: GET /api/v1/workspaces: Authentication Failed" in done.stdout
    assert "Check the access key and the secret key" in done.stdout
    assert "canary" not in done.output


@pytest.mark.parametrize(("skew", "words"), [(100_000, "behind"), (-100_000, "ahead of")])
def test_a_wrong_clock_is_found(simulator, skew, words):
    """
    A clock that is too far off exits with 1, and is what to mend before any key.
    """
    simulator.skew_seconds = skew

    done = run("doctor")

    assert 1 == done.exit_code
    assert re.search(
        rf"^!! clock: (99|100)\d\d\d seconds {words} the service's\. Set", done.stdout, re.MULTILINE
    )
    assert "!! permission" in done.stdout
    assert 2 == done.stdout.count("Set this machine's clock")


def test_a_clock_that_is_somewhat_off_is_told(simulator):
    """
    A clock that is a minute off does no harm yet, and is told.
    """
    simulator.skew_seconds = 60

    done = run("doctor")

    assert 0 == done.exit_code
    assert re.search(r"^ok clock: .* Set this machine's clock", done.stdout, re.MULTILINE)


def test_a_clock_that_is_little_off_needs_nothing(simulator):
    """
    A clock that is ten seconds off is told, without advice.
    """
    simulator.skew_seconds = 10

    done = run("doctor")

    assert re.search(r"^ok clock: \d+ seconds behind the service's$", done.stdout, re.MULTILINE)


def test_a_missing_permission_is_found(simulator):
    """
    Keys without permission exit with 1, and the policy to ask for is named.
    """
    simulator.faults.add("list_workspaces", Fault.STATUS(401, "210"))

    done = run("doctor")

    assert 1 == done.exit_code
    assert "NCP_VPC_MEDIA_INTELLIGENCE_MANAGER" in done.stdout


def test_nobody_listening_is_found(simulator, monkeypatch):
    """
    Where nothing listens `doctor` exits with 1, and checks no further.
    """
    done = run("doctor", "--base-url", "http://127.0.0.1:1")

    assert 1 == done.exit_code
    assert "!! network: http://127.0.0.1:1 was not reached: nothing listens there" in done.stdout
    assert "clock" not in done.stdout


def test_an_address_without_sense_is_found(simulator):
    """
    An address that would send keys in the clear exits with 2, and checks no further.
    """
    done = run("doctor", "--base-url", "http://service.example")

    assert 2 == done.exit_code
    assert "!! address: base_url http://service.example is not https" in done.stdout
    assert "network" not in done.stdout


def test_the_public_service_is_the_default(simulator, monkeypatch):
    """
    Without an address `doctor` checks the public service.
    """
    monkeypatch.delenv("MEDIAINTEL_BASE_URL")
    monkeypatch.setattr(
        doctor,
        "check_network",
        lambda origin: (doctor.Finding(check="network", is_well=False, found=str(origin)), None),
    )

    done = run("doctor")

    assert 1 == done.exit_code
    assert "!! network: https://mi.apigw.ntruss.com\n" in done.stdout


@pytest.mark.parametrize("date", [None, "yesterday", "Mon, 99 Jan 2026 00:00:00 GMT"])
def test_an_answer_without_a_time(date):
    """
    A clock that cannot be compared is no fault.
    """
    finding = doctor.check_clock(date, 0.0)

    assert finding.is_well
    assert "cannot be compared" in finding.found


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (socket.gaierror(-2, "Name or service not known"), "its name is unknown"),
        (ssl.SSLCertVerificationError(1, "certificate verify failed"), "TLS failed"),
        (ssl.SSLError(), "TLS failed"),
        (TimeoutError(), "no answer within 10 seconds"),
        (OSError(101, "Network is unreachable"), "Network is unreachable"),
        (OSError(), "OSError"),
        (http.client.BadStatusLine("SSH-2.0"), "no HTTP (BadStatusLine)"),
    ],
)
def test_what_keeps_an_answer_away_is_told(monkeypatch, error, found):
    """
    Each way not to reach the service has words of its own, and advice.
    """

    def fail(*_, **__):
        raise error

    monkeypatch.setattr(http.client.HTTPSConnection, "request", fail)

    finding, date = doctor.check_network(URL("https://mi.apigw.ntruss.com"))

    assert not finding.is_well
    assert found in finding.found
    assert finding.advice
    assert date is None
