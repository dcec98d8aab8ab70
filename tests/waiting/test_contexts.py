"""Whose context variables are seen where, when several callers share one client."""

import asyncio
import logging
from contextvars import ContextVar

import aiohttp
import pytest
import tenacity

from mediaintel_async import AssetRef, Credentials, JobNeverStarted, MediaIntelligence
from mediaintel_async.simulator import Fault

NOBODY = "nobody"
USERS = ("alice", "bob", "carol")
user = ContextVar("user", default=NOBODY)


@pytest.fixture
def assets(world):
    """One asset for each user, the videos of different lengths, so that they end apart."""
    places = [world.add_asset(scenes=10 * number) for number in (1, 2, 3)]
    return {name: AssetRef.parse(str(place)) for name, place in zip(USERS, places, strict=True)}


async def as_user(name, coroutine_function):
    """Await a call as a web request of *name* would: in a task with a context of its own."""
    user.set(name)
    return await coroutine_function()


async def all_users(call):
    """Make the call of each user, all at once: `call(name)`."""
    tasks = [asyncio.create_task(as_user(name, lambda name=name: call(name))) for name in USERS]
    return await asyncio.gather(*tasks)


async def test_each_callback_sees_its_own_context(client, assets):
    """
    `on_progress` of three concurrent requests sees the context variables of its own request.
    """
    seen = {name: set() for name in USERS}

    await all_users(
        lambda name: client.summarize(
            assets[name], on_progress=lambda _: seen[name].add(user.get())
        )
    )

    assert {name: {name} for name in USERS} == seen


async def test_each_callback_of_a_shared_look_sees_its_own_context(client, where, asset):
    """
    Three requests that wait for one asset share its looks, and not their contexts.
    """
    seen = {name: set() for name in USERS}

    await all_users(
        lambda name: client.summarize(asset, on_progress=lambda _: seen[name].add(user.get()))
    )

    assert {name: {name} for name in USERS} == seen


async def test_a_callback_sees_what_was_set_when_its_wait_began(client, where, asset):
    """
    A wait copies the context of its caller; what the caller's other tasks set later is not seen.
    """
    seen = set()
    job = await client.jobs.start_index(asset)
    user.set("alice")
    wait = asyncio.ensure_future(job.wait(on_progress=lambda _: seen.add(user.get())))
    await asyncio.sleep(0)
    user.set("bob")

    await wait

    assert {"alice"} == seen


async def test_looks_of_waits_are_made_in_nobodys_context(simulator, assets, clock):
    """
    Requests of one user's asset are sent in the user's own context, or in none: never another's.
    """
    sent = []
    tracing = aiohttp.TraceConfig()

    async def note(_, __, params):
        owners = [name for name in USERS if params.url.path.startswith(path_of(assets[name]))]
        sent.append((owners[0], user.get()))

    tracing.on_request_start.append(note)
    keys = Credentials(simulator.access_key, simulator.secret_key)
    async with aiohttp.ClientSession(trace_configs=[tracing]) as session:
        client = MediaIntelligence(keys, base_url=simulator.url, clock=clock, session=session)
        async with client:
            await all_users(lambda name: client.summarize(assets[name]))

    foreign = [one for one in sent if one[1] not in (one[0], NOBODY)]
    assert [] == foreign
    assert {(name, NOBODY) for name in USERS} < set(sent)


def path_of(asset):
    """The path that all status requests of an asset begin with."""
    return (
        f"/api/v1/workspaces/{asset.workspace}/projects/{asset.project_id}/assets/{asset.asset_id}"
    )


async def test_log_records_about_a_wait_have_its_context(new_client, assets, simulator):
    """
    What the library logs about one wait is logged in the context of whoever waits.
    """
    logged = set()

    class Noting(logging.Filter):
        def filter(self, record):
            logged.update(
                (name, user.get()) for name in USERS if str(assets[name]) in record.getMessage()
            )
            return True

    client = new_client()
    jobs = {name: await client.jobs.start_index(assets[name]) for name in USERS}
    simulator.faults.add("get_index_status", Fault(view="before"), times=float("inf"))
    noting = Noting()
    logging.getLogger("mediaintel_async").addFilter(noting)

    async def call(name):
        with pytest.raises(JobNeverStarted):
            await jobs[name].wait()

    try:
        await all_users(call)
    finally:
        logging.getLogger("mediaintel_async").removeFilter(noting)

    assert {(name, name) for name in USERS} == logged


async def test_keys_are_asked_for_in_nobodys_context(simulator, assets, clock):
    """
    A callable that provides keys sees no caller's context: what it keeps belongs to none.
    """
    seen = set()

    async def provide():
        seen.add(user.get())
        user.set("the provider")
        return Credentials(simulator.access_key, simulator.secret_key)

    async with MediaIntelligence(provide, base_url=simulator.url, clock=clock) as client:

        async def call(name):
            await client.assets.get(assets[name])
            return user.get()

        after = await all_users(call)

    assert {NOBODY} == seen
    assert [*USERS] == after


async def test_a_cadence_is_asked_in_nobodys_context(new_client, assets):
    """
    A wait strategy serves all jobs of a client, and sees no caller's context.
    """
    seen = set()

    class Noting(tenacity.wait.wait_base):
        def __call__(self, retry_state):  # noqa: ARG002 - tenacity's signature
            seen.add(user.get())
            return 1.0

    client = new_client(cadence=Noting())

    await all_users(lambda name: client.summarize(assets[name]))

    assert {NOBODY} == seen


async def test_an_error_of_a_callback_leaves_its_own_wait(client, assets):
    """
    The exception that one request's callback raises reaches that request alone.
    """

    def tell(_):
        if user.get() == "bob":
            raise LookupError(user.get())

    outcomes = await asyncio.gather(
        *(
            asyncio.create_task(
                as_user(name, lambda name=name: client.summarize(assets[name], on_progress=tell))
            )
            for name in USERS
        ),
        return_exceptions=True,
    )

    assert "bob" == str(outcomes[1])
    assert all(outcomes[number].scenes for number in (0, 2))
