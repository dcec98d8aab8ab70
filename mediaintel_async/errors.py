"""Every error that this library raises.

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
    └── StillRunning               also a TimeoutError; the run continues, unless
                                   `cancellation` says otherwise

All of them pickle, and have a `to_dict()` for JSON. None shows a secret key, a signature, the
password of a proxy or a presigned URL, in its text or in the frames that it keeps.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from attrs import define

from mediaintel_async.public import public

_LONGEST_TEXT = 300

LONGEST_SERVER_HINT_SECONDS = 120.0
"""A `Retry-After` is obeyed up to this long, so that a mistaken one cannot stop a client for
hours."""


@public
class MediaIntelligenceError(Exception):
    """The base of every error that this library raises."""

    token: str | None = None
    """Resumes the work that the failed call was about, by `client.jobs.resume(token)`; None when
    there is no work to resume."""

    @property
    def what_happened(self) -> str:
        """What was attempted, and how it failed."""
        return super().__str__()

    @property
    def advice(self) -> str:
        """What to do about the error; "" when `what_happened` already says it."""
        return _advice_for(self)

    @property
    def retryable(self) -> bool:
        """Whether the same call may be made again later without anything being billed twice.

        True for a failure that may pass by itself: the request never reached the service, or it
        only read, or the service was too busy for it. Where there is a `token`, resume that
        instead of repeating the call. False does not mean that repeating is dangerous: it may be
        useless (`InvalidRequest`), or its safety unknown (`AnswerLost` of a POST).
        """
        return _is_retryable(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the error as JSON has it; it shows no more than the text of the error.

        The keys: `error` (the name of the class), `message` (what happened, on one line),
        `advice` ("" without any), `token` (or None), `status` and `code` (of an `ApiError`, else
        None) and `retryable`.
        """
        status, code = getattr(self, "status", None), getattr(self, "code", None)
        return {
            "error": type(self).__name__,
            "message": one_line(self.what_happened),
            "advice": one_line(self.advice),
            "token": self.token,
            "status": status,
            "code": None if code is None else one_line(code),
            "retryable": self.retryable,
        }

    def __str__(self) -> str:
        return one_line(sentences(self.what_happened, self.advice))


# All fields are positional: an exception with keyword-only fields cannot be unpickled, and worker
# processes pickle their errors to send them to the parent process.


@public
class UsageError(MediaIntelligenceError, ValueError):
    """The call was made wrongly; nothing was sent. Change the call: repeating it fails again."""


@public
class ConfigurationError(UsageError):
    """The client's keys, address, session or settings cannot work."""


@public
class InvalidArgument(UsageError):
    """An argument is not what the service or this library accepts; the text names it."""


@public
class ClientClosed(UsageError, RuntimeError):
    """The client or its session was closed, or belongs to another event loop; make a new one."""


@public
@define(eq=False, slots=False)
class TransportError(MediaIntelligenceError):
    """The network failed: there is no usable answer. Raised after the last retry, if any."""

    operation: str
    """What was attempted, as `METHOD /path`."""

    reason: str
    """How the network failed, in a few words."""

    @property
    def what_happened(self) -> str:
        """What was attempted, and why there is no answer."""
        return f"{self.operation}: {self.reason}"


@public
class NotSent(TransportError):
    """The request never reached the service, so that repeating the call is safe."""


@public
class ConnectTimeout(NotSent, TimeoutError):
    """No connection was made within `Timeouts.connect` seconds."""


@public
class AnswerLost(TransportError):
    """The request was sent and its answer was lost, so that the service may have acted.

    Look at the state on the service before you repeat a call that starts or changes something.
    """


@public
class RequestTimeout(AnswerLost, TimeoutError):
    """The answer took longer than `Timeouts.request`, or paused for longer than `Timeouts.read`."""


