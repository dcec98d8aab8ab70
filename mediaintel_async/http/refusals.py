"""What the service or its gateway says when it refuses a request, made into an error."""

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


def error_for(
    operation: str, status: int, headers: Mapping[str, str], body: bytes, *, now: float
) -> ApiError:
    """Choose the error for a refused *operation*, by status, body and, of the gateway, code.

    *now* is the time of the wall clock, for a `Retry-After` that is a date in an answer without
    a `Date`.
    """
    code, message, details, from_gateway = _refusal(body)
    kind = _BY_STATUS.get(status, ServerError if status >= _SERVER_ERRORS else ApiError)
    if from_gateway:
        kind = _BY_GATEWAY_CODE.get((status, code), kind)
    return kind(
        operation,
        status,
        code,
        _without_queries(message or _phrase(status)),
        _without_queries(details),
        headers.get("x-ncp-request-id"),
        retry_after(headers, now),
        from_gateway,
    )


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


def _refusal(body: bytes) -> tuple[str, str, str, bool]:
    """Return code, message and details of a refusal, and whether the gateway wrote it."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "", "", "", False
    if not isinstance(answer, dict):
        return "", "", "", False
    return _refusal_fields(answer)


def _refusal_fields(answer: Mapping[str, Any]) -> tuple[str, str, str, bool]:
    # The documentation shows no complete refusal of the service. Code and message may stand at the
    # top or inside responseError, there perhaps in the platform's older spelling (common.yaml).
    gateway = answer.get("error")
    if isinstance(gateway, dict):
        code = _text(gateway.get("errorCode"))
        return code, _text(gateway.get("message")), _text(gateway.get("details")), True
    inner = answer.get("responseError")
    service = inner if isinstance(inner, dict) else answer
    code = _text(service.get("code")) or _text(service.get("returnCode"))
    message = _text(service.get("message")) or _text(service.get("returnMessage"))
    return code, message, _text(service.get("details")), False


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
