import asyncio
import gzip
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from types import NoneType

import aiohttp
import pytest
from scripted_server import SUCCESS, Answer, Raw, ScriptedServer, connect, refusal
from virtual_time import VirtualTimeLoop

from mediaintel_async import (
    AnswerLost,
    AssetRef,
    ClientClosed,
    ConfigurationError,
    Credentials,
    Detached,
    InvalidArgument,
    MediaIntelligence,
    NotFound,
    NotSent,
    RateLimit,
    Request,
    RetryPolicy,
    SceneSummary,
)
from mediaintel_async.client import DEFAULT_BASE_URL
from mediaintel_async.simulator import Simulator, World

KEYS = Credentials("AK_TEST", "SK_TEST")
GET = Request("GET", "/api/v1/things", dict)
POST = Request("POST", "/api/v1/things", dict)
ASSET = AssetRef("my-workspace", 1234, 5678)


# Where it goes.


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch):
    monkeypatch.delenv("MEDIAINTEL_BASE_URL", raising=False)


def test_the_public_service_is_the_usual_place():
    """
    Without an address a client asks the public service.
    """
    assert f"<MediaIntelligence: {DEFAULT_BASE_URL}>" == repr(MediaIntelligence(KEYS))


def test_the_environment_may_name_the_place(monkeypatch):
    """
    `MEDIAINTEL_BASE_URL` counts where no address is given.
    """
    monkeypatch.setenv("MEDIAINTEL_BASE_URL", "https://from.environment")

    assert repr(MediaIntelligence(KEYS)) == "<MediaIntelligence: https://from.environment>"


def test_an_argument_comes_before_the_environment(monkeypatch):
    """
    `base_url=` wins over `MEDIAINTEL_BASE_URL`.
    """
    monkeypatch.setenv("MEDIAINTEL_BASE_URL", "https://from.environment")

    client = MediaIntelligence(KEYS, base_url="https://from.argument")

    assert repr(client) == "<MediaIntelligence: https://from.argument>"


def test_the_environment_is_checked_like_an_argument(monkeypatch):
    """
    A `MEDIAINTEL_BASE_URL` that is not https is refused.
    """
    monkeypatch.setenv("MEDIAINTEL_BASE_URL", "http://mi.example")

    with pytest.raises(ConfigurationError, match="is not https"):
        MediaIntelligence(KEYS)


# A life.


def test_an_empty_address_is_refused(monkeypatch):
    """
    An empty `base_url`, or `MEDIAINTEL_BASE_URL`, never means the service that is paid for.
    """
    with pytest.raises(ConfigurationError, match="base_url is empty"):
        MediaIntelligence(KEYS, base_url="")
    monkeypatch.setenv("MEDIAINTEL_BASE_URL", "")
    with pytest.raises(ConfigurationError, match="base_url is empty"):
        MediaIntelligence(KEYS)


def test_a_client_whose_construction_failed_has_a_repr():
    """
    Reporters may ask for the repr of a client in the traceback of its own construction.
    """
    client = MediaIntelligence.__new__(MediaIntelligence)

    assert "<MediaIntelligence: not constructed>" == repr(client)


async def test_a_client_works_from_nothing_to_the_result(clock):
    """
    `summarize()` indexes, summarises, waits and fetches over a real socket.
    """
    world = World(clock)
    where = world.add_asset(asset_id=5678, scenes=3)
    async with Simulator(clock, world) as simulator:
        keys = Credentials(simulator.access_key, simulator.secret_key)

        async with MediaIntelligence(keys, base_url=simulator.url, clock=clock) as client:
            summary = await client.summarize(ASSET)

    assert isinstance(summary, SceneSummary)
    assert 3 == len(summary.scenes)
    assert 1 == world.bill[where, "summary"]


def test_a_client_needs_no_running_loop_to_be_made():
    """
    A client can be made at import time, and used in the loop that runs later.
    """
    client = MediaIntelligence(KEYS)

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        assert runner.run(client.aclose()) is None


async def test_async_with_closes_the_client(server):
    """
    After the block, a call is refused in plain words, and sends nothing.
    """
    async with connect(server) as client:
        pass

    with pytest.raises(ClientClosed, match="this client was closed; make a new one"):
        await client.send(GET)

    assert [] == server.received


async def test_a_client_is_closed_by_an_error_in_its_block(server):
    """
    Leaving the block by an exception closes as well, and lets the exception through.
    """
    with pytest.raises(KeyError):
        async with connect(server) as client:
            raise KeyError

    with pytest.raises(ClientClosed):
        await client.send(GET)


