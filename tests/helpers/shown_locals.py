"""The local variables that reporters print of an error, of its causes and of its contexts."""

import traceback
from collections.abc import Iterator
from pathlib import Path

from rich.traceback import Traceback

_TESTS = str(Path(__file__).parents[1])


def shown_by_reporters(error: BaseException) -> str:
    """Return all that three kinds of reporters print of *error*, but for frames of the tests."""
    return "\n".join([*_captured(error), *_pretty(error), *_walked(error)])


def _captured(error: BaseException) -> Iterator[str]:
    """What `traceback` prints with `capture_locals`."""
    told = [traceback.TracebackException.from_exception(error, capture_locals=True)]
    while told:
        one = told.pop()
        yield from one.format_exception_only()
        told += filter(None, (one.__cause__, one.__context__))
        for frame in one.stack:
            if not frame.filename.startswith(_TESTS):
                yield f"{frame.line} {frame.locals}"


def _pretty(error: BaseException) -> Iterator[str]:
    """What rich prints with `show_locals`."""
    seen = Traceback.extract(type(error), error, error.__traceback__, show_locals=True)
    for stack in seen.stacks:
        yield stack.exc_value
        for frame in stack.frames:
            if not frame.filename.startswith(_TESTS):
                yield from map(str, (frame.locals or {}).values())


def _walked(error: BaseException, seen: tuple[int, ...] = ()) -> Iterator[str]:
    """What sentry and debuggers collect: the repr of each variable, suppressed contexts too."""
    if id(error) in seen:
        return
    yield f"{error!r} {error.args!r} {vars(error)!r} {getattr(error, '__notes__', '')}"
    at = error.__traceback__
    while at is not None:
        if not at.tb_frame.f_code.co_filename.startswith(_TESTS):
            yield from map(repr, at.tb_frame.f_locals.values())
        at = at.tb_next
    for chained in (error.__cause__, error.__context__):
        if chained is not None:
            yield from _walked(chained, (*seen, id(error)))
