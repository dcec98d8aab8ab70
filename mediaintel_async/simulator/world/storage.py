"""The storage for uploaded pictures, behind presigned URLs.

The storage is not behind the gateway and checks no signature of a request. It refuses requests
that carry the gateway's headers, so that a client that leaks them is noticed.
"""

import hashlib
import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Literal
from urllib.parse import parse_qs, quote, unquote

from attrs import define, field, frozen

from mediaintel_async.clock import Clock
from mediaintel_async.simulator.answers import Answer

PATH = "/storage/"
"""The path of every presigned URL begins with this, on the simulator's own port."""

VALID_SECONDS = 900
MOST_BYTES = 5 * 2**20
_PNG = re.compile(rb"\x89PNG\r\n\x1a\n....IHDR(....)(....)", re.DOTALL)

UploadProblem = Literal["FILE_NOT_EXIST", "OVER_SIZE_LIMIT", "RESOLUTION_NOT_SUPPORT"]
"""What a check finds wrong with a picture, in the service's words."""


@frozen(kw_only=True)
class StorageRequest:
    """One request to the storage, whether refused or not."""

    method: str
    target: str
    """Path and query, exactly as on the wire."""

    headers: Mapping[str, str]
    content: bytes
    status: int
    """The HTTP status of the answer."""

    at: float
    """When it arrived, by the clock's `monotonic()`."""


@define(eq=False, kw_only=True)
class Upload:
    """One presigned URL, and the picture that was uploaded to it."""

    key: str
    least_pixels: int
    signature: str
    expires_at: float
    content: bytes | None = None
    """None: nothing was uploaded yet."""


@define(eq=False)
class Storage:
    """Pictures by their keys."""

    clock: Clock
    received: list[StorageRequest] = field(factory=list, init=False)
    """The requests to the storage, refused ones included."""

    _uploads: dict[str, Upload] = field(factory=dict, init=False)
    _usable: set[str] = field(factory=set, init=False)
    _numbers: Iterator[int] = field(factory=lambda: itertools.count(1), init=False)

    def issue(self, folder: str, file_name: str, *, least_pixels: int) -> tuple[str, str]:
        """Issue a presigned URL; return the key of the picture, and the URL's path and query."""
        number = next(self._numbers)
        key = f"{folder}/{number:08}/{file_name}"
        signature = hashlib.sha256(key.encode()).hexdigest()
        self._uploads[key] = Upload(
            key=key,
            least_pixels=least_pixels,
            signature=signature,
            expires_at=self.clock.monotonic() + VALID_SECONDS,
        )
        return key, f"{PATH}{quote(key)}?X-Amz-Expires={VALID_SECONDS}&X-Amz-Signature={signature}"

    def put(self, method: str, target: str, headers: Mapping[str, str], content: bytes) -> Answer:
        """Answer a request as an S3 storage does, and record it."""
        answer = self._put(method, target, headers, content)
        request = StorageRequest(
            method=method,
            target=target,
            headers=headers,
            content=content,
            status=answer.status,
            at=self.clock.monotonic(),
        )
        self.received.append(request)
        return answer

    def _put(self, method: str, target: str, headers: Mapping[str, str], content: bytes) -> Answer:
        path, _, query = target.partition("?")
        upload = self._uploads.get(unquote(path.removeprefix(PATH)))
        if method != "PUT":
            return _refusal(405, "MethodNotAllowed")
        if any(name.lower().startswith("x-ncp-") for name in headers) or "Authorization" in headers:
            return _refusal(400, "InvalidArgument")
        if "Content-Length" not in headers:
            return _refusal(411, "MissingContentLength")
        if upload is None or parse_qs(query).get("X-Amz-Signature") != [upload.signature]:
            return _refusal(403, "SignatureDoesNotMatch")
        if upload.content is not None or self.clock.monotonic() > upload.expires_at:
            return _refusal(403, "AccessDenied")
        upload.content = content
        return Answer(status=200, body=b"", content_type="application/xml")

    def check(self, key: str) -> UploadProblem | None:
        """Return what is wrong with a picture; None if it can be used from now on."""
        upload = self._uploads.get(key)
        if upload is None or upload.content is None:
            return "FILE_NOT_EXIST"
        if len(upload.content) > MOST_BYTES:
            return "OVER_SIZE_LIMIT"
        # Only PNG is measured: reading the other formats would need a library.
        size = _PNG.match(upload.content)
        if size and min(int.from_bytes(side) for side in size.groups()) < upload.least_pixels:
            return "RESOLUTION_NOT_SUPPORT"
        self._usable.add(converted(key))
        return None

    def is_usable(self, key: str) -> bool:
        """Return whether a picture with that key was uploaded and has passed its check."""
        return key in self._usable


def converted(key: str) -> str:
    """Return the key of a picture after its check, which converts HEIC to JPEG."""
    return re.sub(r"\.heic$", ".jpg", key, flags=re.IGNORECASE)


def _refusal(status: int, code: str) -> Answer:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>Refused</Message></Error>"
    return Answer(status=status, body=body.encode(), content_type="application/xml")
