"""Timeouts, Ctrl-C and errors of the commands that follow jobs."""

import re
import signal
import subprocess
import sys

import pytest
from served_commands import (
    ENDLESS,
    MISSING,
    OTHER,
    QUICK,
    REF,
    RESUME,
    lines_of_json,
    run,
)

from mediaintel_async.cli.actions import follow_jobs
from mediaintel_async.simulator import Fault


def test_a_timeout_prints_a_line_that_resumes(world):
    """
    A timeout exits with 3 and prints a line that resumes; running it prints the summary.
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
    If one job failed and another timed out, the exit code is 1.
    """
    world.add_asset(timings=ENDLESS)

    done = run("summarize", MISSING, OTHER, "--timeout", "30")

    assert 1 == done.exit_code
    assert 1 == len(RESUME.findall(done.stdout))


def test_a_timeout_can_cancel(world):
    """
    `--cancel-on-timeout` cancels the run, which leaves nothing to resume.
    """
    where = world.add_asset(timings=ENDLESS)

    done = run("summarize", REF, "--timeout", "30", "--cancel-on-timeout")

    assert 3 == done.exit_code
    assert 1 == world.refunded[where, "index"]
    assert not RESUME.search(done.output)
    assert "Still running" not in done.output
    assert "" not in done.stderr.splitlines()


def test_a_timeout_of_0_starts_what_is_due(world):
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


def test_an_interrupt_prints_lines_that_resume(world, ctrl_c_at_first_progress):
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
    SIGINT to a process prints lines that finish the work, which is billed once.
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


def test_an_interrupt_before_any_start_leaves_nothing(simulator, where, ctrl_c_at_first_request):
    """
    Ctrl-C before anything was started prints that nothing was started.
    """
    done = run("index", REF)

    assert 130 == done.exit_code
    assert f"# nothing was started for {REF}" in done.stdout
    assert not RESUME.search(done.output)


def test_another_address_is_in_the_line_that_resumes(simulator, monkeypatch):
    """
    The line that resumes repeats an address given by `--base-url`.
    """
    simulator.world.add_asset(timings=ENDLESS)
    monkeypatch.delenv("MEDIAINTEL_BASE_URL")

    done = run("summarize", REF, "--timeout", "30", "--base-url", simulator.url)

    (resume,) = RESUME.findall(done.stdout)
    assert resume.endswith(f" --base-url {simulator.url}")


def test_missing_keys_exit_with_2(simulator, where, monkeypatch):
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


def test_advice_on_a_wrong_key_is_printed_once(simulator, where, other, monkeypatch):
    """
    A wrong key exits with 1; the advice is printed once, and the key never.
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
    An error after a run was started prints the line that resumes the run.
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
    An output that can no longer be written to ends all jobs with one error.
    """

    def refuse(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(follow_jobs, "print_json", refuse)

    with pytest.raises(OSError, match="No space left on device"):
        run("summarize", REF, OTHER, "--json")
