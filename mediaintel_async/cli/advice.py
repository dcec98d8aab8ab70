"""What to do about each error, in one sentence; and with which code the command line exits."""

import re
from collections.abc import Mapping
from typing import Any

from mediaintel_async import (
    AnswerLost,
    ApiError,
    AuthenticationFailed,
    Cancellation,
    ConfigurationError,
    Conflict,
    ImportState,
    InvalidAnswer,
    InvalidRequest,
    JobCanceled,
    JobFailed,
    JobNeverStarted,
    JobSuperseded,
    MediaIntelligenceError,
    NotFound,
    NotSent,
    OutcomeUnknown,
    PermissionDenied,
    QuotaExceeded,
    RequestTooLarge,
    ServerError,
    StillRunning,
    TooManyRequests,
    UsageError,
)

_OF_PERSONS = re.compile(r"/workspaces/[^/]+/person(s|-tags)(/|$)")

FAILED, USAGE, TIMEOUT, INTERRUPTED = 1, 2, 3, 130

WRONG_CLOCK = (
    "Set this machine's clock: the gateway refuses a time more than five minutes from its own."
)
WRONG_KEYS = (
    "Check the access key and the secret key: both whole, of one pair, and not disabled in the"
    " console."
)
NOT_SO = (
    "Check what was asked for: a name may be taken already, what was named may not be there, and"
    " the base project of a workspace stays as it is."
)
NOBODY = (
    "Check the ids: `mediaintel persons list WORKSPACE` and `mediaintel tags list WORKSPACE` show"
    " what is there; who was merged into another is not."
)
NO_SUMMARY = (
    "There is no finished summary yet: `mediaintel summarize REF` makes one,"
    " `mediaintel status REF` shows how far it is."
)
CALL_UNKNOWN = (
    "The gateway does not know this call: check --base-url or MEDIAINTEL_BASE_URL, and whether"
    " there is a newer mediaintel-async."
)

_BY_KIND: Mapping[type[MediaIntelligenceError], str] = {
    ConfigurationError: "Mend the keys or the address in the environment; `mediaintel doctor`"
    " says which.",
    NotSent: "Nothing was asked for. Check the network and the address; `mediaintel doctor` says"
    " more.",
    AnswerLost: "The service may have acted: `mediaintel status REF` shows it, before you repeat"
    " anything.",
    InvalidRequest: "Check what was asked for; an asset must be imported completely, and no other"
    " run may be in the way: `mediaintel status REF`.",
    AuthenticationFailed: "Check both keys, and this machine's clock, which may be five minutes"
    " off at most; `mediaintel doctor` says which of them it is.",
    PermissionDenied: "The keys are right, but may not do this: have their sub account given a"
    " policy such as NCP_VPC_MEDIA_INTELLIGENCE_MANAGER.",
    NotFound: "Check the reference: its workspace, project and asset exist, and belong to the"
    " account of these keys? `mediaintel assets list WORKSPACE/PROJECT` shows what is there.",
    Conflict: "Another run is in the way: `mediaintel watch REF` follows it.",
    RequestTooLarge: "Ask for less at a time.",
    TooManyRequests: "Come back later, or do fewer at a time; nothing was done.",
    QuotaExceeded: "The quota is used up: wait until it is renewed, or raise it in the console.",
    ServerError: "The service is in trouble, which time mends: try again later.",
    ApiError: "Check what was asked for.",
    InvalidAnswer: "The service answered what its documents do not show: please report this line.",
    JobFailed: "Its reason is above; to try again asks for a new run, which is billed.",
    JobCanceled: "It was cancelled, here or elsewhere; to try again asks for a new run.",
    JobNeverStarted: "Look with `mediaintel status REF`, then try again.",
    JobSuperseded: "Somebody started a newer run: `mediaintel watch REF` follows it.",
    OutcomeUnknown: "It may have been started, and billed: look with `mediaintel status REF` or in"
    " the console before you repeat it.",
    StillRunning: "It goes on: `mediaintel resume TOKEN` waits for it.",
}

_BY_IMPORT_STATE: Mapping[Any, str] = {
    ImportState.FILE_NOT_EXIST: "There is no such file in the bucket: check --bucket and --key,"
    " which is the object's full name.",
    ImportState.INVALID_METADATA: "The file is no video or image that the service takes.",
}


def advice_for(error: MediaIntelligenceError) -> str:
    """Say what to do about *error*; "" where its own words say it."""
    special = _special(error)
    if special is not None:
        return special
    kinds = (kind for kind in type(error).__mro__ if kind in _BY_KIND)
    return next((_BY_KIND[kind] for kind in kinds), "")


def _special(error: MediaIntelligenceError) -> str | None:
    """Return the advice where more is known than the class; None: where it is not."""
    match error:
        case ApiError():
            return _about_refusal(error)
        case StillRunning(cancellation=Cancellation.CANCELED):
            return ""
        case JobFailed() if error.last_status is not None:
            return _BY_IMPORT_STATE.get(error.last_status.state)
    return None


def _about_refusal(error: ApiError) -> str | None:
    words = f"{error.message} {error.details}".lower()
    if isinstance(error, AuthenticationFailed) and "timestamp" in words:
        return WRONG_CLOCK
    if isinstance(error, NotFound) and error.from_gateway:
        return CALL_UNKNOWN
    if isinstance(error, TooManyRequests) and error.retry_after_seconds is not None:
        return f"Come back in {error.retry_after_seconds:g} seconds; nothing was done."
    return _by_what_was_asked(error)


def _by_what_was_asked(error: ApiError) -> str | None:
    if _asked_for_a_summary(error):
        return NO_SUMMARY
    if isinstance(error, InvalidRequest) and "/assets/" not in error.operation:
        return NOT_SO
    if isinstance(error, NotFound) and _OF_PERSONS.search(error.operation):
        return NOBODY
    return None


def _asked_for_a_summary(error: ApiError) -> bool:
    reads = error.operation.startswith("GET ") and error.operation.endswith("/scene-summary")
    return reads and isinstance(error, NotFound | Conflict | InvalidRequest)


def exit_code_of(error: MediaIntelligenceError) -> int:
    """Return what the command line exits with for *error*."""
    if isinstance(error, UsageError):
        return USAGE
    return TIMEOUT if isinstance(error, StillRunning) else FAILED
