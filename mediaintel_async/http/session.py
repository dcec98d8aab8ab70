"""The aiohttp session that requests leave by: opened, checked and closed.

It is the caller's own, or one that is opened at the first request. aiohttp has no public names for
three things that are needed here (`_loop`, `_ssl`, `_default_proxy`). They are read by `getattr`
with a default, so that a new name in aiohttp costs one check, and not every call.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Mapping

import aiohttp
from yarl import URL

from mediaintel_async.errors import (
    AnswerLost,
    ClientClosed,
    ConfigurationError,
    ConnectTimeout,
    NotSent,
    RequestTimeout,
    TransportError,
)
from mediaintel_async.http.hidden_frames import hides_frames, without_frames

_KEEP_ALIVE_SECONDS = 75.0
"""Longer than any pause between two looks, so that a look finds its connection open."""


def is_loopback(host: str) -> bool:
    """Whether *host* is this machine, so that nobody can listen on the way."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def may_be_this_machine(host: str) -> bool:
    """Whether *host* is any spelling of this machine, such as `127.1`, `0` or `localhost.`.

    A name whose address in the DNS is this machine's is not recognised.
    """
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        # As getaddrinfo() reads it: decimal, hexadecimal and short forms, too.
        address = ipaddress.ip_address(socket.inet_aton(host) if ":" not in host else host)
    except (ValueError, OSError):
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped.is_loopback or mapped.is_unspecified


def is_reachable(url: URL) -> bool:
    """Whether *url* has a host and a port that a connection can be made to.

    aiohttp raises `ValueError` or `UnicodeError` in the middle of a request for others: an empty
    label, one of more than 63 characters, or punycode that cannot be decoded.
    """
    try:
        return bool((url.host or "").encode("idna")) and url.port != 0
    except ValueError:
        return False


@hides_frames
def origin_of(base_url: str | URL, *, allow_insecure: bool) -> URL:
    """Return the origin that *base_url* names.

    Raises:
        ConfigurationError: *base_url* is not an origin, its host or port cannot be valid, or it is
            plain http beyond this machine without *allow_insecure*.
    """
    url, origin = _parsed(base_url)
    if url.path not in ("", "/") or url.query_string or url.fragment or url.user or url.password:
        raise ConfigurationError(
            f"base_url is more than an origin; expected scheme, host and port alone, as {origin}"
            " (the paths of the calls begin with /api/v1)"
        )
    if origin.scheme not in ("https", "http"):
        raise ConfigurationError(f"base_url has the scheme {origin.scheme}; expected https")
    if not is_reachable(origin):
        raise ConfigurationError(
            f"base_url {origin} has no valid host and port; expected an address like"
            " https://host:port"
        )
    if origin.scheme == "http" and not allow_insecure and not is_loopback(origin.host or ""):
        raise ConfigurationError(
            f"base_url {origin} is not https, so that others could read what is sent; expected"
            " https (in a program, MediaIntelligence(allow_insecure=True) permits http)"
        )
    return origin


def _parsed(base_url: str | URL) -> tuple[URL, URL]:
    """Return *base_url* and its origin."""
    try:
        # yarl removes line breaks and would join what follows to the address.
        if isinstance(base_url, str) and not base_url.isprintable():
            raise ValueError
        url = URL(base_url)
        return url, url.origin()
    except (TypeError, ValueError):
        pass
    # Raised outside except: __context__ may quote a password.
    raise ConfigurationError(
        f"base_url is {'not an address' if base_url else 'empty'}; expected one like"
        " https://host:port, or none at all for the public service"
    )


def check_session(
    session: aiohttp.ClientSession | None, origin: URL, *, allow_insecure: bool
) -> None:
    """Make sure that a caller's session verifies the server's certificate and name.

    Raises:
        ConfigurationError: It does not, and *allow_insecure* is not given.
    """
    if session is None or origin.scheme != "https" or allow_insecure:
        return
    tls = getattr(session.connector, "_ssl", True)
    if isinstance(tls, ssl.SSLContext):
        tls = tls.verify_mode is ssl.CERT_REQUIRED and tls.check_hostname
    if tls is False:
        raise ConfigurationError(
            f"the ClientSession does not verify that it talks to {origin}, so that anybody on the"
            " way could answer; expected one that does"
            " (MediaIntelligence(allow_insecure=True) permits it)"
        )


