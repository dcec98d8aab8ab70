"""Temporary keys of a server that has a Server Role, renewed before they expire."""

import asyncio
import contextvars
import logging
import math
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Generic, TypeVar
from urllib.parse import quote

import aiohttp
import orjson
from attrs import define, field, frozen
from yarl import URL

from mediaintel_async.clock import Clock
from mediaintel_async.errors import ConfigurationError, NotSent, one_line
from mediaintel_async.http.hidden_frames import hides_frames, hides_frames_of_coroutine
from mediaintel_async.http.session import is_reachable

_logger = logging.getLogger("mediaintel_async")

KeysT = TypeVar("KeysT")

ENDPOINT_NAMES = ("NCLOUD_METADATA_API_ENDPOINT", "NCLOUD_METADATA_ENDPOINT")
DEFAULT_ENDPOINT = "http://169.254.169.254"

_PATH = "/latest/meta-data/iam/security-credentials/"
_TIMEOUT_SECONDS = 3.0
_EARLY_SECONDS = 300.0
"""Keys are fetched again so long before they expire."""

_PAUSE_SECONDS = 60.0
"""Between two early fetches. Keys are used for so long after a fetch whatever their `Expiration`
says: it is compared with this machine's clock, which may be wrong."""

_LONGEST_TEXT = 200
_LARGEST_ANSWER_BYTES = 64 * 2**10
"""Keys with their token take about 2 KB."""


@hides_frames
def endpoint_of(environment: Mapping[str, str]) -> str:
    """Return the address of this server's metadata.

    Raises:
        ConfigurationError: The environment names something that is not an address.
    """
    name = next((name for name in ENDPOINT_NAMES if environment.get(name)), None)
    if name is None:
        return DEFAULT_ENDPOINT
    if not _is_address(environment[name]):
        raise ConfigurationError(f"{name} is not an address; expected one like {DEFAULT_ENDPOINT}")
    return environment[name].rstrip("/")


def _is_address(text: str) -> bool:
    try:
        url = URL(text)
    except ValueError:
        return False
    is_plain = not (url.user or url.password or url.query_string or url.fragment)
    return is_plain and url.scheme in ("http", "https") and is_reachable(url)


class _NoKeysError(Exception):
    """The reason, in a few words, why there are no keys."""


@frozen(repr=False)
class _Held(Generic[KeysT]):
    """Keys, and until when they may be used."""

    keys: KeysT
    expires_at: float
    """By the wall clock."""

    fetched_at: float
    """By the monotonic clock."""


