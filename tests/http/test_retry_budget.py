import asyncio

import pytest
import tenacity
from scripted_server import Answer, ScriptedServer, connect, refusal

from mediaintel_async import MediaIntelligenceError, Request, RetryPolicy, ServerError

GET = Request("GET", "/api/v1/things", dict)
NO_PAUSE = tenacity.wait_none()


@pytest.fixture
async def server():
    """A server that answers with success until a test says otherwise."""
    async with ScriptedServer() as server:
        yield server


async def storm(client, calls, request=GET):
    """Let *calls* requests fail at once, and return their errors."""
    return await asyncio.gather(
        *(client.send(request) for _ in range(calls)), return_exceptions=True
    )


async def test_a_storm_does_not_multiply(server, clock):
    """
    Two hundred failing calls send at most the budget more, and all get the service's error.
    """
    server.answers = [refusal(500)]

    async with connect(server, clock=clock, retry=RetryPolicy(budget=50)) as client:
        errors = await storm(client, 200)

    assert {ServerError} == {type(error) for error in errors}
    assert 200 < len(server.received) <= 250


async def test_with_the_budget_used_up_an_error_is_raised_at_once(server, clock, caplog):
    """
    The last error comes without another pause, and a warning says why.
    """
    server.answers = [refusal(503, Retry_After="100")]
    async with connect(server, clock=clock, retry=RetryPolicy(attempts=3, budget=2)) as client:
        with pytest.raises(ServerError):
            await client.send(GET)
        before = clock.monotonic()

        with pytest.raises(ServerError):
            await client.send(GET)

    assert clock.monotonic() - before < 1
    assert "no retry: the budget of 2 is used up" in caplog.text


async def test_a_budget_that_is_used_up_is_logged_once(server, clock, caplog):
    """
    Two hundred calls that are not retried for want of a budget log one line.
    """
    server.answers = [refusal(500)]

    async with connect(server, clock=clock, retry=RetryPolicy(budget=50)) as client:
        await storm(client, 200)
        await storm(client, 200)

    assert 1 == caplog.text.count("no retry: the budget of 50 is used up")


async def test_a_budget_that_was_full_again_is_logged_again(server, clock, caplog):
    """
    The next storm, after the budget was full again, has a line of its own.
    """
    server.answers = [refusal(500)] * 3 + [Answer()] * 10 + [refusal(500)]
    policy = RetryPolicy(attempts=3, budget=1, wait=NO_PAUSE)
    async with connect(server, clock=clock, retry=policy) as client:
        await storm(client, 2)
        await asyncio.gather(*(client.send(GET) for _ in range(10)))
        await storm(client, 5)

    assert 2 == caplog.text.count("no retry: the budget of 1 is used up")


async def test_successes_refill_the_budget(server, clock):
    """
    Ten calls that succeed at once give one retry back.
    """
    server.answers = [refusal(500)] * 2 + [Answer()] * 10 + [refusal(500), Answer()]
    policy = RetryPolicy(attempts=2, budget=1, wait=NO_PAUSE)
    async with connect(server, clock=clock, retry=policy) as client:
        await storm(client, 1)
        await asyncio.gather(*(client.send(GET) for _ in range(10)))

        assert await client.send(GET) == {}


async def test_nine_successes_are_not_enough(server, clock):
    """
    Nine calls that succeed give no retry back.
    """
    server.answers = [refusal(500)] * 2 + [Answer()] * 9 + [refusal(500), Answer()]
    policy = RetryPolicy(attempts=2, budget=1, wait=NO_PAUSE)
    async with connect(server, clock=clock, retry=policy) as client:
        await storm(client, 1)
        await asyncio.gather(*(client.send(GET) for _ in range(9)))

        with pytest.raises(ServerError):
            await client.send(GET)


async def test_a_retry_that_succeeds_gives_itself_back(server, clock):
    """
    A retry that succeeds does not reduce the budget.
    """
    server.answers = [refusal(500), Answer()] * 20
    policy = RetryPolicy(budget=1, wait=NO_PAUSE)

    async with connect(server, clock=clock, retry=policy) as client:
        answers = [await client.send(GET) for _ in range(20)]

    assert [{}] * 20 == answers


async def test_the_budget_never_grows_beyond_itself(server, clock):
    """
    However many calls succeed, a client never has more retries than `RetryPolicy.budget`.
    """
    server.answers = [Answer()] * 50 + [refusal(500)]
    policy = RetryPolicy(attempts=10, budget=2, wait=NO_PAUSE)
    async with connect(server, clock=clock, retry=policy) as client:
        await asyncio.gather(*(client.send(GET) for _ in range(50)))

        with pytest.raises(MediaIntelligenceError):
            await client.send(GET)

    assert 50 + 1 + 2 == len(server.received)
