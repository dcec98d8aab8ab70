"""Answers as they go over the wire: successes, refusals of the service, refusals of its gateway."""

from collections.abc import Mapping

import orjson
from attrs import field, frozen

from mediaintel_async.simulator.world.refusals import Reason

GATEWAY_ERRORS: Mapping[str, tuple[int, str]] = {
    "100": (400, "Bad Request Exception"),
    "200": (401, "Authentication Failed"),
    "210": (401, "Permission Denied"),
    "300": (404, "Not Found Exception"),
    "400": (429, "Quota Exceeded"),
    "410": (429, "Throttle Limited"),
    "420": (429, "Rate Limited"),
    "430": (413, "Request Entity Too Large"),
    "500": (503, "Endpoint Error"),
    "510": (504, "Endpoint Timeout"),
    "900": (500, "Unexpected Error"),
}
"""HTTP status and message of each gateway error code, as the API overview lists them."""

USUAL_CODES = {
    400: "100",
    401: "200",
    404: "300",
    413: "430",
    429: "410",
    500: "900",
    503: "500",
    504: "510",
}
"""The gateway error code to send with an HTTP status when no code is given."""

DOCUMENTED_REFUSALS: Mapping[Reason, tuple[int, str, str]] = {
    Reason.INVALID: (400, "10001", "Invalid Request."),
    Reason.FOLDER: (
        400,
        "10016",
        "Select the bucket to integrate (folder selection not available).",
    ),
    Reason.INDEX_NOT_IN_PROGRESS: (409, "409", "Cannot cancel analysis in the current state"),
    Reason.DELETE_DURING_RUN: (409, "409", "Cannot delete index while analysis is in progress"),
}
"""HTTP status, code and message of the refusals that the service documents.

The others are assumptions: `assumed.REFUSALS`.
"""


@frozen(kw_only=True)
class Answer:
    """Status, headers and body of one answer; the server adds the Date header."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(factory=dict)
    retry_at_seconds: float | None = None
    """Sends `Retry-After` as a date this many seconds after `Date`; None: no such header."""


def gateway_error(code: str, details: str = "") -> Answer:
    """Return the gateway's refusal with that error code."""
    status, message = GATEWAY_ERRORS[code]
    error = {"errorCode": code, "message": message, "details": details}
    return Answer(status=status, body=orjson.dumps({"error": error}))


def service_error(status: int, code: str, message: str) -> Answer:
    """Return a refusal of the service itself."""
    return Answer(status=status, body=orjson.dumps({"code": code, "message": message}))
