import pytest
from attrs import evolve

from mediaintel_async import errors
from mediaintel_async.cli.output.advice import advice_for, exit_code_of
from mediaintel_async.decisions.next_step import Intent, Stage
from mediaintel_async.decisions.whose_run import Run
from mediaintel_async.jobs import token as tokens
from mediaintel_async.jobs.job import Cancellation
from mediaintel_async.models.assets import ImportState, ImportStatus
from mediaintel_async.models.indexes import IndexState, IndexStatus

CALL = "GET /api/v1/workspaces/w/projects/1/assets/2"
SUMMARY = f"{CALL}/scene-summary"
PROJECTS = "POST /api/v1/workspaces/persons/projects"
PERSON = "GET /api/v1/workspaces/w/persons/77"
ASSETS = "GET /api/v1/workspaces/w/projects/77/assets"
TAGS = "GET /api/v1/workspaces/w/person-tags"

HERE = tokens.Token(
    kind="pipeline", origin="http://127.0.0.1:1", workspace="w", ids=(1, 2), intent=Intent()
)
NOT_STARTED = tokens.encode(HERE)
STARTED = tokens.encode(evolve(HERE, run=Run(since=0.0), stage=Stage.INDEX))


def failed_import(state):
    """An import that ended in *state*."""
    return errors.JobFailed("failed", None, ImportStatus(state=state))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (errors.ConfigurationError("no credentials"), "mediaintel doctor"),
        (errors.InvalidArgument("asset is an AssetRef"), ""),
        (errors.ConnectTimeout(CALL, "no connection"), "mediaintel doctor"),
        (errors.RequestTimeout(CALL, "no answer"), "may have acted"),
        (errors.InvalidRequest(CALL, 400), "imported completely"),
        (errors.InvalidRequest(SUMMARY, 400), "mediaintel summarize REF"),
        (errors.InvalidRequest(PROJECTS, 400), "the name may be taken"),
        (errors.InvalidRequest(PERSON, 400), "the name may be taken"),
        (errors.AuthenticationFailed(CALL, 401), "Check both keys"),
        (errors.AuthenticationFailed(CALL, 401, "200", "", "Bad timestamp."), "machine's clock"),
        (errors.PermissionDenied(CALL, 403), "NCP_VPC_MEDIA_INTELLIGENCE_MANAGER"),
        (errors.NotFound(CALL, 404), "mediaintel assets list"),
        (errors.NotFound(PROJECTS, 404), "mediaintel projects WORKSPACE"),
        (errors.NotFound(ASSETS, 404), "mediaintel projects WORKSPACE"),
        (errors.NotFound(PERSON, 404), "mediaintel persons list"),
        (errors.NotFound(TAGS, 404), "mediaintel persons list"),
        (errors.NotFound(PERSON, 404, from_gateway=True), "does not know this call"),
        (errors.NotFound(CALL, 404, from_gateway=True), "does not know this call"),
        (errors.NotFound(SUMMARY, 404), "mediaintel summarize REF"),
        (errors.Conflict(CALL, 409), "Another run is in progress"),
        (errors.Conflict(SUMMARY, 409), "mediaintel summarize REF"),
        (errors.RequestTooLarge(CALL, 413), "less at a time"),
        (errors.TooManyRequests(CALL, 429), "come back later"),
        (errors.TooManyRequests(CALL, 429, retry_after_seconds=7.0), "come back in 7 seconds"),
        (errors.QuotaExceeded(CALL, 429), "until the quota is renewed"),
        (errors.ServerError(SUMMARY, 503), "try again later"),
        (errors.ApiError(CALL, 418), ""),
        (errors.InvalidAnswer(CALL, "$", "no object"), "please report"),
        (errors.JobFailed("failed"), "billed"),
        (
            errors.JobFailed("failed", None, IndexStatus(state=IndexState.ANALYZE_FAIL)),
            "billed",
        ),
        (failed_import(ImportState.FILE_NOT_EXIST), "bucket and key"),
        (failed_import(ImportState.INVALID_METADATA), "no video or image"),
        (failed_import(ImportState.FAILED), "register the file again"),
        (errors.JobCanceled("canceled"), "cancelled"),
        (errors.JobNeverStarted("never started"), "mediaintel status REF"),
        (errors.JobSuperseded("superseded"), "mediaintel watch REF"),
        (errors.OutcomeUnknown("unknown"), "before you repeat it"),
        (errors.StillRunning("running"), "Still running"),
        (errors.StillRunning("running", STARTED), "Still running"),
        (errors.StillRunning("running", NOT_STARTED), "Nothing was started"),
        (
            errors.StillRunning("running", STARTED, cancellation=Cancellation.FINISHED_FIRST),
            "goes on from there",
        ),
        (errors.StillRunning("running", cancellation=Cancellation.CANCELED), ""),
    ],
)
def test_each_error_has_its_advice(error, words):
    """
    The class of an error decides the advice, and so does the call or the job where that is known.
    """
    advice = advice_for(error)

    assert bool(words) == bool(advice)
    assert words in advice


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.ServerError(CALL, 500), 1),
        (errors.JobFailed("failed"), 1),
        (errors.ConfigurationError("no credentials"), 2),
        (errors.InvalidArgument("nonsense"), 2),
        (errors.StillRunning("running"), 3),
    ],
)
def test_the_exit_code_is_that_of_the_error(error, code):
    """
    The exit code is 1 for a failure, 2 for usage or configuration, and 3 for a timeout.
    """
    assert code == exit_code_of(error)