async def test_a_closed_client_waits_for_nothing(server):
    """
    A job of a client that is closed cannot be waited for.
    """
    async with connect(server) as client:
        job = client.jobs.attach_summary(ASSET)

    with pytest.raises(ClientClosed):
        await job.wait()


@pytest.mark.parametrize("requests", [[], [GET]], ids=["unused", "used"])
async def test_closing_twice_does_nothing_more(server, requests):
    """
    A second `aclose()` returns, whether or not the client was ever used.
    """
    client = connect(server)
    await asyncio.gather(*map(client.send, requests))
    await client.aclose()

    assert await client.aclose() is None


async def test_closing_from_two_tasks_at_once_is_harmless(server):
    """
    Both return once the client is closed.
    """
    client = connect(server)
    await client.send(GET)

    assert await asyncio.gather(client.aclose(), client.aclose()) == [None, None]


@pytest.mark.parametrize("request_", [GET, POST], ids=["GET", "POST"])
async def test_closing_ends_requests_in_flight(server, clock, request_):
    """
    A request that was sent when the client is closed is an AnswerLost at once.
    """
    server.answers = [Raw(hangs=True)]
    client = connect(server, clock=clock)
    task = asyncio.ensure_future(client.send(request_))
    await clock.sleep(1)

    await client.aclose()

    (error,) = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(error, AnswerLost)
    assert clock.monotonic() < 1.1


async def test_closing_ends_calls_that_have_not_been_sent(server, clock):
    """
    A call that waits for its turn when the client is closed is refused, unsent.
    """
    client = connect(server, clock=clock, rate_limit=RateLimit(per_second=0.01))
    tasks = [asyncio.ensure_future(client.send(GET)) for _ in range(3)]
    await clock.sleep(1)

    await client.aclose()

    ends = await asyncio.gather(*tasks, return_exceptions=True)
    assert [dict, ClientClosed, ClientClosed] == [type(end) for end in ends]
    assert 1 == len(server.received)
    assert clock.monotonic() < 1.1


async def test_closing_ends_the_pause_before_a_retry(server, clock):
    """
    A call that is to be retried in a minute ends at once when the client is closed.
    """
    server.answers = [refusal(503, Retry_After="60")]
    client = connect(server, clock=clock)
    task = asyncio.ensure_future(client.send(GET))
    await clock.sleep(1)

    await client.aclose()

    (error,) = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(error, ClientClosed)
    assert clock.monotonic() < 1.1


async def test_closing_while_keys_are_asked_for_is_no_crash(server, clock):
    """
    A client that is closed while a call waits for its keys says so.
    """

    async def provider():
        await clock.sleep(5)
        return KEYS

    client = MediaIntelligence(provider, base_url=server.url, clock=clock)
    task = asyncio.ensure_future(client.send(POST))
    await clock.sleep(1)

    await client.aclose()

    (error,) = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(error, NotSent)
    assert "closed meanwhile" in str(error)
    assert [] == server.received


async def test_a_session_closed_while_keys_are_asked_for_is_no_crash(server, clock):
    """
    A caller who closes the session while a call waits for its keys is told so.
    """

    async def provider():
        await clock.sleep(5)
        return KEYS

    async with aiohttp.ClientSession() as session:
        client = MediaIntelligence(provider, base_url=server.url, clock=clock, session=session)
        task = asyncio.ensure_future(client.send(POST))
        await clock.sleep(1)

    (error,) = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(error, AnswerLost)
    assert [] == server.received


async def test_closing_detaches_waits(server, clock):
    """
    A wait of a client that is closed ends with `Detached`, which has a token.
    """
    server.answers = [Answer(body=b'{"code":"0","result":{"status":"SUMMARIZING"}}')]
    client = connect(server, clock=clock)
    task = asyncio.ensure_future(client.jobs.attach_summary(ASSET).wait())
    await clock.sleep(30)

    await client.aclose()

    (error,) = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(error, Detached)
    assert error.token.startswith("mi1.")


async def test_closing_leaves_no_task(server, clock):
    """
    When `aclose()` returns, nothing of the client runs any more.
    """
    server.answers = [Raw(hangs=True)]
    session = aiohttp.ClientSession()
    client = connect(server, session=session, clock=clock)
    waits = [
        asyncio.ensure_future(client.jobs.attach_summary(AssetRef("w", 1, number)).wait())
        for number in range(5)
    ]
    await clock.sleep(1)

    await client.aclose()

    assert [] == [task for task in asyncio.all_tasks() if "Poller" in str(task)]

    await asyncio.wait(waits)
    await session.close()


