"""The reminder that a call ends: once for each call of a client."""

import functools
import warnings
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class LegacyApiWarning(DeprecationWarning):
    """A call that the service ends in January 2027; the text names its successor."""


class Reminder:
    """Remembers of which calls a client's user was told."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def tell(self, operation: str, successor: str) -> None:
        """Warn of *operation*, unless that was done."""
        if operation not in self._told:
            self._told.add(operation)
            warnings.warn(
                f"{operation} ends in January 2027; use {successor}",
                LegacyApiWarning,
                stacklevel=3,
            )


class _Reminded(Protocol):
    _reminder: Reminder


S = TypeVar("S", bound=_Reminded)
Call = Callable[Concatenate[S, P], Awaitable[R]]


def ends(*, use: str) -> Callable[[Call[S, P, R]], Call[S, P, R]]:
    """Mark a call as ending; *use* is what takes its place."""

    def decorate(call: Call[S, P, R]) -> Call[S, P, R]:
        name: Any = call

        @functools.wraps(call)
        async def reminding(self: S, /, *args: P.args, **kwargs: P.kwargs) -> R:
            self._reminder.tell(name.__qualname__, use)
            return await call(self, *args, **kwargs)

        return reminding

    return decorate
