"""The command line: `mediaintel`."""

import sys

_INTERRUPTED = 130


def main() -> None:
    """Run the command line, and exit.

    Exit codes: 0: success. 1: failure. 2: wrong usage or configuration, or the `cli` extra is
    missing. 3: the timeout passed. 130: Ctrl-C.
    """
    try:
        # Imported here, so that a missing typer is reported as a missing extra.
        from mediaintel_async.cli.app import app  # noqa: PLC0415 - see above
    except ModuleNotFoundError as missing:
        if missing.name != "typer":
            raise
        _print_error("mediaintel needs: pip install 'mediaintel-async[cli]'")
        sys.exit(2)
    try:
        app(prog_name="mediaintel")
    except SystemExit as leaving:
        if leaving.code == _INTERRUPTED:
            _print_error("Interrupted.")
        raise
    except OSError as error:
        # A port in use, a full disk: the system's own message explains it better than a traceback.
        _print_error(f"mediaintel: {error.strerror or error}")
        sys.exit(1)


def _print_error(text: str) -> None:
    print(text, file=sys.stderr)
