"""What the README shows is what works."""

import asyncio
import os
import re
import sys
from functools import partial
from pathlib import Path

import pytest
from aiohttp.test_utils import TestClient, TestServer
from users_pytest import pytest_of_a_user

from mediaintel_async import Credentials, MediaIntelligence
from mediaintel_async.clock import SystemClock
from mediaintel_async.simulator import Simulator, Timings, World

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
(SERVICE,) = [block for block in BLOCKS if "run_app" in block]
SNIPPETS = [block for block in BLOCKS if block != SERVICE]
QUICK = Timings(
    import_seconds=0.1,
    index_queue_seconds=0.1,
    index_seconds=0.2,
    summary_queue_seconds=0.1,
    scene_seconds=0.05,
    search_seconds=0.1,
)


async def ran(snippet):
    """Run a snippet as a user would, in a process of its own, against a quick service."""
    world = World(SystemClock())
    world.timings = QUICK
    world.add_asset(workspace="my-workspace", project_id=1234, asset_id=5678, scenes=4)
    world.put_object("my-storage-bucket", "sample-video.mp4", scenes=4)
    async with Simulator(world=world) as simulator:
        environment = {
            **os.environ,
            "MEDIAINTEL_BASE_URL": simulator.url,
            "NCLOUD_ACCESS_KEY_ID": simulator.access_key,
            "NCLOUD_SECRET_ACCESS_KEY": simulator.secret_key,
        }
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-W", "error", "-X", "dev", "-c", snippet),
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await child.communicate()
    # Development mode reports slow callbacks, which a busy machine has without any fault.
    lines = err.decode().splitlines(keepends=True)
    complaints = "".join(line for line in lines if not line.startswith("Executing <"))
    return child.returncode, out.decode(), complaints


@pytest.fixture(scope="module")
def what_snippets_did():
    """Run all snippets, side by side: they take real time, most of it for waiting."""

    # A process of its own cannot share a virtual clock.
    async def all_of_them():
        return await asyncio.gather(*map(ran, SNIPPETS))

    return asyncio.run(all_of_them())


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_every_snippet_of_the_readme_runs(what_snippets_did, number):
    """
    Each Python snippet works as it stands, without a warning, and prints something.
    """
    code, out, err = what_snippets_did[number]

    assert (0, "") == (code, err)
    assert out


@pytest.fixture
async def service(simulator, clock, monkeypatch):
    """The README's web service, with a client of the stand-in."""
    names = {"__name__": "service"}
    exec(compile(SERVICE, "service.py", "exec"), names)  # noqa: S102 - the README's own code
    keys = Credentials(simulator.access_key, simulator.secret_key)
    connect = partial(MediaIntelligence, keys, base_url=simulator.url, clock=clock)
    names["MediaIntelligence"] = connect
    async with TestClient(TestServer(names["app"])) as visitor:
        yield visitor


async def test_the_service_of_the_readme_answers_in_time(service, where, clock):
    """
    The README's handler says after twenty seconds how far it is.
    """
    answer = await service.get("/summaries/my-workspace/1234/5678")

    assert (202, {"state": "ANALYZING"}) == (answer.status, await answer.json())
    assert 20 <= clock.monotonic() < 21


async def test_the_service_of_the_readme_goes_on_from_call_to_call(service, where, clock):
    """
    The README's handler comes to the summary by being called again.
    """
    await service.get("/summaries/my-workspace/1234/5678")
    await clock.sleep(600)
    await service.get("/summaries/my-workspace/1234/5678")
    await clock.sleep(600)
    answer = await service.get("/summaries/my-workspace/1234/5678")

    assert 200 == answer.status
    assert 10 == len((await answer.json())["scenes"])


async def test_the_service_of_the_readme_knows_what_is_not_there(service):
    """
    The README's handler answers 404 for an asset that does not exist.
    """
    answer = await service.get("/summaries/my-workspace/1234/404")

    assert 404 == answer.status


async def test_the_service_of_the_readme_refuses_what_is_no_asset(service):
    """
    The README's handler answers 400 for what is no reference to an asset.
    """
    answer = await service.get("/summaries/5678")

    assert (400, True) == (answer.status, "workspace/project_id/asset_id" in await answer.text())


@pytest.mark.parametrize("test", re.findall(r"```py\n(.*?)```", README.read_text(), re.DOTALL))
def test_the_users_tests_of_the_readme_pass(tmp_path, test):
    """
    Each test of a user's own program in the README passes in a pytest of its own.
    """
    done = pytest_of_a_user(tmp_path, test)

    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_readme_has_both_commands_in_one_line_each():
    """
    The demonstration and the tests are one line of shell each, from a bare checkout.
    """
    lines = README.read_text().splitlines()
    start = "python3 -m venv .venv && .venv/bin/pip install -q "

    assert f"{start}'.[cli]' && .venv/bin/mediaintel demo" in lines
    assert f"{start}-e '.[test]' && .venv/bin/pytest" in lines
