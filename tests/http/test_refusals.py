import json
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mediaintel_async import (
    ApiError,
    AuthenticationFailed,
    Conflict,
    InvalidRequest,
    NotFound,
    PermissionDenied,
    QuotaExceeded,
    RequestTooLarge,
    ServerError,
    TooManyRequests,
)
from mediaintel_async.http.refusals import error_for, refusal_code, retry_after

COMMON = yaml.safe_load((Path(__file__).parents[1] / "contract" / "common.yaml").read_text("utf-8"))
GATEWAY_ERRORS = COMMON["x-common"]["gateway_errors"]["errors"]
SERVICE_ERRORS = [one for one in COMMON["x-common"]["service_errors"] if one["http"] != 200]


def refuse(status, body, headers=(), now=1_800_000_000.0):
    """The error for a refusal of a GET; *body* goes as JSON unless it is bytes."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return error_for("GET /a", status, dict(headers), content, now=now)


# Which error.

OF_GATEWAY = {
    "100": InvalidRequest,
    "200": AuthenticationFailed,
    "210": PermissionDenied,
    "300": NotFound,
    "400": QuotaExceeded,
    "410": TooManyRequests,
    "420": TooManyRequests,
    "430": RequestTooLarge,
    "500": ServerError,
    "510": ServerError,
    "900": ServerError,
}


def test_every_code_of_the_gateway_is_known_here():
    """
    The table of these tests lists the codes that the contract lists.
    """
    assert OF_GATEWAY.keys() == {one["code"] for one in GATEWAY_ERRORS}


@pytest.mark.parametrize("as_written", [str, int], ids=["text", "number"])
@pytest.mark.parametrize("listed", GATEWAY_ERRORS, ids=lambda one: one["code"])
def test_refusals_of_the_gateway_become_the_error_that_fits(listed, as_written):
    """
    Status and code of the gateway choose the error, be the code text or a number.
    """
    body = {"errorCode": as_written(listed["code"]), "message": listed["message"], "details": "d"}

    error = refuse(listed["http"], {"error": body})

    assert OF_GATEWAY[listed["code"]] is type(error)
    assert (listed["http"], listed["code"]) == (error.status, error.code)
    assert (listed["message"], "d") == (error.message, error.details)
    assert error.from_gateway


@pytest.mark.parametrize("listed", SERVICE_ERRORS, ids=lambda one: one["message"][:20])
@pytest.mark.parametrize(
    "shape",
    [
        lambda code, message: {"code": code, "message": message},
        lambda code, message: {"responseError": {"code": code, "message": message}},
        lambda code, message: {"responseError": {"returnCode": code, "returnMessage": message}},
        lambda code, message: {"responseError": {"code": int(code), "message": message}},
    ],
    ids=["plain", "responseError", "returnCode", "number"],
)
def test_refusals_of_the_service_are_read_in_every_shape(listed, shape):
    """
    A refusal of the service is read alike, wherever its code and message stand.
    """
    error = refuse(listed["http"], shape(listed["code"], listed["message"]))

    assert {400: InvalidRequest, 409: Conflict}[listed["http"]] is type(error)
    assert (listed["code"], listed["message"]) == (error.code, error.message)
    assert not error.from_gateway


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, ApiError),
        (400, InvalidRequest),
        (401, AuthenticationFailed),
        (402, ApiError),
        (403, PermissionDenied),
        (404, NotFound),
        (409, Conflict),
        (413, RequestTooLarge),
        (418, ApiError),
        (429, TooManyRequests),
        (500, ServerError),
        (502, ServerError),
        (504, ServerError),
        (599, ServerError),
        (999, ServerError),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><h1>Not today</h1></html>",
        b"<error><errorCode>200",
        b"<error><message>m</message></error>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]><error><errorCode>200</errorCode></error>",
        b"\xff\xfe",
        b"{",
        b"[1]",
        b"null",
        b'"text"',
        b"210",
        b'{"error": "Not Found", "code": null}',
        b'{"error": [], "responseError": []}',
        b'{"error": {"errorCode": {}, "message": [], "details": 1.5}}',
        b'{"responseError": {"code": true, "message": {"a": 1}}}',
    ],
)
def test_any_body_at_all_makes_the_error_of_its_status(status, kind, body):
    """
    A body that says nothing useful leaves the choice to the HTTP status.
    """
    error = refuse(status, body)

    assert kind is type(error)
    assert ("", "") == (error.code, error.details)
    assert error.message.endswith("without a message of the service")


@pytest.mark.parametrize(
    ("status", "code", "kind"), [(401, "210", AuthenticationFailed), (429, "400", TooManyRequests)]
)
def test_codes_of_the_gateway_mean_nothing_from_the_service(status, code, kind):
    """
    The service's own numbers are not taken for those of the gateway.
    """
    assert kind is type(refuse(status, {"code": code, "message": "m"}))


@given(st.integers(100, 999), st.binary())
def test_no_body_breaks_the_choice_of_an_error(status, body):
    """
    Whatever bytes come with a refusal, there is an error for it, and it prints.
    """
    assert f"(HTTP {status}, code " in str(refuse(status, body))


def test_the_name_of_a_request_is_kept_for_a_support_case():
    """
    The request id of the answer, where there is one, is in the error.
    """
    assert "r-1" == refuse(500, b"", {"x-ncp-request-id": "r-1"}).request_id
    assert None is refuse(500, b"").request_id


def test_long_texts_are_shortened():
    """
    A page-long message does not fill the log.
    """
    body = {"code": "c" * 10_000, "message": "m" * 10_000, "details": "d" * 10_000}

    error = refuse(400, body)

    assert ["c" * 300 + "…", "m" * 300 + "…", "d" * 300 + "…"] == [
        error.code,
        error.message,
        error.details,
    ]
    assert len(str(error)) < 1000


@pytest.mark.parametrize("member", ["message", "details"])
@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("see https://h/a.jpg?X-Amz-Signature=canary now", "see https://h/a.jpg?… now"),
        ("HTTPS://h/a.jpg?X=canary", "HTTPS://h/a.jpg?…"),
        ("http://h?canary", "http://h?…"),
        ("'https://h/it's.jpg?X=canary'", "'https://h/it's.jpg?…"),
        ("https://h/a?b='canary'&c=<canary>\"canary\"", "https://h/a?…"),
        ("https://h/" + "x" * 270 + "?X=" + "canary" * 10, "https://h/" + "x" * 270 + "?…"),
        ("really? yes", "really? yes"),
        ("https://h/a without a query", "https://h/a without a query"),
    ],
)
def test_the_query_of_a_presigned_address_is_cut_off(member, words, expected):
    """
    An address in a refusal keeps its place and loses its query, which may be a key.
    """
    error = refuse(400, {"code": "1", "message": "m", member: words})

    assert expected == getattr(error, member)
    assert "canary" not in repr(error) + str(error) + repr(vars(error))


# Refusals that came as a success.


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"code": "0", "message": "success"}, None),
        ({"code": 0}, None),
        ({"code": None}, None),
        ({"result": {}}, None),
        ({}, None),
        ({"code": "10001"}, "10001"),
        ({"code": 10001}, "10001"),
        ({"error": {"errorCode": "200"}}, "200"),
        ({"error": {}}, "unknown"),
        ({"responseError": {"code": "10001"}}, "10001"),
        ({"responseError": {}}, "unknown"),
        ({"code": "0", "error": None, "responseError": None}, None),
    ],
)
def test_a_refusal_is_recognised_under_a_success_status(answer, expected):
    """
    An answer whose body is a refusal is a refusal, even with HTTP 200.
    """
    assert expected == refusal_code(answer)


# Retry-After.

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT


@pytest.fixture
def in_seoul(monkeypatch):
    """A machine that does not live by Greenwich."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Seoul")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("86400", 86_400.0),
        ("999999999", 999_999_999.0),
        ("Fri, 15 Jan 2027 08:00:30 GMT", 30.0),
        ("Fri, 15 Jan 2027 08:00:30 -0000", 30.0),
        ("Fri, 15 Jan 2027 08:00:30", 30.0),
        ("Fri, 15 Jan 2027 17:00:30 +0900", 30.0),
        ("Friday, 15-Jan-27 08:00:30 GMT", 30.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("", None),
        ("-7", None),
        ("+7", None),
        ("1e9", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("\u0667", None),
        ("9" * 5000, None),
        ("Fri, 99 Jan 2027 08:00:30 GMT", None),
        ("Fri, 15 Jan 99999 08:00:30 GMT", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(text, expected, in_seoul):
    """
    `Retry-After` is seconds or a date in UTC; the past is 0, and an invalid value is None.
    """
    assert expected == retry_after({"Retry-After": text}, NOW)


def test_a_date_is_compared_with_the_clock_of_the_answer():
    """
    A wrong clock here does not lengthen the pause if the answer has a `Date`.
    """
    headers = {
        "Retry-After": "Fri, 15 Jan 2027 08:00:30 GMT",
        "Date": "Fri, 15 Jan 2027 08:00:00 GMT",
    }

    assert 30.0 == retry_after(headers, NOW - 86_400)


@given(st.text(), st.text())
def test_no_header_breaks_the_reading_of_a_pause(text, date):
    """
    Whatever the headers hold, a pause is a number from 0 up, or None.
    """
    pause = retry_after({"Retry-After": text, "Date": date}, NOW)

    assert pause is None or pause >= 0


def test_the_pause_is_part_of_the_error():
    """
    The error of a refusal carries the pause that the service asks for.
    """
    assert 7.0 == refuse(429, b"", {"Retry-After": "7"}).retry_after_seconds
    assert None is refuse(429, b"").retry_after_seconds


# Other shapes.

XML = "<{0}><errorCode>{1}</errorCode><message>{2}</message><details>{3}</details></{0}>"


@pytest.mark.parametrize("root", ["error", "ErrorResponse", "ns:Error xmlns:ns='x'"])
@pytest.mark.parametrize("declared", ["", '<?xml version="1.0" encoding="UTF-8"?>\n'])
@pytest.mark.parametrize("listed", GATEWAY_ERRORS, ids=lambda one: one["code"])
def test_refusals_of_the_gateway_are_read_as_xml_too(listed, declared, root):
    """
    The gateway's XML, whatever its root is called, becomes the error that its JSON becomes.
    """
    text = declared + XML.format(root, listed["code"], listed["message"], "d")

    error = refuse(listed["http"], text.encode())

    assert OF_GATEWAY[listed["code"]] is type(error)
    assert (listed["code"], listed["message"], "d") == (error.code, error.message, error.details)
    assert error.from_gateway


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("a &lt;b&gt; &amp; &#99;", "a <b> & c"),
        ("<![CDATA[a b]]>", "a b"),
        (" a\n", "a"),
        ("&file;", "&file;"),
        ("m" * 400, "m" * 300 + "…"),
    ],
)
def test_entities_of_xml_are_unescaped(message, expected):
    """
    The text of a refusal in XML is what an XML parser would give, without any entity of its own.
    """
    assert expected == refuse(400, XML.format("error", "100", message, "").encode()).message


@pytest.mark.parametrize(
    "text",
    [
        XML.format("error", "100", "m", "d").replace("<error>", "<error>" + " " * 20_000),
        "<html><title>502</title><message>m</message></html>",
        "<<errorCode>100</errorCode>",
        "<error>" + "<errorCode>" * 5000,
    ],
    ids=["beyond the limit", "page", "no XML", "unclosed"],
)
def test_what_is_no_refusal_in_xml_is_not_read(text):
    """
    Of a page, of XML of another kind and of what stands far behind, nothing is taken.
    """
    error = refuse(400, text.encode())

    assert ("", "") == (error.code, error.details)
    assert not error.from_gateway


def test_xml_without_the_gateways_word_is_not_of_the_gateway():
    """
    XML with a `code` is read, and not taken for the gateway's.
    """
    error = refuse(429, b"<Error><code>400</code><message>m</message></Error>")

    assert TooManyRequests is type(error)
    assert ("400", "m", False) == (error.code, error.message, error.from_gateway)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"errorCode": "7", "message": "m"}, ("7", "m")),
        ({"code": 7, "msg": "m", "data": None}, ("7", "m")),
        ({"status": {"code": "7", "message": "m"}}, ("7", "m")),
        ({"error": {"code": "7", "message": "m"}}, ("7", "m")),
        (
            {"timestamp": "t", "status": 400, "error": "Bad Request", "path": "/"},
            ("", "Bad Request"),
        ),
    ],
    ids=["errorCode", "msg", "status", "error", "Spring"],
)
def test_shapes_seen_elsewhere_on_the_platform_are_read(body, expected):
    """
    Code and message are found in each shape that other services of the platform use.
    """
    error = refuse(400, body)

    assert expected == (error.code, error.message)
    assert not error.from_gateway


DIAGNOSTICS = {
    "x-ncp-apigw-error-code": "210",
    "x-ncp-apigw-error-message": "Permission Denied",
    "x-ncp-trace-id": "t-1",
}


@pytest.mark.parametrize("body", [b"", b"{}", b"<html></html>"], ids=["empty", "object", "page"])
def test_headers_of_the_gateway_count_where_the_body_says_nothing(body):
    """
    The gateway's headers give code, message and request id to an answer whose body has none.
    """
    error = refuse(401, body, DIAGNOSTICS)

    assert PermissionDenied is type(error)
    assert ("210", "Permission Denied", "t-1") == (error.code, error.message, error.request_id)
    assert error.from_gateway


def test_the_body_of_a_refusal_counts_before_the_headers():
    """
    A body that says something is believed, and so is the service's own request id.
    """
    error = refuse(400, {"code": "1", "message": "m"}, {**DIAGNOSTICS, "x-ncp-request-id": "r-1"})

    assert ("1", "m", "r-1") == (error.code, error.message, error.request_id)
    assert not error.from_gateway
