"""The programs, tests and commands that the README shows, run as they stand."""

import asyncio
import math
import os
import re
import sys
from functools import partial
from pathlib import Path

import httpx
import pytest
from aiohttp.test_utils import TestClient, TestServer
from users_pytest import pytest_of_a_user

from mediaintel_async import Credentials, MediaIntelligence
from mediaintel_async.clock import SystemClock
from mediaintel_async.simulator import Fault, Simulator, Timings, World

README = Path(__file__).parent.parent / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
(SERVICE,) = [block for block in BLOCKS if "run_app" in block]
(FASTAPI,) = [block for block in BLOCKS if "import FastAPI" in block]
SNIPPETS = [block for block in BLOCKS if block not in (SERVICE, FASTAPI)]
QUICK = Timings(
    import_seconds=0.1,
    index_queue_seconds=0.1,
    index_seconds=0.2,
    summary_queue_seconds=0.1,
    scene_seconds=0.05,
    search_seconds=0.1,
)


async def ran(snippet, *, reason=None):
    """Run a snippet in a process of its own, against a quick simulator.

    With a *reason*, the first summary fails for it.
    """
    world = World(SystemClock())
    world.timings = QUICK
    video = world.add_asset(workspace="my-workspace", project_id=1234, asset_id=5678, scenes=4)
    if reason is not None:
        world.fail_next(video, "summary", reason)
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
    return child.returncode, out.decode(), without_slow_steps(err.decode())


def without_slow_steps(err):
    """Leave out what asyncio's debug mode, part of `-X dev`, writes on a busy machine."""
    lines = err.splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith("Executing <"))


@pytest.fixture(scope="module")
def what_snippets_did():
    """Run all snippets at the same time: most of their time is waiting."""

    # In real time: a process of its own cannot share a virtual clock.
    async def all_of_them():
        return await asyncio.gather(*map(ran, SNIPPETS))

    return asyncio.run(all_of_them())


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_every_snippet_of_the_readme_runs(what_snippets_did, number):
    """
    Each Python snippet of the README runs as it stands, without a warning, and prints something.
    """
    code, out, err = what_snippets_did[number]

    assert (0, "") == (code, err)
    assert out


def test_the_worker_of_the_readme_survives_a_failed_video():
    """
    A video that fails is told with its token, and does not end the worker.
    """
    (worker,) = [snippet for snippet in SNIPPETS if "queue" in snippet]

    # In real time: a process of its own cannot share a virtual clock.
    code, out, err = asyncio.run(ran(worker, reason="no such codec"))

    assert (0, "") == (code, err)
    assert "my-workspace/1234/5678 failed: " in out
    assert "no such codec" in out
    assert "token: mi1." in out


@pytest.fixture
async def service(simulator, clock, monkeypatch):
    """The README's web service, with a client of the simulator."""
    names = {"__name__": "service"}
    exec(compile(SERVICE, "service.py", "exec"), names)  # noqa: S102 - the README's own code
    keys = Credentials(simulator.access_key, simulator.secret_key)
    connect = partial(MediaIntelligence, keys, base_url=simulator.url, clock=clock)
    names["MediaIntelligence"] = connect
    async with TestClient(TestServer(names["app"])) as visitor:
        yield visitor


async def test_the_service_of_the_readme_answers_in_time(service, where, clock):
    """
    The README's handler answers with the state of the work after twenty seconds.
    """
    answer = await service.get("/summaries/my-workspace/1234/5678")

    assert (202, {"state": "ANALYZING"}) == (answer.status, await answer.json())
    assert 20 <= clock.monotonic() < 21


async def test_the_fastapi_program_of_the_readme(simulator, where, clock):
    """
    The README's FastAPI handler answers 202 after twenty seconds, and later with the summary.
    """
    names = {"__name__": "program"}
    exec(compile(FASTAPI, "program.py", "exec"), names)  # noqa: S102 - the README's own code
    keys = Credentials(simulator.access_key, simulator.secret_key)
    names["MediaIntelligence"] = partial(
        MediaIntelligence, keys, base_url=simulator.url, clock=clock
    )
    app = names["app"]
    transport = httpx.ASGITransport(app)
    path = "/summaries/my-workspace/1234/5678"

    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://program") as visitor,
    ):
        codes = []
        for _ in range(3):
            answer = await visitor.get(path)
            codes.append(answer.status_code)
            await clock.sleep(600)

    assert [202, 202, 200] == codes
    assert 10 == len(answer.json()["sceneSummaries"])


async def test_the_service_of_the_readme_goes_on_from_call_to_call(service, where, clock):
    """
    The README's handler answers with the summary once it was called often enough.
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


async def test_the_service_of_the_readme_says_so_if_no_look_succeeded(service, simulator, where):
    """
    The README's handler answers in time where the service does not answer at all.
    """
    simulator.faults.add("get_scene_summary_status", Fault.SLOW(1000), times=math.inf)

    answer = await service.get("/summaries/my-workspace/1234/5678")

    assert (202, {"state": "not known yet"}) == (answer.status, await answer.json())


async def test_the_service_of_the_readme_tells_a_failure(service, world):
    """
    The README's handler answers 502 with the reason where the work failed.
    """
    where = world.add_asset(timings=Timings(index_queue_seconds=1, index_seconds=5))
    world.fail_next(where, "index", "no such codec")

    answer = await service.get(f"/summaries/{where}")

    assert (502, True) == (answer.status, "no such codec" in await answer.text())


async def test_the_service_of_the_readme_tells_that_it_may_not(service, simulator, where):
    """
    The README's handler answers 503 where the keys are refused.
    """
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(403, "403"))

    answer = await service.get("/summaries/my-workspace/1234/5678")

    assert 503 == answer.status


async def test_the_service_of_the_readme_refuses_what_is_no_asset(service):
    """
    The README's handler answers 400 for a text that is not a reference to an asset.
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
