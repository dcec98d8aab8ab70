import asyncio
import gzip
import tracemalloc
from datetime import UTC, datetime
from types import MappingProxyType, NoneType

import pytest
from attrs import frozen
from scripted_server import SUCCESS, Answer, Raw, ScriptedServer, connect, refusal

from mediaintel_async import (
    AnswerLost,
    ApiError,
    ConfigurationError,
    ConnectTimeout,
    InvalidAnswer,
    InvalidArgument,
    MediaIntelligence,
    MediaIntelligenceError,
    NotFound,
    NotSent,
    QuotaExceeded,
    Request,
    RequestTimeout,
    RetryPolicy,
    ServerError,
    SystemClock,
    Timeouts,
)
from mediaintel_async.http import transport

ONCE = RetryPolicy(attempts=1)
THING = Request("GET", "/api/v1/things", dict)
START = Request("POST", "/api/v1/things", dict, body={"name": "이름"})


@pytest.fixture
async def client(server):
    """A client of it that sends each request once."""
    async with connect(server, retry=ONCE) as client:
        yield client


# What goes over the wire.


async def test_every_request_carries_the_headers_of_the_gateway(server, client):
    """
    Key, time and signature go along, and JSON is what is sent and wanted.
    """
    await client.send(START)

    headers = server.received[0].headers
    assert "AK_TEST" == headers["x-ncp-iam-access-key"]
    assert headers["x-ncp-apigw-timestamp"].isdecimal()
    assert 44 == len(headers["x-ncp-apigw-signature-v2"])
    assert "application/json" == headers["Content-Type"]
    assert "application/json" == headers["Accept"]
    assert headers["User-Agent"].startswith("mediaintel-async/")


