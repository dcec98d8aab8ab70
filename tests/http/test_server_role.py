import asyncio
import gzip
import json
import logging
import pickle
import traceback
from datetime import UTC, datetime

import pytest
from scripted_server import Answer, Raw, ScriptedServer

from mediaintel_async import (
    ConfigurationError,
    Credentials,
    MediaIntelligence,
    NotSent,
    Request,
)
from mediaintel_async.clock import SystemClock
from mediaintel_async.http import credentials
from mediaintel_async.http.credentials import source_of
from mediaintel_async.http.server_role import ServerRole, endpoint_of

CANARY = "canary+Secret/8=="
LIST = "/latest/meta-data/iam/security-credentials/"
ASK = Request("GET", "/api/v1/workspaces", dict)
LONG_AWAY = "2999-01-01T00:00:00Z"
HOUR = 3600


class Metadata(ScriptedServer):
    """The metadata of a server with a role, whose keys are numbered and live for an hour."""

    def __init__(self, wall):
        super().__init__(self._give)
        self._wall = wall
        self._given = 0
        self.roles = Answer(body=b"my-role\nanother-role\n")
        self.expiration = None
        self.delay_seconds = 0.0
        self.fields = {}

    def _give(self, received):
        return self.roles if received.target == LIST else self._keys()

    def _keys(self):
        self._given += 1
        end = datetime.fromtimestamp(self._wall() + HOUR, UTC).isoformat()
        fields = {
            "Code": "Success",
            "AccessKeyId": f"key-{self._given}",
            "SecretAccessKey": CANARY,
            "Expiration": self.expiration or end,
            **self.fields,
        }
        return Answer(body=json.dumps(fields).encode(), delay_seconds=self.delay_seconds)

    @property
    def fetches(self):
        """How often the list of roles was asked for."""
        return [received.target for received in self.received].count(LIST)


@pytest.fixture
async def metadata(clock):
    """The metadata service, on a loopback port."""
    async with Metadata(clock.wall) as metadata:
        yield metadata


@pytest.fixture
async def role(metadata, clock):
    """The keys of the server's role."""
    return ServerRole(metadata.url, Credentials, clock)


