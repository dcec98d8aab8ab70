"""No secret leaves, no argument leaves its place, no request leaves for elsewhere."""

import asyncio
import logging
import pprint
import ssl
import subprocess
import sys
import traceback
from operator import attrgetter
from pathlib import Path
from urllib.parse import unquote

import aiohttp
import pytest
import tenacity
from aiohttp import web
from contract import OPERATIONS
from every_call import CALLS, COROUTINES, operation_id_of, taken
from rich.traceback import Traceback
from scripted_server import Answer, ScriptedServer, connect
from secret_echoes import DELETE, GET, POST, SCRIPTS, SECRET, SIGNATURE
from typer.testing import CliRunner

from mediaintel_async import (
    ApiError,
    AssetRef,
    ConfigurationError,
    Credentials,
    Detached,
    MediaIntelligence,
    MediaIntelligenceError,
    NotSent,
    ProjectRef,
    RetryPolicy,
    StillRunning,
)
from mediaintel_async.cli.actions import run_with_client
from mediaintel_async.cli.app import app
from mediaintel_async.clock import FastClock
from mediaintel_async.simulator import Fault

KEYS = Credentials("AK_TEST", SECRET)
ELSEWHERE = "https://mi.example"
pytestmark = pytest.mark.filterwarnings("ignore::mediaintel_async.LegacyApiWarning")


# Canaries: a secret key, and every signature made with it.


@pytest.fixture
def everything_logged(caplog):
    """Every record of every logger: ours, aiohttp's, asyncio's."""
    caplog.set_level(logging.NOTSET)
    for name in ("mediaintel_async", "asyncio", "aiohttp", *aiohttp_loggers()):
        caplog.set_level(logging.NOTSET, name)

    def told():
        logged = caplog.handler.format
        return "\n".join(f"{logged(one)} {one.args!r} {vars(one)!r}" for one in caplog.records)

    return told


def aiohttp_loggers():
    """The loggers that aiohttp writes to."""
    return [f"aiohttp.{name}" for name in ("client", "internal", "server", "access", "web")]


@pytest.fixture
def secret_client(simulator, new_client, monkeypatch):
    """A client whose secret key is the canary."""
    simulator.secret_key = SECRET
    return new_client()


def secrets_in(text, signatures):
    """The secrets that stand in *text*, signatures also in part."""
    return [one for one in (SECRET, *(each[:12] for each in signatures)) if one in text]


def signatures_of(simulator):
    """Every signature that was sent."""
    return {each.headers[SIGNATURE] for each in simulator.requests if SIGNATURE in each.headers}


async def test_work_tells_no_secret(clock, simulator, secret_client, everything_logged, world):
    """
    Nothing that is logged, returned, raised, or left as a token on any way out has a secret.
    """
    where = [world.add_asset(scenes=3) for _ in range(5)]
    done, late, refused, left, closed = (
        AssetRef(each.workspace, each.project_id, each.asset_id) for each in where
    )
    simulator.faults.add("*", Fault.CUT)
    simulator.faults.add("request_scene_summary", Fault.DROP_AFTER)
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(503))

    told = [repr(await secret_client.summarize(done))]
    with pytest.raises(StillRunning) as timed_out:
        await secret_client.summarize(late, timeout=3, on_timeout="cancel")
    simulator.faults.add("request_index", Fault.STATUS(403, "403"))
    with pytest.raises(MediaIntelligenceError) as denied:
        await secret_client.summarize(refused)
    leaving = asyncio.ensure_future(secret_client.summarize(left))
    await clock.sleep(3)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError) as cancelled:
        await leaving
    closing = asyncio.ensure_future(secret_client.summarize(closed))
    await clock.sleep(3)
    told += [repr(secret_client), pprint.pformat(vars(secret_client))]
    await secret_client.aclose()
    with pytest.raises(Detached) as detached:
        await closing

    for each in (timed_out, denied, cancelled, detached):
        told += [each.value.token, *traceback.format_exception(each.value)]
    text = "\n".join([*told, everything_logged()])
    assert "HTTP 200" in text
    assert [] == secrets_in(text, signatures_of(simulator))


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
async def test_no_local_variable_shows_a_secret(clock, script):
    """
    Reporters that print the variables of every frame of a traceback print no secret of ours.
    """
    policy = RetryPolicy(attempts=2, wait=tenacity.wait_fixed(1))
    async with (
        ScriptedServer(script) as server,
        MediaIntelligence(KEYS, base_url=server.url, clock=clock, retry=policy) as client,
    ):
        text = await frames_of(client.send(GET))

    assert [] == secrets_in(text, {one.headers[SIGNATURE] for one in server.received})


