"""Send a Request: pace, retry, errors, decoding; the only user of aiohttp.ClientSession."""

import asyncio
import json
import logging
import ssl
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, TypeVar
from urllib.parse import quote

import aiohttp
import orjson
import tenacity
from attrs import define, evolve, field
from multidict import CIMultiDict
from yarl import URL

from mediaintel_async.clock import Clock
from mediaintel_async.errors import (
    AnswerLost,
    ApiError,
    AuthenticationFailed,
    ClientClosed,
    ConfigurationError,
    ConnectTimeout,
    InvalidAnswer,
    InvalidArgument,
    MediaIntelligenceError,
    NotFound,
    NotSent,
    RequestTimeout,
    TooManyRequests,
    TransportError,
    error_for,
    refusal_code,
    timestamp,
)
from mediaintel_async.http.credentials import CredentialsProvider
from mediaintel_async.http.decode import decode, read_json
from mediaintel_async.http.presigned_upload import Body, address_of, is_loopback
from mediaintel_async.http.presigned_upload import refusal as refusal_of_storage
from mediaintel_async.http.rate_limit import Limiter
from mediaintel_async.http.signing import (
    SMALLEST_SKEW_SECONDS,
    Signer,
    SigningMiddleware,
)
from mediaintel_async.http.time_limits import Attempt, Deadlines
from mediaintel_async.request import Lane, Request
from mediaintel_async.settings import RateLimit, RetryPolicy, Timeouts, server_hint_seconds

T = TypeVar("T")

_logger = logging.getLogger("mediaintel_async")

LARGEST_ANSWER_BYTES = 64 * 2**20
"""Above this an answer is refused unread: the index of a six-hour video stays well below."""

_KEEP_ALIVE_SECONDS = 75.0
"""Longer than any pause between two looks, so that a look does not open a connection."""

_LONGEST_REFUSAL_BYTES = 64 * 2**10
"""Of a storage: its code stands at the beginning."""

_LONGEST_PAUSE_SECONDS = 3600.0
"""Before a retry, even if a strategy says "never"."""

_SUCCESS = range(200, 300)
_BAD_SIGNATURE = "200"  # the gateway's code; see common.yaml, gateway_errors

_RETRY_PRICE = 10
"""What a retry takes out of the budget, in units that a first attempt earns by succeeding."""


def origin_of(base_url: str | URL, *, allow_insecure: bool) -> URL:
    """Return the origin that *base_url* names.

    Raises:
        ConfigurationError: It is no origin, or plain http beyond this machine without
            *allow_insecure*.
    """
    url, origin = _parsed(base_url)
    if url.path not in ("", "/") or url.query_string or url.fragment or url.user or url.password:
        raise ConfigurationError(
            f"base_url is scheme, host and port alone, as {origin}; paths begin with /api/v1"
        )
    if origin.scheme not in ("https", "http"):
        raise ConfigurationError(f"base_url is https, not {origin.scheme}")
    if origin.scheme == "http" and not allow_insecure and not is_loopback(origin.host or ""):
        raise ConfigurationError(
            f"base_url {origin} is not https, so that keys of a run could be read on the way;"
            " in a program, MediaIntelligence(allow_insecure=True) permits it"
        )
    return origin


def _parsed(base_url: str | URL) -> tuple[URL, URL]:
    """Return *base_url* and its origin."""
    try:
        # The parser leaves out what ends a line, and would read on in the next.
        if isinstance(base_url, str) and not base_url.isprintable():
            raise ValueError
        url = URL(base_url)
        return url, url.origin()
    except (TypeError, ValueError):
        pass
    # Out here, so that nothing is chained: the parser's error may quote a password.
    raise ConfigurationError("base_url is not an address like https://host:port")


def check_session(
    session: aiohttp.ClientSession | None, origin: URL, *, allow_insecure: bool
) -> None:
    """Make sure that a caller's session verifies whom it talks to.

    Raises:
        ConfigurationError: It does not, and *allow_insecure* is not given.
    """
    if session is None or origin.scheme != "https" or allow_insecure:
        return
    # aiohttp has no public name for what its connectors were told.
    tls = getattr(session.connector, "_ssl", True)
    if isinstance(tls, ssl.SSLContext):
        tls = tls.verify_mode is ssl.CERT_REQUIRED and tls.check_hostname
    if tls is False:
        raise ConfigurationError(
            f"the ClientSession does not verify that it talks to {origin}, so that anybody on the"
            " way could answer; MediaIntelligence(allow_insecure=True) permits it"
        )


