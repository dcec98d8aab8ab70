"""Whatever a service answers: a model, or an error of the tree; never a hang, never more memory."""

import gzip
import pickle
import tracemalloc

import pytest
from answers import envelopes
from every_call import CALLS, COROUTINES, requests_of, taken
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_server import Answer, Raw, connect

from mediaintel_async import (
    ApiError,
    AssetRef,
    IndexStatus,
    InvalidAnswer,
    MediaIntelligenceError,
    RetryPolicy,
    SceneSummary,
    SceneSummaryStatus,
)
from mediaintel_async.http.transport import LARGEST_ANSWER_BYTES

pytestmark = pytest.mark.filterwarnings("ignore::mediaintel_async.LegacyApiWarning")

ASSET = AssetRef("my-workspace", 1234, 5678)
NOT_RETRIED = RetryPolicy(attempts=1)
FEW = settings(max_examples=3)
PLENTY = settings.get_profile("thorough")

STATUSES = st.just(200) | st.just(200) | st.integers(200, 599)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from(["application/json", "text/html", "", "a;b;c", "/"]),
        "Retry-After": st.text("0123456789.-+eE:, GMTFri", max_size=30),
        "Date": st.text("0123456789-+: GMTFriNov", max_size=30),
        "x-ncp-request-id": st.text("abc-123", max_size=30),
    },
)


@pytest.fixture
async def client(server, clock):
    """A client of it that does not retry."""
    async with connect(server, clock=clock, retry=NOT_RETRIED) as connected:
        yield connected


def called(client, name):
    """Call a coroutine of the client by its dotted name, with its first arguments."""
    group, _, method = name.rpartition(".")
    positional, named = CALLS[name][0]
    owner = client
    for part in group.split("."):
        owner = getattr(owner, part)
    return getattr(owner, method)(*positional, **named)


def is_sound(value):
    """Whether a model can be looked at, compared, printed and sent to another process."""
    names = vars(value) if isinstance(value, Exception) else dir(value)
    looked_at = [repr(getattr(value, name)) for name in names if not name.startswith("_")]
    again = pickle.loads(pickle.dumps(value))
    return "" not in looked_at and repr(value) == repr(again) and value == value  # noqa: PLR0124 - it compares


async def outcome_of(client, server, name, answer):
    """What a coroutine makes of an answer: sound things, or the kind of its error."""
    server.answers = [answer]
    server.received.clear()
    try:
        values = await taken(called(client, name))
    except (ApiError, InvalidAnswer) as error:
        return is_sound(error)
    return all(is_sound(value) for value in values)


BODIES = {}


async def bodies_for(name):
    """The bodies that nearly are what a coroutine expects."""
    if name not in BODIES:
        [request] = await requests_of(name, CALLS[name][0])
        BODIES[name] = envelopes(request.returns)
    return BODIES[name]


async def meets_bytes(client, server, name, data):
    """Let a coroutine meet arbitrary bytes under an arbitrary status."""
    answer = Answer(data.draw(STATUSES), data.draw(st.binary(max_size=200)), data.draw(HEADERS))
    assert await outcome_of(client, server, name, answer)


async def meets_json(client, server, name, data):
    """Let a coroutine meet JSON that nearly is what it expects."""
    answer = Answer(data.draw(STATUSES), data.draw(await bodies_for(name)), data.draw(HEADERS))
    assert await outcome_of(client, server, name, answer)


@pytest.mark.parametrize("name", COROUTINES)
@FEW
@given(data=st.data())
async def test_arbitrary_bytes_are_an_error_of_the_tree(client, server, name, data):
    """
    Bytes that mean nothing are an `InvalidAnswer` or an `ApiError`, and both can be printed.
    """
    await meets_bytes(client, server, name, data)


@pytest.mark.parametrize("name", COROUTINES)
@FEW
@given(data=st.data())
async def test_arbitrary_json_is_a_model_or_an_error_of_the_tree(client, server, name, data):
    """
    JSON that nearly is an answer becomes a model that can be used, or an error of the tree.
    """
    await meets_json(client, server, name, data)


@pytest.mark.thorough
@pytest.mark.parametrize("name", COROUTINES)
@PLENTY
@given(data=st.data())
async def test_plenty_of_bytes_are_an_error_of_the_tree(client, server, name, data):
    """
    Bytes that mean nothing are an `InvalidAnswer` or an `ApiError`, many times over.
    """
    await meets_bytes(client, server, name, data)


