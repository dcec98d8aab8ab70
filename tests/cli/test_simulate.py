import re
import signal
import subprocess
import sys

import pytest
from served_commands import (
    run,
)
from typer.testing import CliRunner

from mediaintel_async.cli.app import app


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_stop(ending):
    """
    `mediaintel simulate` prints lines to paste, serves, and exits with 0 at a signal.
    """
    with subprocess.Popen(
        [sys.executable, "-m", "mediaintel_async.cli", "simulate"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        first = process.stdout.readline()

        process.send_signal(ending)
        rest, errors = process.stdout.read(), process.stderr.read()

    assert re.fullmatch(r"export MEDIAINTEL_BASE_URL=http://127\.0\.0\.1:\d+\n", first)
    assert "export NCLOUD_ACCESS_KEY_ID=" in rest
    assert "export NCLOUD_SECRET_ACCESS_KEY=" in rest
    assert "Traceback" not in errors
    assert 0 == process.returncode


def test_its_options_reach_the_service(monkeypatch):
    """
    The options of the command line reach the simulator.
    """
    chosen = {}

    async def remember(**settings):
        chosen.update(settings)

    monkeypatch.setattr("mediaintel_async.cli.actions.simulate.serve", remember)

    done = CliRunner().invoke(
        app,
        ["simulate", "--port=8080", "--speed=3600", "--seed=1", "--assets=9"],
        catch_exceptions=False,
    )

    assert 0 == done.exit_code
    assert {"port": 8080, "speed": 3600.0, "seed": 1, "assets": 9, "faults": None} == chosen


def test_faults_of_a_file_reach_the_service(monkeypatch, tmp_path):
    """
    `simulate --faults` passes the file to the simulator.
    """
    chosen = {}

    async def remember(**settings):
        chosen.update(settings)

    monkeypatch.setattr("mediaintel_async.cli.actions.simulate.serve", remember)

    done = run("simulate", "--faults", str(tmp_path / "faults.toml"))

    assert 0 == done.exit_code
    assert tmp_path / "faults.toml" == chosen["faults"]


def test_invalid_faults_are_refused(tmp_path):
    """
    An invalid file of faults exits with 2 before the simulator starts.
    """
    path = tmp_path / "faults.toml"
    path.write_text('[[fault]]\noperation = "*"\nkind = "SLOW"', "utf-8")

    done = run("simulate", "--faults", str(path))

    assert 2 == done.exit_code
    assert "seconds: missing; SLOW needs it" in " ".join(done.stderr.split())
    assert "" == done.stdout
