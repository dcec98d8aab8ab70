from types import NoneType
from urllib.parse import unquote

import aiohttp
import pytest
import tenacity
from contract import COMMON
from hypothesis import given
from hypothesis import strategies as st
from scripted_server import connect
from yarl import URL

from mediaintel_async import (
    AssetRef,
    ConfigurationError,
    Credentials,
    InvalidArgument,
    ManualClock,
    MediaIntelligence,
    Request,
    RetryPolicy,
)
from mediaintel_async.http.credentials import provider_of
from mediaintel_async.http.signing import Signer, SigningMiddleware, sign
from mediaintel_async.simulator import Fault, Simulator
from mediaintel_async.simulator.server import expected_signature

VECTORS = COMMON["x-common"]["signature"]["test_vectors"]
KEYS = Credentials("AK_TEST", "SK_TEST")

keys = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1)
texts = st.text(st.characters(exclude_categories=["Cs"]))


# The recipe.


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["request_target"][:30])
def test_signatures_follow_the_recipe(vector):
    """
    The headers are those of the test vectors of the contract.
    """
    credentials = Credentials(vector["access_key"], vector["secret_key"])

    headers = sign(
        credentials, vector["method"], vector["request_target"], int(vector["timestamp"])
    )

    assert {
        "x-ncp-apigw-timestamp": vector["timestamp"],
        "x-ncp-iam-access-key": vector["access_key"],
        "x-ncp-apigw-signature-v2": vector["signature"],
    } == headers


@given(keys, keys, texts, texts, st.integers(0, 10**15))
def test_both_ends_agree_on_every_signature(access_key, secret_key, method, target, time_ms):
    """
    The client signs any text as the stand-in service, which has its own code, expects it.
    """
    headers = sign(Credentials(access_key, secret_key), method, target, time_ms)

    assert headers["x-ncp-apigw-signature-v2"] == expected_signature(
        secret_key, access_key, method, target, str(time_ms)
    )


# Over the wire.


def is_well_signed(received):
    """Whether the signature is right for what arrived, byte for byte."""
    return received.headers["x-ncp-apigw-signature-v2"] == expected_signature(
        "SK_TEST",
        "AK_TEST",
        received.method,
        received.target,
        received.headers["x-ncp-apigw-timestamp"],
    )


NAMES = ["q?z", "한글", "a b", "%2F", "+", "&", "..x", "a/b", "#", ";", "🎬", "a\nb", "=", "~"]
OF_AN_ASSET = {"workspaces": 4, "projects": 6, "assets": 8}
OF_A_PERSON = {"workspaces": 4, "persons": 6}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("noun", "place"), OF_AN_ASSET.items())
async def test_a_tricky_name_arrives_as_itself_in_the_address_of_an_asset(
    server, noun, place, name
):
    """
    Each part of an asset's address arrives as the one name that it is, and well signed.
    """
    parts = {**dict.fromkeys(OF_AN_ASSET, "1"), noun: name}

    async with connect(server) as client:
        await client.indexes.get(AssetRef(*parts.values()))

    [received] = server.received
    arrived = [unquote(part) for part in received.target.split("/")]
    assert (noun, name) == (arrived[place - 1], arrived[place])
    assert ["index"] == arrived[9:]
    assert is_well_signed(received)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("noun", "place"), OF_A_PERSON.items())
async def test_a_tricky_name_arrives_as_itself_in_the_address_of_a_person(
    server, noun, place, name
):
    """
    Each part of a person's address arrives as the one name that it is, and well signed.
    """
    workspace, person = {**dict.fromkeys(OF_A_PERSON, "1"), noun: name}.values()

    async with connect(server) as client:
        await client.persons.remove_thumbnails(workspace, person, [1])

    [received] = server.received
    arrived = [unquote(part) for part in received.target.split("/")]
    assert (noun, name) == (arrived[place - 1], arrived[place])
    assert ["person-thumbnail", "remove"] == arrived[7:]
    assert is_well_signed(received)