@pytest.fixture
def on_a_server(metadata, monkeypatch, tmp_path):
    """An environment that has nothing but the metadata of a server with a role."""
    for name in (*credentials.ACCESS_KEY_NAMES, *credentials.SECRET_KEY_NAMES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NCLOUD_METADATA_API_ENDPOINT", metadata.url)
    metadata.expiration = LONG_AWAY
    return monkeypatch


# What is asked, and where.


async def test_the_first_role_gives_the_keys(metadata, role):
    """
    The list of roles is asked for, and then the keys of its first line.
    """
    keys = await role()

    assert Credentials("key-1", CANARY) == keys
    assert [("GET", LIST), ("GET", f"{LIST}my-role")] == [
        (received.method, received.target) for received in metadata.received
    ]


async def test_a_role_is_no_path(metadata, role):
    """
    Whatever a role is called, only something below the list is asked for.
    """
    metadata.roles = Answer(body=b"../a?b#c\n")

    await role()

    assert f"{LIST}..%2Fa%3Fb%23c" == metadata.received[-1].target


@pytest.mark.parametrize(
    ("environment", "endpoint"),
    [
        ({}, "http://169.254.169.254"),
        ({"NCLOUD_METADATA_API_ENDPOINT": ""}, "http://169.254.169.254"),
        ({"NCLOUD_METADATA_ENDPOINT": "http://python.example"}, "http://python.example"),
        ({"NCLOUD_METADATA_API_ENDPOINT": "https://go.example:81/"}, "https://go.example:81"),
        (
            {
                "NCLOUD_METADATA_ENDPOINT": "http://python.example",
                "NCLOUD_METADATA_API_ENDPOINT": "http://go.example/v1",
            },
            "http://go.example/v1",
        ),
    ],
)
def test_the_environment_may_name_another_place(environment, endpoint):
    """
    Either of the vendor's two names moves the metadata service elsewhere.
    """
    assert endpoint == endpoint_of(environment)


@pytest.mark.parametrize(
    "bad",
    [
        "metadata",
        "ftp://host",
        "http://",
        "http://[",
        "http://user@host",
        f"http://:{CANARY}@host",
        "http://host/?a=b",
        "http://host/#a",
    ],
)
@pytest.mark.parametrize("name", ["NCLOUD_METADATA_API_ENDPOINT", "NCLOUD_METADATA_ENDPOINT"])
def test_a_place_that_is_no_address(name, bad):
    """
    What is no address is refused by the name of its variable, and not shown.
    """
    with pytest.raises(ConfigurationError, match=f"^{name} is not an address") as caught:
        endpoint_of({name: bad})

    assert CANARY not in "".join(traceback.format_exception(caught.value))


# How long they are used.


async def test_keys_are_kept(clock, metadata, role):
    """
    Until some minutes before they expire, keys are fetched once.
    """
    await role()
    await clock.sleep(HOUR - 301)

    keys = await role()

    assert Credentials("key-1", CANARY) == keys
    assert 1 == metadata.fetches


async def test_keys_are_fetched_early_while_the_old_ones_are_used(clock, metadata, role):
    """
    Five minutes before they expire new keys are fetched, for which nobody waits.
    """
    metadata.delay_seconds = 2
    await role()
    await clock.sleep(HOUR - 300)

    old = await role()
    await clock.sleep(2.5)
    new = await role()

    assert "key-1" == old.access_key
    assert "key-2" == new.access_key
    assert 2 == metadata.fetches


async def test_an_early_fetch_is_shared(clock, metadata, role):
    """
    However many ask during the last minutes, one fetch is on its way.
    """
    await role()
    await clock.sleep(HOUR - 100)

    keys = await asyncio.gather(*(role() for _ in range(20)))
    await clock.sleep(1)

    assert {"key-1"} == {one.access_key for one in keys}
    assert 2 == metadata.fetches


async def test_the_first_fetch_is_shared(metadata, role):
    """
    All who ask before there are keys wait for one fetch.
    """
    keys = await asyncio.gather(*(role() for _ in range(20)))

    assert {"key-1"} == {one.access_key for one in keys}
    assert 1 == metadata.fetches


async def test_keys_that_expired_are_waited_for(clock, metadata, role):
    """
    After a long pause the new keys are waited for, once by all.
    """
    await role()
    await clock.sleep(HOUR)

    keys = await asyncio.gather(*(role() for _ in range(20)))

    assert {"key-2"} == {one.access_key for one in keys}
    assert 2 == metadata.fetches


async def test_who_gives_up_does_not_take_it_from_the_others(clock, metadata, role):
    """
    The fetch goes on although the one who began it was cancelled.
    """
    metadata.delay_seconds = 2
    first, second = asyncio.ensure_future(role()), asyncio.ensure_future(role())
    await clock.sleep(1)

    first.cancel()
    keys = await second

    assert "key-1" == keys.access_key
    assert 1 == metadata.fetches


async def test_a_failed_early_fetch_leaves_the_old_keys(clock, metadata, role, caplog):
    """
    Until they expire the old keys are used; the failure is logged, without a key.
    """
    await role()
    await clock.sleep(HOUR - 100)
    metadata.roles = Answer(500)

    during = await role()
    await clock.sleep(99)
    after = await role()

    assert ["key-1", "key-1"] == [during.access_key, after.access_key]
    assert f"no keys from the server role at {metadata.url}: HTTP 500" in caplog.messages
    assert CANARY not in caplog.text


async def test_early_fetches_pause(clock, metadata, role):
    """
    After a failed early fetch there is no other for a minute.
    """
    await role()
    await clock.sleep(HOUR - 200)
    metadata.roles = Answer(500)

    await role()
    await clock.sleep(59)
    await role()
    await clock.sleep(0.5)
    before = metadata.fetches
    await clock.sleep(1)
    await role()
    await clock.sleep(0.5)

    assert (2, 3) == (before, metadata.fetches)


async def test_keys_that_expired_are_not_used(clock, metadata, role):
    """
    When no new keys came in time, the error says that nothing was sent, so that it is repeated.
    """
    await role()
    await clock.sleep(HOUR)
    metadata.roles = Answer(500)

    with pytest.raises(NotSent) as caught:
        await role()

    assert f"GET {LIST}: no keys from the server role at {metadata.url}: HTTP 500" == (
        caught.value.what_happened
    )


async def test_those_who_wait_for_keys_get_an_error_each(metadata, role):
    """
    Each caller gets an error of its own, to which a token can be attached.
    """
    metadata.roles = Answer(500)

    first, second = await asyncio.gather(role(), role(), return_exceptions=True)

    assert NotSent is type(first)
    assert first is not second
    assert 1 == metadata.fetches


async def test_a_failed_fetch_is_repeated_by_the_next_who_asks(metadata, role):
    """
    A failure is not remembered.
    """
    metadata.roles = Answer(500)
    await asyncio.gather(role(), return_exceptions=True)
    metadata.roles = Answer(body=b"my-role")

    keys = await role()

    assert "key-1" == keys.access_key


@pytest.mark.parametrize(
    "expiration",
    ["2001-01-01T00:00:00Z", "2999-01-01T00:00:00", "soon", 5, ["soon"]],
    ids=["past", "no zone", "no time", "number", "list"],
)
async def test_keys_that_seem_to_have_expired_are_used(clock, metadata, role, expiration):
    """
    Fresh keys are used for a minute whatever they say: it may be the clock that is wrong.
    """
    metadata.expiration = expiration
    await role()
    await clock.sleep(59)
    await role()
    before = metadata.fetches
    await clock.sleep(1)

    keys = await role()

    assert 1 == before
    assert "key-2" == keys.access_key


@pytest.mark.parametrize("zone", ["Z", "+00:00", "+0000", ".123456789Z"])
async def test_an_expiration_is_read_in_every_spelling(clock, metadata, role, zone):
    """
    A zone is spelled in several ways, and parts of a second may be there.
    """
    end = datetime.fromtimestamp(clock.wall() + HOUR, UTC)
    metadata.expiration = end.strftime("%Y-%m-%dT%H:%M:%S") + zone
    await role()
    await clock.sleep(HOUR - 310)

    await role()

    assert 1 == metadata.fetches


# Servers without keys.


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(404), "HTTP 404"),
        (Answer(302, headers={"Location": "/elsewhere"}), "HTTP 302"),
        (Answer(body=b" \n"), "this server has no role"),
        (Answer(delay_seconds=4), "no answer within 3 seconds"),
        (Raw(b"HTTP/1.1 200 OK\r\n", hangs=True), "no answer within 3 seconds"),
        (Raw(b"SSH-2.0\r\n"), "no answer (ClientResponseError)"),
        (Raw(), "no answer (ServerDisconnectedError)"),
    ],
)
async def test_a_server_without_a_role(metadata, role, answer, reason):
    """
    Whatever keeps a role away is told in a few words, and within seconds.
    """
    metadata.roles = answer

    with pytest.raises(NotSent) as caught:
        await role()

    assert f"no keys from the server role at {metadata.url}: {reason}" == caught.value.reason


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"AccessKeyId": "", "Code": "Failed", "Message": "no policy"},
            "its answer has none (Failed no policy)",
        ),
        (
            {"SecretAccessKey": None, "Code": None},
            "its answer has none (no reason given)",
        ),
        (
            {"SecretAccessKey": 5},
            "secret_key is not printable ASCII text; expected a key as the console shows it",
        ),
        (
            {"AccessKeyId": f"{CANARY} 2"},
            "access_key is empty, or has a space in it; expected a key without spaces",
        ),
    ],
)
async def test_keys_that_will_not_do(metadata, role, fields, reason):
    """
    What is wrong with the keys is told, and the keys are not.
    """
    metadata.fields = fields

    with pytest.raises(NotSent) as caught:
        await role()

    assert caught.value.reason.endswith(f": {reason}")
    assert CANARY not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize("body", [f"<{CANARY}>", f'["{CANARY}"]', ""])