# How fast it may call.


async def test_the_present_state_of_the_rate_limit_can_be_read(server, clock):
    """
    After a 429 a client says how slow it has become, what is under way and what waits.
    """
    server.answers = [refusal(429, Retry_After="30"), Answer(delay_seconds=10)]
    limits = RateLimit(per_second=10, at_once=2)
    async with connect(server, clock=clock, rate_limit=limits) as client:
        calls = [asyncio.ensure_future(client.send(GET)) for _ in range(4)]
        await asyncio.sleep(6)
        paused = client.rate
        await asyncio.sleep(30)
        slow = client.rate
        await asyncio.wait(calls)

        at_rest = client.rate

    assert 1 == paused.calls_per_second
    assert 20 < paused.pause_seconds < 25
    assert (2, 1) == (slow.under_way, slow.queued)
    assert 1 < slow.calls_per_second < 10
    assert (0, 0, 0) == (at_rest.under_way, at_rest.queued, at_rest.pause_seconds)


# Event loops.


async def test_another_event_loop_is_refused(server):
    """
    A client that was used in one loop says in another that it belongs to the first.
    """
    async with connect(server) as client:
        await client.send(GET)

        def elsewhere():
            with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
                runner.run(client.send(GET))

        with pytest.raises(ClientClosed, match="another event loop; make one client in each"):
            await asyncio.to_thread(elsewhere)

    assert 1 == len(server.received)


async def test_a_wait_in_another_event_loop_is_refused(server):
    """
    A job of a client that waits in one loop cannot be waited for in another.
    """
    server.answers = [Answer(body=b'{"code":"0","result":{}}')]
    async with connect(server) as client:
        job = client.jobs.attach_summary(ASSET)
        waiting = asyncio.ensure_future(job.wait())
        await asyncio.sleep(0)

        def elsewhere():
            with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
                runner.run(job.wait())

        with pytest.raises(ClientClosed, match="another event loop; make one client in each"):
            await asyncio.to_thread(elsewhere)

        waiting.cancel()


def test_a_client_is_not_closed_in_another_event_loop():
    """
    `aclose()` in another loop is refused with `ClientClosed`; in its own it closes the client.
    """

    async def use():
        async with ScriptedServer() as server:
            client = connect(server)
            await client.send(GET)
            return client

    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        client = runner.run(use())

        with (
            asyncio.Runner(loop_factory=VirtualTimeLoop) as other,
            pytest.raises(ClientClosed, match="another event loop"),
        ):
            other.run(client.aclose())

        assert runner.run(client.aclose()) is None


@pytest.mark.parametrize("debug", [False, True])
def test_closing_from_another_thread_is_refused_and_waits_go_on(debug):
    """
    `aclose()` in a thread with a loop of its own raises `ClientClosed`; the wait at home ends well.
    """
    going = Answer(body=b'{"code":"0","result":{"status":"SUMMARIZING"}}')
    done = Answer(body=b'{"code":"0","result":{"status":"SUMMARIZE_COMPLETED"}}')

    async def use(thread):
        async with ScriptedServer() as server:
            server.answers = [going]
            async with connect(server) as client:
                wait = asyncio.ensure_future(client.jobs.attach_summary(ASSET).wait())
                # The wait has begun, and no request has been sent yet.
                await asyncio.sleep(0)
                early = thread.submit(asyncio.run, client.aclose(), debug=debug).exception()
                await asyncio.sleep(60)
                late = thread.submit(asyncio.run, client.aclose(), debug=debug).exception()
                server.answers = [done]
                return early, late, await wait

    with (
        asyncio.Runner(loop_factory=VirtualTimeLoop, debug=debug) as runner,
        ThreadPoolExecutor() as thread,
    ):
        early, late, status = runner.run(use(thread))

    assert [ClientClosed] * 2 == [type(early), type(late)]
    assert status.succeeded


@pytest.mark.parametrize("waits", [1, 2, 1000])
async def test_closing_ends_however_many_waits(server, clock, waits):
    """
    Each wait ends with `Detached` and a token, and closing returns once all have.
    """
    server.answers = [Answer(body=b'{"code":"0","result":{"status":"SUMMARIZING"}}')]
    client = connect(server, clock=clock)
    jobs = [client.jobs.attach_summary(AssetRef("w", 1, number)) for number in range(waits)]
    tasks = [asyncio.ensure_future(job.wait()) for job in jobs]
    await clock.sleep(1)

    await client.aclose()

    errors = await asyncio.gather(*tasks, return_exceptions=True)
    assert {Detached} == {type(error) for error in errors}
    assert waits == len({error.token for error in errors})


