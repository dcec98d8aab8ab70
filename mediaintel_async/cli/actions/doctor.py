"""What `mediaintel doctor` does: each check a function, each finding a line."""

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
from mediaintel_async.cli.output.advice import FAILED, USAGE, WRONG_KEYS, advice_for
from mediaintel_async.cli.output.printing import print_json, printable
from mediaintel_async.client import DEFAULT_BASE_URL
from mediaintel_async.errors import WRONG_CLOCK
from mediaintel_async.http.credentials import ACCESS_KEY_NAMES, SECRET_KEY_NAMES, Source, source_of
from mediaintel_async.http.session import origin_of

_PATIENCE_SECONDS = 10.0
_REFUSED_FROM_SECONDS = 300
"""The gateway refuses a time that is further from its own."""

_WORTH_MENDING_SECONDS = 30
_AS_EXACT_AS_A_DATE_SECONDS = 2


@frozen(kw_only=True)
class Finding:
    """What one check came to."""

    check: str
    is_well: bool
    found: str
    advice: str = ""
    """What to do about it; "" where there is nothing to do."""

    exit_code: int = FAILED
    """With what to exit if it is not well."""


def diagnose(base_url: str | None, *, as_json: bool) -> NoReturn:
    """Make each check, print its finding at once, and exit."""
    code = 0
    for finding in _findings(base_url):
        _tell(finding, as_json=as_json)
        if not finding.is_well:
            # Missing keys explain more than what follows from them.
            code = max(code, finding.exit_code)
    raise typer.Exit(code)


def _findings(base_url: str | None) -> Iterator[Finding]:
    keys = check_credentials(os.environ)
    yield keys
    address = base_url or DEFAULT_BASE_URL
    try:
        origin = origin_of(address, allow_insecure=False)
    except ConfigurationError as error:
        yield Finding(
            check="address",
            is_well=False,
            found=str(error),
            advice="Mend --base-url or MEDIAINTEL_BASE_URL.",
            exit_code=USAGE,
        )
        return
    yield Finding(check="address", is_well=True, found=f"{origin}")
    reached, date = check_network(origin)
    yield reached
    if not reached.is_well:
        return
    clock = check_clock(date, run_with_client.CLOCK.wall())
    yield clock
    if keys.is_well:
        yield asyncio.run(check_permission(base_url, if_refused=clock.advice or WRONG_KEYS))


def check_credentials(environment: Mapping[str, str]) -> Finding:
    """Find out where the keys come from; their values stay out of it."""
    try:
        source = source_of(environment, run_with_client.CLOCK)
        asyncio.run(_keys_of(source))
    except ConfigurationError as error:
        return Finding(
            check="keys",
            is_well=False,
            found=str(error),
            advice=f"Set {ACCESS_KEY_NAMES[0]} and {SECRET_KEY_NAMES[0]} to a key pair of your"
            " account.",
            exit_code=USAGE,
        )
    return Finding(check="keys", is_well=True, found=source.place)


async def _keys_of(source: Source) -> Credentials:
    return await source.provide()


def check_network(origin: URL) -> tuple[Finding, str | None]:
    """Connect and ask for anything; return also the `Date` of the answer."""
    host, port = origin.host or "", origin.port
    kind = http.client.HTTPSConnection if origin.scheme == "https" else http.client.HTTPConnection
    connection = kind(host, port, timeout=_PATIENCE_SECONDS)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        found, advice = _unreachable(error)
        found = f"{origin} was not reached: {found}"
        return Finding(check="network", is_well=False, found=found, advice=advice), None
    finally:
        connection.close()
    # Asked without keys: a refusal is as good as anything.
    refused = ", as is right without keys" if answer.status == HTTPStatus.UNAUTHORIZED else ""
    found = f"{origin} answers (HTTP {answer.status}{refused})"
    return Finding(check="network", is_well=True, found=found), answer.getheader("Date")


def _unreachable(error: Exception) -> tuple[str, str]:
    """Say what kept an answer away, and what to do about it."""
    match error:
        case socket.gaierror():
            return "its name is unknown", "Check the address, and the name server of this machine."
        case ssl.SSLError():
            return (
                f"TLS failed ({error.strerror or error})",
                "Check this machine's clock and certificates, and any proxy on the way.",
            )
        case TimeoutError():
            return (
                f"no answer within {_PATIENCE_SECONDS:g} seconds",
                "Check the network: a firewall may let nothing through.",
            )
        case ConnectionRefusedError():
            return (
                "nothing listens there",
                "Check --base-url or MEDIAINTEL_BASE_URL; a simulator must be running.",
            )
        case OSError():
            return error.strerror or type(error).__name__, "Check the address and the network."
    return f"what answers there is no HTTP ({type(error).__name__})", "Check the address."


def check_clock(date: str | None, now: float) -> Finding:
    """Compare the time of the service with that of this machine."""
    try:
        # HTTP knows no time but Greenwich's.
        ahead = now - parsedate_to_datetime(date or "").replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        found = "cannot be compared: the answer had no time"
        return Finding(check="clock", is_well=True, found=found)
    if abs(ahead) <= _AS_EXACT_AS_A_DATE_SECONDS:
        return Finding(check="clock", is_well=True, found="agrees with the service's")
    found = f"{abs(ahead):.0f} seconds {'ahead of' if ahead > 0 else 'behind'} the service's"
    if abs(ahead) > _REFUSED_FROM_SECONDS:
        return Finding(check="clock", is_well=False, found=found, advice=WRONG_CLOCK)
    advice = WRONG_CLOCK if abs(ahead) > _WORTH_MENDING_SECONDS else ""
    return Finding(check="clock", is_well=True, found=found, advice=advice)


async def check_permission(base_url: str | None, *, if_refused: str) -> Finding:
    """Make a call that is cheap and changes nothing; *if_refused* is advice on the keys."""
    query = {"pageNum": "1", "pageSize": "1"}
    request = Request("GET", "/api/v1/workspaces", dict, query=query)
    try:
        async with MediaIntelligence(base_url=base_url, clock=run_with_client.CLOCK) as client:
            await client.send(request)
    except NotFound:
        found = "the keys are accepted; listing workspaces is unknown there"
        return Finding(check="permission", is_well=True, found=found)
    except MediaIntelligenceError as error:
        is_refused = isinstance(error, AuthenticationFailed)
        advice = if_refused if is_refused else advice_for(error)
        return Finding(check="permission", is_well=False, found=error.what_happened, advice=advice)
    return Finding(check="permission", is_well=True, found="the keys may list workspaces")


def _tell(finding: Finding, *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "check": finding.check,
                "ok": finding.is_well,
                "found": finding.found,
                "advice": finding.advice or None,
            }
        )
        return
    mark = "ok" if finding.is_well else "!!"
    line = f"{finding.check}: {finding.found}"
    print(printable(f"{mark} {line}{'. ' if finding.advice else ''}{finding.advice}"), flush=True)