async def test_a_get_says_what_it_accepts_though_it_has_no_body(server, client):
    """
    A request without a body has the same headers, and no body.
    """
    await client.send(THING)

    assert b"" == server.received[0].body
    assert "application/json" == server.received[0].headers["Content-Type"]
    assert "application/json" == server.received[0].headers["Accept"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_body_goes_out_as_json(server, client, method):
    """
    Every method that has a body sends it as compact JSON in UTF-8, DELETE as well.
    """
    await client.send(Request(method, "/api/v1/things/7", dict, body={"ids": [1, 2], "n": "이"}))

    assert method == server.received[0].method
    assert '{"ids":[1,2],"n":"이"}'.encode() == server.received[0].body


async def test_an_empty_body_is_a_body(server, client):
    """
    An empty mapping is sent as `{}`; only None sends nothing.
    """
    await client.send(Request("POST", "/api/v1/things", dict, body={}))

    assert b"{}" == server.received[0].body


async def test_a_body_may_be_any_mapping(server, client):
    """
    A mapping that is no dict is written like one, wherever it stands.
    """
    inner = MappingProxyType({"b": 1})

    await client.send(Request("POST", "/api/v1/things", dict, body=MappingProxyType({"a": inner})))

    assert b'{"a":{"b":1}}' == server.received[0].body


async def test_null_in_a_body_is_sent(server, client):
    """
    None in a body goes out as null: the service may mean something by it.
    """
    await client.send(
        Request("POST", "/x", dict, body={"a": None, "at": datetime(2026, 1, 2, tzinfo=UTC)})
    )

    assert b'{"a":null,"at":"2026-01-02T00:00:00+00:00"}' == server.received[0].body


@pytest.mark.parametrize(
    "value", [object(), float("nan"), float("inf"), {1: 2}, b"bytes", "\ud800", 2**70, {1, 2}]
)
async def test_a_body_that_is_no_json_is_refused_before_sending(server, client, value):
    """
    What JSON cannot say is an InvalidArgument, and nothing is sent.
    """
    with pytest.raises(InvalidArgument, match=r"POST /api/v1/things: the body is no JSON"):
        await client.send(Request("POST", "/api/v1/things", dict, body={"value": value}))

    assert [] == server.received


async def test_path_and_query_arrive_as_they_were_encoded(server, client):
    """
    Nothing requotes a path that is percent-encoded already.
    """
    await client.send(Request("GET", "/w/q%3Fz/%252F/a%20b", dict, query={"q": "한 +/&"}))

    assert "/w/q%3Fz/%252F/a%20b?q=%ED%95%9C%20%2B%2F%26" == server.received[0].target


async def test_a_redirect_is_not_followed(server, client):
    """
    A redirect to another host is a refusal, and that host hears nothing.
    """
    async with ScriptedServer() as other:
        server.answers = [Answer(302, b"", {"Location": f"{other.url}/api/v1/things"})]

        with pytest.raises(ApiError) as caught:
            await client.send(THING)

    assert 302 == caught.value.status
    assert [] == other.received
    assert 1 == len(server.received)


# What is made of an answer.


@frozen(kw_only=True)
class _Thing:
    """A model that the library does not know."""

    thing_id: int
    file_name: str | None = None


@pytest.mark.parametrize(
    ("returns", "expected"),
    [
        (dict, {"thingId": 7, "fileName": "a.mp4"}),
        (_Thing, _Thing(thing_id=7, file_name="a.mp4")),
        (NoneType, None),
    ],
)
async def test_the_result_becomes_what_the_request_asks_for(server, client, returns, expected):
    """
    A call of one's own may return a dict, an attrs class, or nothing.
    """
    result = b'{"code":"0","result":{"thingId":7,"fileName":"a.mp4"}}'
    server.answers = [Answer(body=result)]

    answer = await client.send(Request("GET", "/api/v1/things/7", returns))

    assert expected == answer


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_an_empty_answer_will_do_where_there_is_no_result(server, client, status):
    """
    A call without a result accepts any 2xx without a body.
    """
    server.answers = [Answer(status, b"")]

    assert await client.send(Request("DELETE", "/api/v1/things/7", NoneType)) is None


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "no JSON"),
        (b"<html>hello</html>", "no JSON"),
        (b'{"code": "0", "mess', "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"[]", "expected an object"),
        (b'"text"', "expected an object"),
        (b"null", "expected an object"),
        (b'{"code": "0", "result": []}', "expected an object, found a list"),
    ],
)
async def test_a_success_that_is_not_as_documented_is_an_invalid_answer(
    server, client, body, problem
):
    """
    A 2xx without the documented envelope is an InvalidAnswer that shows nothing of the body.
    """
    server.answers = [Answer(body=body)]

    with pytest.raises(InvalidAnswer, match=problem) as caught:
        await client.send(THING)

    assert caught.value.operation == "GET /api/v1/things"
    assert "hello" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b'{"code": "10001", "message": "no such thing"}', "10001", "no such thing"),
        (b'{"code": 7, "message": "seven"}', "7", "seven"),
        (b'{"error": {"errorCode": "300", "message": "gone"}}', "300", "gone"),
        (b'{"responseError": {"returnCode": "9", "returnMessage": "old"}}', "9", "old"),
        (b'{"responseError": {}}', "", "OK"),
    ],
)
async def test_a_refusal_may_come_with_status_200(server, client, body, code, message):
    """
    A 2xx whose body is a refusal raises an ApiError, also where no result is expected.
    """
    server.answers = [Answer(body=body, headers={"x-ncp-request-id": "r-1"})]

    with pytest.raises(ApiError) as caught:
        await client.send(Request("DELETE", "/api/v1/things/7", NoneType))

    assert 200 == caught.value.status
    assert code == caught.value.code
    assert caught.value.message.startswith(message)
    assert "r-1" == caught.value.request_id


async def test_a_refusal_becomes_the_error_of_its_status(server, client):
    """
    The service's 404 is a NotFound with its code and words.
    """
    server.answers = [refusal(404, "10404")]

    with pytest.raises(NotFound, match=r"^GET /api/v1/things: refused \(HTTP 404, code 10404\)\."):
        await client.send(THING)


# Sizes.


@pytest.fixture
def _small_limit(monkeypatch):
    """Refuse answers of more than 100 kB."""
    monkeypatch.setattr(transport, "LARGEST_ANSWER_BYTES", 100_000)


@pytest.mark.usefixtures("_small_limit")
@pytest.mark.parametrize("chunked", [False, True])
async def test_an_answer_that_is_too_large_is_refused(server, client, chunked):
    """
    More than the limit is an InvalidAnswer, whether or not the length is told beforehand.
    """
    server.answers = [Answer(body=b" " * 100_001, chunked=chunked)]

    with pytest.raises(InvalidAnswer, match="more than 100000 bytes"):
        await client.send(THING)