async def test_waits_end_a_few_hundred_in_one_turn_of_the_loop(server, clock):
    """
    Closing lets other tasks run meanwhile: a thousand waits end over several turns of the loop.
    """
    server.answers = [Answer(body=b'{"code":"0","result":{"status":"SUMMARIZING"}}')]
    client = connect(server, clock=clock)
    ended_in_turn, turns, ended = [], 0, 0
    jobs = [client.jobs.attach_summary(AssetRef("w", 1, number)) for number in range(1000)]

    def note(_):
        nonlocal ended
        ended += 1

    for job in jobs:
        asyncio.ensure_future(job.wait()).add_done_callback(lambda task: note(task.exception()))
    await clock.sleep(1)

    closing = asyncio.ensure_future(client.aclose())
    while not closing.done():
        before, turns = ended, turns + 1
        await asyncio.sleep(0)
        ended_in_turn.append(ended - before)

    assert 1000 == ended
    assert max(ended_in_turn) <= 300


# A session of the caller's.


async def test_a_session_of_ones_own_is_used_and_stays_open(server):
    """
    A client never closes a session that it was given.
    """
    async with aiohttp.ClientSession(headers={"X-Mine": "yes"}) as session:
        async with connect(server, session=session) as client:
            await client.send(GET)

        assert not session.closed

    assert "yes" == server.received[0].headers["X-Mine"]


async def test_a_session_of_ones_own_is_free_after_the_client(server):
    """
    Other requests of that session go on after the client is closed.
    """
    async with aiohttp.ClientSession() as session:
        async with connect(server, session=session) as client:
            await client.send(GET)

        async with session.get(server.url) as response:
            assert 200 == response.status


@pytest.mark.parametrize(
    "settings",
    [
        {"raise_for_status": True},
        {"base_url": "http://127.0.0.1:1/elsewhere/"},
        {"headers": {"Content-Type": "text/plain", "Accept": "text/html", "User-Agent": "me"}},
        {"cookies": {"biscuit": "1"}},
        {"auto_decompress": False},
        {"timeout": aiohttp.ClientTimeout(total=0.001)},
        {"read_bufsize": 1},
        {"skip_auto_headers": ["User-Agent"]},
    ],
    ids=lambda settings: next(iter(settings)),
)
async def test_settings_of_a_session_do_not_change_what_a_call_means(server, settings):
    """
    Whatever the session was made with, a refusal is an ApiError and headers are right.
    """
    server.answers = [refusal(404, "7")]
    async with (
        aiohttp.ClientSession(**settings) as session,
        connect(server, session=session) as client,
    ):
        with pytest.raises(NotFound) as caught:
            await client.send(POST)

    assert "7" == caught.value.code
    assert "application/json" == server.received[0].headers["Content-Type"]
    assert "application/json" == server.received[0].headers["Accept"]
    assert "x-ncp-apigw-signature-v2" in server.received[0].headers


async def test_a_session_that_does_not_unpack_is_told_to(server):
    """
    Answers are unpacked whatever the session does otherwise.
    """
    server.answers = [Answer(body=gzip.compress(SUCCESS), headers={"Content-Encoding": "gzip"})]
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        connect(server, session=session) as client,
    ):
        assert await client.send(GET) == {}


async def test_middlewares_of_a_session_are_not_run(server):
    """
    Only the signer sees a request: nobody changes it after it is signed.
    """
    seen = []

    async def middleware(request, send):
        seen.append(request)
        return await send(request)

    async with (
        aiohttp.ClientSession(middlewares=(middleware,)) as session,
        connect(server, session=session) as client,
    ):
        await client.send(GET)

    assert [] == seen
    assert 1 == len(server.received)


async def test_a_session_with_few_connections_is_waited_for(server, clock):
    """
    Waiting for one of the caller's few connections is no connect timeout.
    """
    server.answers = [Answer(delay_seconds=20)]
    connector = aiohttp.TCPConnector(limit=1)
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        connect(server, session=session, clock=clock, retry=RetryPolicy(attempts=1)) as client,
    ):
        answers = await asyncio.gather(client.send(POST), client.send(POST))

    assert [{}, {}] == answers