async def frames_of(call):
    """The frames of the error that *call* comes to, with their variables, in two fashions."""
    try:
        return repr(await call)
    except MediaIntelligenceError as error:
        plain = traceback.TracebackException.from_exception(error, capture_locals=True)
        pretty = Traceback.extract(type(error), error, error.__traceback__, show_locals=True)
        variables = [
            str(one)
            for stack in pretty.stacks
            for frame in stack.frames
            for one in (frame.locals or {}).values()
        ]
        return "\n".join([*plain.format(), *variables])


async def test_a_dump_of_the_client_shows_nothing(secret_client, simulator, asset, where):
    """
    What a debugger prints of a client, level after level, has no secret in it.
    """
    await secret_client.assets.get(asset)

    text = dump(secret_client, levels=6)

    assert "_transport" in text
    assert "Signer" in text
    assert [] == secrets_in(text, signatures_of(simulator))


def dump(thing, levels, seen=None):
    """What can be printed of a thing of ours, of what it has, and so on."""
    seen = {} if seen is None else seen
    if levels == 0 or id(thing) in seen:
        return ""
    seen[id(thing)] = thing
    parts = {**getattr(thing, "__dict__", {}), **slots_of(thing)}
    if isinstance(thing, dict):
        parts = dict(enumerate([*thing.keys(), *thing.values()]))
    # The keys themselves hide behind their own repr: beyond it there is nothing but them.
    if isinstance(thing, Credentials):
        parts = {}
    own = f"{thing!r} {pprint.pformat(parts)}"
    return "\n".join([own, *(dump(part, levels - 1, seen) for part in parts.values())])


def slots_of(thing):
    """What stands in the slots of a thing."""
    names = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    return {name: getattr(thing, name) for name in names if hasattr(thing, name)}


COMMANDS = [
    ["status", "my-workspace/1234/5678"],
    ["summarize", "my-workspace/1234/5678"],
    ["summarize", "my-workspace/1234/5678", "--json"],
    ["result", "my-workspace/1234/404"],
    ["assets", "list", "my-workspace/1234"],
    ["workspaces", "--json"],
    ["doctor"],
    ["doctor", "--json"],
    ["resume", "mi1.nonsense"],
    ["--help"],
]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("key", [SECRET, "CANARY0WRONG0KEY"], ids=["right", "wrong"])
async def test_no_command_prints_a_secret(simulator, where, monkeypatch, arguments, key):
    """
    Whatever a command prints, with good keys or bad, on either stream, the secret is not in it.
    """
    simulator.secret_key = SECRET
    monkeypatch.setattr(run_with_client, "CLOCK", FastClock(1000))
    monkeypatch.setenv("MEDIAINTEL_BASE_URL", simulator.url)
    monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", simulator.access_key)
    monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", key)

    result = await asyncio.to_thread(CliRunner().invoke, app, arguments)

    text = result.stdout + result.stderr + repr(result.exception)
    assert text
    assert key not in text
    assert [] == secrets_in(text, signatures_of(simulator))


# Arguments.

HOSTILE = [
    "..",
    ".",
    "%2e%2e",
    "../..",
    "a/../../b",
    "a%2Fb",
    "a\\..\\b",
    "a?pageNum=1",
    "a#b",
    "a;b",
    "//elsewhere.example",
    "https://elsewhere.example/",
    "@elsewhere.example",
    "a\r\nX-Evil: 1",
    "a\nX-Evil: 1",
    "a\r\n\r\nGET /evil HTTP/1.1",
    "a\0b",
    "a\x85b",
    "a\u2028b",
    "\u202e",
    "한국어",
    "\ud800",
    "",
    " ",
    "a" * 5000,
]


