"""The command line: `mediaintel`."""

import sys

_INTERRUPTED = 130


def main() -> None:
    """Read the command line, do what it says, and exit.

    0: done. 1: it failed. 2: the command line makes no sense, or the `cli` extra is missing.
    3: its timeout passed. 130: Ctrl-C.
    """
    try:
        from mediaintel_async.cli.app import app
    except ModuleNotFoundError as missing:
        if missing.name != "typer":
            raise
        _say("mediaintel needs: pip install 'mediaintel-async[cli]'")
        sys.exit(2)
    try:
        app(prog_name="mediaintel")
    except SystemExit as leaving:
        if leaving.code == _INTERRUPTED:
            _say("Interrupted.")
        raise
    except OSError as error:
        # A port that is taken, a disk that is full: nothing that a traceback would explain.
        _say(f"mediaintel: {error.strerror or error}")
        sys.exit(1)


def _say(words: str) -> None:
    print(words, file=sys.stderr)
