"""What a user may set. Each class checks its values when it is made; times are in seconds."""

import math
from collections.abc import Callable
from typing import Any

import tenacity
from attrs import Attribute, field, frozen
from tenacity.wait import wait_base

from mediaintel_async.errors import (
    InvalidArgument,
    NotSent,
    QuotaExceeded,
    ServerError,
    TooManyRequests,
    TransportError,
)
from mediaintel_async.public import public
from mediaintel_async.request import Request


def _number(
    *, above: float, endless: bool = False, whole: bool = False
) -> "Callable[[object, Attribute[Any], Any], None]":
    def check(_: object, attribute: "Attribute[Any]", value: Any) -> None:
        kinds = int if whole else int | float
        if (
            isinstance(value, bool)
            or not isinstance(value, kinds)
            or not value > above
            or (not endless and value == math.inf)
        ):
            bound = "a whole number" if whole else "a number"
            end = "" if endless else ", and not endless"
            raise InvalidArgument(
                f"{attribute.name} is {value!r}; expected {bound} above {above:g}{end}"
            )

    return check


def _above(bound: float, *, default: float, endless: bool = False) -> Any:
    return field(default=default, validator=_number(above=bound, endless=endless))


@public
@frozen(kw_only=True)
class Timeouts:
    """How long each kind of waiting may take, in seconds. A look is one status request.

    Raises:
        InvalidArgument: A value is not a number above 0.
    """

    connect: float = _above(0, default=10)
    """To open a connection, finding its address included; then `ConnectTimeout`."""

    read: float = _above(0, default=30)
    """Without a byte: until an answer begins, and between its bytes; then `RequestTimeout`."""

    request: float = _above(0, default=60)
    """For one attempt of one call, to the last byte of its answer; then `RequestTimeout`."""

    wait: float = _above(0, default=86_400, endless=True)
    """For a wait that is given no `timeout`; then `StillRunning`. `math.inf` waits for ever."""

    unreachable: float = _above(0, default=900)
    """For a wait whose looks fail, counted from the first failure after the last good look. Then
    the wait raises the last error, with a token. A wait that has had no good look gives up within
    seconds: it looks `RetryPolicy.attempts` times."""

    settle: float = _above(0, default=30)
    """To look for the effect of a start whose answer was lost. Then the start is sent once more
    where that is safe, else `OutcomeUnknown` is raised."""

    grace: float = _above(0, default=120)
    """After an accepted start, while the status may still describe the run before it; then
    `JobNeverStarted`."""


def _wait(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    if not isinstance(value, wait_base):
        raise InvalidArgument(f"{attribute.name} is {value!r}; expected a tenacity wait strategy")


@public
@frozen(kw_only=True)
class RetryPolicy:
    """When a failed request is sent again, and how long the client waits before.

    Raises:
        InvalidArgument: A value is not what its field expects.
    """

    attempts: int = field(default=5, validator=_number(above=0, whole=True))
    """How often one call is sent at most; 1 never retries."""

    # Full jitter: clients that failed together must not retry together.
    wait: wait_base = field(
        factory=lambda: tenacity.wait_random_exponential(multiplier=0.5, max=20), validator=_wait
    )
    """The tenacity wait strategy for the pause before a retry; a `Retry-After` of the service, up
    to 120 seconds, replaces it."""

    budget: float = field(default=50, validator=_number(above=0))
    """How many retries a client has in all. Each retry takes one; ten calls that succeed at once,
    or a retry that succeeds, give one back. With none left an error is raised without a retry, so
    that a storm of failures does not multiply."""

    def allows(self, request: Request[object], error: BaseException) -> bool:
        """Whether sending *request* again after *error* is safe and may help."""
        if isinstance(error, QuotaExceeded):
            return False
        if isinstance(error, TooManyRequests | NotSent):
            # The gateway refused the request, or it never left: the service did nothing.
            return True
        return request.repeatable and isinstance(error, TransportError | ServerError)


@public
@frozen(kw_only=True)
class RateLimit:
    """How fast one client may call, over all of its calls and waits.

    Raises:
        InvalidArgument: A value is not a number above 0.
    """

    per_second: float = field(default=50, validator=_number(above=0))
    """Most calls in a second."""

    searches_per_minute: float = field(default=1000, validator=_number(above=0))
    """Most searches and checks of uploads in a minute. The service documents 1,000; its support
    can raise that."""

    at_once: int = field(default=64, validator=_number(above=0, whole=True))
    """Most calls in progress at the same time."""
