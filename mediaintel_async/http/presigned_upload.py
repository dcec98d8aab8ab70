"""Files for a presigned address, whose query is a key: what is sent, what a refusal means."""

import ipaddress
import re
from collections.abc import AsyncIterator, Callable, Mapping
from http import HTTPStatus

import orjson
from attrs import define, field
from yarl import URL

from mediaintel_async.errors import ApiError, InvalidAnswer, error_for

_PIECE_BYTES = 64 * 2**10
_ADDRESS = re.compile(r"[!-~]+")
_CODE = re.compile(rb"<Code>([A-Za-z0-9]{1,60})</Code>")
_SUCCESS = range(200, 300)
_REDIRECTS = range(300, 400)


def is_loopback(host: str) -> bool:
    """Whether *host* is this machine, so that nobody sits on the way."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def address_of(operation: str, text: str, *, allow_insecure: bool) -> URL:
    """Return the presigned address that the service gave, exactly as it wrote it.

    Raises:
        InvalidAnswer: It is none, or plain http beyond this machine without *allow_insecure*.
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
    """A file that is sent piece by piece."""

    content: bytes = field(repr=False)
    on_progress: Callable[[int], object] | None = None
    failure: BaseException | None = None
    """What *on_progress* raised: the sender would hide it behind an error of its own."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield the pieces, and tell of each once it is on its way."""
        for start in range(0, len(self.content), _PIECE_BYTES):
            piece = self.content[start : start + _PIECE_BYTES]
            yield piece
            self._tell(start + len(piece))

    def _tell(self, sent: int) -> None:
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
    """Choose the error for a refusal of the storage, whose text may repeat the address.

    None: it is none.
    """
    if status in _SUCCESS:
        return None
    code = _CODE.search(content)
    if status == HTTPStatus.FORBIDDEN:
        words = "the storage refused the address: it has expired, or was used before"
    elif status in _REDIRECTS:
        words = "the storage answered with a redirect, which is not followed"
    else:
        words = "the storage did not take the file"
    told = {"code": code[1].decode() if code else "", "message": words}
    return error_for(operation, status, headers, orjson.dumps(told), now=now)
