"""Commands of the command line in this process, and a service for them in another thread."""

import asyncio
import json
import threading
from contextlib import contextmanager

from typer.testing import CliRunner

from mediaintel_async.cli.actions import run_with_client
from mediaintel_async.cli.app import app


@contextmanager
def serving(service, clock, monkeypatch):
    """Run *service* in a thread of its own, named by the environment, and both by *clock*."""
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


def lines_of_json(output):
    """Read standard output, of which every line is JSON."""
    return [json.loads(line) for line in output.splitlines()]