async def test_an_answer_that_is_no_json_object(metadata, role, body):
    """
    Nothing of such an answer is in the error, or behind it.
    """
    metadata.answers = [metadata.roles, Answer(body=body.encode())]

    with pytest.raises(NotSent, match=r"its answer is no JSON object\.") as caught:
        await role()

    assert (None, None) == (caught.value.__cause__, caught.value.__context__)


# As the last link of the chain.


@pytest.mark.parametrize("chunked", [False, True])
async def test_an_answer_that_is_too_large_has_no_keys(metadata, role, chunked):
    """
    Of an answer of the metadata at most 64 KiB are read.
    """
    metadata.roles = Answer(body=b"r" * (2**16 + 1), chunked=chunked)

    with pytest.raises(NotSent, match="more than 65536 bytes"):
        await role()


async def test_an_answer_of_the_metadata_is_not_unpacked(metadata, role):
    """
    A compressed answer of the metadata, which might be a bomb, is not unpacked.
    """
    bomb = gzip.compress(b"r" * 2**20)
    metadata.roles = Answer(body=bomb, headers={"Content-Encoding": "gzip"})

    await role()

    listed, asked = metadata.received
    assert "identity" == listed.headers["Accept-Encoding"]
    assert "rrrr" not in asked.target


async def test_a_client_takes_the_keys_of_the_server_role(server, on_a_server):
    """
    Without arguments, environment and file a client signs with the keys of the server's role.
    """
    async with MediaIntelligence(base_url=server.url) as client:
        await client.send(ASK)

    assert "key-1" == server.received[-1].headers["x-ncp-iam-access-key"]