@public
@define(eq=False, slots=False)
class ApiError(MediaIntelligenceError):
    """The service, or the gateway in front of it, refused the request."""

    operation: str
    """What was attempted, as `METHOD /path`."""

    status: int
    """The HTTP status. A refusal may come with 200."""

    code: str = ""
    """The error number of the service or the gateway, as text; "" when there was none."""

    message: str = ""
    """The reason in the service's words."""

    details: str = ""
    """Further words of the service; "" when there were none."""

    request_id: str | None = None
    """Identifies the request in a support case; None when the service gave no such id."""

    retry_after_seconds: float | None = None
    """Seconds that the service asks to wait before the next request; None when it did not say."""

    from_gateway: bool = False
    """True when the gateway refused, so that the service itself never saw the request."""

    @property
    def what_happened(self) -> str:
        """What was attempted, and the service's reason, status and code."""
        reason = sentences(self.message, self.details) or "no reason given"
        numbers = f"HTTP {self.status}, code {self.code or 'none'}"
        return f"{self.operation}: {shortened(reason)} ({numbers})"


@public
class InvalidRequest(ApiError):
    """400: the service does not accept the request; `message` says why."""


@public
class AuthenticationFailed(ApiError):
    """401: the keys are wrong, or this machine's clock is off by more than five minutes."""


@public
class PermissionDenied(ApiError):
    """401 with code 210, or 403: the keys are valid, and their account may not do this."""


@public
class NotFound(ApiError):
    """404: no such resource; with `from_gateway`, the call itself does not exist (any more)."""


@public
class Conflict(ApiError):
    """409: another run is in progress; `token`, if it is not None, attaches to that run."""


@public
class RequestTooLarge(ApiError):
    """413: the request is larger than the gateway accepts."""


@public
class TooManyRequests(ApiError):
    """429 codes 410 and 420: refused before anything was done; repeat the call later.

    Raised when the retries are used up. `retry_after_seconds` says when, if the service did.
    """


@public
class QuotaExceeded(ApiError):
    """429 code 400: the account's quota is used up.

    A call is not retried; a wait goes on looking until `Timeouts.unreachable`.
    """


@public
class ServerError(ApiError):
    """5xx: the service or its gateway failed. Raised after the last retry, if any."""


@public
@define(eq=False, slots=False)
class InvalidAnswer(MediaIntelligenceError):
    """The service reported success, and its answer is not what the API documents."""

    operation: str
    """What was attempted, as `METHOD /path`."""

    where: str
    """The place in the answer, as `$.result.status`."""

    problem: str
    """What was expected there, and what kind of value was found; never the value itself."""

    @property
    def what_happened(self) -> str:
        """What was attempted, and where its answer is wrong."""
        return f"{self.operation}: unexpected answer at {self.where}: {self.problem}"


class LastStatus(Protocol):
    """A status, as far as an error needs it: each `JobStatus` is one."""

    @property
    def state(self) -> str:
        """The service's own word for the state."""
        ...

    @property
    def is_final(self) -> bool:
        """Whether the run has ended; False for a state unknown to this version."""
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
    """Work on the service did not end as wanted, or was not waited for to its end."""

    message: str
    """What happened to the work."""

    token: str | None = None
    """Resumes the work, by `client.jobs.resume(token)`; None when it cannot be resumed."""

    last_status: LastStatus | None = None
    """The last status seen; None where no look succeeded. The error of the last look is then the
    `__cause__`."""

    @property
    def what_happened(self) -> str:
        """What happened to the work."""
        return self.message


@public
class JobFailed(JobError):
    """The run failed; `last_status.message` is the service's reason, or None."""


@public
class JobCanceled(JobError):
    """The run was cancelled, by this program or by another."""


@public
class JobNeverStarted(JobError):
    """The service accepted the start, and shows no run of it after `Timeouts.grace` seconds."""


@public
class JobSuperseded(JobError):
    """A newer run, which this job did not start, has replaced the run that was waited for."""