def with_hostile(value, text):
    """The same argument with *text* in the place of what is text in it."""
    if isinstance(value, AssetRef):
        return AssetRef(text, text, text)
    if isinstance(value, ProjectRef):
        return ProjectRef(text, text)
    if isinstance(value, list | tuple):
        return type(value)(with_hostile(each, text) for each in value)
    if isinstance(value, dict):
        return {key: with_hostile(each, text) for key, each in value.items()}
    return text if type(value) in (str, int) else value


@pytest.fixture
async def everywhere():
    """A server that takes every request."""
    async with ScriptedServer() as server:
        yield server


async def sent_with(client, name, arguments, text):
    """Call a coroutine with *text* wherever that fits; whatever it comes to is of the tree."""
    positional, named = arguments
    try:
        group, _, method = name.rpartition(".")
        hostile = [with_hostile(each, text) for each in positional]
        more = {key: with_hostile(each, text) for key, each in named.items()}
        return await taken(getattr(attrgetter(group)(client), method)(*hostile, **more))
    except MediaIntelligenceError as error:
        return error


async def sent_with_everything(server, client, name):
    """What arrives when a coroutine is called with every hostile text, each with that text."""
    arrived = []
    for text in HOSTILE:
        server.received.clear()
        for arguments in CALLS[name]:
            await sent_with(client, name, arguments, text)
        arrived += [(text, one) for one in server.received]
    return arrived


def is_in_its_place(operation, text, received):
    """Whether a request is of the operation's shape, with nothing but *text* in its parts."""
    path = received.target.partition("?")[0]
    parts = operation["path"].split("/")
    return (
        operation["method"] == received.method
        and len(parts) == len(path.split("/"))
        and not received.headers.keys() - USUAL_HEADERS
        and all(
            part in (unquote(given), text) or part.startswith("{")
            for part, given in zip(parts, path.split("/"), strict=True)
        )
        and not {".", ".."} & set(unquote(path).split("/")) - set(text.split("/"))
    )


@pytest.mark.parametrize("name", COROUTINES)
async def test_no_argument_leaves_its_place(everywhere, clock, name):
    """
    Whatever an argument is, no path gets another shape, no header is added, no request more.
    """
    operation = OPERATIONS[operation_id_of(name)]
    async with connect(everywhere, clock=clock, retry=RetryPolicy(attempts=1)) as client:
        arrived = await sent_with_everything(everywhere, client, name)

    assert [] == [
        (text, one.target) for text, one in arrived if not is_in_its_place(operation, text, one)
    ]


USUAL_HEADERS = {
    "Host",
    "Content-Type",
    "Accept",
    "User-Agent",
    "Accept-Encoding",
    "Content-Length",
    "x-ncp-apigw-timestamp",
    "x-ncp-iam-access-key",
    SIGNATURE,
}


@pytest.mark.parametrize("text", ["a\r\nX-Evil: 1", "a\n", "a\0", "키", "", " "], ids=ascii)
@pytest.mark.parametrize("position", [0, 1])
def test_no_key_leaves_its_header(text, position):
    """
    Keys that no header can carry are refused when they are given.
    """
    pair = ["access", "secret"]
    pair[position] = text

    with pytest.raises(ConfigurationError):
        Credentials(*pair)


@pytest.mark.parametrize(
    "address",
    [
        "https://mi.example\r\nX-Evil: 1",
        "https://mi.example/\r\nX-Evil: 1",
        "https://mi.example/api",
        "https://user:pass@mi.example",
        "https://mi.example?x",
        "file:///etc/passwd",
        "http://mi.example",
        "//mi.example",
    ],
    ids=ascii,
)
def test_no_address_is_more_than_an_origin(address):
    """
    Whatever else an address carries is refused when the client is made.
    """
    with pytest.raises(ConfigurationError):
        MediaIntelligence(KEYS, base_url=address)