@define(eq=False, repr=False)
class ServerRole(Generic[KeysT]):
    """An async callable that returns the keys of this server's role.

    One fetch serves all callers that arrive while it runs. While the keys have not expired, a call
    returns them at once and the fetch runs beside it.
    """

    endpoint: str
    _keys_of: Callable[[str, str], KeysT]
    """Makes keys of an access key and a secret key."""

    _clock: Clock
    _held: _Held[KeysT] | None = field(default=None, init=False)
    _fetch_task: "asyncio.Task[str] | None" = field(default=None, init=False)
    _asked_at: float = field(default=-math.inf, init=False)

    @property
    def had_keys(self) -> bool:
        """Whether this server has given keys before."""
        return self._held is not None

    async def __call__(self) -> KeysT:
        """Return keys that have not expired.

        Raises:
            NotSent: There are no keys; the next call asks for them again.
        """
        if self._held is None or self._is_over(self._held):
            # Shielded: a caller that is cancelled does not cancel the fetch of the others.
            reason = await asyncio.shield(self._fetching())
            if self._held is None or reason:
                raise NotSent(f"GET {_PATH}", reason)
        elif self._is_due(self._held):
            self._fetching()
        return self._held.keys

    def _is_over(self, held: _Held[KeysT]) -> bool:
        is_fresh = self._clock.monotonic() - held.fetched_at < _PAUSE_SECONDS
        return self._clock.wall() >= held.expires_at and not is_fresh

    def _is_due(self, held: _Held[KeysT]) -> bool:
        has_paused = self._clock.monotonic() - self._asked_at >= _PAUSE_SECONDS
        return self._clock.wall() >= held.expires_at - _EARLY_SECONDS and has_paused

    def _fetching(self) -> "asyncio.Task[str]":
        """Return the fetch that is in progress, or a new one."""
        if self._fetch_task is None or self._fetch_task.done():
            self._asked_at = self._clock.monotonic()
            # Its callers share the fetch, which may outlive all of them: it has no one's context.
            self._fetch_task = asyncio.create_task(self._fetch(), context=contextvars.Context())
        return self._fetch_task

    @hides_frames_of_coroutine
    async def _fetch(self) -> str:
        """Fetch keys; return the reason why there are none, or "".

        It does not raise: several callers wait for it, and each raises an error of its own, to
        which it may attach its token.
        """
        try:
            async with aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),
                # A small answer could unpack to gigabytes, at once and before any limit.
                headers={"Accept-Encoding": "identity"},
                auto_decompress=False,
            ) as session:
                roles = (await self._get(session, "")).decode("utf-8", "replace").split()
                if not roles:
                    raise _NoKeysError("this server has no role")
                answer = await self._get(session, quote(roles[0], safe=""))
            self._held = self._read(answer)
        except _NoKeysError as error:
            reason = f"no keys from the server role at {self.endpoint}: {error}"
        else:
            return ""
        if self._held is not None:
            _logger.warning("%s", one_line(reason))
        return reason

    async def _get(self, session: aiohttp.ClientSession, role: str) -> bytes:
        url = URL(f"{self.endpoint}{_PATH}{role}", encoded=True)
        try:
            async with session.get(url, allow_redirects=False) as response:
                content = await _read_up_to(response, _LARGEST_ANSWER_BYTES + 1)
            if response.status != HTTPStatus.OK:
                reason = f"HTTP {response.status}"
            elif len(content) > _LARGEST_ANSWER_BYTES:
                reason = f"its answer has more than {_LARGEST_ANSWER_BYTES} bytes"
            else:
                return content
        except TimeoutError:
            reason = f"no answer within {_TIMEOUT_SECONDS:g} seconds"
        except aiohttp.ClientConnectorError:
            reason = "no connection"
        except (aiohttp.ClientError, OSError) as error:
            reason = f"no answer ({type(error).__name__})"
        # Raised outside except: __context__ may quote an answer, which holds keys.
        raise _NoKeysError(reason)

    def _read(self, answer: bytes) -> _Held[KeysT]:
        fields = _fields_of(answer)
        access_key, secret_key = fields.get("AccessKeyId"), fields.get("SecretAccessKey")
        if not access_key or not secret_key:
            reason = " ".join(str(fields.get(name) or "") for name in ("Code", "Message")).strip()
            reason = reason[:_LONGEST_TEXT] or "no reason given"
            raise _NoKeysError(f"its answer has none ({reason})")
        try:
            keys = self._keys_of(access_key, secret_key)
        except ConfigurationError as error:
            raise _NoKeysError(str(error)) from error
        expires_at = _expiry(fields.get("Expiration"))
        return _Held(keys, expires_at, self._clock.monotonic())


async def _read_up_to(response: aiohttp.ClientResponse, most_bytes: int) -> bytes:
    content = bytearray()
    while len(content) < most_bytes:
        piece = await response.content.read(most_bytes - len(content))
        if not piece:
            break
        content += piece
    return bytes(content)


def _fields_of(answer: bytes) -> Mapping[str, Any]:
    try:
        fields = orjson.loads(answer)
    except orjson.JSONDecodeError:
        fields = None
    # Raised outside except: __context__, an error of the parser, would carry the keys.
    if not isinstance(fields, dict):
        raise _NoKeysError("its answer is no JSON object")
    return fields


def _expiry(text: object) -> float:
    """Return when keys expire, in seconds since 1970; minus infinity if *text* is not a time."""
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return -math.inf
    # A time without a zone may be Korean time or UTC: it is not used.
    return -math.inf if moment.tzinfo is None else moment.timestamp()