@public
@define(eq=False, slots=False)
class OutcomeUnknown(JobError):
    """A start was sent, its answer was lost, and no status shows whether it took effect.

    Look at the state on the service before you start again: a second start may be billed.
    """

    candidates: tuple[Any, ...] = ()
    """For an import: the assets of that file name that were not there before it."""


@public
class Detached(JobError):
    """The client was closed during the wait. The work goes on; `token` resumes it."""


@public
@define(eq=False, slots=False)
class StillRunning(JobError, TimeoutError):
    """The `timeout` of the wait passed. The work goes on; `token` resumes it."""

    cancellation: Any = None
    """The `Cancellation` with `on_timeout="cancel"`; None when cancelling was not tried."""


WRONG_CLOCK = (
    "Set this machine's clock: the gateway refuses a time more than five minutes from its own."
)

_ADVICE: Mapping[type[MediaIntelligenceError], str] = {
    NotSent: "Nothing was done: check the network and the address, then try again.",
    AnswerLost: "The service may have acted: look at its state before you repeat the call.",
    AuthenticationFailed: "Check both keys, whole and of one pair, and this machine's clock, which"
    " may be five minutes off at the most.",
    PermissionDenied: "The keys are valid, but their account may not do this: give the sub account"
    " a policy such as NCP_VPC_MEDIA_INTELLIGENCE_MANAGER.",
    NotFound: "Check that each thing in this path exists, and belongs to the account of the keys.",
    RequestTooLarge: "Ask for less at a time.",
    TooManyRequests: "Nothing was done: come back later, or do fewer at a time.",
    QuotaExceeded: "Wait until the quota is renewed, or have it raised in the console.",
    ServerError: "The service has failed: try again later.",
    InvalidAnswer: "The service's documentation does not show such an answer: please report it.",
}
_ADVICE_BY_IMPORT_STATE: Mapping[str, str] = {
    "FILE_NOT_EXIST": "Check bucket and key, which is the object's full name: no such file is"
    " there.",
    "INVALID_METADATA": "The file is no video or image that the service accepts.",
}


_ADVICE_BY_SUMMARY_CALL: Mapping[str, str] = {
    "GET": "There may be no finished summary yet: summarising the asset makes one.",
    "POST": "An asset is imported completely and indexed before it is summarised: summarize()"
    " indexes it first, and joins a run that is in progress.",
}


def _advice_for(error: MediaIntelligenceError) -> str:
    advice = ""
    match error:
        case NotFound(from_gateway=True):
            advice = (
                "The gateway does not know this call: check the address, and update"
                " mediaintel-async if there is a newer version."
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


_SAYS_NOTHING_WAS_DONE = {(503, "500")}
"""Status and code of the gateway when it could not reach the service."""


def _is_retryable(error: MediaIntelligenceError) -> bool:
    match error:
        case NotSent() | TooManyRequests():
            return True
        case StillRunning() | Detached():
            return error.token is not None
        case ServerError(from_gateway=True, status=status, code=code) if (
            status,
            code,
        ) in _SAYS_NOTHING_WAS_DONE:
            return True
        case AnswerLost() | ServerError():
            return error.operation.startswith("GET ")
    return False


def server_hint_seconds(error: BaseException | None) -> float | None:
    """Return the seconds that the service asked to wait, at most 120; None when it did not ask."""
    if not isinstance(error, ApiError) or error.retry_after_seconds is None:
        return None
    return min(error.retry_after_seconds, LONGEST_SERVER_HINT_SECONDS)


def shortened(text: str) -> str:
    """Return *text*, cut off after 300 characters, so that it cannot fill a log."""
    return text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + "…"


def one_line(text: str) -> str:
    """Return *text* with its line breaks and control characters as Python escapes them.

    A name, or a text of the service, could otherwise pass for a log line of its own or command a
    terminal.
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def sentences(first: str, second: str) -> str:
    """Join two texts, either of which may be empty, with a full stop where one is missing."""
    if not first or not second:
        return first or second
    return f"{first}{'' if first.endswith(('.', '!', '?')) else '.'} {second}"
