import asyncio
import base64
import hashlib
import hmac
from email.utils import formatdate

import pytest
import tenacity
from scripted_server import Answer, Raw, ScriptedServer, connect, refusal

from mediaintel_async import (
    AnswerLost,
    Credentials,
    InvalidAnswer,
    InvalidRequest,
    MediaIntelligence,
    NotSent,
    QuotaExceeded,
    Request,
    RequestTimeout,
    RetryPolicy,
    ServerError,
)

GET = Request("GET", "/api/v1/things", dict)
POST = Request("POST", "/api/v1/things", dict)
DELETE = Request("DELETE", "/api/v1/things", dict)
REPEATABLE_PUT = Request("PUT", "/api/v1/things", dict, repeatable=True)
NO_PAUSE = tenacity.wait_none()


@pytest.fixture
async def client(server, clock):
    """A client of it with the usual settings."""
    async with connect(server, clock=clock) as client:
        yield client


# What is sent again.


@pytest.mark.parametrize("request_", [GET, REPEATABLE_PUT], ids=["GET", "PUT"])
@pytest.mark.parametrize("answer", [refusal(500), refusal(503), refusal(504)])
async def test_a_repeatable_request_is_sent_again_after_a_server_error(
    server, client, request_, answer
):
    """
    A 5xx does not reach the caller of a repeatable request if the next attempt succeeds.
    """
    server.answers = [answer, answer, Answer()]

    assert await client.send(request_) == {}
    assert 3 == len(server.received)


async def test_a_repeatable_request_is_sent_again_after_a_lost_answer(server, client):
    """
    A broken answer to a GET leads to another attempt.
    """
    server.answers = [Raw(b"noise\r\n"), Answer()]

    assert await client.send(GET) == {}
    assert 2 == len(server.received)


async def test_a_repeatable_request_is_sent_again_after_silence(server, client):
    """
    A timeout of a GET leads to another attempt.
    """
    server.answers = [Raw(hangs=True), Answer()]

    assert await client.send(GET) == {}


@pytest.mark.parametrize("request_", [POST, DELETE], ids=["POST", "DELETE"])
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(500), ServerError),
        (refusal(503), ServerError),
        (Raw(b"noise\r\n"), AnswerLost),
        (Raw(hangs=True), RequestTimeout),
    ],
)
async def test_what_may_have_acted_is_not_sent_again(server, client, request_, answer, error):
    """
    After a 5xx or a lost answer, a request that is not repeatable has been sent once.
    """
    server.answers = [answer, Answer()]

    with pytest.raises(error):
        await client.send(request_)

    assert 1 == len(server.received)


async def test_a_post_on_a_dropped_connection_is_sent_once(server, client):
    """
    Neither this library nor aiohttp repeats a POST whose connection broke.
    """
    server.answers = [Raw(), Answer()]

    with pytest.raises(AnswerLost):
        await client.send(POST)

    assert 1 == len(server.received)


@pytest.mark.parametrize("request_", [GET, POST, DELETE], ids=["GET", "POST", "DELETE"])
async def test_every_request_is_sent_again_after_a_429(server, client, request_):
    """
    The gateway refuses with a 429 before anything is done, so that a POST is retried too.
    """
    server.answers = [refusal(429, Retry_After="1"), Answer()]

    assert await client.send(request_) == {}
    assert 2 == len(server.received)


async def test_every_request_is_sent_again_when_it_was_not_sent(clock):
    """
    A POST whose connection was refused is sent again, until the attempts are used up.
    """
    async with ScriptedServer() as gone:
        pass
    policy = RetryPolicy(attempts=5, wait=tenacity.wait_fixed(10))

    async with connect(gone, clock=clock, retry=policy) as client:
        with pytest.raises(NotSent):
            await client.send(POST)

    assert 40 <= clock.monotonic() < 41


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (
            Answer(429, b'{"error": {"errorCode": "400", "message": "Quota Exceeded"}}'),
            QuotaExceeded,
        ),
        (refusal(400), InvalidRequest),
        (Answer(body=b"no JSON"), InvalidAnswer),
    ],
)
async def test_what_will_be_the_same_again_is_not_sent_again(server, client, answer, error):
    """
    A used-up quota, a refusal, and an answer that makes no sense are final, also for a GET.
    """
    server.answers = [answer, Answer()]

    with pytest.raises(error):
        await client.send(GET)

    assert 1 == len(server.received)


@pytest.mark.parametrize("attempts", [1, 2, 5])
async def test_attempts_are_bounded(server, clock, attempts):
    """
    `RetryPolicy.attempts` counts every attempt; the last error is the caller's.
    """
    server.answers = [*(refusal(500, str(number)) for number in range(1, 6)), Answer()]

    async with connect(server, clock=clock, retry=RetryPolicy(attempts=attempts)) as client:
        with pytest.raises(ServerError) as caught:
            await client.send(GET)

    assert attempts == len(server.received)
    assert str(attempts) == caught.value.code


async def test_an_error_of_a_later_attempt_may_end_it(server, client):
    """
    The attempt after a 5xx may be refused for good, and that is what the caller gets.
    """
    server.answers = [refusal(500), refusal(400)]

    with pytest.raises(InvalidRequest):
        await client.send(GET)

    assert 2 == len(server.received)


# How long it waits.


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [("7", 7), ("0", 0), ("1.5", 1.5), ("120", 120), ("121", 120), ("999999999", 120)],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_in_seconds_is_obeyed_and_capped(
    server, client, status, retry_after, seconds
):
    """
    The pause is what the service asked for, and two minutes at the most.
    """
    server.answers = [refusal(status, Retry_After=retry_after), Answer()]

    await client.send(GET)

    first, second = server.arrivals
    assert seconds <= second - first < seconds + 0.3


