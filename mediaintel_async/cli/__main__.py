"""Runs the command line without its script: `python -m mediaintel_async.cli`."""

from mediaintel_async.cli import main

if __name__ == "__main__":  # pragma: no branch - nobody imports this
    main()
