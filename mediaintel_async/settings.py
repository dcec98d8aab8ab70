"""Numbers a user may set; each class refuses nonsense when it is made."""

import math
from collections.abc import Callable
from typing import Any

import tenacity
from attrs import Attribute, field, frozen
from tenacity.wait import wait_base

from mediaintel_async.errors import (
    ApiError,
    InvalidArgument,
    MediaIntelligenceError,
    NotSent,
    QuotaExceeded,
    ServerError,
    TooManyRequests,
    TransportError,
)
from mediaintel_async.public import public
from mediaintel_async.request import Request

LONGEST_SERVER_HINT_SECONDS = 120.0
"""A `Retry-After` is obeyed up to this long: a mistaken one must not stop a client for hours."""


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
            raise InvalidArgument(f"{attribute.name} is {bound} above {above:g}{end}: {value!r}")

    return check


def _above(bound: float, *, default: float, endless: bool = False) -> Any:
    return field(default=default, validator=_number(above=bound, endless=endless))


@public
@frozen(kw_only=True)
class Timeouts:
    """How long to wait for what; all in seconds."""

    connect: float = _above(0, default=10)
    """To open a connection."""

    read: float = _above(0, default=30)
    """Of silence: until an answer begins, and between any two of its bytes."""

    request: float = _above(0, default=60)
    """For one attempt of one call, to the last byte of its answer."""

    wait: float = _above(0, default=86_400, endless=True)
    """For a wait that names no timeout of its own; `math.inf` waits for ever."""

    unreachable: float = _above(0, default=900)
    """How long a wait goes on without one good look before it raises."""

    settle: float = _above(0, default=30)
    """How long to look for the effect of a start whose answer was lost."""

    grace: float = _above(0, default=120)
    """How long after an accepted start a status may still describe the run before it."""


def _wait(_: object, attribute: "Attribute[Any]", value: Any) -> None:
    if not isinstance(value, wait_base):
        raise InvalidArgument(f"{attribute.name} is a tenacity wait strategy, not {value!r}")


@public
@frozen(kw_only=True)
class RetryPolicy:
    """When to send a request again, and how long to wait first."""

    attempts: int = field(default=5, validator=_number(above=0, whole=True))
    """How often one call is sent at the most; 1 never retries."""

    # Full jitter: a crowd that failed together must not come back together.
    wait: wait_base = field(
        factory=lambda: tenacity.wait_random_exponential(multiplier=0.5, max=20), validator=_wait
    )
    """The pause before the next attempt; a `Retry-After` of the service replaces it."""

    budget: float = field(default=50, validator=_number(above=0))
    """How many retries a client has in hand. Each takes one, every ten calls that succeed at
    once give one back; with none left an error is raised at once, so that a storm does not
    multiply."""

    def allows(self, request: Request[object], error: BaseException) -> bool:
        """Whether *error* leaves it safe, and useful, to send *request* again."""
        if isinstance(error, QuotaExceeded):
            return False
        if isinstance(error, TooManyRequests | NotSent):
            # Turned away at the gate, or never out of the house: nothing was done.
            return True
        return request.repeatable and isinstance(error, TransportError | ServerError)


@public
@frozen(kw_only=True)
class RateLimit:
    """How fast one client may call, over everything it does."""

    per_second: float = field(default=50, validator=_number(above=0))
    """Calls a second, at the most."""

    searches_per_minute: float = field(default=1000, validator=_number(above=0))
    """Searches and checks of uploads a minute: 1,000 as documented, more by its support."""

    at_once: int = field(default=64, validator=_number(above=0, whole=True))
    """Calls under way at the same time, at the most."""


def server_hint_seconds(error: MediaIntelligenceError | BaseException | None) -> float | None:
    """How long the service asked to wait, capped; None when *error* carries no such wish."""
    if not isinstance(error, ApiError) or error.retry_after_seconds is None:
        return None
    return min(error.retry_after_seconds, LONGEST_SERVER_HINT_SECONDS)
