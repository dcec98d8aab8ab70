import inspect
import json
import pickle
import re

import pytest

from mediaintel_async import (
    ApiError,
    AuthenticationFailed,
    ClientClosed,
    ConnectTimeout,
    InvalidAnswer,
    InvalidArgument,
    InvalidRequest,
    JobFailed,
    MediaIntelligenceError,
    NotFound,
    NotSent,
    OutcomeUnknown,
    PermissionDenied,
    QuotaExceeded,
    RequestTimeout,
    ServerError,
    StillRunning,
    TooManyRequests,
    errors,
)
from mediaintel_async.errors import one_line, sentences, server_hint_seconds
from mediaintel_async.models.assets import ImportState, ImportStatus
from mediaintel_async.models.scene_summaries import SceneSummaryState, SceneSummaryStatus

CLASSES = [
    one
    for one in vars(errors).values()
    if inspect.isclass(one) and issubclass(one, MediaIntelligenceError)
]
STATUS = SceneSummaryStatus(state=SceneSummaryState.SUMMARIZING, analyzed_scene_count=3)


def arguments_of(kind):
    """Something for each field of an error, by its name."""
    something = {
        "status": 409,
        "retry_after_seconds": 1.5,
        "from_gateway": True,
        "last_status": STATUS,
        "candidates": (STATUS,),
    }
    fields = [one.name for one in getattr(kind, "__attrs_attrs__", ())] or ["message"]
    return [something.get(name, f"the {name}") for name in fields]


# The tree.


def drawn_tree():
    """Class names with their parents and further bases, as the module's docstring draws them."""
    above, tree = {0: None}, {}
    for line in errors.__doc__.splitlines():
        drawn = re.match(r"((?:[│ ] {3})*)(?:[├└]── )?([A-Z]\w+)(.*)", line)
        if drawn and (" ── " not in line) and ("──" in line or "MediaIntelligenceError " in line):
            depth = len(drawn[1]) // 4 + ("──" in line)
            above[depth] = drawn[2]
            bases = re.findall(r"\w*Error\b", drawn[3].partition(";")[0])
            tree[drawn[2]] = (above.get(depth - 1), bases)
    return tree


def real_tree():
    """The same of the classes."""
    return {
        one.__name__: (
            None if one is MediaIntelligenceError else one.__bases__[0].__name__,
            [base.__name__ for base in one.__bases__[1:]],
        )
        for one in CLASSES
    }


def test_the_tree_is_as_it_is_drawn():
    """
    The drawing at the top of the module shows every error, its parent and its other bases.
    """
    assert drawn_tree() == real_tree()


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_pickles(kind):
    """
    An error sent home from a worker process is the same error: fields, token, text.
    """
    error = kind(*arguments_of(kind))
    error.token = "mi1.token"

    copy = pickle.loads(pickle.dumps(error))

    assert kind is type(copy)
    assert vars(error) == vars(copy)
    assert "mi1.token" == copy.token
    assert error.args == copy.args
    assert str(error) == str(copy)


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_says_what_happened(kind):
    """
    The text of an error is made from its fields, whatever else the class also is.
    """
    said = str(kind(*arguments_of(kind)))

    assert re.search("the (message|operation)", said)
    assert "(" not in said.partition("(HTTP")[0]


@pytest.mark.parametrize("error", [NotFound("GET /a", 404), StillRunning("late")])
def test_an_error_has_no_token_of_its_own_accord(error):
    """
    Where there is no work to resume, `token` is None.
    """
    assert None is error.token


@pytest.mark.parametrize(
    ("kind", "also"),
    [
        (ClientClosed, RuntimeError),
        (ClientClosed, ValueError),
        (errors.UsageError, ValueError),
        (errors.ConnectTimeout, TimeoutError),
        (errors.RequestTimeout, TimeoutError),
        (StillRunning, TimeoutError),
    ],
)
def test_where_python_has_an_error_ours_is_one_too(kind, also):
    """
    Code that catches Python's own errors catches these errors too.
    """
    assert issubclass(kind, also)


def test_an_unknown_outcome_names_its_candidates():
    """
    A lost import carries the assets that might be it; by default there are none.
    """
    assert () == OutcomeUnknown("the answer was lost").candidates
    assert (1,) == OutcomeUnknown("the answer was lost", None, None, (1,)).candidates


# Texts.


def test_an_error_prints_what_was_attempted_and_what_was_said():
    """
    The text names the call, the service's words, the status and the code.
    """
    error = ApiError("GET /a", 401, "200", "Failed", "Missing.")

    assert "GET /a: Failed. Missing. (HTTP 401, code 200)" == error.what_happened
    assert "GET /a: no reason given (HTTP 418, code none)" == str(ApiError("GET /a", 418))


SUMMARY = "/api/v1/workspaces/w/projects/1/assets/2/scene-summary"


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (ConnectTimeout("GET /a", "no connection"), "check the network"),
        (RequestTimeout("POST /a", "no answer"), "may have acted"),
        (AuthenticationFailed("GET /a", 401, "200", "Failed"), "Check both keys"),
        (AuthenticationFailed("GET /a", 401, "200", "", "Bad timestamp."), "machine's clock"),
        (PermissionDenied("GET /a", 403), "NCP_VPC_MEDIA_INTELLIGENCE_MANAGER"),
        (NotFound("GET /a", 404), "each thing in this path exists"),
        (NotFound(f"GET {SUMMARY}", 404, from_gateway=True), "does not know this call"),
        (NotFound(f"GET {SUMMARY}", 404), "no finished summary yet"),
        (InvalidRequest(f"POST {SUMMARY}", 400), "indexed before it is summarised"),
        (NotFound(f"DELETE {SUMMARY}", 404), "each thing in this path exists"),
        (TooManyRequests("GET /a", 429), "do fewer at a time"),
        (TooManyRequests("GET /a", 429, retry_after_seconds=7.0), "in 7 seconds"),
        (QuotaExceeded("GET /a", 429), "until the quota is renewed"),
        (ServerError("GET /a", 503), "try again later"),
        (InvalidAnswer("GET /a", "$", "no object"), "report it"),
        (
            JobFailed("failed", None, ImportStatus(state=ImportState.FILE_NOT_EXIST)),
            "bucket and key",
        ),
    ],
)
def test_an_error_says_what_to_do(error, advice):
    """
    The text of an error ends with its advice.
    """
    assert advice in error.advice
    assert f"{error.what_happened}. {error.advice}" == str(error)


