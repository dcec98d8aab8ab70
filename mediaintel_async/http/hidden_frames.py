"""Errors without the frames they came through, whose local variables may hold secrets.

Reporters (rich, sentry, `traceback` with `capture_locals`) print the local variables of every
frame that an error, its `__cause__` and its `__context__` keep. In this room those variables are
keys, signatures, passwords of proxies and presigned URLs, some of them in frames of aiohttp. So a
function that has a secret among its arguments or below itself is decorated with `hides_frames` or
`hides_frames_of_coroutine`: its errors leave without a frame, and are raised again in a frame whose
arguments are deleted.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from mediaintel_async.errors import MediaIntelligenceError

P = ParamSpec("P")
T = TypeVar("T")
ErrorT = TypeVar("ErrorT", bound=BaseException)


def without_frames(error: ErrorT) -> ErrorT:
    """Return *error* without its traceback and `__context__`.

    An error of this library keeps its `__cause__`: this library sets only causes without secrets.
    Any other error (a programming error) loses it, and gets a note of where it was raised.
    """
    if not isinstance(error, MediaIntelligenceError):
        if not isinstance(error, asyncio.CancelledError) and error.__traceback__ is not None:
            error.add_note("Raised at:\n" + "".join(traceback.format_tb(error.__traceback__)))
        error.__cause__ = None
    elif isinstance(error.__cause__, MediaIntelligenceError):
        without_frames(error.__cause__)
    error.__context__ = None
    return error.with_traceback(None)


def hides_frames(function: Callable[P, T]) -> Callable[P, T]:
    """Decorate *function* so that its errors leave without a frame of it or of what it called."""

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - raised again below
            failed = without_frames(error)
        del args, kwargs
        try:
            raise failed
        finally:
            del failed  # the error has this frame, which must not have the error

    return call


def hides_frames_of_coroutine(
    function: Callable[P, Awaitable[T]],
) -> Callable[P, Coroutine[Any, Any, T]]:
    """Decorate a coroutine function as `hides_frames` does; a cancellation is an error, too."""

    @wraps(function)
    async def call(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await function(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - raised again below
            failed = without_frames(error)
        del args, kwargs
        try:
            raise failed
        finally:
            del failed  # the error has this frame, which must not have the error

    return call