@pytest.mark.parametrize(("ahead", "seconds"), [(30, 30), (3600, 120), (-60, 0)])
async def test_retry_after_as_a_date_is_obeyed_and_capped(server, client, clock, ahead, seconds):
    """
    A date is compared with the answer's own Date, and capped likewise.
    """
    headers = {
        "Date": formatdate(clock.wall(), usegmt=True),
        "Retry-After": formatdate(clock.wall() + ahead, usegmt=True),
    }
    server.answers = [Answer(503, headers=headers), Answer()]

    await client.send(GET)

    first, second = server.arrivals
    assert seconds <= second - first < seconds + 0.3


@pytest.mark.parametrize("nonsense", ["soon", "-5", "1e9", "", "nan", "inf", "١٢"])
async def test_a_nonsensical_retry_after_is_ignored(server, clock, nonsense):
    """
    With an invalid `Retry-After` the policy's own pause counts.
    """
    answer = Answer(503, headers={"Retry-After": nonsense})
    server.answers = [answer, Answer()]
    policy = RetryPolicy(wait=tenacity.wait_fixed(11))

    async with connect(server, clock=clock, retry=policy) as client:
        await client.send(GET)

    first, second = server.arrivals
    assert 11 <= second - first < 11.1


async def test_pauses_have_full_jitter(server, clock):
    """
    Clients that failed together do not retry together: twenty pauses differ.
    """
    server.answers = [*[refusal(500)] * 20, Answer()]
    async with connect(server, clock=clock) as client:
        await asyncio.gather(*(client.send(GET) for _ in range(20)))

    assert 20 <= len({round(at, 3) for at in server.arrivals[20:]})


@pytest.mark.parametrize(
    ("delay", "least", "most"),
    [(float("nan"), 0, 0.1), (-5.0, 0, 0.1), (float("inf"), 3600, 3601)],
)
async def test_a_nonsensical_pause_of_a_strategy_is_harmless(server, clock, delay, least, most):
    """
    NaN and negative pauses are none, and an endless one ends after an hour.
    """
    server.answers = [refusal(500), Answer()]
    strategy = tenacity.wait_fixed(0)
    strategy.wait_fixed = delay

    async with connect(server, clock=clock, retry=RetryPolicy(wait=strategy)) as client:
        await client.send(GET)

    first, second = server.arrivals
    assert least <= second - first < most


async def test_a_strategy_sees_what_happened(server, clock):
    """
    It is shown the number of attempts, their last error, and the seconds by the client's clock.
    """
    server.answers = [Answer(500, delay_seconds=20), Answer(503, delay_seconds=5), Answer()]
    shown = []

    class Spy(tenacity.wait.wait_base):
        def __call__(self, state):
            seconds = round(state.seconds_since_start, 1)
            shown.append((state.attempt_number, seconds, state.outcome.exception().status))
            return 3.0

    async with connect(server, clock=clock, retry=RetryPolicy(wait=Spy())) as client:
        await client.send(GET)

    assert [(1, 20.0, 500), (2, 28.0, 503)] == shown


# Each attempt by itself.


async def test_each_attempt_is_signed_afresh(server, client):
    """
    A retry carries the time of its own sending, and a signature that is right for it.
    """
    server.answers = [refusal(503, Retry_After="60"), Answer()]

    await client.send(GET)

    first, second = (int(one.headers["x-ncp-apigw-timestamp"]) for one in server.received)
    message = f"GET /api/v1/things\n{second}\nAK_TEST".encode()
    digest = hmac.new(b"SK_TEST", message, hashlib.sha256).digest()
    expected = base64.b64encode(digest).decode()
    assert 60_000 <= second - first < 60_500
    assert expected == server.received[1].headers["x-ncp-apigw-signature-v2"]


async def test_keys_are_asked_for_at_each_attempt(server):
    """
    Keys that change between two attempts are used at once.
    """
    keys = iter([Credentials("AK_OLD", "SK_OLD"), Credentials("AK_NEW", "SK_NEW")])
    server.answers = [refusal(503), Answer()]

    async def provider():
        return next(keys)

    async with MediaIntelligence(provider, base_url=server.url) as client:
        await client.send(GET)

    assert ["AK_OLD", "AK_NEW"] == [
        received.headers["x-ncp-iam-access-key"] for received in server.received
    ]


@pytest.mark.parametrize(
    ("answer", "outcome"), [(Answer(), dict), (refusal(400), InvalidRequest)], ids=["200", "400"]
)
async def test_a_first_attempt_costs_no_retry_machinery(
    server, client, monkeypatch, answer, outcome
):
    """
    Tenacity is entered only when there is something to retry.
    """
    monkeypatch.delattr(tenacity, "AsyncRetrying")
    server.answers = [answer]

    (ending,) = await asyncio.gather(client.send(GET), return_exceptions=True)

    assert outcome is type(ending)


async def test_a_cancelled_pause_ends_at_once(server, client, clock):
    """
    A task that is cancelled while it waits for a retry ends then, and sends nothing more.
    """
    server.answers = [refusal(503, Retry_After="100"), Answer()]
    task = asyncio.ensure_future(client.send(GET))
    await clock.sleep(10)
    task.cancel()

    await asyncio.wait({task})

    assert task.cancelled()
    assert clock.monotonic() < 11
    assert 1 == len(server.received)
