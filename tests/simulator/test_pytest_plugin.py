"""The fixtures that users test their own programs with."""

from pathlib import Path

from users_pytest import pytest_of_a_user

from mediaintel_async import AssetRef, JobFailed

USERS_TEST = '''
from mediaintel_async import AssetRef, JobFailed
import pytest


async def titles(client, refs):
    """The program under test."""
    return [str((await client.summarize(ref)).scenes[0]) for ref in refs]


async def test_titles(mediaintel_simulator, mediaintel_client, mediaintel_clock):
    where = mediaintel_simulator.world.add_asset(workspace="w", project_id=1, scenes=900)
    ref = AssetRef(where.workspace, where.project_id, where.asset_id)

    assert len(await titles(mediaintel_client, [ref, ref])) == 2

    assert mediaintel_simulator.world.bill[where, "summary"] == 1
    assert mediaintel_clock.monotonic() > 3600


async def test_a_failure(mediaintel_simulator, mediaintel_client):
    where = mediaintel_simulator.world.add_asset(workspace="w", project_id=1)
    mediaintel_simulator.world.fail_next(where, "index", "no such codec")

    with pytest.raises(JobFailed, match="no such codec"):
        await titles(mediaintel_client, [AssetRef("w", 1, where.asset_id)])
'''


def test_a_user_tests_a_program_in_an_ordinary_loop(tmp_path: Path):
    """
    A summary of an hour takes no time in a user's test, and the test can check the bill.
    """
    done = pytest_of_a_user(tmp_path, USERS_TEST)

    assert "2 passed" in done.stdout, done.stdout + done.stderr
    assert 0 == done.returncode


def test_a_user_who_asks_for_nothing_pays_nothing(tmp_path: Path):
    """
    Unless a test uses a fixture, neither aiohttp nor cattrs nor the client is imported.
    """
    test = (
        "import sys\n\n\ndef test_what_is_loaded():\n"
        "    unwanted = {'aiohttp', 'cattrs', 'tenacity', 'mediaintel_async.clock'}\n"
        "    loaded = unwanted & set(sys.modules)\n"
        "    assert not loaded\n"
    )

    done = pytest_of_a_user(tmp_path, test)

    assert "1 passed" in done.stdout, done.stdout + done.stderr


async def test_the_fixtures_belong_together(
    mediaintel_simulator, mediaintel_client, mediaintel_clock
):
    """
    Simulator and client share the clock, so that it passes the waits of both.
    """
    where = mediaintel_simulator.world.add_asset(workspace="w", project_id=1, scenes=100)

    summary = await mediaintel_client.summarize(AssetRef("w", 1, where.asset_id))

    assert 100 == len(summary.scenes)
    assert mediaintel_clock is mediaintel_simulator.clock
    assert 445 <= mediaintel_clock.monotonic() < 500
    assert issubclass(JobFailed, Exception)
