"""Send a Request: pace, retry, errors, decoding; the only user of aiohttp.ClientSession."""

import asyncio
import ipaddress
import logging
from importlib.metadata import version
from typing import Any, TypeVar

import aiohttp
import orjson
import tenacity
from multidict import CIMultiDict
from yarl import URL

from mediaintel_async.clock import Clock
from mediaintel_async.credentials import CredentialsProvider
from mediaintel_async.decode import decode, read_json
from mediaintel_async.errors import (
    AnswerLost,
    ApiError,
    ClientClosed,
    ConfigurationError,
    ConnectTimeout,
    InvalidAnswer,
    InvalidArgument,
    MediaIntelligenceError,
    NotSent,
    RequestTimeout,
    TooManyRequests,
    error_for,
    refusal_code,
)
from mediaintel_async.rate_limit import Limiter
from mediaintel_async.request import Request
from mediaintel_async.settings import RateLimit, RetryPolicy, Timeouts, server_hint_seconds
from mediaintel_async.signing import SIGNATURE_HEADER, SigningMiddleware

T = TypeVar("T")

_logger = logging.getLogger("mediaintel_async")

LARGEST_ANSWER_BYTES = 64 * 2**20
"""Above this an answer is refused unread: the index of a six-hour video stays well below."""

_KEEP_ALIVE_SECONDS = 75.0
"""Longer than any pause between two looks, so that a look does not open a connection."""

_SUCCESS = range(200, 300)
_REFUND = 0.1


