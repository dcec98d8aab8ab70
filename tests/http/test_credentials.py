import copy
import logging
import pickle
import traceback

import pytest
from scripted_server import refusal

from mediaintel_async import (
    ConfigurationError,
    Credentials,
    InvalidRequest,
    MediaIntelligence,
    NotSent,
    Request,
)
from mediaintel_async.http import credentials
from mediaintel_async.http.credentials import from_environment

CANARY = "canary+Secret/8=="
ASK = Request("GET", "/api/v1/workspaces", dict)
EVERY_NAME = [*credentials.ACCESS_KEY_NAMES, *credentials.SECRET_KEY_NAMES]


@pytest.fixture
def environment(monkeypatch):
    """The process environment, without any keys to begin with."""
    for name in EVERY_NAME:
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


async def ask(server, provider):
    """Send one call with keys from *provider*, and return what arrived."""
    async with MediaIntelligence(provider, base_url=server.url) as client:
        await client.send(ASK)
    return server.received[-1]


# The environment.


@pytest.mark.parametrize("access_name", ["NCLOUD_ACCESS_KEY_ID", "NCLOUD_ACCESS_KEY"])
@pytest.mark.parametrize("secret_name", ["NCLOUD_SECRET_ACCESS_KEY", "NCLOUD_SECRET_KEY"])
def test_the_environment_is_read_in_every_spelling(access_name, secret_name):
    """
    Either half is found by either of the names that the vendor's tools use.
    """
    assert Credentials("access", "secret") == from_environment(
        {access_name: "access", secret_name: "secret"}
    )


def test_the_newer_names_win():
    """
    Where both names of a half are set, the one of the current tools counts.
    """
    found = from_environment(
        {
            "NCLOUD_ACCESS_KEY": "old",
            "NCLOUD_ACCESS_KEY_ID": "new",
            "NCLOUD_SECRET_KEY": "old-secret",
            "NCLOUD_SECRET_ACCESS_KEY": "new-secret",
        }
    )

    assert Credentials("new", "new-secret") == found


def test_an_empty_name_does_not_win():
    """
    A name that is set to nothing counts as not set.
    """
    found = from_environment(
        {
            "NCLOUD_ACCESS_KEY_ID": "",
            "NCLOUD_ACCESS_KEY": "access",
            "NCLOUD_SECRET_ACCESS_KEY": "secret",
        }
    )

    assert Credentials("access", "secret") == found


ACCESS_NAMES = "NCLOUD_ACCESS_KEY_ID or NCLOUD_ACCESS_KEY"
SECRET_NAMES = "NCLOUD_SECRET_ACCESS_KEY or NCLOUD_SECRET_KEY"


@pytest.mark.parametrize(
    ("found", "missing"),
    [
        ({"NCLOUD_ACCESS_KEY": CANARY}, SECRET_NAMES),
        ({"NCLOUD_SECRET_KEY": CANARY}, ACCESS_NAMES),
        ({"NCLOUD_SECRET_KEY": CANARY, "NCLOUD_ACCESS_KEY": ""}, ACCESS_NAMES),
    ],
)
def test_a_missing_half_is_named(found, missing):
    """
    The error says which names were looked for, and not what was found.
    """
    with pytest.raises(ConfigurationError) as caught:
        from_environment(found)

    assert str(caught.value).endswith(f"set in the environment also {missing}")
    assert CANARY not in str(caught.value)


def test_an_environment_may_have_no_keys():
    """
    An environment without either half is no error: the keys may be elsewhere.
    """
    assert from_environment({"NCLOUD_ACCESS_KEY_ID": "", "NCLOUD_REGION": "KR"}) is None


async def test_a_client_without_keys_takes_those_of_the_environment(server, environment):
    """
    `MediaIntelligence()` signs with what the environment holds when it is made.
    """
    environment.setenv("NCLOUD_ACCESS_KEY_ID", "from-environment")
    environment.setenv("NCLOUD_SECRET_ACCESS_KEY", "secret")

    received = await ask(server, None)

    assert "from-environment" == received.headers["x-ncp-iam-access-key"]


async def test_keys_that_are_given_come_before_the_environment(server, environment):
    """
    What the caller passes is not overridden from outside.
    """
    environment.setenv("NCLOUD_ACCESS_KEY_ID", "from-environment")
    environment.setenv("NCLOUD_SECRET_ACCESS_KEY", "secret")

    received = await ask(server, Credentials("given", "secret"))

    assert "given" == received.headers["x-ncp-iam-access-key"]


def test_a_client_cannot_be_made_with_half_a_key_pair(environment):
    """
    A missing half is noticed when the client is made, not at its first call.
    """
    environment.setenv("NCLOUD_ACCESS_KEY", CANARY)

    with pytest.raises(ConfigurationError, match="NCLOUD_ACCESS_KEY is set; set"):
        MediaIntelligence()


async def test_every_place_without_keys_is_named(server, environment, tmp_path):
    """
    Without keys anywhere the first call fails, and lists where they were looked for, in order.
    """
    environment.setenv("HOME", str(tmp_path))

    with pytest.raises(ConfigurationError) as caught:
        await ask(server, None)

    assert (
        "no credentials. Looked at, in this order: the arguments: none given;"
        f" the environment: neither {ACCESS_NAMES} nor {SECRET_NAMES} is set;"
        f" {tmp_path}/.ncloud/configure: no such file;"
        " server role: no keys from the server role at http://127.0.0.1:1: no connection."
        " Pass Credentials(access_key, secret_key), or set in the environment"
        " NCLOUD_ACCESS_KEY_ID and NCLOUD_SECRET_ACCESS_KEY, or write"
        " ncloud_access_key_id and ncloud_secret_access_key into ~/.ncloud/configure,"
        " or give this server a role"
    ) == str(caught.value)
    assert [] == server.received


