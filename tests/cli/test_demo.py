import io
import os
import pty
import re
import signal
import subprocess
import sys
import termios

import pytest
from rich.console import Console
from typer.testing import CliRunner

from mediaintel_async.cli.actions import demo
from mediaintel_async.cli.actions.demo import add_assets, demonstrate
from mediaintel_async.cli.app import app
from mediaintel_async.clock import ManualClock
from mediaintel_async.simulator import Where, World

DEMO = [sys.executable, "-m", "mediaintel_async.cli", "demo"]
CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f]")


def run_in_terminal(*arguments):
    """Run the demo in a terminal of 100 by 24; return what it showed, and its exit code."""
    screen, keyboard = pty.openpty()
    termios.tcsetwinsize(keyboard, (24, 100))
    with subprocess.Popen(
        [*DEMO, *arguments],
        stdin=keyboard,
        stdout=keyboard,
        stderr=keyboard,
        env={**os.environ, "TERM": "xterm-256color"},
    ) as process:
        os.close(keyboard)
        shown = b"".join(iter(lambda: read_or_nothing(screen), b""))
    os.close(screen)
    return shown.decode(), process.returncode


def read_or_nothing(screen):
    """Read on; b"" once the program has left its terminal, which Linux calls an error."""
    try:
        return os.read(screen, 65536)
    except OSError:
        return b""


def lengths(world):
    """How many scenes each asset has."""
    return [each.scenes for each in world.assets("my-workspace", 1234).values()]


@pytest.fixture
def file():
    """A console that is no terminal."""
    return Console(file=io.StringIO(), force_terminal=False, width=100, highlight=False)


def test_without_a_terminal_it_prints_lines_and_a_table():
    """
    `mediaintel demo` into a pipe prints plain lines, then a table and the bill; it exits with 0.
    """
    done = CliRunner().invoke(
        app, ["demo", "--assets", "6", "--speed", "3600"], catch_exceptions=False
    )

    assert 0 == done.exit_code
    assert "6/6 my-workspace/1234/" in done.stdout
    assert re.search(r"^asset +scenes +looks +seconds +first scene", done.stdout, re.MULTILINE)
    assert re.search(r"^my-workspace/1234/5678 .* Scene 1 of ", done.stdout, re.MULTILINE)
    assert re.search(
        r"^6 summaries, \d+ indexes and \d+ summaries billed, \d+ seconds",
        done.stdout,
        re.MULTILINE,
    )
    assert not CONTROL.search(done.stdout)


def test_no_secret_is_printed():
    """
    Neither a key nor a signature is printed.
    """
    done = CliRunner().invoke(
        app, ["demo", "--assets", "2", "--speed", "3600"], catch_exceptions=False
    )

    assert "sim-secret-key" not in done.output
    assert "sim-access-key" not in done.output
    assert "signature" not in done.output


def test_in_a_terminal_it_draws_bars():
    """
    In a terminal bars move, and leave nothing but the table; it exits with 0.
    """
    shown, exit_code = run_in_terminal("--assets", "3", "--speed", "3600")

    bars, table = shown.split("first scene")
    assert 0 == exit_code
    assert "━" in bars
    assert "/3" in bars
    assert "\x1b[2K" in bars
    assert "━" not in table
    assert "3 summaries, 2 indexes and 2 summaries billed" in table
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


def test_an_interrupt_ends_it():
    """
    Ctrl-C exits with 130 and one line, without a traceback.
    """
    with subprocess.Popen(
        [*DEMO, "--speed", "1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()

        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()

    assert 130 == process.returncode
    assert errors.endswith("Interrupted.\n")
    assert "Traceback" not in errors


def test_a_reader_that_leaves_ends_it():
    """
    A pipe that is closed early ends the demo without a traceback.
    """
    with subprocess.Popen(
        [*DEMO, "--speed", "600"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        process.stdout.readline()

        process.stdout.close()
        errors = process.stderr.read()

    assert 1 == process.returncode
    assert "Traceback" not in errors


async def test_a_failed_run_is_shown(monkeypatch, clock, file):
    """
    An asset whose run fails is shown as failed; the others are summarised.
    """

    def add_assets_with_a_failure(world, count, seed):
        refs = add_assets(world, count, seed)
        where = Where(refs[0].workspace, refs[0].project_id, refs[0].asset_id)
        world.fail_next(where, "summary", "The video is damaged.")
        return refs

    monkeypatch.setattr(demo, "add_assets", add_assets_with_a_failure)

    all_well = await demonstrate(clock, file, assets=3, seed=0)

    shown = file.file.getvalue()
    assert not all_well
    assert re.search(r"^\d/3 my-workspace/1234/5678 failed: .* damaged", shown, re.MULTILINE)
    assert re.search(r"^my-workspace/1234/5678 .* failed: ", shown, re.MULTILINE)
    assert "2 summaries, 1 failed, 2 indexes and 2 summaries billed" in shown


async def test_all_are_worked_on_at_once(clock, file):
    """
    The demo takes as long as its longest asset, not as long as all of them together.
    """
    await demonstrate(clock, file, assets=8, seed=0)

    assert 1000 > clock.monotonic()
    assert "8 summaries, 6 indexes and 7 summaries billed" in file.file.getvalue()


async def test_an_unwritable_output_is_one_error(clock):
    """
    If the output cannot be written to, one error is raised, not one per asset.
    """

    class Full(io.StringIO):
        def write(self, text):
            if "ANALYZING" in text:
                raise OSError(28, "No space left on device")
            return super().write(text)

    with pytest.raises(OSError, match="No space left on device"):
        await demonstrate(clock, Console(file=Full(), force_terminal=False), assets=4, seed=0)


def test_assets_differ_by_the_seed():
    """
    The same seed makes the same assets, and another seed others.
    """
    one, same, other = World(ManualClock()), World(ManualClock()), World(ManualClock())

    add_assets(one, 9, 1)
    add_assets(same, 9, 1)
    add_assets(other, 9, 2)

    assert lengths(one) == lengths(same)
    assert lengths(one) != lengths(other)
