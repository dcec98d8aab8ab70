"""Uploads of pictures: request a presigned address, send the file there, check the result."""

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
"""A path, the bytes themselves, or an async iterable of bytes."""

OnBytes: TypeAlias = Callable[[int], object]
"""A plain callable that gets the number of bytes sent so far."""

_MAX_BYTES = 5 * 2**20
_MEANINGS_OF_CODES = {
    "FILE_NOT_EXIST": "the storage has no such file",
    "OVER_SIZE_LIMIT": "it has more than 5 MB",
}


class Upload(Protocol):
    """The part of the transport that sends a file to a presigned address."""

    async def __call__(
        self, file_name: str, url: str, content: bytes, on_progress: OnBytes | None, /
    ) -> None:
        """Send *content* to the presigned *url*."""
        ...


@frozen
class Picture:
    """A file to upload."""

    name: str
    content: bytes = field(repr=False)


async def read_picture(image: Image, file_name: str | None, formats: Collection[str]) -> Picture:
    """Read *image*, and check the limits that the service documents for it.

    Raises:
        InvalidArgument: *image* cannot be read, is empty or larger than 5 MB, or its name does
            not end in one of *formats*.
    """
    if isinstance(image, str | os.PathLike):
        name = Path(image).name if file_name is None else file_name
    elif file_name is None:
        raise InvalidArgument("file_name is None; expected a name, as the image is not a path")
    else:
        name = file_name
    if Path(as_text(name, "file_name")).suffix.lower() not in formats:
        raise InvalidArgument(f"image {name!r} has another format; expected {', '.join(formats)}")
    content = await _read_content(image)
    if not content:
        raise InvalidArgument(f"image {name!r} is empty")
    if len(content) > _MAX_BYTES:
        raise InvalidArgument(f"image {name!r} has more than 5 MB; expected at most 5 MB")
    return Picture(name, content)


async def _read_content(image: Image) -> bytes:
    """Read all of *image*, or just enough to know that it is too large."""
    if isinstance(image, str | os.PathLike):
        return await asyncio.to_thread(_read_file, Path(image))
    if isinstance(image, bytes | bytearray | memoryview):
        return bytes(image)
    if not isinstance(image, AsyncIterable):
        raise InvalidArgument(
            f"image is of type {type(image).__name__}; expected a path, bytes, or an async iterable"
            " of bytes"
        )
    content = bytearray()
    async for piece in image:
        if not isinstance(piece, bytes | bytearray | memoryview):
            raise InvalidArgument(f"image yields {type(piece).__name__}; expected bytes")
        content += piece
        if len(content) > _MAX_BYTES:
            break
    return bytes(content)


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidArgument(f"image {str(path)!r} cannot be read: {reason}") from error


async def upload_and_check(
    picture: Picture,
    *,
    issue: Callable[[str], Awaitable[UploadAddress]],
    upload: Upload,
    check: Callable[[str], Awaitable[UploadStatus]],
    on_progress: OnBytes | None,
    smallest_pixels: int,
) -> str:
    """Upload *picture* to the address that *issue* returns, and return its key.

    The key is returned only after *check* has found that the service accepts the picture.

    Raises:
        InvalidArgument: *on_progress* is not a plain callable.
        InvalidAnswer: *issue* returned no address, or *check* an unknown state.
        InvalidRequest: The service does not accept the picture.
        MediaIntelligenceError: *issue*, *upload* or *check* failed.
    """
    if on_progress is not None and (
        not callable(on_progress) or inspect.iscoroutinefunction(on_progress)
    ):
        raise InvalidArgument(f"on_progress is {on_progress!r}; expected a plain callable")
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
    too_small = f"it has fewer than {smallest_pixels} x {smallest_pixels} pixels"
    meanings = {**_MEANINGS_OF_CODES, "RESOLUTION_NOT_SUPPORT": too_small}
    # A refusal, although the service answers it with HTTP status 200.
    raise InvalidRequest(what, 200, code, f"not accepted: {meanings.get(code, 'unknown reason')}")
