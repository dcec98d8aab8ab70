import re
import signal
import subprocess
import sys

import pytest
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
    assert "" == errors
    assert 0 == process.returncode


def test_its_options_reach_the_service(monkeypatch):
    """
    Port, speed, seed and number of assets are those of the command line.
    """
    chosen = {}

    async def remember(**settings):
        chosen.update(settings)

    monkeypatch.setattr("mediaintel_async.simulator.__main__.serve", remember)

    done = CliRunner().invoke(
        app,
        ["simulate", "--port=8080", "--speed=3600", "--seed=1", "--assets=9"],
        catch_exceptions=False,
    )

    assert 0 == done.exit_code
    assert {"port": 8080, "speed": 3600.0, "seed": 1, "assets": 9} == chosen
