"""The way of a request: pace, retry, sign, send, and decode the answer or raise its error."""

import asyncio
import json
import logging
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
    InvalidAnswer,
    InvalidArgument,
    MediaIntelligenceError,
    NotFound,
    NotSent,
    ServerError,
    TooManyRequests,
    sentences,
    server_hint_seconds,
)
from mediaintel_async.http.clock_skew import SMALLEST_SKEW_SECONDS
from mediaintel_async.http.credentials import CredentialsProvider
from mediaintel_async.http.decode import decode, read_json
from mediaintel_async.http.hidden_frames import hides_frames, hides_frames_of_coroutine
from mediaintel_async.http.outage import Outage
from mediaintel_async.http.presigned_upload import Upload
from mediaintel_async.http.rate_limit import Limiter
from mediaintel_async.http.refusals import as_mapping, error_for, refusal_code, timestamp
from mediaintel_async.http.retry_budget import RetryBudget
from mediaintel_async.http.session import Session, is_loopback
from mediaintel_async.http.signing import Signer, SigningMiddleware
from mediaintel_async.http.time_limits import Attempt, Deadlines
from mediaintel_async.request import Lane, Request
from mediaintel_async.settings import RateLimit, RetryPolicy, Timeouts

T = TypeVar("T")

_logger = logging.getLogger("mediaintel_async")

LARGEST_ANSWER_BYTES = 64 * 2**20
"""A larger answer is not read: the index of a six-hour video stays well below."""

LARGEST_SMALL_ANSWER_BYTES = 2**20
"""The same for a status or a receipt, of about 300 bytes: to parse 18 MB of small fields holds the
event loop up for 2 seconds, and a look comes again and again."""

_LONGEST_PAUSE_SECONDS = 3600.0
"""Longest pause before a retry, even if a wait strategy returns infinity."""

_SUCCESS = range(200, 300)
_BAD_SIGNATURE = "200"  # the gateway's code; see common.yaml, gateway_errors


