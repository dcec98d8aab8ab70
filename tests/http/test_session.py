from types import SimpleNamespace

import pytest
from yarl import URL

from mediaintel_async import ConfigurationError, Credentials, MediaIntelligence
from mediaintel_async.http.session import Session, is_loopback, origin_of

KEYS = Credentials("AK_TEST", "SK_TEST")

# This machine.


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_this_machine_is_known(host):
    """
    The names and addresses of this machine are loopback.
    """
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "0.0.0.0", "localhost.test", "::2", ""])  # noqa: S104 - nothing is bound
def test_other_machines_are_not_this_one(host):
    """
    Any other name or address is not loopback.
    """
    assert not is_loopback(host)


# The address.


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://mi.example", "https://mi.example"),
        ("https://mi.example/", "https://mi.example"),
        ("https://mi.example:8443", "https://mi.example:8443"),
        (URL("https://mi.example"), "https://mi.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_origin_is_scheme_host_and_port(address, origin):
    """
    An address over https, or on this machine, is taken.
    """
    assert URL(origin) == origin_of(address, allow_insecure=False)


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("mi.example", "not an address"),
        ("", "base_url is empty"),
        ("https://a..b", "no valid host and port"),
        (f"https://{'a' * 64}.com", "no valid host and port"),
        ("https://xn--zzzzzz", "no valid host and port"),
        ("https://mi.example:0", "no valid host and port"),
        ("https://mi.example:99999", "not an address"),
        (7, "not an address"),
        ("https://mi.example/api/v1", "scheme, host and port alone"),
        ("https://mi.example?x=1", "scheme, host and port alone"),
        ("https://mi.example#x", "scheme, host and port alone"),
        ("https://user@mi.example", "scheme, host and port alone"),
        ("https://:word@mi.example", "scheme, host and port alone"),
        ("ftp://mi.example", "the scheme ftp; expected https"),
        ("http://mi.example", "is not https"),
        ("http://10.0.0.1", "is not https"),
        ("http://localhost.example", "is not https"),
    ],
)
def test_an_address_that_will_not_do_is_refused(address, complaint):
    """
    Anything but an https origin is a ConfigurationError that says why.
    """
    with pytest.raises(ConfigurationError, match=complaint):
        origin_of(address, allow_insecure=False)


def test_a_word_in_an_address_is_not_repeated():
    """
    A password in a base URL stays out of the message that refuses it.
    """
    with pytest.raises(ConfigurationError) as caught:
        origin_of("https://user:open-sesame@mi.example", allow_insecure=False)

    assert "open-sesame" not in str(caught.value)


def test_plain_http_must_be_allowed():
    """
    `allow_insecure=True` permits http to another machine.
    """
    assert URL("http://mi.example") == origin_of("http://mi.example", allow_insecure=True)


# The address of a client.


@pytest.mark.parametrize(
    "base_url",
    [
        "http://mi.apigw.ntruss.com",
        "http://192.168.1.1:8080",
        "http://0.0.0.0",
        "http://localhost.example",
        "http://127.0.0.1.example",
    ],
)
def test_plain_http_to_another_machine_is_refused(base_url):
    """
    Plain http to another machine is refused without `allow_insecure=True`.
    """
    with pytest.raises(ConfigurationError, match="allow_insecure=True"):
        MediaIntelligence(KEYS, base_url=base_url)


def test_plain_http_to_another_machine_may_be_allowed():
    """
    `allow_insecure` permits plain http.
    """
    client = MediaIntelligence(KEYS, base_url="http://192.168.1.1:8080", allow_insecure=True)

    assert "<MediaIntelligence: http://192.168.1.1:8080>" == repr(client)


@pytest.mark.parametrize(
    ("base_url", "origin"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:1/", "http://localhost:1"),
        ("http://[::1]:1", "http://[::1]:1"),
        ("https://maiu.apigw.ntruss.com/", "https://maiu.apigw.ntruss.com"),
        (URL("https://mi.apigw.ntruss.com:443"), "https://mi.apigw.ntruss.com"),
    ],
)
def test_https_and_this_machine_need_no_permission(base_url, origin):
    """
    Loopback addresses, and https anywhere, are called as they are.
    """
    assert f"<MediaIntelligence: {origin}>" == repr(MediaIntelligence(KEYS, base_url=base_url))


@pytest.mark.parametrize(
    "base_url",
    [
        "https://mi.apigw.ntruss.com/api/v1",
        "https://mi.apigw.ntruss.com?a=b",
        "https://mi.apigw.ntruss.com#a",
        "https://user@mi.apigw.ntruss.com",
        "https://user:canary@mi.apigw.ntruss.com",
        "https://:canary@mi.apigw.ntruss.com",
        "ftp://mi.apigw.ntruss.com",
        "mi.apigw.ntruss.com",
        "/api/v1",
        "https://",
        "https://mi.apigw.ntruss.com:port",
    ],
)
@pytest.mark.parametrize("allow_insecure", [True, False])
def test_a_base_url_is_an_origin_and_nothing_more(base_url, allow_insecure):
    """
    Path, query, user or another scheme are refused, without showing a password.
    """
    with pytest.raises(ConfigurationError, match=r"^base_url ") as caught:
        MediaIntelligence(KEYS, base_url=base_url, allow_insecure=allow_insecure)

    assert "canary" not in str(caught.value)


def test_the_base_url_may_come_from_the_environment(monkeypatch):
    """
    `MEDIAINTEL_BASE_URL` is the address of a client that is given no `base_url`.
    """
    monkeypatch.setenv("MEDIAINTEL_BASE_URL", "https://maiu.apigw.ntruss.com")

    assert "<MediaIntelligence: https://maiu.apigw.ntruss.com>" == repr(MediaIntelligence(KEYS))


# A session of the caller.


async def test_a_session_without_the_private_names_of_aiohttp_is_taken():
    """
    If aiohttp renames a private attribute, one check is left out, and calls go on.
    """
    session = Session(SimpleNamespace(closed=False), headers={}, at_once=1)

    assert None is session.check_usable()
