"""Everything this library raises.

MediaIntelligenceError             .token resumes the work, where there is work to resume
├── UsageError (ValueError)        nothing was sent
│   ├── ConfigurationError
│   ├── InvalidArgument
│   └── ClientClosed               also a RuntimeError
├── TransportError                 no usable answer
│   ├── NotSent                    the request certainly never reached the service
│   │   └── ConnectTimeout         also a TimeoutError
│   └── AnswerLost                 it was sent; whether the service acted is unknown
│       └── RequestTimeout         also a TimeoutError
├── ApiError                       the service refused
│   ├── InvalidRequest             400
│   ├── AuthenticationFailed       401
│   ├── PermissionDenied           401 code 210, 403
│   ├── NotFound                   404
│   ├── Conflict                   409
│   ├── RequestTooLarge            413
│   ├── TooManyRequests            429 codes 410 and 420
│   ├── QuotaExceeded              429 code 400
│   └── ServerError                5xx
├── InvalidAnswer                  2xx whose body is not what the API documents
└── JobError                       about work that was started or waited for
    ├── JobFailed
    ├── JobCanceled
    ├── JobNeverStarted
    ├── JobSuperseded
    ├── OutcomeUnknown
    ├── Detached                   the client was closed
    └── StillRunning               also a TimeoutError; the work goes on

All of them pickle; none shows a secret, a signature or the query of a presigned URL.
"""

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Protocol

import orjson
from attrs import define

from mediaintel_async.public import public

_LONGEST_TEXT = 300


@public
class MediaIntelligenceError(Exception):
    """The root: `except MediaIntelligenceError` catches all that this library raises."""

    token: str | None = None
    """Resumes the work that the failed call was about: `client.jobs.resume(token)`."""

    @property
    def what_happened(self) -> str:
        """What was attempted, on what, and what came of it."""
        return super().__str__()

    @property
    def advice(self) -> str:
        """What to do about it; "" where `what_happened` says it."""
        return _advice_for(self)

    def __str__(self) -> str:
        happened = self.what_happened
        # The service's words may end with a full stop of their own.
        return f"{happened.removesuffix('.')}. {self.advice}" if self.advice else happened


# Positional fields throughout: an exception with keyword-only fields cannot be unpickled,
# and worker processes send their errors home by pickle.


@public
class UsageError(MediaIntelligenceError, ValueError):
    """The call cannot work as it was made; nothing was sent."""


@public
class ConfigurationError(UsageError):
    """The client was set up in a way that cannot work: keys, address, settings."""


@public
class InvalidArgument(UsageError):
    """An argument is outside what the service or this library allows; says which and why."""


@public
class ClientClosed(UsageError, RuntimeError):
    """The client was closed, or belongs to another event loop."""


@public
@define(eq=False, slots=False)
class TransportError(MediaIntelligenceError):
    """There is no usable answer."""

    operation: str
    """What was attempted, as `METHOD /path`."""

    reason: str
    """What went wrong, in a few words."""

    @property
    def what_happened(self) -> str:
        """What was attempted, and why there is no answer."""
        return f"{self.operation}: {self.reason}"


@public
class NotSent(TransportError):
    """The request certainly never reached the service; sending it again is safe."""


@public
class ConnectTimeout(NotSent, TimeoutError):
    """No connection within `Timeouts.connect` seconds."""


@public
class AnswerLost(TransportError):
    """The request was sent and its answer was lost: the service may have acted."""


@public
class RequestTimeout(AnswerLost, TimeoutError):
    """No answer within `Timeouts.request` seconds, or silence for `Timeouts.read`."""


@public
@define(eq=False, slots=False)
class ApiError(MediaIntelligenceError):
    """The service, or the gateway in front of it, answered with a refusal."""

    operation: str
    """What was attempted, as `METHOD /path`."""

    status: int
    """The HTTP status."""

    code: str = ""
    """The service's own error number, as text; "" when it gave none."""

    message: str = ""
    """The service's words."""

    details: str = ""
    """More of the service's words, where it had more."""

    request_id: str | None = None
    """Names the request in a support case, where the service gave such a name."""

    retry_after_seconds: float | None = None
    """How long the service asks to wait; None when it did not say."""

    from_gateway: bool = False
    """Whether the gateway refused, so that the service itself never saw the request."""

    @property
    def what_happened(self) -> str:
        """What was attempted, and the service's words."""
        words = f"{self.message} {self.details}".strip() or "no reason given"
        told = f"HTTP {self.status}, code {self.code or 'none'}"
        return f"{self.operation}: {_shortened(words)} ({told})"


