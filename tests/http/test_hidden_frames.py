"""No error that leaves the library keeps a secret in the variables of a frame."""

import asyncio
import base64
import json
import ssl
import traceback
import weakref
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from rich.pretty import pretty_repr
from scripted_server import Answer, Raw, ScriptedServer
from secret_echoes import GET, POST, SECRET, SIGNATURE
from shown_locals import shown_by_reporters

from mediaintel_async import (
    AnswerLost,
    ApiError,
    ConfigurationError,
    Credentials,
    InvalidAnswer,
    MediaIntelligence,
    NotSent,
    RetryPolicy,
)
from mediaintel_async.http.hidden_frames import hides_frames, without_frames
from mediaintel_async.http.server_role import endpoint_of

PASSWORD = "CANARY0PASSWORD"
PRESIGNED = "CANARY0PRESIGNED"
KEYS = Credentials("AK_TEST", SECRET)
ONCE = RetryPolicy(attempts=1)
TWICE = RetryPolicy(attempts=2)
CERTIFICATE = Path(__file__).parent / "self_signed.pem"
CANARIES = (
    SECRET,
    SIGNATURE,
    PASSWORD,
    PRESIGNED,
    "Proxy-Authorization",
    base64.b64encode(f"user:{PASSWORD}".encode()).decode(),
)


def canaries_in(error, signatures=()):
    """The secrets that reporters print of *error*, signatures also in part."""
    shown = shown_by_reporters(error)
    return [one for one in (*CANARIES, *(each[:12] for each in signatures)) if one in shown]


async def error_of(call):
    """The error that *call* comes to, whatever its class."""
    try:
        await call
    except BaseException as error:  # noqa: BLE001 - a cancellation, too
        return error
    raise AssertionError("it came to no error")


class NoSuchHost(aiohttp.ThreadedResolver):
    """A resolver that knows no host."""

    async def resolve(self, *_, **__):
        """Find nothing."""
        raise OSError(None, "DNS lookup failed")


@pytest.fixture
async def gone():
    """The address of a server that is gone."""
    async with ScriptedServer() as server:
        pass
    return server.url


@asynccontextmanager
async def tls_server():
    """A server whose certificate nobody vouches for."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE)
    runner = web.ServerRunner(web.Server(None, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield f"https://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


def proxy_of(url):
    """The address of a proxy with a password."""
    return url.replace("http://", f"http://user:{PASSWORD}@")


async def error_through(session, url="https://mi.example", request=GET, retry=TWICE):
    """The error of a request by a caller's session."""
    async with (
        session,
        MediaIntelligence(KEYS, base_url=url, session=session, retry=retry) as client,
    ):
        return await error_of(client.send(request))


# Connections.


@pytest.mark.parametrize("request_", [GET, POST], ids=["GET", "POST"])
@pytest.mark.parametrize("policy", [ONCE, TWICE], ids=["once", "retried"])
async def test_a_refused_connection_keeps_no_secret(gone, clock, request_, policy):
    """
    The error of a refused connection has the system's own error as its cause, and no secret.
    """
    async with MediaIntelligence(KEYS, base_url=gone, clock=clock, retry=policy) as client:
        error = await error_of(client.send(request_))

    assert NotSent is type(error)
    assert isinstance(error.__cause__, OSError)
    assert not isinstance(error.__cause__, aiohttp.ClientError)
    assert [] == canaries_in(error)


async def test_an_unknown_host_keeps_no_secret():
    """
    The error of a host that has no address shows no secret.
    """
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=NoSuchHost()))

    error = await error_through(session)

    assert "DNS lookup failed" in str(error)
    assert NotSent is type(error)
    assert [] == canaries_in(error)


async def test_a_certificate_that_is_not_trusted_keeps_no_secret():
    """
    The error of a certificate that is not trusted says what is wrong with it, and no secret.
    """
    async with tls_server() as url:
        error = await error_through(aiohttp.ClientSession(), url)

    assert "certificate not valid: self" in str(error)
    assert NotSent is type(error)
    assert [] == canaries_in(error)


