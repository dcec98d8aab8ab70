"""Uploads of files to presigned URLs, whose query is a secret."""

import re
from collections.abc import AsyncIterator, Callable, Mapping
from http import HTTPStatus

import aiohttp
import orjson
from attrs import define, field, frozen
from yarl import URL

from mediaintel_async.clock import Clock
from mediaintel_async.errors import ApiError, InvalidAnswer, MediaIntelligenceError
from mediaintel_async.http.hidden_frames import hides_frames_of_coroutine
from mediaintel_async.http.refusals import error_for
from mediaintel_async.http.session import (
    Session,
    is_loopback,
    is_reachable,
    may_be_this_machine,
)
from mediaintel_async.http.time_limits import Deadlines

_PIECE_BYTES = 64 * 2**10
_LONGEST_REFUSAL_BYTES = 64 * 2**10
"""Most bytes to read of a refusal of the storage, whose code stands at its beginning."""

_ADDRESS = re.compile(r"[!-~]+")
_CODE = re.compile(rb"<Code>([A-Za-z0-9]{1,60})</Code>")
_SUCCESS = range(200, 300)
_REDIRECTS = range(300, 400)


@frozen
class Upload:
    """Sends files to presigned URLs, each once."""

    session: Session
    deadlines: Deadlines
    timeout: aiohttp.ClientTimeout
    clock: Clock
    allow_insecure: bool
    """Whether plain http to another machine is permitted."""

    allow_this_machine: bool
    """Whether a presigned URL may name this machine: only if the service runs on it. A service
    elsewhere could make the client send a file to any port of this machine."""

    async def __call__(
        self,
        file_name: str,
        url: str,
        content: bytes,
        on_progress: Callable[[int], object] | None,
        /,
    ) -> None:
        """Send *content* to the presigned *url*, once.

        The URL is not one of the gateway: the request is not signed and carries no header of ours
        or of the caller's session, a redirect is not followed, and no error shows the URL.

        Raises:
            InvalidAnswer: *url* cannot be used.
            ApiError: The storage refused.
            TransportError: The storage was not reached, or gave no usable answer.
        """
        self.session.check_usable()
        address, body = _Address(url), Body(content, on_progress)
        # Reporters may print the variables of this frame.
        del url, content
        failure = await self._send(f"upload of {file_name}", address, body)
        # Raised here, and not through the decorator: the frames of the user's own callback stay.
        if problem := body.failure or failure:
            raise problem

    @hides_frames_of_coroutine
    async def _send(
        self, operation: str, address: "_Address", body: "Body"
    ) -> MediaIntelligenceError | None:
        """Send *body*; return the error of the attempt, None for a success."""
        url = address_of(
            operation,
            address.text,
            allow_insecure=self.allow_insecure,
            allow_this_machine=self.allow_this_machine,
        )
        try:
            with self.deadlines.attempt(counts_silence=False):
                return await self._put(operation, url, body)
        except (aiohttp.ClientError, OSError) as error:
            failure = self.session.failure(operation, error, "the storage")
            failure.__cause__ = None  # it may name the storage's host
            return failure

    async def _put(self, operation: str, address: URL, body: "Body") -> ApiError | None:
        """Send *body*; return the error for a refusal, None for a success."""
        now = self.clock.wall()
        async with (
            self.session.open_without_headers() as session,
            session.put(
                address,
                data=body,
                headers={"Content-Length": str(len(body.content))},
                # A presigned URL lists the headers that it signs; this one lists no Content-Type.
                skip_auto_headers=("Content-Type",),
                timeout=self.timeout,
                allow_redirects=False,
            ) as response,
        ):
            answer = await response.content.read(_LONGEST_REFUSAL_BYTES)
            return refusal(operation, response.status, response.headers, answer, now=now)


def address_of(operation: str, text: str, *, allow_insecure: bool, allow_this_machine: bool) -> URL:
    """Return the presigned URL *text*, byte for byte as the service wrote it.

    Raises:
        InvalidAnswer: *text* is not a URL, its host or port cannot be valid, it names this machine
            without *allow_this_machine*, or is plain http beyond it without *allow_insecure*.
    """
    url = _parsed(text)
    if url is None or url.scheme not in ("https", "http") or not url.host:
        raise InvalidAnswer(operation, "$.result.url", "expected an https address")
    if not allow_this_machine and may_be_this_machine(url.host):
        raise InvalidAnswer(
            operation,
            "$.result.url",
            "expected the address of a storage, found one of this machine",
        )
    if url.scheme == "http" and not allow_insecure and not is_loopback(url.host):
        raise InvalidAnswer(
            operation,
            "$.result.url",
            "expected an https address, found plain http, which"
            " MediaIntelligence(allow_insecure=True) permits",
        )
    return url


def _parsed(text: str) -> URL | None:
    try:
        url = URL(text, encoded=True) if _ADDRESS.fullmatch(text) else None
    except ValueError:
        return None
    return url if url is not None and is_reachable(url) else None


@frozen
class _Address:
    """A presigned URL as the service wrote it; the repr leaves it out."""

    text: str = field(repr=False)


class _StoppedError(Exception):
    """Ends an upload in the place of what *on_progress* raised."""


@define(eq=False)
class Body:
    """A file that is sent in pieces."""

    content: bytes = field(repr=False)
    on_progress: Callable[[int], object] | None = None
    failure: BaseException | None = None
    """What *on_progress* raised; aiohttp would replace it by an error of its own. Its traceback
    has no frame of aiohttp, since these show the presigned URL."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the pieces; report each to *on_progress* once it has been taken."""
        for start in range(0, len(self.content), _PIECE_BYTES):
            piece = self.content[start : start + _PIECE_BYTES]
            yield piece
            self._report(start + len(piece))

    def _report(self, sent: int) -> None:
        if self.on_progress is None:
            return
        try:
            self.on_progress(sent)
        except BaseException as error:  # noqa: BLE001 - raised by the caller of the upload
            self.failure = error
        if self.failure is not None:
            raise _StoppedError


def refusal(
    operation: str, status: int, headers: Mapping[str, str], content: bytes, *, now: float
) -> ApiError | None:
    """Return the error for a refusal of the storage; None for a success.

    Of *content* only a code is kept: the text of a refusal may repeat the presigned URL.
    """
    if status in _SUCCESS:
        return None
    code = _CODE.search(content)
    if status == HTTPStatus.FORBIDDEN:
        message = "the storage refused the address: it has expired, or was used before"
    elif status in _REDIRECTS:
        message = "the storage answered with a redirect, which is not followed"
    else:
        message = "the storage did not take the file"
    body = orjson.dumps({"code": code[1].decode() if code else "", "message": message})
    return error_for(operation, status, headers, body, now=now)