# Places.


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("request_", [GET, POST, DELETE], ids=["GET", "POST", "DELETE"])
async def test_no_redirect_is_followed(everywhere, clock, status, request_):
    """
    Wherever a redirect points, nothing is sent there, and the caller gets an error.
    """
    away = Answer(status, b"", {"Location": f"{everywhere.url}/elsewhere"})
    async with ScriptedServer(away) as server, connect(server, clock=clock) as client:
        with pytest.raises(ApiError) as caught:
            await client.send(request_)

    assert status == caught.value.status
    assert [] == everywhere.received
    assert 1 == len(server.received)


async def test_a_wait_goes_nowhere_else(everywhere, new_client, simulator, asset, where):
    """
    A service that redirects whoever waits is asked again, and nobody else is.
    """
    simulator.faults.add("*", Fault.REDIRECT(f"{everywhere.url}/elsewhere"), 3)

    with pytest.raises(ApiError):
        await new_client().summarize(asset)

    assert [] == everywhere.received


# TLS.

CERTIFICATE = Path(__file__).parent / "self_signed.pem"


@pytest.fixture
async def tls_server():
    """A server whose certificate nobody vouches for, and what arrives there."""
    received = []

    async def answer(request):
        received.append(request)
        return web.json_response({"code": "0", "result": {}})

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    runner = web.ServerRunner(web.Server(answer, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}", received
    await runner.cleanup()


@pytest.mark.parametrize("allow_insecure", [False, True])
async def test_a_certificate_that_nobody_vouches_for_is_refused(tls_server, clock, allow_insecure):
    """
    TLS is verified, whatever else is allowed, and nothing is sent to whom cannot prove himself.
    """
    url, received = tls_server
    once = RetryPolicy(attempts=1)
    async with MediaIntelligence(
        KEYS, base_url=url, clock=clock, retry=once, allow_insecure=allow_insecure
    ) as client:
        with pytest.raises(NotSent) as caught:
            await client.send(GET)

    assert isinstance(caught.value.__cause__, ssl.SSLCertVerificationError)
    assert [] == received


async def test_a_fingerprint_that_does_not_match_sends_nothing(tls_server, clock):
    """
    A server with another certificate than the caller's session expects is NotSent.
    """
    url, received = tls_server
    once = RetryPolicy(attempts=1)
    pinned = aiohttp.TCPConnector(ssl=aiohttp.Fingerprint(bytes(32)))
    async with (
        aiohttp.ClientSession(connector=pinned) as session,
        MediaIntelligence(KEYS, base_url=url, clock=clock, retry=once, session=session) as client,
    ):
        with pytest.raises(NotSent, match="certificate is not the one"):
            await client.send(GET)

    assert [] == received


def lax(**options):
    """A TLS context that leaves something out."""
    context = ssl.create_default_context()
    for name, value in options.items():
        setattr(context, name, value)
    return context


LAX = {
    "no verification": lambda: False,
    "no certificate": lambda: lax(check_hostname=False, verify_mode=ssl.CERT_NONE),
    "no name": lambda: lax(check_hostname=False),
}


@pytest.mark.parametrize("tls", LAX.values(), ids=LAX)
async def test_verification_is_not_turned_off_silently(tls):
    """
    A session that does not verify whom it talks to is refused, unless that is said aloud.
    """
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls())) as session:
        with pytest.raises(ConfigurationError, match="does not verify"):
            MediaIntelligence(KEYS, base_url=ELSEWHERE, session=session)

        MediaIntelligence(KEYS, base_url=ELSEWHERE, session=session, allow_insecure=True)


async def test_a_session_that_trusts_an_authority_of_its_own_is_taken(tls_server, clock):
    """
    A caller's session may know more authorities, and is used as it is.
    """
    url, received = tls_server
    context = ssl.create_default_context(cafile=CERTIFICATE)
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as session,
        MediaIntelligence(KEYS, base_url=url, session=session, clock=clock) as client,
    ):
        await client.send(GET)

    assert 1 == len(received)


# Development mode.


def test_development_mode_is_silent_on_every_path():
    """
    Under `-W error -X dev` waits, faults, cancellations and closing under load print nothing.
    """
    script = Path(__file__).parents[1] / "helpers" / "every_path.py"

    done = subprocess.run(
        [sys.executable, "-W", "error", "-X", "dev", str(script)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ("done\n", "", 0) == (done.stdout, done.stderr, done.returncode)