async def test_a_fingerprint_that_does_not_match_is_not_sent():
    """
    A certificate whose fingerprint does not match says that nothing was sent, and no secret.
    """
    pinned = aiohttp.TCPConnector(ssl=aiohttp.Fingerprint(bytes(32)))
    async with tls_server() as url:
        error = await error_through(aiohttp.ClientSession(connector=pinned), url)

    assert "certificate is not the one" in str(error)
    assert NotSent is type(error)
    assert [] == canaries_in(error)


# Proxies.


async def test_a_proxy_that_is_gone_keeps_no_password(gone):
    """
    The error of a proxy that cannot be reached shows no password of the proxy.
    """
    error = await error_through(aiohttp.ClientSession(proxy=proxy_of(gone)))

    assert NotSent is type(error)
    assert [] == canaries_in(error)


async def test_a_proxy_that_refuses_keeps_no_password():
    """
    The error of a proxy that refuses shows no password, not even in the repr of a cause.
    """
    async with ScriptedServer(Answer(407)) as proxy:
        error = await error_through(aiohttp.ClientSession(proxy=proxy_of(proxy.url)))

    assert "proxy refused (HTTP 407)" in str(error)
    assert NotSent is type(error)
    assert [] == canaries_in(error)


async def test_a_timeout_at_a_proxy_keeps_no_password():
    """
    A timeout of the caller while a proxy is silent shows neither password nor signature.
    """
    async with ScriptedServer(Raw(hangs=True)) as proxy:
        session = aiohttp.ClientSession(proxy=proxy_of(proxy.url))
        error = await error_of(asyncio.wait_for(error_or_cancelled(session), 5))

    assert TimeoutError is type(error)
    assert [] == canaries_in(error)


async def error_or_cancelled(session):
    """Send a request by *session*; a cancellation is passed on."""
    async with (
        session,
        MediaIntelligence(KEYS, base_url="https://mi.example", session=session) as c,
    ):
        return await c.send(GET)


# Cancellations.


async def within(seconds, call):
    """Make *call* within a time limit of the caller."""
    async with asyncio.timeout(seconds):
        return await call


@pytest.mark.parametrize("request_", [GET, POST], ids=["GET", "POST"])
async def test_a_timeout_around_a_call_keeps_no_secret(clock, request_):
    """
    `asyncio.timeout()` around a call shows no signature of the request that it ended.
    """
    async with (
        ScriptedServer(Raw(hangs=True)) as server,
        MediaIntelligence(KEYS, base_url=server.url, clock=clock) as client,
    ):
        error = await error_of(within(5, client.send(request_)))

    assert TimeoutError is type(error)
    assert [] == canaries_in(error, {one.headers[SIGNATURE] for one in server.received})


@pytest.mark.parametrize("request_", [GET, POST], ids=["GET", "POST"])
async def test_a_cancelled_call_keeps_no_secret(clock, request_):
    """
    A cancelled call shows no signature of the request that it ended.
    """
    async with (
        ScriptedServer(Raw(hangs=True)) as server,
        MediaIntelligence(KEYS, base_url=server.url, clock=clock) as client,
    ):
        task = asyncio.ensure_future(client.send(request_))
        await clock.sleep(5)
        task.cancel()
        error = await error_of(task)

    assert asyncio.CancelledError is type(error)
    assert [] == canaries_in(error, {one.headers[SIGNATURE] for one in server.received})


# Uploads.


@asynccontextmanager
async def uploading(*answers):
    """A client and a storage that gives *answers*, with a presigned address of it."""
    async with (
        ScriptedServer(*answers) as storage,
        MediaIntelligence(KEYS, base_url=storage.url, retry=ONCE) as client,
    ):
        yield client._transport.upload, f"{storage.url}/a.jpg?X-Amz-Signature={PRESIGNED}"


