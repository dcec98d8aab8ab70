import math
from types import NoneType

import pytest
import tenacity
from attrs import exceptions, fields

from mediaintel_async import (
    AnswerLost,
    AuthenticationFailed,
    ConfigurationError,
    Conflict,
    ConnectTimeout,
    InvalidAnswer,
    InvalidArgument,
    InvalidRequest,
    NotFound,
    NotSent,
    PermissionDenied,
    QuotaExceeded,
    RateLimit,
    Request,
    RequestTimeout,
    RequestTooLarge,
    RetryPolicy,
    ServerError,
    Timeouts,
    TooManyRequests,
)

NONSENSE = [0, -1, -0.5, math.nan, -math.inf, True, False, "10", None, [], 1j]
NUMBERS = [
    *((Timeouts, one.name) for one in fields(Timeouts)),
    (RetryPolicy, "attempts"),
    (RetryPolicy, "budget"),
    (RateLimit, "per_second"),
    (RateLimit, "searches_per_minute"),
    (RateLimit, "at_once"),
]


@pytest.mark.parametrize("value", NONSENSE, ids=repr)
@pytest.mark.parametrize(("settings", "name"), NUMBERS)
def test_settings_refuse_nonsense_when_made(settings, name, value):
    """
    A setting that is no number above zero is refused by its name.
    """
    with pytest.raises(InvalidArgument, match=f"^{name} is .*; expected a (whole )?number above 0"):
        settings(**{name: value})


@pytest.mark.parametrize(
    ("settings", "name"), [one for one in NUMBERS if one != (Timeouts, "wait")]
)
def test_only_a_wait_may_be_endless(settings, name):
    """
    Infinity is refused for everything but a wait.
    """
    with pytest.raises(InvalidArgument, match=f"^{name} is inf; expected .* not endless$"):
        settings(**{name: math.inf})


def test_a_wait_may_be_endless():
    """
    `math.inf` waits for ever.
    """
    assert math.inf == Timeouts(wait=math.inf).wait


@pytest.mark.parametrize(("settings", "name"), [(RetryPolicy, "attempts"), (RateLimit, "at_once")])
def test_what_is_counted_is_whole(settings, name):
    """
    Attempts and calls at once come in whole numbers.
    """
    with pytest.raises(InvalidArgument, match=f"^{name} is 1.5; expected a whole number"):
        settings(**{name: 1.5})


@pytest.mark.parametrize(("settings", "name"), NUMBERS)
def test_settings_take_large_numbers(settings, name):
    """
    A number too big for floating point is a number all the same.
    """
    assert 10**400 == getattr(settings(**{name: 10**400}), name)


@pytest.mark.parametrize("wait", [1, None, "1s", lambda _: 1.0])
def test_a_retry_policy_takes_only_a_wait_strategy(wait):
    """
    The pause between attempts can only be a tenacity wait strategy.
    """
    with pytest.raises(InvalidArgument, match=r"^wait is .*; expected a tenacity wait strategy"):
        RetryPolicy(wait=wait)


def test_a_retry_policy_takes_a_sum_of_wait_strategies():
    """
    Wait strategies may be combined as tenacity combines them.
    """
    wait = tenacity.wait_fixed(1) + tenacity.wait_random(0, 1)

    assert wait is RetryPolicy(wait=wait).wait


def test_the_defaults_are_the_documented_ones():
    """
    The default settings are those of the documentation.
    """
    assert (10, 30, 60, 86_400, 900, 30, 120) == tuple(
        getattr(Timeouts(), one.name) for one in fields(Timeouts)
    )
    assert (5, 50) == (RetryPolicy().attempts, RetryPolicy().budget)
    assert (50, 64) == (RateLimit().per_second, RateLimit().at_once)
    assert 1000 == RateLimit().searches_per_minute


@pytest.mark.parametrize("settings", [Timeouts, RetryPolicy, RateLimit])
def test_settings_do_not_change(settings):
    """
    Settings can be shared, since nobody can change them.
    """
    made = settings()

    with pytest.raises(exceptions.FrozenInstanceError):
        made.anything = 1


LOOK = Request("GET", "/a", dict)
START = Request("POST", "/a", dict)
CLEAN_UP = Request("DELETE", "/a", NoneType, repeatable=True)


@pytest.mark.parametrize(
    ("error", "look", "start"),
    [
        (NotSent("GET /a", "refused"), True, True),
        (ConnectTimeout("GET /a", "late"), True, True),
        (TooManyRequests("GET /a", 429, "410"), True, True),
        (AnswerLost("GET /a", "reset"), True, False),
        (RequestTimeout("GET /a", "late"), True, False),
        (ServerError("GET /a", 503, "500"), True, False),
        (ServerError("GET /a", 504, "510"), True, False),
        (QuotaExceeded("GET /a", 429, "400"), False, False),
        (InvalidRequest("GET /a", 400), False, False),
        (AuthenticationFailed("GET /a", 401), False, False),
        (PermissionDenied("GET /a", 403), False, False),
        (NotFound("GET /a", 404), False, False),
        (Conflict("GET /a", 409), False, False),
        (RequestTooLarge("GET /a", 413), False, False),
        (InvalidAnswer("GET /a", "$", "no JSON"), False, False),
        (ConfigurationError("no keys"), False, False),
        (ValueError("a bug"), False, False),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_call_is_repeated_only_where_that_is_safe_and_useful(error, look, start):
    """
    A start is repeated only if nothing was done; a look also if the answer was lost.
    """
    policy = RetryPolicy()

    assert look is policy.allows(LOOK, error)
    assert look is policy.allows(CLEAN_UP, error)
    assert start is policy.allows(START, error)