@pytest.mark.parametrize(
    "error",
    [InvalidArgument("ids are numbers"), ApiError("GET /a", 418), JobFailed("failed")],
)
def test_an_error_without_advice_is_what_happened(error):
    """
    An error without advice prints only what happened.
    """
    assert "" == error.advice
    assert error.what_happened == str(error)


def test_a_full_stop_of_the_service_is_not_doubled():
    """
    Advice follows the service's words after one full stop, whether they bring it or not.
    """
    last = ImportStatus(state=ImportState.FILE_NOT_EXIST)

    error = JobFailed("import of w/1/2 failed: No such file.", None, last)

    assert str(error).startswith("import of w/1/2 failed: No such file. Check bucket and key")


# What the service asks for.


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (TooManyRequests("GET /a", 429, retry_after_seconds=7.0), 7.0),
        (ServerError("GET /a", 503, retry_after_seconds=0.0), 0.0),
        (TooManyRequests("GET /a", 429, retry_after_seconds=86_400.0), 120.0),
        (TooManyRequests("GET /a", 429), None),
        (NotSent("GET /a", "refused"), None),
        (None, None),
    ],
)
def test_the_wish_of_the_service_is_capped(error, expected):
    """
    A pause that the service asks for is kept to two minutes at the most.
    """
    assert expected == server_hint_seconds(error)


# JSON.


def test_an_error_as_json_has_what_a_caller_acts_on():
    """
    `to_dict()` has the class, what happened, the advice, the token and the numbers.
    """
    error = PermissionDenied("GET /a", 401, "210", "Permission Denied")
    error.token = "mi1.x"

    assert {
        "error": "PermissionDenied",
        "message": "GET /a: Permission Denied (HTTP 401, code 210)",
        "advice": error.advice,
        "token": "mi1.x",
        "status": 401,
        "code": "210",
        "retryable": False,
    } == error.to_dict()


@pytest.mark.parametrize("kind", CLASSES, ids=lambda one: one.__name__)
def test_every_error_goes_into_json(kind):
    """
    `to_dict()` of every class has the same keys, and only values that JSON knows.
    """
    error = kind(*arguments_of(kind))

    told = json.loads(json.dumps(error.to_dict()))

    assert told == error.to_dict()
    assert kind.__name__ == told["error"]
    assert ["error", "message", "advice", "token", "status", "code", "retryable"] == [*told]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (NotSent("POST /a", "refused"), True),
        (ConnectTimeout("POST /a", "no connection"), True),
        (TooManyRequests("POST /a", 429, "410"), True),
        (ServerError("POST /a", 503, "500", from_gateway=True), True),
        (ServerError("POST /a", 503, "500"), False),
        (ServerError("POST /a", 504, "510", from_gateway=True), False),
        (ServerError("GET /a", 504, "510", from_gateway=True), True),
        (RequestTimeout("POST /a", "no answer"), False),
        (RequestTimeout("GET /a", "no answer"), True),
        (StillRunning("m", "mi1.x"), True),
        (StillRunning("m"), False),
        (OutcomeUnknown("m", "mi1.x"), False),
        (JobFailed("m", "mi1.x"), False),
        (QuotaExceeded("GET /a", 429, "400"), False),
        (InvalidAnswer("GET /a", "$", "no JSON"), False),
        (InvalidArgument("m"), False),
    ],
    ids=repr,
)
def test_an_error_says_whether_the_call_may_be_made_again(error, expected):
    """
    Retryable is what may pass by itself, where nothing can be billed twice.
    """
    assert expected is error.retryable
    assert expected is error.to_dict()["retryable"]


# Lines.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain 한국어 é", "plain 한국어 é"),
        ("a\nb\r\tc\x00", "a\\nb\\r\\tc\\x00"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\x85\u2028\u202e", "\\x85\\u2028\\u202e"),
        ("\ud800", "\\ud800"),
    ],
    ids=ascii,
)
def test_a_text_of_a_stranger_stays_on_its_line(text, expected):
    """
    Line breaks, control characters and marks of direction are shown escaped.
    """
    assert expected == one_line(text)


@pytest.mark.parametrize(
    "error",
    [
        JobFailed("summary of w\nCRITICAL"),
        InvalidArgument("w\nCRITICAL"),
        ApiError("upload of w\nCRITICAL", 400, "c\nCRITICAL", "m\nCRITICAL", "d\nCRITICAL"),
    ],
    ids=["job", "usage", "api"],
)
def test_no_error_prints_a_second_line(error):
    """
    The text of an error, and its JSON, have no line break, whatever names stand in it.
    """
    assert "\n" not in str(error)
    assert "\n" not in "".join(str(value) for value in error.to_dict().values())


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [("a", "b", "a. b"), ("a.", "b", "a. b"), ("a?", "b", "a? b"), ("", "b", "b"), ("a", "", "a")],
)
def test_two_texts_of_the_service_are_two_sentences(first, second, expected):
    """
    Between two texts of the service there is a full stop.
    """
    assert expected == sentences(first, second)