ANSWERS = {
    "refusal": Answer(403, f"<Message>{PRESIGNED}</Message>".encode()),
    "no HTTP": Raw(b"noise\r\n\r\n"),
    "nothing": Raw(),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_a_failed_upload_keeps_no_address(answer):
    """
    The error of an upload shows no presigned address.
    """
    async with uploading(answer) as (upload, address):
        error = await error_of(upload("a.jpg", address, b"picture", None))

    assert isinstance(error, ApiError | AnswerLost)
    assert [] == canaries_in(error)


async def test_an_upload_that_is_not_sent_keeps_no_address(gone):
    """
    The error of a storage that cannot be reached shows no presigned address.
    """
    async with MediaIntelligence(KEYS, base_url=gone) as client:
        upload = client._transport.upload
        error = await error_of(upload("a.jpg", f"{gone}/a?x={PRESIGNED}", b"picture", None))

    assert NotSent is type(error)
    assert [] == canaries_in(error)


@pytest.mark.parametrize(
    "address", ["ftp://h/a?", "https://a..b/?", "https://h:99999/?", "http://elsewhere.example/?"]
)
async def test_an_address_that_cannot_be_used_is_not_kept(address):
    """
    The error of a presigned address that cannot be used does not show it.
    """
    async with MediaIntelligence(KEYS) as client:
        upload = client._transport.upload
        error = await error_of(upload("a.jpg", address + PRESIGNED, b"picture", None))

    assert InvalidAnswer is type(error)
    assert [] == canaries_in(error)


async def test_a_timeout_around_an_upload_keeps_no_address():
    """
    `asyncio.timeout()` around an upload shows no presigned address.
    """
    async with uploading(Raw(hangs=True)) as (upload, address):
        error = await error_of(within(5, upload("a.jpg", address, b"picture", None)))

    assert TimeoutError is type(error)
    assert [] == canaries_in(error)


async def test_a_failed_upload_of_a_query_image_keeps_no_address(gone):
    """
    The error of the whole upload of an image does not show the address that the service issued.
    """
    issued = {"assetFileKey": "k", "someUrl": f"{gone}/a?x={PRESIGNED}"}
    answer = json.dumps({"code": "0", "result": issued}).encode()
    async with (
        ScriptedServer(Answer(200, answer)) as server,
        MediaIntelligence(KEYS, base_url=server.url, retry=ONCE) as client,
    ):
        error = await error_of(client.search.upload_query_image(b"picture", file_name="a.jpg"))

    assert NotSent is type(error)
    assert [] == canaries_in(error)


async def test_what_a_callback_raises_keeps_the_users_frames_and_no_address():
    """
    An exception of `on_progress` has the frame of that callable, and no presigned address.
    """

    def interrupted(_):
        raise ZeroDivisionError

    async with uploading(Answer()) as (upload, address):
        error = await error_of(upload("a.jpg", address, b"picture", interrupted))

    assert ZeroDivisionError is type(error)
    assert "interrupted" in [frame.name for frame in traceback.extract_tb(error.__traceback__)]
    assert [] == canaries_in(error)


# Keys.


def error_from(function, *arguments, **more):
    """The ConfigurationError that *function* raises."""
    with pytest.raises(ConfigurationError) as caught:
        function(*arguments, **more)
    return caught.value


@pytest.mark.parametrize("secret", [f"{SECRET}\n", f"{SECRET} ", f"{SECRET}é"], ids=ascii)
def test_keys_that_are_refused_are_not_kept(secret):
    """
    The error of a key with a line break or a space at its end does not show it.
    """
    assert [] == canaries_in(error_from(Credentials, "AK", secret))


@pytest.mark.parametrize(
    "lines",
    [
        f"ncloud_secret_access_key = {SECRET}",
        f"ncloud_access_key_id = AK\nncloud_secret_access_key = {SECRET} {SECRET}",
    ],
    ids=["half", "space"],
)
@pytest.mark.parametrize("is_default", [True, False], ids=["default", "path"])
def test_a_file_of_keys_is_not_kept(tmp_path, monkeypatch, lines, is_default):
    """
    The error of a file whose keys cannot be used shows nothing of what stands in the file.
    """
    file = tmp_path / ".ncloud" / "configure"
    file.parent.mkdir()
    file.write_text(lines)
    monkeypatch.setenv("HOME", str(tmp_path))

    if is_default:
        error = error_from(MediaIntelligence)
    else:
        error = error_from(Credentials.from_file, path=file)

    assert "profile DEFAULT" in str(error)
    assert [] == canaries_in(error)


@pytest.mark.parametrize("access_key", ["AK", ""], ids=["bad", "half"])
def test_an_environment_with_bad_keys_is_not_kept(monkeypatch, access_key):
    """
    The error of keys of the environment that cannot be used shows neither them nor the rest of it.
    """
    monkeypatch.setenv("NCLOUD_ACCESS_KEY_ID", access_key)
    monkeypatch.setenv("NCLOUD_SECRET_ACCESS_KEY", f"{SECRET} ")
    monkeypatch.setenv("UNRELATED", PASSWORD)

    error = error_from(MediaIntelligence)

    assert [] == canaries_in(error)


def test_an_environment_with_a_bad_address_of_the_metadata_is_not_kept(monkeypatch):
    """
    The error of a metadata address that cannot be used shows neither it nor the environment.
    """
    monkeypatch.setenv("NCLOUD_METADATA_API_ENDPOINT", f"http://user:{PASSWORD}@a..b")

    assert [] == canaries_in(error_from(MediaIntelligence))
    assert [] == canaries_in(
        error_from(endpoint_of, {"NCLOUD_METADATA_ENDPOINT": f"http://a..b/{PASSWORD}"})
    )


def test_an_address_with_a_password_in_the_environment_is_not_kept(monkeypatch):
    """
    The error of an address of the service with a password does not show the password.
    """
    monkeypatch.setenv("MEDIAINTEL_BASE_URL", f"https://user:{PASSWORD}@mi.example")

    assert [] == canaries_in(error_from(MediaIntelligence, KEYS))


def test_rich_shows_no_key():
    """
    Rich reads the fields of attrs classes instead of their repr, and shows none of these.
    """
    assert SECRET not in pretty_repr(KEYS)
    assert SECRET not in repr(KEYS)
    assert "secret_key" not in dir(KEYS)
    assert "access_key" not in dir(KEYS)
    assert "new_mac" in dir(KEYS)


# What is left of an error.


def test_a_fault_of_a_program_says_where_it_was_raised():
    """
    An unexpected error loses its frames, and gets the lines that they showed as a note.
    """

    @hides_frames
    def faulty(secret):
        raise ZeroDivisionError from ValueError(secret)

    with pytest.raises(ZeroDivisionError) as caught:
        faulty(SECRET)

    assert "in faulty" in caught.value.__notes__[0]
    assert [] == canaries_in(caught.value)


def test_an_error_is_freed_without_the_garbage_collector():
    """
    An error and the frame that raises it again are no circle: failing looks leave nothing behind.
    """

    @hides_frames
    def fail():
        raise ConfigurationError("keys")

    gone = []
    try:
        fail()
    except ConfigurationError as error:
        weakref.finalize(error, gone.append, True)

    assert [True] == gone


def test_an_error_of_the_library_keeps_its_cause():
    """
    An error of the library keeps the cause that was chosen for it, and no note.
    """
    error = ConfigurationError("keys")
    error.__cause__ = ValueError()

    assert isinstance(without_frames(error).__cause__, ValueError)
    assert not hasattr(error, "__notes__")
