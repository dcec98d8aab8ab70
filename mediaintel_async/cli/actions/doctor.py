"""`mediaintel doctor`: checks keys, address, network, clock and permission."""

import asyncio
import http.client
import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NoReturn

import typer
from attrs import frozen
from yarl import URL

from mediaintel_async import (
    AuthenticationFailed,
    ConfigurationError,
    Credentials,
    MediaIntelligence,
    MediaIntelligenceError,
    NotFound,
    Request,
)
from mediaintel_async.cli.actions import run_with_client
from mediaintel_async.cli.output.advice import FAILED, USAGE, WRONG_KEYS_ADVICE, advice_for
from mediaintel_async.cli.output.printing import show
from mediaintel_async.client import DEFAULT_BASE_URL
from mediaintel_async.errors import WRONG_CLOCK
from mediaintel_async.http.credentials import ACCESS_KEY_NAMES, SECRET_KEY_NAMES, Source, source_of
from mediaintel_async.http.session import origin_of

_NETWORK_TIMEOUT_SECONDS = 10.0
_REFUSED_SKEW_SECONDS = 300
"""The gateway refuses a request whose time is further from its own."""

_ADVISED_SKEW_SECONDS = 30
"""Skew that does no harm yet, but that somebody should correct."""

_DATE_HEADER_ACCURACY_SECONDS = 2


@frozen(kw_only=True)
class Finding:
    """The result of one check."""

    check: str
    is_ok: bool
    found: str
    advice: str = ""
    """What to do; "": nothing."""

    exit_code: int = FAILED
    """The exit code of the command if the check failed."""


def diagnose(base_url: str | None, *, as_json: bool) -> NoReturn:
    """Run each check, print its finding at once, and exit."""
    code = 0
    for finding in _findings(base_url):
        _show(finding, as_json=as_json)
        if not finding.is_ok:
            # USAGE (2) wins over FAILED (1): a wrong setting may cause the failures after it.
            code = max(code, finding.exit_code)
    raise typer.Exit(code)


def _findings(base_url: str | None) -> Iterator[Finding]:
    keys = check_credentials(os.environ)
    yield keys
    # As MediaIntelligence() does: an empty address is refused.
    default = os.environ.get("MEDIAINTEL_BASE_URL", DEFAULT_BASE_URL)
    address = default if base_url is None else base_url
    try:
        origin = origin_of(address, allow_insecure=False)
    except ConfigurationError as error:
        yield Finding(
            check="address",
            is_ok=False,
            found=str(error),
            advice="Correct --base-url or MEDIAINTEL_BASE_URL.",
            exit_code=USAGE,
        )
        return
    yield Finding(check="address", is_ok=True, found=f"{origin}")
    reached, date = check_network(origin)
    yield reached
    if not reached.is_ok:
        return
    clock = check_clock(date, run_with_client.CLOCK.wall())
    yield clock
    if keys.is_ok:
        yield asyncio.run(check_permission(base_url, if_refused=clock.advice or WRONG_KEYS_ADVICE))


def check_credentials(environment: Mapping[str, str]) -> Finding:
    """Find where the keys come from, without showing them."""
    try:
        source = source_of(environment, run_with_client.CLOCK)
        asyncio.run(_keys_of(source))
    except ConfigurationError as error:
        return Finding(
            check="keys",
            is_ok=False,
            found=str(error),
            advice=f"Set {ACCESS_KEY_NAMES[0]} and {SECRET_KEY_NAMES[0]} to a key pair of your"
            " account.",
            exit_code=USAGE,
        )
    return Finding(check="keys", is_ok=True, found=source.place)


async def _keys_of(source: Source) -> Credentials:
    return await source.provide()


def check_network(origin: URL) -> tuple[Finding, str | None]:
    """Send a request without keys; return also the `Date` header of the response."""
    host, port = origin.host or "", origin.port
    kind = http.client.HTTPSConnection if origin.scheme == "https" else http.client.HTTPConnection
    connection = kind(host, port, timeout=_NETWORK_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/")
        response = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        found, advice = _unreachable(error)
        found = f"{origin} was not reached: {found}"
        return Finding(check="network", is_ok=False, found=found, advice=advice), None
    finally:
        connection.close()
    refused = ", as expected without keys" if response.status == HTTPStatus.UNAUTHORIZED else ""
    found = f"{origin} answers (HTTP {response.status}{refused})"
    return Finding(check="network", is_ok=True, found=found), response.getheader("Date")


def _unreachable(error: Exception) -> tuple[str, str]:
    """Return why no response arrived, and what to do about it."""
    match error:
        case socket.gaierror():
            return (
                "its host name is unknown",
                "Check the address and the DNS settings of this machine.",
            )
        case ssl.SSLError():
            return (
                f"TLS failed ({error.strerror or error})",
                "Check this machine's clock, its certificates, and any proxy on the way.",
            )
        case TimeoutError():
            return (
                f"no response within {_NETWORK_TIMEOUT_SECONDS:g} seconds",
                "Check the network: a firewall may drop the packets.",
            )
        case ConnectionRefusedError():
            return (
                "nothing listens there",
                "Check --base-url or MEDIAINTEL_BASE_URL; is the simulator running?",
            )
        case OSError():
            return error.strerror or type(error).__name__, "Check the address and the network."
    return f"the response is not HTTP ({type(error).__name__})", "Check the address."


def check_clock(date: str | None, now: float) -> Finding:
    """Compare *now*, the time of this machine, with the `Date` header of a response."""
    try:
        # HTTP dates are in UTC.
        ahead = now - parsedate_to_datetime(date or "").replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        found = "cannot be compared: the response has no valid Date header"
        return Finding(check="clock", is_ok=True, found=found)
    if abs(ahead) <= _DATE_HEADER_ACCURACY_SECONDS:
        return Finding(check="clock", is_ok=True, found="agrees with the service's")
    found = f"{abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} the service's"
    if abs(ahead) > _REFUSED_SKEW_SECONDS:
        return Finding(check="clock", is_ok=False, found=found, advice=WRONG_CLOCK)
    advice = WRONG_CLOCK if abs(ahead) > _ADVISED_SKEW_SECONDS else ""
    return Finding(check="clock", is_ok=True, found=found, advice=advice)


async def check_permission(base_url: str | None, *, if_refused: str) -> Finding:
    """List one workspace, which is cheap and changes nothing.

    *if_refused* is the advice for keys that the service refuses.
    """
    query = {"pageNum": "1", "pageSize": "1"}
    request = Request("GET", "/api/v1/workspaces", dict, query=query)
    try:
        async with MediaIntelligence(base_url=base_url, clock=run_with_client.CLOCK) as client:
            await client.send(request)
    except NotFound:
        found = "the keys are accepted; this service cannot list workspaces"
        return Finding(check="permission", is_ok=True, found=found)
    except MediaIntelligenceError as error:
        is_refused = isinstance(error, AuthenticationFailed)
        advice = if_refused if is_refused else advice_for(error)
        return Finding(check="permission", is_ok=False, found=error.what_happened, advice=advice)
    return Finding(check="permission", is_ok=True, found="the keys may list workspaces")


def _show(finding: Finding, *, as_json: bool) -> None:
    fields = {
        "check": finding.check,
        "ok": finding.is_ok,
        "found": finding.found,
        "advice": finding.advice or None,
    }
    text = f"{'ok' if finding.is_ok else '!!'} {finding.check}: {finding.found}"
    advice = f". {finding.advice}" if finding.advice else ""
    show(fields, text=f"{text}{advice}", as_json=as_json)
