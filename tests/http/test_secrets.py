import logging
import pickle
import traceback
import warnings

import aiohttp
import pytest
import tenacity
from scripted_server import ScriptedServer
from secret_echoes import DELETE, GET, POST, SCRIPTS, SECRET, SIGNATURE, json_echo, slashed_echo
from yarl import URL

from mediaintel_async import (
    Credentials,
    MediaIntelligence,
    MediaIntelligenceError,
    RetryPolicy,
)
from mediaintel_async.clock import SystemClock
from mediaintel_async.http.credentials import provider_of
from mediaintel_async.http.signing import Signer, SigningMiddleware
from mediaintel_async.http.transport import _Answer

KEYS = Credentials("AK_TEST", SECRET)


@pytest.fixture
def printed(caplog, recwarn):
    """Collects what anybody could print of errors and things; call it last."""
    caplog.set_level(logging.NOTSET)
    told = []

    def collect(*things):
        told.extend(repr(thing) + str(thing) for thing in things)
        told.extend(
            text
            for record in caplog.records
            for text in (record.getMessage(), repr(record.args), str(record.exc_text))
        )
        told.extend(str(warning.message) for warning in recwarn)
        return "\n".join(told)

    return collect


def chain_of(error):
    """Return *error* and those that Python prints before it."""
    if error is None:
        return []
    shown = None if error.__suppress_context__ else error.__context__
    return [error, *chain_of(error.__cause__ or shown)]


def all_of(error):
    """What can be printed of *error*, of what it came from, and of its pickle."""
    told = [f"{each!r} {each} {each.args!r} {vars(each)!r}" for each in chain_of(error)]
    pickled = pickle.dumps(error)
    again = "".join(traceback.format_exception(pickle.loads(pickled)))
    return "\n".join([*told, *traceback.format_exception(error), str(pickled), again])


async def outcome_of(call):
    """What *call* came to: its answer, or all that can be printed of its error."""
    try:
        return repr(await call)
    except MediaIntelligenceError as error:
        return all_of(error)


def leaks(text, received):
    """The secrets that stand in *text*, also in part."""
    signatures = [one.headers[SIGNATURE][:12] for one in received]
    return [secret for secret in (SECRET, *signatures) if secret in text]


@pytest.mark.parametrize("script", SCRIPTS.values(), ids=SCRIPTS)
@pytest.mark.parametrize("request_", [GET, POST, DELETE], ids=["GET", "POST", "DELETE"])
async def test_no_secret_is_printed(clock, monkeypatch, printed, script, request_):
    """
    Whatever a server does, no log, error, traceback, warning, repr or pickle has a secret.
    """
    monkeypatch.setattr("mediaintel_async.http.transport.LARGEST_ANSWER_BYTES", 900)
    policy = RetryPolicy(attempts=3, wait=tenacity.wait_fixed(1))
    async with (
        ScriptedServer(script) as server,
        MediaIntelligence(KEYS, base_url=server.url, clock=clock, retry=policy) as client,
    ):
        outcome = await outcome_of(client.send(request_))
        text = outcome + printed(client, client._transport._session, client._transport, request_)

    assert server.received
    assert [] == leaks(text, server.received)


async def test_an_echo_is_still_an_error_that_says_something(clock):
    """
    The words of the service stay; only the signature in them is covered.
    """
    async with (
        ScriptedServer(slashed_echo) as server,
        MediaIntelligence(KEYS, base_url=server.url, clock=clock) as client,
    ):
        with pytest.raises(MediaIntelligenceError) as caught:
            await client.send(POST)

    assert "you sent (signature)" == caught.value.message


async def test_no_secret_is_printed_when_nobody_listens(clock, printed):
    """
    A refused connection shows the address and no key.
    """
    async with ScriptedServer() as gone:
        pass
    async with MediaIntelligence(KEYS, base_url=gone.url, clock=clock) as client:
        outcome = await outcome_of(client.send(GET))

        text = outcome + printed(client)

    assert "no connection" in text
    assert SECRET not in text


async def test_no_secret_is_printed_after_closing(clock, printed):
    """
    A closed client's error and its repr have no key in them.
    """
    client = MediaIntelligence(KEYS, base_url="https://mi.example", clock=clock)
    await client.aclose()

    text = await outcome_of(client.send(GET)) + printed(client)

    assert "ClientClosed" in text
    assert SECRET not in text


async def test_no_secret_is_printed_through_a_callers_session(clock, printed):
    """
    A session of the caller's knows no secret either, not even through its traces.
    """
    traced = []
    trace = aiohttp.TraceConfig()

    async def note(session, context, params):
        traced.append(f"{session} {context} {params!r}")

    trace.on_request_start.append(note)
    trace.on_request_end.append(note)
    async with (
        ScriptedServer(json_echo(404)) as server,
        aiohttp.ClientSession(trace_configs=[trace]) as session,
        MediaIntelligence(KEYS, base_url=server.url, session=session, clock=clock) as client,
    ):
        outcome = await outcome_of(client.send(GET))

    text = outcome + printed(session, session.headers)
    assert SECRET not in text + "".join(traced)
    assert [] == leaks(text, server.received)


async def test_no_secret_is_printed_when_the_keys_provider_fails(clock, printed):
    """
    An error of one's own credentials callable brings no key along.
    """

    async def provider():
        keys = KEYS
        raise OSError(f"vault closed, {keys}")

    async with MediaIntelligence(provider, base_url="https://mi.example", clock=clock) as client:
        text = await outcome_of(client.send(GET)) + printed(client)

    assert "vault closed" in text
    assert SECRET not in text


def test_an_answer_shows_neither_its_body_nor_the_signature_it_answers():
    """
    What debuggers and test runners print of a transport's inside has no secret either.
    """
    signer = SigningMiddleware(Signer(provider_of(KEYS), URL("http://127.0.0.1"), SystemClock()))
    signer.signature = "canary"
    answer = _Answer(500, {"echo": "canary"}, b"canary", signer)

    assert "500" in repr(answer)
    assert "canary" not in repr(answer)


@pytest.mark.parametrize("thing", [KEYS, [KEYS], {"keys": KEYS}], ids=["one", "list", "dict"])
def test_keys_are_never_pickled(thing):
    """
    A pickle may be read by strangers, so keys refuse to go into one.
    """
    with pytest.raises(TypeError, match="Credentials"):
        pickle.dumps(thing)


def test_a_warning_shows_no_secret():
    """
    Nothing warns while a client is made, not even in development mode.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        MediaIntelligence(KEYS)

    assert [] == caught