@pytest.mark.parametrize("value", NAMES)
async def test_a_tricky_query_is_signed_as_it_arrives(server, value):
    """
    The query is part of what is signed, in its encoded form.
    """
    async with connect(server) as client:
        await client.send(Request("GET", "/api/v1/a", dict, query={"name": value, "empty": ""}))

    [received] = server.received
    assert f"/api/v1/a?name={value}&empty=" == unquote(received.target)
    assert is_well_signed(received)


@pytest.mark.parametrize("part", ["", ".", "..", None, True, -1])
@pytest.mark.parametrize(
    ("argument", "call"),
    [
        ("workspace", lambda client, part: client.indexes.get(AssetRef(part, 1, 1))),
        ("project_id", lambda client, part: client.indexes.get(AssetRef("w", part, 1))),
        ("asset_id", lambda client, part: client.indexes.get(AssetRef("w", 1, part))),
        ("workspace", lambda client, part: client.persons.remove_thumbnails(part, 1, [1])),
        ("person_id", lambda client, part: client.persons.remove_thumbnails("w", part, [1])),
    ],
)
async def test_a_part_that_names_nothing_is_refused(server, argument, call, part):
    """
    What would lead to another address is refused by its name, and nothing is sent.
    """
    async with connect(server) as client:
        with pytest.raises(InvalidArgument, match=f"^{argument} is "):
            await call(client, part)

    assert [] == server.received


async def test_each_attempt_is_signed_afresh(clock):
    """
    A retry carries the time of its own sending, however long the pause before it.
    """
    async with Simulator(clock) as simulator:
        simulator.world.add_asset(indexed=True)
        simulator.faults.add("get_index", Fault.STATUS(503), times=2)
        credentials = Credentials(simulator.access_key, simulator.secret_key)
        retry = RetryPolicy(wait=tenacity.wait_fixed(400))

        async with MediaIntelligence(
            credentials, base_url=simulator.url, retry=retry, clock=clock
        ) as client:
            await client.indexes.get(AssetRef("my-workspace", 1234, 5678))

    times = [
        int(received.headers["x-ncp-apigw-timestamp"]) // 1000 for received in simulator.requests
    ]
    assert [times[0], times[0] + 400, times[0] + 800] == times


async def test_the_time_is_sent_in_milliseconds(server):
    """
    The timestamp is the wall clock's time in whole milliseconds.
    """
    async with connect(server, clock=ManualClock(wall=1_800_000_000.9996)) as client:
        await client.send(Request("DELETE", "/api/v1/a", NoneType))

    assert "1800000000999" == server.received[0].headers["x-ncp-apigw-timestamp"]


# The origin.


@pytest.mark.parametrize(
    "origin",
    [
        "https://mi.apigw.ntruss.com",
        "http://localhost",
        "https://127.0.0.1:{port}",
        "http://127.0.0.1:1",
    ],
)
async def test_only_requests_to_the_configured_origin_are_signed(server, clock, origin):
    """
    A request for any other scheme, host or port is refused, and nothing is sent.
    """
    configured = URL(origin.format(port=URL(server.url).port))
    signer = SigningMiddleware(Signer(provider_of(KEYS), configured, clock))

    async with aiohttp.ClientSession(middlewares=(signer,)) as session:
        with pytest.raises(ConfigurationError, match=r"only requests to .* are signed"):
            await session.get(server.url)

    assert [] == server.received


async def test_requests_to_the_configured_origin_are_signed(server, clock):
    """
    The middleware signs what goes to its origin, in any session.
    """
    signer = SigningMiddleware(Signer(provider_of(KEYS), URL(server.url), clock))

    async with aiohttp.ClientSession(middlewares=(signer,)) as session:
        await session.get(URL(server.url + "/a%20b?c=%2F", encoded=True))

    assert "/a%20b?c=%2F" == server.received[0].target
    assert is_well_signed(server.received[0])
