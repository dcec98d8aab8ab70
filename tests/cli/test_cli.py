import os
import runpy
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mediaintel_async import cli
from mediaintel_async.cli import main


def run(*arguments):
    """Run the command line in a process of its own, its import times on standard error."""
    return subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "mediaintel_async.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )


def completed(typed):
    """Ask for what may follow *typed*, as the completion of bash does."""
    return subprocess.run(
        [sys.executable, "-c", "from mediaintel_async.cli import main; main()"],
        env={
            **os.environ,
            "_MEDIAINTEL_COMPLETE": "complete_bash",
            "COMP_WORDS": typed,
            "COMP_CWORD": str(typed.count(" ")),
        },
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()


@pytest.fixture
def arguments(monkeypatch):
    """Puts words behind `mediaintel`, for a call of `main()` in this process."""

    def put(*words):
        monkeypatch.setattr(sys, "argv", ["mediaintel", *words])

    return put


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["summarize", "--help"],
        ["index", "--help"],
        ["status", "--help"],
        ["watch", "--help"],
        ["cancel", "--help"],
        ["result", "--help"],
        ["resume", "--help"],
        ["search", "--help"],
        ["assets", "--help"],
        ["assets", "register", "--help"],
        ["assets", "delete", "--help"],
        ["workspaces", "--help"],
        ["workspaces", "list", "--help"],
        ["projects", "create", "--help"],
        ["persons", "--help"],
        ["persons", "merge", "--help"],
        ["tags", "--help"],
        ["doctor", "--help"],
        ["demo", "--help"],
        ["simulate", "--help"],
    ],
)
def test_help_loads_neither_client_nor_bars(words):
    """
    `--help` loads no aiohttp, no progress bars, no cattrs and no orjson.
    """
    done = run(*words)

    assert 0 == done.returncode
    assert "Usage: mediaintel" in done.stdout
    assert "typer" in done.stderr
    assert "aiohttp" not in done.stderr
    assert "rich.progress" not in done.stderr
    assert "cattrs" not in done.stderr
    assert "orjson" not in done.stderr


def test_the_version_is_printed(arguments, capsys):
    """
    `mediaintel --version` prints name and version, and exits with 0.
    """
    arguments("--version")

    with pytest.raises(SystemExit) as leaving:
        main()

    assert 0 == leaving.value.code
    assert "mediaintel 0.1.0\n" == capsys.readouterr().out


def test_the_package_is_the_command(arguments, capsys):
    """
    `python -m mediaintel_async.cli` is `mediaintel`.
    """
    arguments("--version")

    with pytest.raises(SystemExit) as leaving:
        runpy.run_path(str(Path(cli.__file__).with_name("__main__.py")), run_name="__main__")

    assert 0 == leaving.value.code
    assert "mediaintel 0.1.0\n" == capsys.readouterr().out


def test_words_are_completed():
    """
    Completion offers the commands that begin as typed, and the values of an option.
    """
    commands, ranges = completed("mediaintel su"), completed("mediaintel index --scene-range ")
    words = completed("mediaintel workspaces ")

    assert {"list", "create", "delete"} <= set(words)
    assert "summarize" in commands
    assert "simulate" not in commands
    assert "EXTRA_SHORT" in ranges


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["--nonsense"],
        ["demo", "--assets", "0"],
        ["demo", "--assets", "many"],
        ["demo", "--speed", "0"],
        ["demo", "--speed", "nan"],
        ["simulate", "--port", "65536"],
    ],
)
def test_an_invalid_command_line_is_refused(arguments, capsys, words):
    """
    An invalid command line exits with 2, and prints the usage.
    """
    arguments(*words)

    with pytest.raises(SystemExit) as leaving:
        main()

    assert 2 == leaving.value.code
    assert "Usage: mediaintel" in "".join(capsys.readouterr())


def test_the_extra_is_missing(monkeypatch, capsys):
    """
    Without typer one line says what to install, and the exit code is 2.
    """
    monkeypatch.delitem(sys.modules, "mediaintel_async.cli.app", raising=False)
    monkeypatch.setitem(sys.modules, "typer", None)

    with pytest.raises(SystemExit) as leaving:
        main()

    assert 2 == leaving.value.code
    assert ("", "mediaintel needs: pip install 'mediaintel-async[cli]'\n") == capsys.readouterr()


def test_another_module_is_missing(monkeypatch):
    """
    A missing module other than typer is not reported as a missing extra.
    """
    monkeypatch.delitem(sys.modules, "mediaintel_async.cli.app", raising=False)
    monkeypatch.setitem(sys.modules, "mediaintel_async.cli.commands.demo", None)

    with pytest.raises(ModuleNotFoundError, match=r"mediaintel_async\.cli\.commands\.demo"):
        main()


def test_an_interrupt_is_one_line(monkeypatch, arguments, capsys):
    """
    Ctrl-C exits with 130 and one line, without a traceback.
    """

    def interrupted(**_):
        raise KeyboardInterrupt

    monkeypatch.setattr("mediaintel_async.cli.actions.simulate.serve", interrupted)
    arguments("simulate")

    with pytest.raises(SystemExit) as leaving:
        main()

    assert 130 == leaving.value.code
    assert ("", "Interrupted.\n") == capsys.readouterr()


def test_a_taken_port_is_one_line(arguments, capsys):
    """
    An error of the operating system exits with 1 and its own message.
    """
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        arguments("simulate", "--port", str(taken.getsockname()[1]))

        with pytest.raises(SystemExit) as leaving:
            main()

    output, errors = capsys.readouterr()
    assert 1 == leaving.value.code
    assert "" == output
    assert 1 == errors.count("\n")
    assert "address already in use" in errors.lower()
