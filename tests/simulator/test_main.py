import asyncio
import os
import re
import signal
import sys

import aiohttp
import pytest
from simulator_calls import ASSET, Calls

from mediaintel_async.simulator import Simulator
from mediaintel_async.simulator.__main__ import main, serve


async def test_a_program_can_serve(clock):
    """
    A program prints the environment and its assets, serves, and ends at a signal.
    """
    lines = []
    serving = asyncio.create_task(serve(assets=2, say=lines.append))
    await clock.sleep(1)

    os.kill(os.getpid(), signal.SIGTERM)
    await serving

    assert re.fullmatch(r"export MEDIAINTEL_BASE_URL=http://127.0.0.1:\d+", lines[0])
    assert "export NCLOUD_ACCESS_KEY_ID=sim-access-key" == lines[1]
    assert "export NCLOUD_SECRET_ACCESS_KEY=sim-secret-key" == lines[2]
    assert "# asset my-workspace/1234/5678" in lines


async def test_a_program_that_serves_for_days_does_not_grow(clock, monkeypatch):
    """
    The command keeps the last ten thousand requests only.
    """
    made = []
    monkeypatch.setattr(
        "mediaintel_async.simulator.__main__.Simulator",
        lambda *args, **settings: made.append(Simulator(*args, **settings)) or made[0],
    )
    serving = asyncio.create_task(serve(say=lambda _: None))
    await clock.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
    await serving

    assert [10_000] == [each.keep_requests for each in made]


def test_a_command_can_serve(monkeypatch):
    """
    The options of the command line reach the service.
    """
    chosen = {}

    async def remember(**settings):
        chosen.update(settings)

    monkeypatch.setattr("mediaintel_async.simulator.__main__.serve", remember)

    main(["--port=8080", "--speed=3600", "--seed=1", "--assets=9", "--faults=faults.toml"])

    assert {
        "port": 8080,
        "speed": 3600.0,
        "seed": 1,
        "assets": 9,
        "faults": "faults.toml",
    } == chosen


def test_a_command_refuses_faults_without_sense(tmp_path, capsys):
    """
    An invalid file of faults ends the command with exit code 2 and a message that names the file.
    """
    path = tmp_path / "faults.toml"
    path.write_text("fault = 1", "utf-8")

    with pytest.raises(SystemExit) as leaving:
        main(["--faults", str(path)])

    assert 2 == leaving.value.code
    assert (
        f"{path}: 'fault' is not a list of tables; expected [[fault]] tables"
        in capsys.readouterr().err
    )


async def test_faults_of_a_file_are_served(clock, tmp_path):
    """
    Requests meet the faults of the file.
    """
    path = tmp_path / "faults.toml"
    path.write_text('[[fault]]\noperation = "*"\nkind = "HTML"\ntimes = "always"', "utf-8")
    lines = []
    serving = asyncio.create_task(serve(faults=path, say=lines.append))
    await clock.sleep(1)
    served = Simulator(port=int(lines[0].rpartition(":")[2]))

    async with aiohttp.ClientSession() as session:
        got = await Calls(served, session).get(ASSET)
    os.kill(os.getpid(), signal.SIGTERM)
    await serving

    assert 502 == got.status


async def test_a_line_is_printed_at_once(capsys, clock):
    """
    Without `say`, the lines are printed to standard output at once.
    """
    serving = asyncio.create_task(serve(assets=0))
    await clock.sleep(1)

    os.kill(os.getpid(), signal.SIGINT)
    await serving

    assert "export MEDIAINTEL_BASE_URL=http://127.0.0.1:" in capsys.readouterr().out


async def test_a_process_can_serve():
    """
    `python -m mediaintel_async.simulator` ends with 0 at an interrupt.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "mediaintel_async.simulator",
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    first = await process.stdout.readline()

    process.send_signal(signal.SIGINT)
    await process.communicate()

    assert first.startswith(b"export MEDIAINTEL_BASE_URL=http://127.0.0.1:")
    assert 0 == process.returncode
