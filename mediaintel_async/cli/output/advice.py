"""What to do about each error, in one sentence; and with which code the command line exits."""

import re
from collections.abc import Mapping

from mediaintel_async import (
    AnswerLost,
    ApiError,
    AuthenticationFailed,
    Cancellation,
    ConfigurationError,
    Conflict,
    ImportState,
    InvalidRequest,
    JobCanceled,
    JobError,
    JobFailed,
    JobNeverStarted,
    JobSuperseded,
    MediaIntelligenceError,
    NotFound,
    NotSent,
    OutcomeUnknown,
    StillRunning,
    TransportError,
    UsageError,
)
from mediaintel_async.jobs.token import decode_token

_OF_PERSONS = re.compile(r"/workspaces/[^/]+/person(s|-tags)(/|$)")
_OF_ONE_ASSET = re.compile(r"/assets/[^/]")

FAILED, USAGE, TIMEOUT, INTERRUPTED = 1, 2, 3, 130

WRONG_KEYS = (
    "Check the access key and the secret key: both whole, of one pair, and not disabled in the"
    " console."
)
UPLOAD_FAILED = (
    "Nothing was searched for yet: try again, with an image of at most 5 MB and at least 224 pixels"
    " a side."
)
NOT_SO = (
    "Check what was asked for: a name may be taken already, what was named may not be there, and"
    " the base project of a workspace stays as it is."
)
NOBODY = (
    "`mediaintel persons list WORKSPACE` and `mediaintel tags list WORKSPACE` show what is there;"
    " who was merged into another is not."
)

NOWHERE = "`mediaintel workspaces` and `mediaintel projects WORKSPACE` show what is there."
NOT_IMPORTED = "Its reason is above: mend that, and register the file again."
NOTHING_STARTED = "Nothing was started: `mediaintel resume TOKEN` starts it, and waits for it."
ENDED_FIRST = "It ended before it could be stopped: `mediaintel resume TOKEN` goes on from there."

_COMMANDS: Mapping[type[MediaIntelligenceError], str] = {
    ConfigurationError: "`mediaintel doctor` checks keys and address.",
    NotSent: "`mediaintel doctor` says more.",
    AnswerLost: "`mediaintel status REF` shows what is there.",
    InvalidRequest: "An asset must be imported completely, and no other run may be in the way:"
    " `mediaintel status REF`.",
    AuthenticationFailed: "`mediaintel doctor` checks keys and clock.",
    NotFound: "`mediaintel assets list WORKSPACE/PROJECT` shows what is there.",
    Conflict: "Another run is in the way: `mediaintel watch REF` follows it.",
    JobFailed: "Its reason is above; to try again asks for a new run, which is billed.",
    JobCanceled: "It was cancelled, here or elsewhere; to try again asks for a new run.",
    JobNeverStarted: "Look with `mediaintel status REF`, then try again.",
    JobSuperseded: "Somebody started a newer run: `mediaintel watch REF` follows it.",
    OutcomeUnknown: "It may have been started, and billed: look with `mediaintel status REF` or in"
    " the console before you repeat it.",
    StillRunning: "It goes on: `mediaintel resume TOKEN` waits for it.",
}


def advice_for(error: MediaIntelligenceError) -> str:
    """Say what to do about *error*, and by which command; "" for nothing."""
    return " ".join(filter(None, (error.advice, _command_for(error))))


def _command_for(error: MediaIntelligenceError) -> str:
    special = _of_a_job(error) if isinstance(error, JobError) else _of_a_call(error)
    if special is not None:
        return special
    kinds = (kind for kind in type(error).__mro__ if kind in _COMMANDS)
    return next((_COMMANDS[kind] for kind in kinds), "")


def _of_a_call(error: MediaIntelligenceError) -> str | None:
    """Say what to do where more is known than the kind of *error*; None: nothing more is."""
    match error:
        case ApiError(operation=what) | TransportError(operation=what) if what.startswith("upload"):
            return UPLOAD_FAILED
        case NotFound(from_gateway=True):
            return ""
        case InvalidRequest() | NotFound() | Conflict() if _is_about_a_summary(error):
            return "`mediaintel summarize REF` does all of it, and joins what is on its way."
        case InvalidRequest() if "/assets/" not in error.operation:
            return NOT_SO
        case NotFound() if not _OF_ONE_ASSET.search(error.operation):
            return NOBODY if _OF_PERSONS.search(error.operation) else NOWHERE
    return None


def _of_a_job(error: JobError) -> str | None:
    """Say what to do where more is known than the kind of *error*; None: nothing more is."""
    match error:
        case StillRunning(cancellation=Cancellation.CANCELED):
            return ""
        case StillRunning(cancellation=Cancellation.FINISHED_FIRST):
            return ENDED_FIRST
        case StillRunning(token=str(token)) if decode_token(token).run is None:
            return NOTHING_STARTED
        case JobFailed() if isinstance(getattr(error.last_status, "state", None), ImportState):
            return "" if error.advice else NOT_IMPORTED
    return None


def _is_about_a_summary(error: ApiError) -> bool:
    return error.operation.endswith("/scene-summary")


def exit_code_of(error: MediaIntelligenceError) -> int:
    """Return what the command line exits with for *error*."""
    if isinstance(error, UsageError):
        return USAGE
    return TIMEOUT if isinstance(error, StillRunning) else FAILED
