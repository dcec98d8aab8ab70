"""Runs commands in this process, against a simulator in another thread."""

import asyncio
import json
import re
import signal
import threading
from contextlib import contextmanager

from typer.testing import CliRunner

from mediaintel_async.cli.actions import run_with_client
from mediaintel_async.cli.app import app
from mediaintel_async.clock import FastClock
from mediaintel_async.simulator import Timings

CANARY = "canary-secret-key"
"""The secret key, which no command may print."""

CLOCK = FastClock(100)
QUICK = Timings(
    import_seconds=0.5,
    index_queue_seconds=0.5,
    index_seconds=2,
    summary_queue_seconds=0.5,
    scene_seconds=0.5,
)
ENDLESS = Timings(index_queue_seconds=0, index_seconds=1e6, scene_seconds=1e6)

W = "my-workspace"
REF, OTHER, MISSING = f"{W}/1234/5678", f"{W}/1234/5679", f"{W}/1234/404"
RESUME = re.compile(r"^mediaintel (resume mi1\.[\w-]+.*)$", re.MULTILINE)
"""A line that resumes a job, without the name of the program."""


@contextmanager
def serving(service, clock, monkeypatch):
    """Run *service* in another thread; set its address and keys in the environment.

    Commands then use *clock* too.
    """
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(service.start(), loop).result()
    monkeypatch.setattr(run_with_client, "CLOCK", clock)
    monkeypatch.setenv("MEDIAINTEL_BASE_URL", service.url)
    monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", service.access_key)
    monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", service.secret_key)
    yield service
    asyncio.run_coroutine_threadsafe(service.stop(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def run(*words, given=None):
    """Run the command line in this process."""
    return CliRunner().invoke(app, words, input=given, catch_exceptions=False)


def press_ctrl_c_at(simulator, operation):
    """Press Ctrl-C when the first request of *operation* arrives; None: of any operation."""

    class Pressing(list):
        is_pressed = False

        def append(self, one):
            super().append(one)
            # A second Ctrl-C, at a retry, would end asyncio.run() before the client is closed.
            if not self.is_pressed and operation in {None, one.operation}:
                self.is_pressed = True
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)

    simulator.requests = Pressing()


def lines_of_json(output):
    """Read standard output, of which every line is JSON."""
    return [json.loads(line) for line in output.splitlines()]
