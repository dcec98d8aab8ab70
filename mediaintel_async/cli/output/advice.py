"""What the command line adds to an error: advice in one sentence, and an exit code."""

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

FAILED, USAGE, TIMEOUT, INTERRUPTED = 1, 2, 3, 130
"""Exit codes."""

WRONG_KEYS_ADVICE = (
    "Check the access key and the secret key: both complete, from one pair, and not disabled in"
    " the console."
)
UPLOAD_FAILED_ADVICE = (
    "No search was started: try again with an image of at most 5 MB and at least 224 pixels a side."
)
BAD_REQUEST_ADVICE = (
    "Check the names and ids in the request: the name may be taken, the thing may be missing, or"
    " it may be the base project of its workspace, which cannot be changed."
)
PERSON_NOT_FOUND_ADVICE = (
    "`mediaintel persons list WORKSPACE` and `mediaintel tags list WORKSPACE` show what exists;"
    " persons who were merged into others are gone."
)
WORKSPACE_NOT_FOUND_ADVICE = (
    "`mediaintel workspaces` and `mediaintel projects WORKSPACE` show what exists."
)
SUMMARY_ADVICE = (
    "`mediaintel summarize REF` indexes and summarises, and joins a run that is in progress."
)
IMPORT_FAILED_ADVICE = "Fix the cause given above, then register the file again."
NOTHING_STARTED_ADVICE = (
    "Nothing was started: `mediaintel resume TOKEN` starts it and waits for it."
)
FINISHED_FIRST_ADVICE = (
    "The run ended before it could be cancelled: `mediaintel resume TOKEN` goes on from there."
)

_ADVICE: Mapping[type[MediaIntelligenceError], str] = {
    ConfigurationError: "`mediaintel doctor` checks keys and address.",
    NotSent: "`mediaintel doctor` finds the cause.",
    AnswerLost: "`mediaintel status REF` shows the current state.",
    InvalidRequest: "The asset must be imported completely, and no other run may be in progress:"
    " check `mediaintel status REF`.",
    AuthenticationFailed: "`mediaintel doctor` checks keys and clock.",
    NotFound: "`mediaintel assets list WORKSPACE/PROJECT` shows what exists.",
    Conflict: "Another run is in progress: `mediaintel watch REF` follows it.",
    JobFailed: "The service's reason is given above; trying again starts a new run, which is"
    " billed.",
    JobCanceled: "This client or another one cancelled the run; trying again starts a new run.",
    JobNeverStarted: "Check `mediaintel status REF`, then try again.",
    JobSuperseded: "A newer run was started: `mediaintel watch REF` follows it.",
    OutcomeUnknown: "It may have been started and billed: check `mediaintel status REF` or the"
    " console before you repeat it.",
    StillRunning: "Still running: `mediaintel resume TOKEN` waits for it.",
}

_PERSONS_PATH = re.compile(r"/workspaces/[^/]+/person(s|-tags)(/|$)")
_ONE_ASSET_PATH = re.compile(r"/assets/[^/]")


def advice_for(error: MediaIntelligenceError) -> str:
    """Return what to do about *error*, and which command helps; "" if nothing does."""
    return " ".join(filter(None, (error.advice, _command_advice(error))))


def exit_code_of(error: MediaIntelligenceError) -> int:
    """Return the exit code of a command that ends with *error*."""
    if isinstance(error, UsageError):
        return USAGE
    return TIMEOUT if isinstance(error, StillRunning) else FAILED


def _command_advice(error: MediaIntelligenceError) -> str:
    special = _job_advice(error) if isinstance(error, JobError) else _call_advice(error)
    if special is not None:
        return special
    kinds = (kind for kind in type(error).__mro__ if kind in _ADVICE)
    return next((_ADVICE[kind] for kind in kinds), "")


def _call_advice(error: MediaIntelligenceError) -> str | None:
    """Return advice that depends on the call that failed; None: its class decides."""
    match error:
        case ApiError(operation=call) | TransportError(operation=call) if call.startswith("upload"):
            return UPLOAD_FAILED_ADVICE
        case NotFound(from_gateway=True):
            return ""
        case InvalidRequest() | NotFound() | Conflict() if _is_about_a_summary(error):
            return SUMMARY_ADVICE
        case InvalidRequest() if "/assets/" not in error.operation:
            return BAD_REQUEST_ADVICE
        case NotFound() if not _ONE_ASSET_PATH.search(error.operation):
            is_person = _PERSONS_PATH.search(error.operation)
            return PERSON_NOT_FOUND_ADVICE if is_person else WORKSPACE_NOT_FOUND_ADVICE
    return None


def _job_advice(error: JobError) -> str | None:
    """Return advice that depends on how a job ended; None: the error's class decides."""
    match error:
        case StillRunning(cancellation=Cancellation.CANCELED):
            return ""
        case StillRunning(cancellation=Cancellation.FINISHED_FIRST):
            return FINISHED_FIRST_ADVICE
        case StillRunning(token=str(token)) if decode_token(token).run is None:
            return NOTHING_STARTED_ADVICE
        case JobFailed() if isinstance(getattr(error.last_status, "state", None), ImportState):
            return "" if error.advice else IMPORT_FAILED_ADVICE
    return None


def _is_about_a_summary(error: ApiError) -> bool:
    return error.operation.endswith("/scene-summary")