@define
class _Answer:
    """What came back from one attempt."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    signer: SigningMiddleware
    """Knows what was sent, and how often."""


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
        allow_insecure: bool = False,
    ) -> None:
        self.origin = origin
        self._allow_insecure = allow_insecure
        self.limiter: Limiter = Limiter(rate_limit, clock)
        # Two seconds are left, to the limiter's burst and to those who have a turn there and wait
        # for one here, so that no minute has more.
        per_second = rate_limit.searches_per_minute / 62
        waiting_here = max(1, min(rate_limit.at_once, int(per_second)))
        searches = evolve(rate_limit, per_second=per_second, at_once=waiting_here)
        self._lanes: dict[Lane, Limiter] = {"search": Limiter(searches, clock)}
        self._session = session
        self._owns_session = session is None
        self._retry = retry
        self._in_hand = retry.budget * _RETRY_PRICE
        self._at_once = rate_limit.at_once
        self._clock = clock
        self._signer = Signer(credentials, origin, clock)
        # For these two, aiohttp would set a timer each with every request.
        self._deadlines = Deadlines(total_seconds=timeouts.request, silence_seconds=timeouts.read)
        # Looking up the name counts too. In a caller's session, waiting for one of its
        # connections may take long, and is neither a failure to connect nor a silence.
        owns = self._owns_session
        self._timeout = aiohttp.ClientTimeout(
            total=None,
            connect=timeouts.connect if owns else None,
            sock_connect=timeouts.connect,
            sock_read=None if owns else timeouts.read,
        )
        self._upload_timeout = aiohttp.ClientTimeout(
            total=timeouts.request,
            connect=self._timeout.connect,
            sock_connect=timeouts.connect,
            sock_read=timeouts.read,
        )
        # Of a session of ours these are the defaults, which costs less than giving them.
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
        """End every call, and close the connections that are ours. Doing it again does nothing."""
        self._closed = True
        for limiter in (self.limiter, *self._lanes.values()):
            limiter.close()
        # A session that is closed, or is the caller's, lets a body drip on until its time is up.
        self._deadlines.end_all()
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
        return await self.retry(
            lambda: self.send_once(request), lambda error: self._retry.allows(request, error)
        )

    async def retry(
        self,
        attempt: Callable[[], Awaitable[T]],
        is_safe: Callable[[MediaIntelligenceError], bool],
    ) -> T:
        """Return the result of *attempt*, made again as `RetryPolicy` says.

        Args:
            attempt: Makes one attempt, of one call or of several.
            is_safe: Whether the error of an attempt leaves it safe, and useful, to make another.

        Raises:
            MediaIntelligenceError: The last attempt's.
        """
        started = self._clock.monotonic()
        try:
            result = await attempt()
        except MediaIntelligenceError as error:
            if not is_safe(error):
                raise
            failed = error
        else:
            self._earn(1)
            return result
        result = await self._retry_after(failed, attempt, is_safe, started)
        self._earn(_RETRY_PRICE)
        return result

    async def _retry_after(
        self,
        failed: MediaIntelligenceError,
        attempt: Callable[[], Awaitable[T]],
        is_safe: Callable[[MediaIntelligenceError], bool],
        started: float,
    ) -> T:
        # The first attempt stayed outside tenacity, whose bookkeeping costs more than signing.
        first_error: MediaIntelligenceError | None = failed

        async def attempt_or_first_error() -> T:
            nonlocal first_error
            if first_error is not None:
                error, first_error = first_error, None
                raise error
            return await attempt()

        def pause(state: tenacity.RetryCallState) -> float:
            hint = server_hint_seconds(state.outcome.exception() if state.outcome else None)
            if hint is not None:
                return hint
            # The strategy is shown the time of our clock, the first attempt included.
            state.outcome_timestamp = state.start_time + self._clock.monotonic() - started
            seconds = self._retry.wait(state)
            return min(seconds, _LONGEST_PAUSE_SECONDS) if seconds > 0 else 0.0

        def is_worth_repeating(error: BaseException) -> bool:
            return isinstance(error, MediaIntelligenceError) and is_safe(error)

        retrying = tenacity.AsyncRetrying(
            sleep=self.limiter.pause,
            stop=self._may_not_retry,
            wait=pause,
            retry=tenacity.retry_if_exception(is_worth_repeating),
            reraise=True,
        )
        return await retrying(attempt_or_first_error)

    def _may_not_retry(self, state: tenacity.RetryCallState) -> bool:
        if self._closed or state.attempt_number >= self._retry.attempts:
            return True
        if self._in_hand < _RETRY_PRICE:
            _logger.warning("no retry: the budget of %g is used up", self._retry.budget)
            return True
        self._in_hand -= _RETRY_PRICE
        return False

    def _earn(self, units: int) -> None:
        self._in_hand = min(self._retry.budget * _RETRY_PRICE, self._in_hand + units)

    async def send_once(self, request: Request[T], /, *, leave_by: float | None = None) -> T:
        """Send *request* and decode its answer; like `send()`, without another attempt.

        With *leave_by*, a time by the clock's `monotonic()`, it goes ahead of all calls without.

        Raises:
            TurnTooLate: The turn would have come after *leave_by*; nothing was sent.
        """
        self._check_usable()
        body = None if request.body is None else _json(request)
        if request.lane is not None:
            async with self._lanes[request.lane]:
                # A place is kept there meanwhile: turns must not pile up, and be used all at once.
                await self.limiter.enter()
        elif leave_by is not None:
            await self.limiter.enter_first(by=leave_by)
        elif not self.limiter.enter_at_once():
            await self.limiter.enter()
        try:
            skew_seconds = self._signer.skew.seconds
            answer = await self._exchange(request, body)
            if answer.status == HTTPStatus.UNAUTHORIZED and self._was_skewed(
                request.operation, answer, skew_seconds
            ):
                # Nothing was done, so this is safe for a start as well.
                answer = await self._exchange(request, body)
        finally:
            self.limiter.leave()
        try:
            return self._decoded(request, answer)
        except MediaIntelligenceError as error:
            if isinstance(error, TooManyRequests):
                self.limiter.throttled(error.retry_after_seconds)
            # The frames further in have the answer in variables, which reporters may print.
            raise error.with_traceback(None) from error.__cause__

    def is_sending(self, task: "asyncio.Task[Any]") -> bool:
        """Whether a request of *task* is on its way at this moment, or its answer is."""
        return self._deadlines.has_attempt_of(task)

    def _check_usable(self) -> None:
        """Make sure that requests can leave from here and now.

        Raises:
            ClientClosed: They cannot; says why.
        """
        loop = asyncio.get_running_loop()
        if self._closed:
            raise ClientClosed("this client was closed; make a new one")
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            raise ClientClosed(
                "this client belongs to another event loop; make one client in each loop"
            )
        if self._session is None or self._owns_session:
            return
        if self._session.closed:
            raise ClientClosed("the ClientSession that this client was given is closed")
        if self._session._loop is not loop:  # noqa: SLF001 - reading its public name warns
            raise ClientClosed(
                "the ClientSession that this client was given belongs to another event loop"
            )

    def _open_session(self) -> aiohttp.ClientSession:
        # Asked again: the client may have been closed while this call waited for its turn.
        self._check_usable()
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._at_once, keepalive_timeout=_KEEP_ALIVE_SECONDS
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=self._headers,
            )
        return self._session

    async def _exchange(self, request: Request[Any], body: bytes | None) -> _Answer:
        """Make one attempt; return its answer, be it a success or a refusal."""
        session = self._open_session()
        operation = request.operation
        signer = SigningMiddleware(self._signer)
        try:
            with self._deadlines.attempt(counts_silence=self._owns_session) as attempt:
                async with session.request(
                    request.method,
                    self._url(request),
                    data=body,
                    headers=None if self._owns_session else self._headers,
                    timeout=self._timeout,
                    middlewares=(signer,),
                    # A redirect would be signed and sent to whatever place an answer names.
                    allow_redirects=False,
                    # A caller's session may have other ideas of these two.
                    raise_for_status=False,
                    auto_decompress=True,
                ) as response:
                    content = await self._read(operation, response, attempt)
                    status, headers = response.status, response.headers
            _logger.debug("%s: HTTP %d, %d bytes", operation, status, len(content))
            return _Answer(status, headers, content, signer)
        except (aiohttp.ClientError, OSError) as error:
            failure = self._failure(operation, error, self.origin)
            if isinstance(error, TimeoutError) and not signer.sends:
                failure = NotSent(operation, "the credentials callable gave no keys in time")
        except (AssertionError, AttributeError):
            # aiohttp has no better words for a session that is closed while it gets ready.
            if not session.closed:
                raise
            failure = AnswerLost(operation, "the session was closed meanwhile")
        # Out here nothing is chained by itself.
        raise failure

    def _url(self, request: Request[Any]) -> URL:
        if request.query:
            return URL(f"{self.origin}{request.target}", encoded=True)
        return self.origin.with_path(request.path, encoded=True)

    async def _read(
        self, operation: str, response: aiohttp.ClientResponse, attempt: Attempt
    ) -> bytes:
        """Read the body of *response*, up to the size limit; each piece ends a silence."""
        if (response.content_length or 0) <= LARGEST_ANSWER_BYTES:
            pieces: list[bytes] = []
            size = 0
            while True:
                attempt.hear()
                piece = await response.content.readany()
                size += len(piece)
                if size > LARGEST_ANSWER_BYTES:
                    break
                pieces.append(piece)
                if not piece or response.content.at_eof():
                    return b"".join(pieces)
        if response.status in _SUCCESS:
            raise InvalidAnswer(operation, "$", f"more than {LARGEST_ANSWER_BYTES} bytes")
        return b""  # of a refusal, the status says enough

    async def store(
        self,
        file_name: str,
        url: str,
        content: bytes,
        on_progress: Callable[[int], object] | None,
        /,
    ) -> None:
        """Send a file to the presigned *url*, once.

        That is no place of the gateway: nothing is signed, no header of ours or of the caller's
        session goes along, no redirect is followed, and no error shows the address.

        Raises:
            InvalidAnswer: *url* will not do.
            ApiError: The storage refused.
            TransportError: It was not reached, or gave no usable answer.
        """
        self._check_usable()
        operation = f"upload of {file_name}"
        address = address_of(operation, url, allow_insecure=self._allow_insecure)
        body = Body(content, on_progress)
        usual = self._open_session()
        now = self._clock.wall()
        failure: MediaIntelligenceError | None
        try:
            with self._deadlines.attempt(counts_silence=False):
                async with (
                    # Connections, certificates and proxy are the usual ones; headers are not.
                    aiohttp.ClientSession(
                        connector=usual.connector,
                        connector_owner=False,
                        cookie_jar=aiohttp.DummyCookieJar(),
                        trust_env=usual.trust_env,
                        proxy=usual._default_proxy,  # noqa: SLF001 - it has no public name
                    ) as session,
                    session.put(
                        address,
                        data=body,
                        headers={"Content-Length": str(len(content))},
                        # Were it part of what the address was signed with, it would be named there.
                        skip_auto_headers=("Content-Type",),
                        timeout=self._upload_timeout,
                        allow_redirects=False,
                    ) as response,
                ):
                    answer = await response.content.read(_LONGEST_REFUSAL_BYTES)
                    status, headers = response.status, response.headers
                    failure = refusal_of_storage(operation, status, headers, answer, now=now)
        except (aiohttp.ClientError, OSError) as error:
            failure = self._failure(operation, error, "the storage")
            failure.__cause__ = None
        # Out here nothing is chained by itself: errors of aiohttp hold the address.
        if problem := body.failure or failure:
            raise problem

    def _failure(self, operation: str, error: Exception, place: object) -> TransportError:
        """Choose the error for an attempt without an answer."""
        if self._closed:
            return AnswerLost(operation, "the client was closed meanwhile")
        failure: TransportError
        match error:
            case aiohttp.ConnectionTimeoutError():
                failure = ConnectTimeout(operation, "no connection in time")
            case aiohttp.ClientConnectorError():
                failure = NotSent(operation, f"no connection to {place}: {error.strerror}")
            case aiohttp.ServerFingerprintMismatch():
                failure = NotSent(operation, f"{place} has another TLS certificate than expected")
            case aiohttp.ClientHttpProxyError():
                failure = NotSent(operation, f"the proxy refused (HTTP {error.status})")
            case TimeoutError():
                failure = RequestTimeout(operation, "no answer in time")
            case aiohttp.ClientResponseError():
                failure = AnswerLost(operation, "the answer is no HTTP")
            case _:
                failure = AnswerLost(operation, f"the connection broke ({type(error).__name__})")
        if isinstance(failure, NotSent):
            # The others may show what was sent or sent back, signature and all.
            failure.__cause__ = error
        return failure

    def _decoded(self, request: Request[T], answer: _Answer) -> T:
        operation = request.operation
        if answer.status not in _SUCCESS:
            error = self._refusal(operation, answer)
            if self._was_deleted_before(request, answer, error):
                return decode(operation, request.returns, None)
            raise error
        if request.returns is type(None) and not answer.content:
            return decode(operation, request.returns, None)
        envelope = read_json(operation, answer.content)
        if not isinstance(envelope, dict):
            raise InvalidAnswer(operation, "$", "expected an object with code, message, result")
        if refusal_code(envelope) is not None:
            raise self._refusal(operation, answer)
        return decode(operation, request.returns, envelope.get("result"))

    def _was_deleted_before(self, request: Request[Any], answer: _Answer, error: ApiError) -> bool:
        """Whether the 404 to a DELETE that left twice means that the first of them did it."""
        return (
            isinstance(error, NotFound)
            and not error.from_gateway
            and request.method == "DELETE"
            and request.returns is type(None)
            and answer.signer.sends > 1
        )

    def _was_skewed(self, operation: str, answer: _Answer, skew_seconds: float) -> bool:
        """Whether *answer*, a 401, refused our time, and that has been mended since."""
        error = self._refusal(operation, answer)
        skew = self._signer.skew
        if not (error.from_gateway and error.code == _BAD_SIGNATURE):
            return False
        if skew.seconds != skew_seconds:
            return True  # learnt by another call meanwhile
        service_time = timestamp(answer.headers.get("Date", ""))
        # Over a plain connection anybody could turn our clock; origin_of() let it through only
        # for loopback or on the caller's word.
        is_trusted = self.origin.scheme == "https" or is_loopback(self.origin.host or "")
        return is_trusted and service_time is not None and skew.learn(service_time, self._clock)

    def _refusal(self, operation: str, answer: _Answer) -> ApiError:
        content = _without(answer.signer.signature, answer.content)
        error = error_for(operation, answer.status, answer.headers, content, now=self._clock.wall())
        service_time = timestamp(answer.headers.get("Date", ""))
        if isinstance(error, AuthenticationFailed) and service_time is not None:
            ours = self._clock.wall() + self._signer.skew.seconds
            if abs(service_time - ours) >= SMALLEST_SKEW_SECONDS:
                error.details = f"{error.details} {_both_times(service_time, ours)}".strip()
        _logger.debug("%s", error)
        return error


def _both_times(service_time: float, ours: float) -> str:
    theirs, here = (datetime.fromtimestamp(one, UTC) for one in (service_time, ours))
    form = "%Y-%m-%d %H:%M:%S"
    return f"The service's clock says {theirs:{form}}, this one {here:{form}} UTC."


def _json(request: Request[Any]) -> bytes:
    try:
        body = orjson.dumps(request.body, default=_plain)
        if b"null" in body:
            # orjson writes NaN and infinity as null, which the service takes for another thing.
            json.dumps(request.body, default=str, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidArgument(f"{request.operation}: the body is no JSON: {error}") from error
    return body


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError


def _without(secret: str, content: bytes) -> bytes:
    """Take *secret* out of a refusal, however it was escaped there."""
    try:
        # Read and written anew, so that it has one spelling.
        content = orjson.dumps(orjson.loads(content))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        # Errors show nothing of what is no JSON, or is nested too deeply to be written again.
        return b""
    for spelling in (secret, quote(secret, safe="")):
        content = content.replace(spelling.encode(), b"(signature)")
    return content
