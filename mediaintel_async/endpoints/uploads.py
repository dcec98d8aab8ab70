"""Uploads of pictures: ask for an address, send the file there, have it checked."""

import asyncio
import inspect
import os
from collections.abc import AsyncIterable, Awaitable, Callable, Collection
from pathlib import Path
from typing import Protocol, TypeAlias

from attrs import field, frozen

from mediaintel_async.errors import InvalidAnswer, InvalidArgument, InvalidRequest
from mediaintel_async.models.argument_checks import as_text
from mediaintel_async.models.uploads import UploadAddress, UploadState, UploadStatus

Image: TypeAlias = "str | os.PathLike[str] | bytes | AsyncIterable[bytes]"
"""A path, the bytes themselves, or an async iterable of them."""

OnBytes: TypeAlias = Callable[[int], object]
"""Told how many bytes have been sent so far."""

_MOST_BYTES = 5 * 2**20
_MEANINGS = {
    "FILE_NOT_EXIST": "the storage has no such file",
    "OVER_SIZE_LIMIT": "it has more than 5 MB",
}


class Upload(Protocol):
    """What an upload needs of the transport."""

    async def __call__(
        self, file_name: str, url: str, content: bytes, on_progress: OnBytes | None, /
    ) -> None:
        """Send *content* to the presigned *url*."""
        ...


@frozen
class Picture:
    """A file that is to be uploaded."""

    name: str
    content: bytes = field(repr=False)


async def picture_of(image: Image, file_name: str | None, formats: Collection[str]) -> Picture:
    """Read *image*, which may be a path, and make sure that the service would take it.

    Raises:
        InvalidArgument: It cannot be read, is empty or larger than 5 MB, or its name has
            another ending than one of *formats*.
    """
    if isinstance(image, str | os.PathLike):
        name = Path(image).name if file_name is None else file_name
    elif file_name is None:
        raise InvalidArgument("file_name names an image that does not come as a path")
    else:
        name = file_name
    if Path(as_text(name, "file_name")).suffix.lower() not in formats:
        raise InvalidArgument(f"an image ends in {', '.join(formats)}, which {name!r} does not")
    content = await _content_of(image)
    if not content:
        raise InvalidArgument(f"image {name!r} is empty")
    if len(content) > _MOST_BYTES:
        raise InvalidArgument(f"image {name!r} has more than 5 MB")
    return Picture(name, content)


async def _content_of(image: Image) -> bytes:
    """Read *image*: all of it, or so much that it is known to be too large."""
    if isinstance(image, str | os.PathLike):
        return await asyncio.to_thread(_read, Path(image))
    if isinstance(image, bytes | bytearray | memoryview):
        return bytes(image)
    if not isinstance(image, AsyncIterable):
        raise InvalidArgument(
            f"image is a path, bytes, or an async iterable of bytes, not {type(image).__name__}"
        )
    content = bytearray()
    async for piece in image:
        if not isinstance(piece, bytes | bytearray | memoryview):
            raise InvalidArgument(f"image yields bytes, not {type(piece).__name__}")
        content += piece
        if len(content) > _MOST_BYTES:
            break
    return bytes(content)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidArgument(f"image {str(path)!r} cannot be read: {reason}") from error


async def upload(
    picture: Picture,
    *,
    issue: Callable[[str], Awaitable[UploadAddress]],
    upload: Upload,
    check: Callable[[str], Awaitable[UploadStatus]],
    on_progress: OnBytes | None,
    smallest_pixels: int,
) -> str:
    """Send *picture* where *issue* says, and return its key once *check* has found it good.

    Raises:
        InvalidArgument: *on_progress* is no plain callable.
        InvalidAnswer: There is no address, or the service does not say what it found.
        InvalidRequest: The service does not take the picture.
        MediaIntelligenceError: As *issue*, *upload* and *check*.
    """
    if on_progress is not None and (
        not callable(on_progress) or inspect.iscoroutinefunction(on_progress)
    ):
        raise InvalidArgument(f"on_progress is a plain callable, not async: {on_progress!r}")
    issued = await issue(picture.name)
    what = f"upload of {picture.name}"
    if issued.address is None:
        raise InvalidAnswer(what, "$.result", "expected one address to send the image to")
    await upload(picture.name, issued.address, picture.content, on_progress)
    checked = await check(issued.key)
    if checked.state is UploadState.COMPLETED:
        return checked.key or issued.key
    if checked.state is not UploadState.FAILED:
        raise InvalidAnswer(
            what, "$.result.uploadStatus", "expected COMPLETED or FAILED, found another word"
        )
    code = checked.message or ""
    meanings = {**_MEANINGS, "RESOLUTION_NOT_SUPPORT": _too_small(smallest_pixels)}
    # It comes with HTTP status 200, and is a refusal all the same.
    raise InvalidRequest(what, 200, code, f"not taken: {meanings.get(code, 'no reason known')}")


def _too_small(pixels: int) -> str:
    return f"it has fewer than {pixels} x {pixels} pixels"
