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
from mediaintel_async.http.refusals import error_for
from mediaintel_async.http.session import Session, is_loopback
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
        operation = f"upload of {file_name}"
        address = address_of(operation, url, allow_insecure=self.allow_insecure)
        body = Body(content, on_progress)
        failure: MediaIntelligenceError | None
        try:
            with self.deadlines.attempt(counts_silence=False):
                failure = await self._put(operation, address, body)
        except (aiohttp.ClientError, OSError) as error:
            failure = self.session.failure(operation, error, "the storage")
            failure.__cause__ = None
        # Raised outside except: __context__, an error of aiohttp, would carry the presigned URL.
        if problem := body.failure or failure:
            raise problem

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


def address_of(operation: str, text: str, *, allow_insecure: bool) -> URL:
    """Return the presigned URL *text*, byte for byte as the service wrote it.

    Raises:
        InvalidAnswer: *text* is not a URL, or is plain http beyond this machine without
            *allow_insecure*.
    """
    url = _parsed(text)
    if url is None or url.scheme not in ("https", "http") or not url.host:
        raise InvalidAnswer(operation, "$.result.url", "expected an https address")
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
        return URL(text, encoded=True) if _ADDRESS.fullmatch(text) else None
    except ValueError:
        return None


@define(eq=False)
class Body:
    """A file that is sent in pieces."""

    content: bytes = field(repr=False)
    on_progress: Callable[[int], object] | None = None
    failure: BaseException | None = None
    """What *on_progress* raised; aiohttp would replace it by an error of its own."""

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
        except BaseException as error:
            self.failure = error
            raise


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