@define
class _Answer:
    """The answer to one attempt, a success or a refusal."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    signer: SigningMiddleware
    """Signed the request, and counted how often it was sent."""


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
        self.limiter: Limiter = Limiter(rate_limit, clock)
        # 62, not 60: the 0.1 s burst and calls already past this limiter could push a minute over
        # the quota.
        per_second = rate_limit.searches_per_minute / 62
        waiting_here = max(1, min(rate_limit.at_once, int(per_second)))
        searches = evolve(rate_limit, per_second=per_second, at_once=waiting_here)
        self._lanes: dict[Lane, Limiter] = {"search": Limiter(searches, clock)}
        # Default headers of our own session: cheaper than passing them with each request.
        self._headers = CIMultiDict(
            {
                "Content-Type": "application/json",
                "Accept": "application/json",
                "User-Agent": f"mediaintel-async/{version('mediaintel-async')}",
            }
        )
        self._session = Session(session, headers=self._headers, at_once=rate_limit.at_once)
        self._retry = retry
        self._budget = RetryBudget(retry.budget)
        self._outage = Outage(clock)
        self._clock = clock
        self._signer = Signer(credentials, origin, clock)
        # aiohttp would set two timers with every request instead of one for all.
        self._deadlines = Deadlines(total_seconds=timeouts.request, silence_seconds=timeouts.read)
        # `connect` includes finding the address and, in a caller's session, queueing for a free
        # connection, which may take long without any failure: it is set for our own session only.
        is_ours = self._session.is_ours
        self._timeout = aiohttp.ClientTimeout(
            total=None,
            connect=timeouts.connect if is_ours else None,
            sock_connect=timeouts.connect,
            sock_read=None if is_ours else timeouts.read,
        )
        self.upload: Upload = Upload(
            self._session,
            self._deadlines,
            aiohttp.ClientTimeout(
                total=timeouts.request,
                connect=self._timeout.connect,
                sock_connect=timeouts.connect,
                sock_read=timeouts.read,
            ),
            clock,
            allow_insecure=allow_insecure,
            allow_this_machine=is_loopback(origin.host or ""),
        )

    def check_loop(self) -> None:
        """Make sure that no requests leave from another event loop than the running one.

        Raises:
            ClientClosed: They do.
        """
        self._session.check_loop()

    async def aclose(self) -> None:
        """End every call, and close our own session. Calling it again does nothing."""
        self._session.is_closed = True  # first: no call begins while the rest is closed
        for limiter in (self.limiter, *self._lanes.values()):
            limiter.close()
        # Closing a session does not end bodies that are still being read.
        self._deadlines.end_all()
        await self._session.close()

    async def send(self, request: Request[T]) -> T:
        """Send *request*, retry it where the policy allows that, and decode its answer.

        Raises:
            UsageError: The request cannot be sent.
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
            self._budget.refund_first_attempt()
            return result
        result = await self._retry_after(failed, attempt, is_safe, started)
        self._budget.refund_retry()
        return result

    async def _retry_after(
        self,
        failed: MediaIntelligenceError,
        attempt: Callable[[], Awaitable[T]],
        is_safe: Callable[[MediaIntelligenceError], bool],
        started: float,
    ) -> T:
        # The first attempt is made outside tenacity, whose bookkeeping costs more than signing.
        # tenacity gets its error as that of its own first attempt.
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
            # Elapsed time by our own clock, counted from the first attempt.
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
        if self._session.is_closed or state.attempt_number >= self._retry.attempts:
            return True
        if not self._budget.take_retry():
            if self._budget.is_newly_used_up():
                _logger.warning(
                    "no retry: the budget of %g is used up, so that calls that fail are raised at"
                    " once until others succeed",
                    self._retry.budget,
                )
            return True
        return False

    async def send_once(self, request: Request[T], /, *, leave_by: float | None = None) -> T:
        """Send *request* and decode its answer; like `send()`, without another attempt.

        With *leave_by*, a time by the clock's `monotonic()`, it goes ahead of all calls without.

        Raises:
            TurnTooLate: The turn would have come after *leave_by*; nothing was sent.
        """
        self._session.check_usable()
        body = None if request.body is None else _json(request)
        if request.lane is not None:
            async with self._lanes[request.lane]:
                # Keep the search slot while queueing for the general limit; else granted turns
                # would pile up and leave in one burst.
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
                # The gateway refused the signature, so that repeating even a start is safe.
                answer = await self._exchange(request, body)
        finally:
            self.limiter.leave()
        try:
            decoded = self._decoded(request, answer)
        except MediaIntelligenceError as error:
            if isinstance(error, TooManyRequests):
                self.limiter.throttled(error.retry_after_seconds)
            if isinstance(error, ServerError | InvalidAnswer):
                self._outage.note_failure(error)
            else:
                self._outage.note_answer()
            raise
        self._outage.note_answer()
        return decoded

    def is_sending(self, task: "asyncio.Task[Any]") -> bool:
        """Whether *task* is waiting for the answer to a request at this moment."""
        return self._deadlines.has_attempt_of(task)

    @hides_frames_of_coroutine
    async def _exchange(self, request: Request[Any], body: bytes | None) -> _Answer:
        """Make one attempt; return its answer, a success or a refusal."""
        session = self._session.open()
        operation = request.operation
        signer = SigningMiddleware(self._signer)
        try:
            with self._deadlines.attempt(counts_silence=self._session.is_ours) as attempt:
                async with session.request(
                    request.method,
                    self._url(request),
                    data=body,
                    headers=None if self._session.is_ours else self._headers,
                    timeout=self._timeout,
                    middlewares=(signer,),
                    # A redirect would send a signed request to any address that an answer names.
                    allow_redirects=False,
                    # Override what a caller's session may have set.
                    raise_for_status=False,
                    auto_decompress=True,
                ) as response:
                    content = await self._read(request, response, attempt)
                    status, headers = response.status, response.headers
            _logger.debug("%s: HTTP %d, %d bytes", operation, status, len(content))
            return _Answer(status, headers, content, signer)
        except (aiohttp.ClientError, OSError) as error:
            failure = self._session.failure(operation, error, self.origin)
            if signer.waits_for_keys:
                closed = "the client was closed meanwhile"
                late = "the credentials callable gave no keys in time"
                failure = NotSent(operation, closed if self._session.is_closed else late)
        except (AssertionError, AttributeError):
            # aiohttp raises these when a session is closed while a request gets ready.
            if not session.closed:
                raise
            failure = AnswerLost(operation, "the session was closed meanwhile")
        if not (self._session.is_closed or session.closed):
            self._outage.note_failure(failure)
        raise failure

    def _url(self, request: Request[Any]) -> URL:
        if request.query:
            return URL(f"{self.origin}{request.target}", encoded=True)
        return self.origin.with_path(request.path, encoded=True)

    async def _read(
        self, request: Request[Any], response: aiohttp.ClientResponse, attempt: Attempt
    ) -> bytes:
        """Read the body of *response*, up to the most bytes that *request* allows."""
        is_small = request.small_answer or request.returns is type(None)
        most_bytes = LARGEST_SMALL_ANSWER_BYTES if is_small else LARGEST_ANSWER_BYTES
        if (response.content_length or 0) <= most_bytes:
            pieces: list[bytes] = []
            size = 0
            while True:
                attempt.hear()
                piece = await response.content.readany()
                size += len(piece)
                if size > most_bytes:
                    break
                pieces.append(piece)
                if not piece or response.content.at_eof():
                    return b"".join(pieces)
        if response.status in _SUCCESS:
            raise InvalidAnswer(request.operation, "$", f"more than {most_bytes} bytes")
        return b""  # the status alone chooses the error of a refusal

    @hides_frames
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
        """Whether *error* is the 404 to the second send of a DELETE whose first send took effect.

        aiohttp sends it again by itself when a kept connection turns out to be dead.
        """
        return (
            isinstance(error, NotFound)
            and not error.from_gateway
            and request.method == "DELETE"
            and request.returns is type(None)
            and answer.signer.sends > 1
        )

    def _was_skewed(self, operation: str, answer: _Answer, skew_seconds: float) -> bool:
        """Whether *answer*, a 401, refused the time of a signature, and the skew has changed since.

        *skew_seconds* is the skew that the request was signed with.
        """
        error = self._refusal(operation, answer)
        skew = self._signer.skew
        if not (error.from_gateway and error.code == _BAD_SIGNATURE):
            return False
        if skew.seconds != skew_seconds:
            return True  # another call has learnt it meanwhile
        service_time = timestamp(answer.headers.get("Date", ""))
        # Over plain http anybody on the way could set the skew.
        is_trusted = self.origin.scheme == "https" or is_loopback(self.origin.host or "")
        return is_trusted and service_time is not None and skew.learn(service_time, self._clock)

    def _refusal(self, operation: str, answer: _Answer) -> ApiError:
        headers = _headers_without(answer.signer.signature, answer.headers)
        content = _without(answer.signer.signature, as_mapping(answer.content, headers))
        error = error_for(operation, answer.status, headers, content, now=self._clock.wall())
        service_time = timestamp(answer.headers.get("Date", ""))
        if isinstance(error, AuthenticationFailed) and service_time is not None:
            ours = self._clock.wall()
            signed = ours + self._signer.skew.seconds
            # Named is the clock that somebody can set, without the skew that was learnt.
            if min(abs(service_time - signed), abs(service_time - ours)) >= SMALLEST_SKEW_SECONDS:
                error.details = sentences(error.details, _both_times(service_time, ours))
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
            # orjson writes NaN and infinity as null, which may mean something to the service.
            json.dumps(request.body, default=str, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidArgument(f"{request.operation}: the body is no JSON: {error}") from error
    return body


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError


def _headers_without(secret: str, headers: Mapping[str, str]) -> Mapping[str, str]:
    """Return *headers*, without those that repeat *secret*."""
    spellings = {secret, quote(secret, safe="")} - {""}
    if not any(one in text for text in headers.values() for one in spellings):
        return headers
    return CIMultiDict(
        (name, text) for name, text in headers.items() if not any(one in text for one in spellings)
    )


def _without(secret: str, said: Mapping[str, Any]) -> bytes:
    """Return the JSON of what a refusal said, without *secret*, however it was escaped there."""
    try:
        # Parsed and written again, the secret has one spelling.
        content = orjson.dumps(said)
    except orjson.JSONEncodeError:
        # Nested too deeply to be written again: an error shows nothing of it.
        return b""
    for spelling in {secret, quote(secret, safe="")} - {""}:
        content = content.replace(spelling.encode(), b"(signature)")
    return content