@public
class InvalidRequest(ApiError):
    """400: the service does not accept what was asked."""


@public
class AuthenticationFailed(ApiError):
    """401: the keys are wrong, or the clock is off by more than five minutes."""


@public
class PermissionDenied(ApiError):
    """401 with code 210, or 403: the keys are right, and may not do this."""


@public
class NotFound(ApiError):
    """404: no such thing; with `from_gateway`, the call itself does not exist (any more)."""


@public
class Conflict(ApiError):
    """409: another run is in the way; `token`, where known, attaches to it."""


@public
class RequestTooLarge(ApiError):
    """413: the request is bigger than the gateway takes."""


@public
class TooManyRequests(ApiError):
    """429 codes 410 and 420: turned away before anything was done; ask again later."""


@public
class QuotaExceeded(ApiError):
    """429 code 400: the quota is used up. Never retried."""


@public
class ServerError(ApiError):
    """5xx: the service or its gateway is in trouble."""


@public
@define(eq=False, slots=False)
class InvalidAnswer(MediaIntelligenceError):
    """The service reported success, and the body is not what the API documents."""

    operation: str
    """What was attempted, as `METHOD /path`."""

    where: str
    """The place in the body, as `$.result.status`."""

    problem: str
    """What was expected there, and what kind of thing stood there instead."""

    @property
    def what_happened(self) -> str:
        """What was attempted, and where its answer went wrong."""
        return f"{self.operation}: unexpected answer at {self.where}: {self.problem}"


class LastStatus(Protocol):
    """A status, as far as an error needs it: each `JobStatus` is one."""

    @property
    def state(self) -> str:
        """The service's own word for the state."""
        ...

    @property
    def is_final(self) -> bool:
        """Whether the run has ended."""
        ...

    @property
    def succeeded(self) -> bool:
        """Whether the run has ended with success."""
        ...

    @property
    def progress(self) -> float | None:
        """The share that is done, from 0 to 1; None if the service does not report it."""
        ...

    @property
    def message(self) -> str | None:
        """The service's explanation of the state; None if there is none."""
        ...


@public
@define(eq=False, slots=False)
class JobError(MediaIntelligenceError):
    """About work on the service. `token` resumes it, `last_status` is the last look."""

    message: str
    token: str | None = None
    last_status: LastStatus | None = None
    """The last status seen; None where no look succeeded. The error of the last look is then the
    `__cause__`."""

    @property
    def what_happened(self) -> str:
        """The message."""
        return self.message


@public
class JobFailed(JobError):
    """The run ended in failure; `last_status.message` has the service's reason."""


@public
class JobCanceled(JobError):
    """The run was cancelled, here or elsewhere."""


@public
class JobNeverStarted(JobError):
    """The service accepted the start, yet shows no run after the grace period."""


@public
class JobSuperseded(JobError):
    """A newer run, not ours, has taken the place of the run that was waited for."""


@public
@define(eq=False, slots=False)
class OutcomeUnknown(JobError):
    """A start was sent and its answer lost, and looking did not show whether it took."""

    candidates: tuple[Any, ...] = ()
    """For an import: the assets of that file name that were not there before."""


@public
class Detached(JobError):
    """The client was closed while this was waited for; the work goes on."""


@public
@define(eq=False, slots=False)
class StillRunning(JobError, TimeoutError):
    """The caller's timeout passed; the work goes on."""

    cancellation: Any = None
    """What cancelling came to, with `on_timeout="cancel"`; None when it was not tried."""


WRONG_CLOCK = (
    "Set this machine's clock: the gateway refuses a time more than five minutes from its own."
)