@pytest.mark.parametrize("value", ["access", ("access", "secret"), {"access": "secret"}, 5])
def test_keys_of_another_kind_are_refused(value):
    """
    Credentials of another type are refused; the error names only their type.
    """
    with pytest.raises(ConfigurationError, match=f"^credentials are {type(value).__name__};"):
        MediaIntelligence(value)


# Keys that cannot be sent.


@pytest.mark.parametrize(
    "bad",
    [
        "",
        CANARY + "\n",
        CANARY + "\r\nx-evil: 1",
        "\t" + CANARY,
        CANARY + " ",
        "can ary",
        "열쇠" + CANARY,
        CANARY + "\x7f",
        CANARY.encode(),
        None,
        5,
    ],
    ids=repr,
)
@pytest.mark.parametrize("half", ["access_key", "secret_key"])
def test_keys_that_no_header_can_carry_are_refused(half, bad):
    """
    A key is printable ASCII without spaces, and a bad one is not shown.
    """
    with pytest.raises(ConfigurationError, match=f"^{half} is ") as caught:
        Credentials(**{"access_key": "access", "secret_key": "secret", half: bad})

    assert "canary" not in "".join(traceback.format_exception(caught.value))


# Secrets stay secret.


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{!r:>10}".format])
def test_no_way_of_printing_shows_a_key(show):
    """
    Printed credentials show neither half, nor how long it is.
    """
    assert "Credentials(<hidden>)" == show(Credentials(CANARY, CANARY)).strip()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_credentials_do_not_pickle(protocol):
    """
    Keys do not leave the process by pickle, whatever its protocol.
    """
    with pytest.raises(TypeError, match="neither pickled nor copied"):
        pickle.dumps(Credentials("access", CANARY), protocol)


@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy])
def test_credentials_are_not_copied(duplicate):
    """
    Credentials cannot be copied.
    """
    with pytest.raises(TypeError, match="neither pickled nor copied"):
        duplicate(Credentials("access", CANARY))


def test_a_client_does_not_show_its_keys():
    """
    A printed client shows where it calls, and not with what.
    """
    client = MediaIntelligence(Credentials(CANARY, CANARY))

    assert "<MediaIntelligence: https://mi.apigw.ntruss.com>" == repr(client)


async def test_a_refused_call_shows_no_key_anywhere(server, caplog):
    """
    Neither log, error, traceback nor pickle of a refused call has the secret in it.
    """
    caplog.set_level(logging.DEBUG)
    server.answers = [refusal(400)]

    with pytest.raises(InvalidRequest) as caught:
        await ask(server, Credentials("access", CANARY))

    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert CANARY not in shown + caplog.text
    assert CANARY.encode() not in pickle.dumps(caught.value)


# Keys from a callable.


async def test_keys_may_come_from_an_async_callable(server):
    """
    A callable is asked for the keys of each request.
    """

    async def provide():
        return Credentials("from-callable", "secret")

    received = await ask(server, provide)

    assert "from-callable" == received.headers["x-ncp-iam-access-key"]


async def test_keys_may_change_between_calls(server):
    """
    Keys that rotate are used from the next request on.
    """
    keys = [Credentials("second", "secret"), Credentials("first", "secret")]

    async def provide():
        return keys.pop()

    async with MediaIntelligence(provide, base_url=server.url) as client:
        await client.send(ASK)
        await client.send(ASK)

    assert ["first", "second"] == [
        received.headers["x-ncp-iam-access-key"] for received in server.received
    ]


@pytest.mark.parametrize("raised", [KeyError, TimeoutError, OSError, ConnectionError, ValueError])
async def test_a_callable_that_raises_is_a_configuration_error(server, raised):
    """
    Whatever the callable raises is the cause of an error of ours, and nothing is sent.
    """

    async def provide():
        raise raised(CANARY)

    with pytest.raises(ConfigurationError) as caught:
        await ask(server, provide)

    assert f"the credentials callable raised {raised.__name__}" == str(caught.value)
    assert raised is type(caught.value.__cause__)
    assert [] == server.received


async def test_a_callable_may_raise_an_error_of_ours(server):
    """
    An error of this library is not wrapped into another.
    """

    async def provide():
        raise NotSent("GET /keys", "no connection")

    with pytest.raises(NotSent, match="GET /keys"):
        await ask(server, provide)


@pytest.mark.parametrize("value", [None, CANARY, ("access", CANARY), {}], ids=type)
async def test_a_callable_that_returns_something_else_is_a_configuration_error(server, value):
    """
    Only the kind of what came instead of keys is shown, and nothing is sent.
    """

    async def provide():
        return value

    with pytest.raises(
        ConfigurationError, match=f"returned {type(value).__name__}; expected Cred"
    ) as caught:
        await ask(server, provide)

    assert CANARY not in str(caught.value)
    assert [] == server.received


async def test_a_callable_that_is_not_async_is_a_configuration_error(server):
    """
    A plain function is refused at the first call.
    """
    with pytest.raises(ConfigurationError, match="raised TypeError"):
        await ask(server, lambda: Credentials("access", "secret"))