@pytest.mark.usefixtures("_small_limit")
async def test_an_answer_that_says_it_is_too_large_is_not_read(server, client, clock):
    """
    A Content-Length above the limit is enough; nobody waits for such a body.
    """
    server.answers = [Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n", hangs=True)]
    before = clock.monotonic()

    with pytest.raises(InvalidAnswer):
        await client.send(THING)

    assert clock.monotonic() - before < 1


@pytest.mark.usefixtures("_small_limit")
@pytest.mark.parametrize("chunked", [False, True])
async def test_an_answer_of_just_the_limit_is_read(server, client, chunked):
    """
    The limit itself is allowed.
    """
    server.answers = [Answer(body=SUCCESS.ljust(100_000), chunked=chunked)]

    assert await client.send(THING) == {}


@pytest.mark.usefixtures("_small_limit")
async def test_a_refusal_that_is_too_large_is_still_a_refusal(server, client):
    """
    A 5xx with an endless page is a ServerError, so that it is retried like one.
    """
    server.answers = [Answer(502, b"x" * 100_001, chunked=True)]

    with pytest.raises(ServerError) as caught:
        await client.send(THING)

    assert 502 == caught.value.status


@pytest.mark.usefixtures("_small_limit")
async def test_a_compressed_bomb_does_not_fill_the_memory(server, client):
    """
    An answer of 256 MiB in 256 kB is refused before it is unpacked.
    """
    bomb = gzip.compress(bytes(2**28), compresslevel=9)
    server.answers = [Answer(body=bomb, headers={"Content-Encoding": "gzip"})]
    tracemalloc.start()

    with pytest.raises(InvalidAnswer):
        await client.send(THING)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**24


async def test_a_compressed_answer_is_unpacked(server, client):
    """
    Compression is asked for and understood.
    """
    server.answers = [Answer(body=gzip.compress(SUCCESS), headers={"Content-Encoding": "gzip"})]

    assert await client.send(THING) == {}
    assert "gzip" in server.received[0].headers["Accept-Encoding"]


SMALL = Request("GET", "/api/v1/things/1/status", dict, small_answer=True)
RECEIPT = Request("DELETE", "/api/v1/things/1", NoneType)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("request_", [SMALL, RECEIPT], ids=["status", "receipt"])
async def test_a_status_or_receipt_has_a_smaller_limit(server, client, request_, chunked):
    """
    Of a status or a receipt at most 1 MiB is read, so that none holds the event loop up.
    """
    server.answers = [Answer(body=SUCCESS.ljust(2**20 + 1), chunked=chunked)]

    with pytest.raises(InvalidAnswer, match="more than 1048576 bytes"):
        await client.send(request_)


async def test_listings_and_contents_may_be_larger(server, client):
    """
    An answer of 1 MiB and more is read where contents are asked for.
    """
    server.answers = [Answer(body=SUCCESS.ljust(2**20 + 1))]

    assert await client.send(THING) == {}


async def test_after_a_refused_answer_the_connection_is_not_used_again(server, client, monkeypatch):
    """
    The rest of an answer that was too large is never taken for the next answer.
    """
    monkeypatch.setattr(transport, "LARGEST_ANSWER_BYTES", 100)
    server.answers = [Answer(body=b" " * 101 + b'{"result": {"stale": 1}}'), Answer()]
    with pytest.raises(InvalidAnswer):
        await client.send(THING)

    assert await client.send(THING) == {}


# No answer.

NO_ANSWER = {
    "nothing at all": Raw(),
    "half of the headers": Raw(b"HTTP/1.1 200 OK\r\nContent-Le"),
    "half of a body": Raw(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"code"'),
    "half of a chunk": Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{}"),
    "a bad chunk": Raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n"),
    "another protocol": Raw(b"SSH-2.0-OpenSSH_9.2\r\n"),
    "noise": Raw(bytes(range(256))),
    "an impossible length": Raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello"),
    "an endless header": Raw(b"HTTP/1.1 200 OK\r\nX: " + b"a" * 20_000 + b"\r\n\r\n"),
    "no such compression": Raw(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"
    ),
    "interim answers only": Raw(b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("raw", NO_ANSWER.values(), ids=NO_ANSWER)
@pytest.mark.parametrize("request_", [THING, START], ids=["GET", "POST"])
async def test_a_broken_answer_is_a_lost_answer(server, client, raw, request_):
    """
    Whatever breaks after sending, the service may have acted: AnswerLost.
    """
    server.answers = [raw]

    with pytest.raises(AnswerLost) as caught:
        await client.send(request_)

    assert request_.operation == caught.value.operation
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


async def test_a_refused_connection_is_not_sent():
    """
    A refused connection is NotSent.
    """
    async with ScriptedServer() as gone:
        pass
    async with connect(gone, retry=ONCE) as client:
        with pytest.raises(NotSent, match=f"no connection to {gone.url}") as caught:
            await client.send(START)

    assert not isinstance(caught.value, TimeoutError)
    assert isinstance(caught.value.__cause__, OSError)


async def test_a_failed_handshake_is_not_sent(server):
    """
    A server that does not speak TLS got no request.
    """
    base_url = server.url.replace("http:", "https:")
    async with connect(server, base_url=base_url, retry=ONCE) as client:
        with pytest.raises(NotSent):
            await client.send(START)

    assert [] == server.received


async def test_a_connection_that_takes_too_long_is_a_connect_timeout(monkeypatch, clock):
    """
    `Timeouts.connect` covers finding the address too; the error is NotSent and a TimeoutError.
    """
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(loop, "getaddrinfo", lambda *_, **__: asyncio.Event().wait())
    before = clock.monotonic()

    async with connect(ScriptedServer(), base_url="https://mi.example", retry=ONCE) as client:
        with pytest.raises(ConnectTimeout) as caught:
            await client.send(START)

    assert isinstance(caught.value, NotSent)
    assert isinstance(caught.value, TimeoutError)
    assert 10 <= clock.monotonic() - before < 12


async def test_silence_is_a_request_timeout(server, client, clock):
    """
    `Timeouts.read` seconds without a byte are an AnswerLost and a TimeoutError.
    """
    server.answers = [Raw(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"code"', hangs=True)]
    before = clock.monotonic()

    with pytest.raises(RequestTimeout) as caught:
        await client.send(START)

    assert isinstance(caught.value, AnswerLost)
    assert isinstance(caught.value, TimeoutError)
    assert 30 <= clock.monotonic() - before < 32


async def test_an_answer_that_takes_too_long_is_a_request_timeout(server, clock):
    """
    `Timeouts.request` bounds one attempt as a whole.
    """
    server.answers = [Answer(delay_seconds=1000)]
    before = clock.monotonic()

    async with connect(server, timeouts=Timeouts(read=500, request=60), retry=ONCE) as client:
        with pytest.raises(RequestTimeout):
            await client.send(START)

    assert 60 <= clock.monotonic() - before < 62


async def test_the_callers_own_deadline_is_the_callers(server, client):
    """
    `asyncio.timeout()` around a call raises Python's TimeoutError, not one of ours.
    """
    server.answers = [Answer(delay_seconds=1000)]

    with pytest.raises(TimeoutError) as caught:
        async with asyncio.timeout(5):
            await client.send(THING)

    assert not isinstance(caught.value, MediaIntelligenceError)


@pytest.mark.parametrize("error", [OSError("disk"), TimeoutError(), RuntimeError("bug")])
async def test_keys_that_cannot_be_had_are_no_lost_answer(server, error):
    """
    An error of the credentials callable says that nothing was sent, whatever its kind.
    """

    async def provider():
        raise error

    async with MediaIntelligence(provider, base_url=server.url) as client:
        with pytest.raises(ConfigurationError) as caught:
            await client.send(START)

    assert error is caught.value.__cause__
    assert [] == server.received


async def test_keys_that_do_not_come_in_time_are_no_lost_answer(server):
    """
    A credentials callable that hangs until the request's time is over says: nothing was sent.
    """

    async def provider():
        await asyncio.Event().wait()

    async with MediaIntelligence(provider, base_url=server.url, retry=ONCE) as client:
        with pytest.raises(NotSent, match="gave no keys in time"):
            await client.send(START)

    assert [] == server.received


GATEWAY_XML = "<error><errorCode>{}</errorCode><message>m</message></error>"


async def test_a_quota_that_is_used_up_is_not_retried_in_xml_either(server, client):
    """
    A refusal of the gateway that is XML is read as one that is JSON: QuotaExceeded, one request.
    """
    server.answers = [Answer(429, GATEWAY_XML.format("400").encode())]

    with pytest.raises(QuotaExceeded):
        await client.send(THING)

    assert 1 == len(server.received)


async def test_a_broken_clock_is_no_lost_answer(server):
    """
    An error of the caller's own clock is raised as it is, not as a lost answer.
    """

    class Broken(SystemClock):
        def wall(self):
            raise AttributeError("bug")

    async with connect(server, clock=Broken()) as client:
        with pytest.raises(AttributeError, match="bug"):
            await client.send(START)

    assert [] == server.received
