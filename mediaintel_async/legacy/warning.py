"""The reminder that a call ends: once for each call of a client."""

import functools
import warnings
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from mediaintel_async.public import public

P = ParamSpec("P")
R = TypeVar("R")


@public
class LegacyApiWarning(DeprecationWarning):
    """A call that the service ends in January 2027; the text names its successor."""


class Reminder:
    """Remembers of which calls a client's user was told."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def tell(self, operation: str, successor: str) -> None:
        """Warn of *operation*, unless that was done."""
        if operation not in self._told:
            warnings.warn(
                f"{operation} ends in January 2027; use {successor}",
                LegacyApiWarning,
                stacklevel=3,
            )
            # Only now: a warning that was raised as an error is raised the next time too.
            self._told.add(operation)


class Silence(Reminder):
    """For the calls that a job makes: the caller was warned when the job was made."""

    def tell(self, operation: str, successor: str) -> None:
        """Say nothing."""


class _Reminded(Protocol):
    _reminder: Reminder


S = TypeVar("S", bound=_Reminded)
Call = Callable[Concatenate[S, P], R]


def ends(*, use: str) -> Callable[[Call[S, P, R]], Call[S, P, R]]:
    """Mark a call as ending; *use* is what takes its place."""

    def decorate(call: Call[S, P, R]) -> Call[S, P, R]:
        name: Any = call

        # Not async itself: the warning is to name the line of the call, which the event loop
        # would stand in for when a task awaits it.
        @functools.wraps(call)
        def reminding(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
            self._reminder.tell(name.__qualname__, use)
            return call(self, *args, **kwargs)

        return reminding

    return decorate
