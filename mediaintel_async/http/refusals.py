"""What the service or its gateway says when it refuses a request, made into an error."""

import html
import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import orjson

from mediaintel_async.errors import (
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
    shortened,
)

_BY_STATUS: dict[int, type[ApiError]] = {
    400: InvalidRequest,
    401: AuthenticationFailed,
    403: PermissionDenied,
    404: NotFound,
    409: Conflict,
    413: RequestTooLarge,
    429: TooManyRequests,
}
# By HTTP status and the gateway's own code; see common.yaml, gateway_errors.
_BY_GATEWAY_CODE: dict[tuple[int, str], type[ApiError]] = {
    (401, "210"): PermissionDenied,
    (429, "400"): QuotaExceeded,
}
_SERVER_ERRORS = 500

_MOST_XML_BYTES = 16 * 2**10
"""Of a refusal in XML that are looked at; those of the gateway have about 200 bytes."""

# Not an XML parser: entities of a document could name files, or grow to gigabytes. Matched are
# only elements without any markup inside, after an optional declaration and one root element.
_XML_ROOT = re.compile(r"\s*(?:<\?xml[^<>]*\?>\s*)?<(?![?!/])[^<>]*>", re.ASCII)
_XML_FIELD = re.compile(
    r"<(errorCode|code|message|details)>(?:<!\[CDATA\[)?([^<>]*?)(?:\]\]>)?</\1>"
)


def error_for(
    operation: str, status: int, headers: Mapping[str, str], body: bytes, *, now: float
) -> ApiError:
    """Choose the error for a refused *operation*, by status, body and, of the gateway, code.

    *now* is the time of the wall clock, for a `Retry-After` that is a date in an answer without
    a `Date`.
    """
    answer = as_mapping(body, headers)
    code, message, details, from_gateway = _refusal_fields(answer)
    kind = _BY_STATUS.get(status, ServerError if status >= _SERVER_ERRORS else ApiError)
    if from_gateway:
        kind = _BY_GATEWAY_CODE.get((status, code), kind)
    return kind(
        operation,
        status,
        code,
        _without_queries(message or _phrase(status)),
        _without_queries(details),
        _text(headers.get("x-ncp-request-id")) or _text(headers.get("x-ncp-trace-id")) or None,
        retry_after(headers, now),
        from_gateway,
    )


def as_mapping(body: bytes, headers: Mapping[str, str]) -> Mapping[str, Any]:
    """Return what a refusal says: its JSON, its XML in the shape of JSON, or its headers.

    The gateway's headers count where the body says nothing. They were seen from other gateways of
    the platform; whether this one sends them is not known.
    """
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = _from_xml(body)
    if isinstance(answer, dict) and any(_refusal_fields(answer)[:3]):
        return answer
    said = {
        "errorCode": headers.get("x-ncp-apigw-error-code", ""),
        "message": headers.get("x-ncp-apigw-error-message", ""),
    }
    if any(said.values()):
        return {"error": said}
    return answer if isinstance(answer, dict) else {}


def _from_xml(body: bytes) -> dict[str, Any]:
    text = body[:_MOST_XML_BYTES].decode("utf-8", "replace")
    if not _XML_ROOT.match(text):
        return {}
    found = {name: html.unescape(words).strip() for name, words in _XML_FIELD.findall(text)}
    # Only the gateway is known to write `errorCode`. Without a code, this is a page, or XML of
    # another kind.
    if "errorCode" in found:
        return {"error": found}
    return found if "code" in found else {}


def refusal_code(answer: Mapping[str, Any]) -> str | None:
    """Return the code of a refusal that came with a 2xx status; None for a success."""
    if isinstance(answer.get("error"), dict) or isinstance(answer.get("responseError"), dict):
        return _refusal_fields(answer)[0] or "unknown"
    code = answer.get("code")
    if code == "0":
        return None
    return None if _text(code) in ("", "0") else _text(code)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Return the seconds of `Retry-After`, which may be a date; None if it is absent or invalid.

    A date is compared with the answer's own `Date`, so that a wrong clock here does not
    lengthen the wait.
    """
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text, re.ASCII):
        return float(text)
    until = timestamp(text)
    if until is None:
        return None
    answered_at = timestamp(headers.get("Date", ""))
    return max(0.0, until - (now if answered_at is None else answered_at))


def timestamp(text: str) -> float | None:
    """Return the seconds since 1970 of an HTTP date; None if it is absent or invalid."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # HTTP dates are UTC; Python would take one without a zone for local time.
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _refusal_fields(answer: Mapping[str, Any]) -> tuple[str, str, str, bool]:
    # The documentation shows no complete refusal of the service. Code and message may stand at the
    # top or one level below, there perhaps in another spelling of the platform (common.yaml,
    # refusal_shapes_elsewhere_on_the_platform).
    inner = next(
        (
            answer[name]
            for name in ("error", "responseError", "status")
            if isinstance(answer.get(name), dict)
        ),
        answer,
    )
    is_below_error = inner is answer.get("error")
    code = _first_text(inner, "errorCode", "code", "returnCode")
    message = _first_text(inner, "message", "returnMessage", "msg")
    if inner is answer and not message and "status" in answer:
        message = _text(answer.get("error"))  # {timestamp, status, error, path}
    # {error: {code, message}}, without `errorCode`, is of some other service of the platform.
    from_gateway = is_below_error and ("errorCode" in inner or "code" not in inner)
    return code, message, _text(inner.get("details")), from_gateway


def _first_text(fields: Mapping[str, Any], *names: str) -> str:
    return next(filter(None, (_text(fields.get(name)) for name in names)), "")


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return shortened(str(value))


def _phrase(status: int) -> str:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "unknown status"
    return f"{phrase}, without a message of the service"


def _without_queries(text: str) -> str:
    """Cut the query off every URL in *text*: the query of a presigned URL is a secret."""
    return re.sub(r"(https?://[^\s?]*\?)\S+", r"\1…", text, flags=re.IGNORECASE)