@pytest.mark.thorough
@pytest.mark.parametrize("name", COROUTINES)
@PLENTY
@given(data=st.data())
async def test_plenty_of_json_is_a_model_or_an_error_of_the_tree(client, server, name, data):
    """
    JSON that nearly is an answer becomes a model or an error of the tree, many times over.
    """
    await meets_json(client, server, name, data)


# Work, as against a single call.

WORK = {
    "attach_summary": lambda client: client.jobs.attach_summary(ASSET).result(timeout=500),
    "attach_index": lambda client: client.jobs.attach_index(ASSET).result(timeout=500),
    "attach_import": lambda client: client.jobs.attach_import(ASSET).result(timeout=500),
    "summarize": lambda client: client.summarize(ASSET, timeout=500),
    "cancel": lambda client: client.jobs.attach_summary(ASSET).cancel(),
}
BODIES_OF_WORK = st.one_of(
    envelopes(SceneSummaryStatus), envelopes(IndexStatus), envelopes(SceneSummary)
)
ANSWERS_TO_WORK = st.lists(
    st.builds(Answer, STATUSES, BODIES_OF_WORK, HEADERS), min_size=1, max_size=5
)


async def end_of(work):
    """What work comes to, sound in any case, and its token if it was an error."""
    try:
        value = await work
    except MediaIntelligenceError as error:
        return is_sound(error) and error.token is not None
    return is_sound(value)


async def meets_answers(client, server, clock, work, data):
    """Let work that is waited for meet one strange answer after the other."""
    server.answers = [*data.draw(ANSWERS_TO_WORK), Answer(503)]
    began = clock.monotonic()

    assert await end_of(WORK[work](client))
    assert clock.monotonic() - began <= 501


@pytest.mark.parametrize("work", WORK)
@FEW
@given(data=st.data())
async def test_work_ends_whatever_is_answered(client, server, clock, work, data):
    """
    A wait over strange answers ends in its time, with what it wanted or a token in an error.
    """
    await meets_answers(client, server, clock, work, data)


@pytest.mark.thorough
@pytest.mark.parametrize("work", WORK)
@PLENTY
@given(data=st.data())
async def test_work_ends_whatever_is_answered_many_times_over(client, server, clock, work, data):
    """
    A wait over strange answers ends in its time, with what it wanted or a token in an error.
    """
    await meets_answers(client, server, clock, work, data)


# Answers that are too much.


@pytest.mark.parametrize("status", [200, 404, 503])
@pytest.mark.parametrize("levels", [99, 150, 300, 900, 1100, 500_000])
@pytest.mark.parametrize("envelope", [b'{"code": "0", "result": {"new": %b}}', b'{"error": %b}'])
async def test_nesting_is_an_error_of_the_tree(client, server, status, levels, envelope):
    """
    However deep an answer goes, nobody who prints, compares or pickles it breaks on it.
    """
    nested = b"[" * levels + b"]" * levels

    assert await outcome_of(
        client, server, "workspaces.list_page", Answer(status, envelope % nested)
    )


async def test_what_is_nested_less_is_kept(client, server):
    """
    Answers of no unusual depth keep what is new in them.
    """
    server.answers = [Answer(200, b'{"result": {"new": ' + b"[" * 90 + b"]" * 90 + b"}}")]

    page = await client.workspaces.list_page()

    assert "[" * 90 + "]" * 90 == repr(page.extra["new"])


def squeezed(size):
    """A body of *size* blanks, which are a thousandth of that on the way."""
    return gzip.compress(b" " * size)


@pytest.mark.parametrize("status", [200, 503])
async def test_a_bomb_of_an_answer_does_not_fill_the_memory(client, server, status):
    """
    An answer that unpacks to four times the limit is given up at the limit.
    """
    server.answers = [Answer(status, squeezed(2**28), {"Content-Encoding": "gzip"})]
    tracemalloc.start()

    with pytest.raises((InvalidAnswer, ApiError)):
        await client.workspaces.list_page()

    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2.5 * LARGEST_ANSWER_BYTES


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 100,
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 999 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 100_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\na: " + b"b" * 1_000_000 + b"\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" * 1000,
        b"HTTP/2.0 200 OK\r\n\r\n",
    ],
)
@pytest.mark.parametrize("hangs", [True, False], ids=["hangs", "closes"])
async def test_what_is_no_http_is_an_error_of_the_tree(client, server, clock, data, hangs):
    """
    Whatever comes over the wire, a call ends within the time for a request.
    """
    server.answers = [Raw(data, hangs=hangs)]

    with pytest.raises(MediaIntelligenceError) as caught:
        await client.workspaces.list_page()

    assert is_sound(caught.value)
    assert clock.monotonic() <= 61