async def test_a_closed_session_is_named(server):
    """
    A session that its owner has closed is a ClientClosed that says whose it is.
    """
    async with aiohttp.ClientSession() as session:
        client = connect(server, session=session)
    with pytest.raises(
        ClientClosed, match="the ClientSession that this client was given is closed"
    ):
        await client.send(GET)

    await client.aclose()


async def test_a_session_of_another_event_loop_is_refused(server):
    """
    A session that was made in another loop is a ClientClosed in plain words.
    """

    async def make():
        return aiohttp.ClientSession()

    loop = asyncio.new_event_loop()
    session = await asyncio.to_thread(loop.run_until_complete, make())

    with pytest.raises(ClientClosed, match=r"ClientSession .* belongs to another event loop"):
        await connect(server, session=session).send(GET)

    await asyncio.to_thread(loop.run_until_complete, session.close())
    loop.close()


async def test_a_proxy_that_refuses_got_no_request(server):
    """
    Where the session's proxy opens no tunnel, nothing was sent to the service.
    """
    server.answers = [Answer(502, b"")]
    async with aiohttp.ClientSession(proxy=server.url) as session:
        client = connect(server, session=session, base_url="https://mi.example")
        with pytest.raises(NotSent, match="the proxy refused"):
            await client.send(Request("POST", "/x", NoneType))
        await client.aclose()

    assert {"CONNECT"} == {received.method for received in server.received}


# What stays behind.

PROGRAM = """
import asyncio, gc, math, sys
sys.path.insert(0, {tests!r})
from scripted_server import Answer, Raw, ScriptedServer, connect
from mediaintel_async import *

GET = Request("GET", "/x", dict)
SUMMARY = AssetRef("w", 1, 2)

async def never_used(server):
    connect(server)

async def used(server):
    async with connect(server) as client:
        await asyncio.gather(*(client.send(GET) for _ in range(5)))

async def refused(server):
    server.answers = [Answer(503), Raw(b"noise"), Raw()]
    async with connect(server, retry=RetryPolicy(attempts=2)) as client:
        await asyncio.gather(*(client.send(GET) for _ in range(3)), return_exceptions=True)

async def under_load(server):
    server.answers = [Raw(hangs=True)]
    client = connect(server, rate_limit=RateLimit(per_second=1000, at_once=5))
    calls = [asyncio.ensure_future(client.send(GET)) for _ in range(50)]
    jobs = [client.jobs.attach_summary(AssetRef("w", 1, id)) for id in range(50)]
    waits = [asyncio.ensure_future(job.wait()) for job in jobs]
    await asyncio.sleep(0.2)
    await client.aclose()
    done, left = await asyncio.wait([*calls, *waits], timeout=1)
    assert not left
    for one in done:
        assert isinstance(one.exception(), MediaIntelligenceError), repr(one.exception())

async def cancelled_under_load(server):
    server.answers = [Raw(hangs=True)]
    async with connect(server, rate_limit=RateLimit(per_second=1000, at_once=5)) as client:
        jobs = [client.jobs.attach_summary(AssetRef("w", 1, id)) for id in range(50)]
        waits = [asyncio.ensure_future(job.wait()) for job in jobs]
        await asyncio.sleep(0.2)
        for wait in waits:
            wait.cancel()
        await asyncio.wait(waits)

async def main():
    # How busy the machine is, is no complaint.
    asyncio.get_running_loop().slow_callback_duration = math.inf
    async with ScriptedServer() as server:
        await {case}(server)
        assert not [task for task in asyncio.all_tasks() if "mediaintel_async" in str(task)]

asyncio.run(main())
gc.collect()
"""


@pytest.mark.parametrize(
    "case", ["never_used", "used", "refused", "under_load", "cancelled_under_load"]
)
def test_nothing_stays_behind(case, request):
    """
    A program that closes its client leaves no task, socket or warning, even under load.
    """
    program = PROGRAM.format(case=case, tests=str(request.path.parent / "helpers"))

    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert "" == done.stderr
    assert 0 == done.returncode


async def test_what_answers_cannot_become_is_refused_before_sending(client, simulator):
    """
    A Request whose `returns` is no model is an InvalidArgument, and nothing is sent.
    """

    class Plain:
        pass

    with pytest.raises(InvalidArgument, match="returns"):
        await client.send(Request("GET", "/api/v1/workspaces", Plain))

    assert [] == simulator.requests