async def test_the_metadata_service_sees_nothing_of_the_gateway(server, on_a_server, metadata):
    """
    What is asked of the metadata service carries no header of the gateway.
    """
    async with MediaIntelligence(base_url=server.url) as client:
        await client.send(ASK)

    assert {"host", "accept", "accept-encoding", "user-agent"} == {
        name.lower() for received in metadata.received for name in received.headers
    }


async def test_the_metadata_service_is_not_asked_for_nothing(server, on_a_server, metadata):
    """
    The server's role is not asked before the first request, nor if other keys are found.
    """
    on_a_server.setenv("NCLOUD_ACCESS_KEY_ID", "from-environment")
    on_a_server.setenv("NCLOUD_SECRET_ACCESS_KEY", "secret")

    async with MediaIntelligence(base_url=server.url) as client:
        await client.send(ASK)

    assert [] == metadata.received


async def test_no_role_is_an_error_of_the_first_request(server, on_a_server, metadata):
    """
    Without keys anywhere nothing is sent, and the server's role is the last place in the list.
    """
    metadata.roles = Answer(404)

    async with MediaIntelligence(base_url=server.url) as client:
        with pytest.raises(ConfigurationError) as caught:
            await client.send(ASK)

    assert f"; server role: no keys from the server role at {metadata.url}: HTTP 404. " in str(
        caught.value
    )
    assert [] == server.received


async def test_keys_that_do_not_come_any_more_are_no_matter_of_configuration(
    clock, metadata, on_a_server
):
    """
    Once there were keys, a failed fetch is NotSent, which is retried.
    """
    metadata.expiration = None
    environment = {"NCLOUD_METADATA_ENDPOINT": metadata.url}
    source = source_of(environment, clock)
    await source.provide()
    await clock.sleep(HOUR)
    metadata.roles = Answer(500)

    with pytest.raises(NotSent):
        await source.provide()


async def test_a_bad_address_is_noticed_when_the_client_is_made(on_a_server):
    """
    A metadata service that cannot be asked is an error at once.
    """
    on_a_server.setenv("NCLOUD_METADATA_API_ENDPOINT", "nowhere")

    with pytest.raises(ConfigurationError, match="NCLOUD_METADATA_API_ENDPOINT is not"):
        MediaIntelligence()


def test_the_server_role_is_named_as_a_source():
    """
    Where the keys would come from is told by its address, and nobody is asked.
    """
    source = source_of({}, SystemClock())

    assert "the server role, by http://169.254.169.254" == source.place


# Secrets stay secret.


async def test_no_key_is_shown(role, caplog):
    """
    Neither the role's repr nor the log of its fetch shows a key.
    """
    caplog.set_level(logging.DEBUG)

    await role()

    assert CANARY not in repr(role) + repr(role._held) + caplog.text


# From Python 3.12 on, the counter inside the virtual clock warns when it is pickled.
@pytest.mark.filterwarnings("ignore:Pickle, copy, and deepcopy support:DeprecationWarning")
async def test_keys_of_a_role_do_not_pickle(role):
    """
    A ServerRole that has keys cannot be pickled.
    """
    await role()

    with pytest.raises(TypeError):
        pickle.dumps(role)