class Session:
    """Opens, checks and closes the aiohttp session of one client."""

    def __init__(
        self,
        given: aiohttp.ClientSession | None,
        *,
        headers: Mapping[str, str],
        at_once: int,
    ) -> None:
        self.is_ours: bool = given is None
        self.is_closed: bool = False
        self._session = given
        self._headers = headers
        self._at_once = at_once
        self._loop: asyncio.AbstractEventLoop | None = None

    def check_usable(self) -> None:
        """Make sure that requests can leave from this event loop now.

        Raises:
            ClientClosed: They cannot; says why.
        """
        loop = asyncio.get_running_loop()
        if self.is_closed:
            raise ClientClosed("this client was closed; make a new one")
        self.check_loop()
        self._loop = loop
        if self._session is None or self.is_ours:
            return
        if self._session.closed:
            raise ClientClosed("the ClientSession that this client was given is closed")
        if getattr(self._session, "_loop", loop) is not loop:
            raise ClientClosed(
                "the ClientSession that this client was given belongs to another event loop"
            )

    def check_loop(self) -> None:
        """Make sure that the running event loop is that of the first request, if there was one.

        Raises:
            ClientClosed: It is another one.
        """
        if self._loop is not None and self._loop is not asyncio.get_running_loop():
            raise ClientClosed(
                "this client belongs to another event loop; make one client in each loop"
            )

    def open(self) -> aiohttp.ClientSession:
        """Return the session for the next request.

        Raises:
            ClientClosed: As `check_usable()`.
        """
        # Checked again: the client may have been closed while this call waited for its turn.
        self.check_usable()
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._at_once, keepalive_timeout=_KEEP_ALIVE_SECONDS
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=self._headers,
            )
        return self._session

    def open_without_headers(self) -> aiohttp.ClientSession:
        """Return a new session with the same connections, certificates and proxy, and no headers.

        Raises:
            ClientClosed: As `check_usable()`.
        """
        usual = self.open()
        return aiohttp.ClientSession(
            connector=usual.connector,
            connector_owner=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=usual.trust_env,
            proxy=getattr(usual, "_default_proxy", None),
        )

    async def close(self) -> None:
        """Refuse further requests, and close the connections of a session of ours."""
        self.is_closed = True
        if self.is_ours and self._session is not None:
            await self._session.close()

    def failure(self, operation: str, error: Exception, place: object) -> TransportError:
        """Choose the error for an attempt that *error* ended without an answer of *place*.

        Its cause is at most the operating system's own error, without frames: errors of aiohttp
        may show what was sent or answered, the signature and a proxy's password included.
        """
        if self.is_closed:
            return AnswerLost(operation, "the client was closed meanwhile")
        failure: TransportError
        match error:
            case aiohttp.ConnectionTimeoutError():
                failure = ConnectTimeout(operation, "no connection in time")
            case aiohttp.ClientConnectorCertificateError():
                reason = getattr(error.certificate_error, "verify_message", "")
                failure = NotSent(
                    operation, f"no connection to {place}: certificate not valid: {reason}"
                )
                failure.__cause__ = without_frames(error.certificate_error)
            case aiohttp.ClientConnectorError():
                failure = NotSent(operation, f"no connection to {place}: {error.strerror}")
                failure.__cause__ = without_frames(error.os_error)
            case aiohttp.ServerFingerprintMismatch():
                failure = NotSent(
                    operation,
                    f"no connection to {place}: its certificate is not the one that the"
                    " ClientSession expects",
                )
            case aiohttp.ClientHttpProxyError():
                failure = NotSent(operation, f"the proxy refused (HTTP {error.status})")
            case TimeoutError():
                failure = RequestTimeout(operation, "no answer in time")
            case aiohttp.ClientResponseError():
                failure = AnswerLost(operation, "the answer is no HTTP")
            case _:
                failure = AnswerLost(operation, f"the connection broke ({type(error).__name__})")
        return failure