def origin_of(base_url: str | URL, *, allow_insecure: bool) -> URL:
    """Return the origin that *base_url* names.

    Raises:
        ConfigurationError: It is no origin, or plain http beyond this machine without
            *allow_insecure*.
    """
    try:
        url = URL(base_url) if isinstance(base_url, str) else base_url
        origin = url.origin()
    except (TypeError, ValueError) as error:
        raise ConfigurationError("base_url is not an address like https://host:port") from error
    if url.path not in ("", "/") or url.query_string or url.fragment or url.user or url.password:
        raise ConfigurationError(
            f"base_url is scheme, host and port alone, as {origin}; paths begin with /api/v1"
        )
    if origin.scheme not in ("https", "http"):
        raise ConfigurationError(f"base_url is https, not {origin.scheme}")
    if origin.scheme == "http" and not allow_insecure and not _is_loopback(origin.host or ""):
        raise ConfigurationError(
            f"base_url {origin} is not https, so that keys of a run could be read on the way;"
            " MediaIntelligence(allow_insecure=True) permits it"
        )
    return origin


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Transport:
    """Sends requests to one origin, each attempt paced, signed and timed."""

    def __init__(
        self,
        origin: URL,
        credentials: CredentialsProvider,
        *,
        session: aiohttp.ClientSession | None,
        timeouts: Timeouts,
        retry: RetryPolicy,
        rate_limit: RateLimit,
        clock: Clock,
    ) -> None:
        self.origin = origin
        self._session = session
        self._owns_session = session is None
        self._retry = retry
        self._retries_in_hand = retry.budget
        self._at_once = rate_limit.at_once
        self.limiter = Limiter(rate_limit, clock)
        self._clock = clock
        self._signers = (SigningMiddleware(credentials, origin, clock),)
        self._timeout = aiohttp.ClientTimeout(
            total=timeouts.request, sock_connect=timeouts.connect, sock_read=timeouts.read
        )
        self._headers = CIMultiDict(
            {
                "Content-Type": "application/json",
                "Accept": "application/json",
                "User-Agent": f"mediaintel-async/{version('mediaintel-async')}",
            }
        )
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    async def aclose(self) -> None:
        """Close the connections that are ours. Calling it again does nothing."""
        self._closed = True
        if self._owns_session and self._session is not None:
            await self._session.close()

    async def send(self, request: Request[T]) -> T:
        """Send *request*, and again where its policy finds that safe.

        Raises:
            UsageError: It cannot be sent from here.
            TransportError: There was no usable answer.
            ApiError: The service refused.
            InvalidAnswer: The service answered what the API does not document.
        """
        try:
            answer = await self.send_once(request)
        except MediaIntelligenceError as error:
            if not self._retry.allows(request, error):
                raise
            failed: MediaIntelligenceError | None = error
        else:
            self._retries_in_hand = min(self._retry.budget, self._retries_in_hand + _REFUND)
            return answer

        # The first attempt stays outside tenacity, whose bookkeeping costs more than signing.
        async def attempt() -> T:
            nonlocal failed
            if failed is not None:
                first_error, failed = failed, None
                raise first_error
            return await self.send_once(request)

        retrying = tenacity.AsyncRetrying(
            sleep=self._clock.sleep,
            stop=self._may_not_retry,
            wait=self._pause,
            retry=tenacity.retry_if_exception(
                lambda error: (
                    isinstance(error, MediaIntelligenceError)
                    and self._retry.allows(request, error)
                )
            ),
            reraise=True,
        )
        answer = await retrying(attempt)
        self._retries_in_hand = min(self._retry.budget, self._retries_in_hand + 1)
        return answer

    def _may_not_retry(self, state: tenacity.RetryCallState) -> bool:
        if state.attempt_number >= self._retry.attempts:
            return True
        if self._retries_in_hand < 1:
            _logger.warning("no retry: the budget of %g is used up", self._retry.budget)
            return True
        self._retries_in_hand -= 1
        return False

    def _pause(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        hint = server_hint_seconds(error)
        return self._retry.wait(state) if hint is None else hint

    async def send_once(self, request: Request[T]) -> T:
        """Send *request* and decode its answer; like `send()`, without another attempt."""
        body = None if request.body is None else _json(request)
        async with self.limiter:
            try:
                status, answer = await self._exchange(request, body)
            except TooManyRequests as error:
                self.limiter.throttled(error.retry_after_seconds)
                raise
        return self._decoded(request, status, answer)

    def _usable_session(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._closed:
            raise ClientClosed("this client was closed; make a new one")
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise ClientClosed(
                "this client belongs to another event loop; make one client in each loop"
            )
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._at_once, keepalive_timeout=_KEEP_ALIVE_SECONDS
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        if self._session.closed:
            raise ClientClosed("the ClientSession that this client was given is closed")
        return self._session

    async def _exchange(self, request: Request[Any], body: bytes | None) -> tuple[int, bytes]:
        """Make one attempt.

        Returns the HTTP status and body of a success.
        """
        session = self._usable_session()
        operation = request.operation
        try:
            async with session.request(
                request.method,
                URL(f"{self.origin}{request.target}", encoded=True),
                data=body,
                headers=self._headers,
                timeout=self._timeout,
                middlewares=self._signers,
                # A redirect would be signed and sent to whatever place an answer names.
                allow_redirects=False,
                raise_for_status=False,
            ) as response:
                content = await _read(operation, response)
                _logger.debug("%s: HTTP %d, %d bytes", operation, response.status, len(content))
                if response.status not in _SUCCESS:
                    raise self._refusal(operation, response, content)
                return response.status, content
        except aiohttp.ConnectionTimeoutError as error:
            raise ConnectTimeout(operation, "no connection in time") from error
        except aiohttp.ClientConnectorError as error:
            raise NotSent(operation, f"no connection to {self.origin}: {error.strerror}") from error
        except TimeoutError as error:
            raise RequestTimeout(operation, "no answer in time") from error
        except aiohttp.ClientResponseError as error:
            # Not chained: its repr shows the headers that were sent, signature and all.
            raise AnswerLost(operation, f"the answer is no HTTP ({error.message[:100]})") from None
        except (aiohttp.ClientError, OSError) as error:
            kind = type(error).__name__
            raise AnswerLost(operation, f"the connection broke ({kind})") from error

    def _refusal(
        self, operation: str, response: aiohttp.ClientResponse, content: bytes
    ) -> ApiError:
        # A confused proxy may send back what it was sent; the signature stays among us.
        signature = response.request_info.headers.get(SIGNATURE_HEADER, "")
        for secret in {signature, signature.replace("/", "\\/")} - {""}:
            content = content.replace(secret.encode(), b"(signature)")
        error = error_for(
            operation, response.status, response.headers, content, now=self._clock.wall()
        )
        _logger.debug("%s", error)
        return error

    def _decoded(self, request: Request[T], status: int, content: bytes) -> T:
        operation = request.operation
        if request.returns is type(None) and not content:
            return decode(operation, request.returns, None)
        answer = read_json(operation, content)
        if not isinstance(answer, dict):
            raise InvalidAnswer(operation, "$", "expected an object with code, message, result")
        if refusal_code(answer) is not None:
            raise error_for(operation, status, {}, content, now=self._clock.wall())
        return decode(operation, request.returns, answer.get("result"))


def _json(request: Request[Any]) -> bytes:
    try:
        return orjson.dumps(request.body)
    except orjson.JSONEncodeError as error:
        raise InvalidArgument(f"{request.operation}: the body is no JSON: {error}") from error


async def _read(operation: str, response: aiohttp.ClientResponse) -> bytes:
    """Read the body of *response*, up to the size limit."""
    pieces: list[bytes] = []
    size = 0
    async for piece in response.content.iter_any():
        size += len(piece)
        if size > LARGEST_ANSWER_BYTES:
            response.close()
            raise InvalidAnswer(operation, "$", f"more than {LARGEST_ANSWER_BYTES} bytes")
        pieces.append(piece)
    return b"".join(pieces)
