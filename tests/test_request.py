from types import NoneType
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaintel_async import InvalidArgument, Request
from mediaintel_async.request import path

texts = st.text(st.characters(exclude_categories=["Cs"]))
parts = texts.filter(lambda part: part not in {"", ".", ".."})


@given(st.lists(parts, min_size=1))
def test_parts_of_a_path_stay_what_and_where_they_are(given_parts):
    """
    Splitting and decoding a path gives back its parts, whatever text they are.
    """
    joined = path(*given_parts)

    assert given_parts == [unquote(part) for part in joined.split("/")[1:]]
    assert joined == Request("GET", joined, dict).path


@pytest.mark.parametrize(
    ("part", "encoded"),
    [
        ("q?z", "q%3Fz"),
        ("한글", "%ED%95%9C%EA%B8%80"),
        ("a b", "a%20b"),
        ("%2F", "%252F"),
        ("a/b", "a%2Fb"),
        ("+&;#", "%2B%26%3B%23"),
        ("..x", "..x"),
        ("~-_.", "~-_."),
        (1234, "1234"),
        ("007", "007"),
    ],
)
def test_a_part_is_percent_encoded_for_itself(part, encoded):
    """
    Everything in a part but ASCII letters, digits and `-._~` is percent-encoded.
    """
    assert f"/api/{encoded}/x" == path("api", part, "x")


@pytest.mark.parametrize("part", ["", ".", "..", None, True, 1.5, -1, b"x", "\ud800"], ids=repr)
def test_what_is_no_part_of_a_path_is_refused(part):
    """
    A part that is empty, `.`, `..` or not text raises InvalidArgument.
    """
    with pytest.raises(InvalidArgument, match=r"^a part of a path is"):
        path("api", part)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "/",
        "api/v1",
        "/a b",
        "/한글",
        "/a?b=c",
        "/a#b",
        "/a//b",
        "/a/",
        "/%2",
        "/a\n",
        "/a\r\nHost: x",
        "https://elsewhere.example/x",
        None,
        b"/a",
    ],
    ids=repr,
)
def test_a_path_that_is_not_ready_for_the_wire_is_refused(raw):
    """
    A path that is not percent-encoded raises InvalidArgument, whose text names the function that
    builds one.
    """
    with pytest.raises(InvalidArgument, match=r"^path is .*request\.path\(\) builds one"):
        Request("GET", raw, dict)


@pytest.mark.parametrize("raw", ["/a/..", "/./b", "/a/%2e%2E/b", "/%2E", "/a/.%2e"])
def test_a_path_that_leads_elsewhere_is_refused(raw):
    """
    A path with the parts `.` or `..`, encoded or not, raises InvalidArgument.
    """
    with pytest.raises(InvalidArgument, match=r"expected a path without the parts"):
        Request("GET", raw, dict)


@pytest.mark.parametrize("method", ["get", "HEAD", "GET ", "GET /x HTTP/1.1\r\n", "", None])
def test_an_unknown_method_is_refused(method):
    """
    A request accepts only the five methods of the service, in capitals.
    """
    with pytest.raises(InvalidArgument, match=r"; expected one of GET, POST, PUT, PATCH, DELETE"):
        Request(method, "/a", dict)


@pytest.mark.parametrize(
    "query", [None, "a=b", [("a", "b")], {"a": 1}, {1: "a"}, {"a": "\ud800"}, {"\ud800": "a"}]
)
def test_a_query_that_is_no_text_is_refused(query):
    """
    A query accepts only names and values that are valid text.
    """
    with pytest.raises(InvalidArgument, match=r"^query "):
        Request("GET", "/a", dict, query=query)


@pytest.mark.parametrize("lane", ["fast", "", 5, ["search"]])
def test_an_unknown_lane_is_refused(lane):
    """
    A request accepts only a lane that has a limit of the service, or None.
    """
    with pytest.raises(InvalidArgument, match=r"^lane is .*; expected search or None"):
        Request("GET", "/a", dict, lane=lane)


@pytest.mark.parametrize("body", ["text", b"{}", [1], 5])
def test_a_body_that_is_no_mapping_is_refused(body):
    """
    A request accepts only a mapping as body, or None.
    """
    with pytest.raises(InvalidArgument, match=r"^body is .*; expected a mapping or None"):
        Request("POST", "/a", dict, body=body)


@given(st.dictionaries(texts, texts, min_size=1))
def test_a_query_arrives_as_it_was_meant(query):
    """
    Decoding the request line gives back any query.
    """
    target = Request("GET", "/a", dict, query=query).target

    assert query == dict(parse_qsl(target.removeprefix("/a?"), True, True))
    assert target.isascii()


def test_without_a_query_the_target_is_the_path():
    """
    A path without a query has no question mark after it.
    """
    assert "/a" == Request("GET", "/a", dict).target


def test_an_empty_value_stays_in_the_query():
    """
    The request line keeps the order and the empty values of a query, as the signature covers them.
    """
    assert "/a?b=&a=1" == Request("GET", "/a", dict, query={"b": "", "a": "1"}).target


@pytest.mark.parametrize(
    ("method", "expected"),
    [("GET", True), ("POST", False), ("PUT", False), ("PATCH", False), ("DELETE", False)],
)
def test_only_reading_may_be_repeated_by_default(method, expected):
    """
    Only a GET is repeatable by default.
    """
    assert expected is Request(method, "/a", NoneType).repeatable


def test_an_endpoint_may_call_its_request_repeatable():
    """
    An endpoint can declare any request repeatable.
    """
    assert Request("DELETE", "/a", NoneType, repeatable=True).repeatable


def test_errors_and_logs_name_method_and_path_without_the_query():
    """
    The name of an operation has no query, which may hold personal data.
    """
    assert "GET /a" == Request("GET", "/a", dict, query={"name": "홍길동"}).operation