_ADVICE: Mapping[type[MediaIntelligenceError], str] = {
    NotSent: "Nothing was done: check the network and the address, then try again.",
    AnswerLost: "The service may have acted: look before you repeat it.",
    AuthenticationFailed: "Check both keys, whole and of one pair, and this machine's clock, which"
    " may be five minutes off at the most.",
    PermissionDenied: "The keys are right, but may not do this: have their sub account given a"
    " policy such as NCP_VPC_MEDIA_INTELLIGENCE_MANAGER.",
    NotFound: "Check that each thing in this path exists, and belongs to the account of the keys.",
    RequestTooLarge: "Ask for less at a time.",
    TooManyRequests: "Nothing was done: come back later, or do fewer at a time.",
    QuotaExceeded: "Wait until the quota is renewed, or have it raised in the console.",
    ServerError: "The service is in trouble, which time mends: try again later.",
    InvalidAnswer: "The service's documents do not show this: please report it.",
}
_ADVICE_BY_IMPORT_STATE: Mapping[str, str] = {
    "FILE_NOT_EXIST": "Check bucket and key, which is the object's full name: no such file is"
    " there.",
    "INVALID_METADATA": "The file is no video or image that the service takes.",
}


_ADVICE_BY_SUMMARY_CALL: Mapping[str, str] = {
    "GET": "There may be no finished summary yet: summarising the asset makes one.",
    "POST": "An asset is imported completely and indexed before it is summarised: summarize()"
    " indexes it first, and joins a run that is on its way.",
}


def _advice_for(error: MediaIntelligenceError) -> str:
    advice = ""
    match error:
        case NotFound(from_gateway=True):
            advice = (
                "The gateway does not know this call: check the address, and whether there is a"
                " newer mediaintel-async."
            )
        case AuthenticationFailed() if "timestamp" in f"{error.message} {error.details}".lower():
            advice = WRONG_CLOCK
        case TooManyRequests() if error.retry_after_seconds is not None:
            advice = f"Nothing was done: come back in {error.retry_after_seconds:g} seconds."
        case InvalidRequest() | Conflict() | NotFound():
            method, _, path = error.operation.partition(" ")
            if path.endswith("/scene-summary"):
                advice = _ADVICE_BY_SUMMARY_CALL.get(method, "")
        case JobFailed():
            state = getattr(error.last_status, "state", None)
            advice = _ADVICE_BY_IMPORT_STATE.get(str(state), "")
    kinds = (kind for kind in type(error).__mro__ if kind in _ADVICE)
    return advice or next((_ADVICE[kind] for kind in kinds), "")


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
    """Choose the error that tells the caller what can be done about a refusal.

    *now* is the caller's wall clock; it is only used for a `Retry-After` given as a date
    in an answer without a `Date` of its own.
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
    """Return the code of a refusal that came with a 2xx status; None when it is none."""
    if isinstance(answer.get("error"), dict) or isinstance(answer.get("responseError"), dict):
        return _refusal_fields(answer)[0] or "unknown"
    code = answer.get("code")
    if code == "0":
        return None
    return None if _text(code) in ("", "0") else _text(code)


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Read `Retry-After`, in seconds or as a date; None for nothing and for nonsense.

    A date is compared with the answer's own `Date`, so that a wrong clock here does not
    lengthen the wait.
    """
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text, re.ASCII):
        return float(text)
    until = timestamp(text)
    if until is None:
        return None
    told_at = timestamp(headers.get("Date", ""))
    return max(0.0, until - (now if told_at is None else told_at))


def timestamp(text: str) -> float | None:
    """Return the seconds since 1970 of an HTTP date; None for nothing and for nonsense."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    # HTTP knows no time but Greenwich's; one without a zone must not become local time.
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _refusal(body: bytes) -> tuple[str, str, str, bool]:
    """Read code, message and details from a refusal, and whether the gateway wrote it."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "", "", "", False
    if not isinstance(answer, dict):
        return "", "", "", False
    return _refusal_fields(answer)


def _refusal_fields(answer: Mapping[str, Any]) -> tuple[str, str, str, bool]:
    # No page shows a refusal of the service whole: it may stand at the top or inside
    # responseError, there perhaps in the platform's older spelling (common.yaml).
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
    return _shortened(str(value))


def _phrase(status: int) -> str:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "unknown status"
    return f"{phrase}, without a message of the service"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…"


def _without_queries(text: str) -> str:
    """Cut the query off every address: that of a presigned URL is a key."""
    return re.sub(r"(https?://[^\s?]*\?)\S+", r"\1…", text, flags=re.IGNORECASE)
