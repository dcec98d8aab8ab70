"""`client.legacy`: the older calls, which the service ends in January 2027.

To remove them, delete this folder and `tests/legacy/`, and what exists only for them:

- `client.py`: the attribute `legacy`, its line in the constructor, and the import.
- `__init__.py` of the package: `LegacyApiWarning`.
- `jobs/jobs.py`: `Jobs.register_kind()`.
- `jobs/run_kind.py`: `RunKind.more_ids()`, and `RunKind.note_start()` with its call in
  `jobs/run_job.py`.
- `jobs/token.py`: the parameter *more_ids* of `Token.asset_ref()`.
- `jobs/calls.py`: the type variable need not be covariant.
- `jobs/start_once.py`: the key of recent starts may be the asset and `kind.name`.
- `simulator/operations/legacy.py`, its import and its part of `OPERATIONS` in
  `simulator/server.py`, and `tests/simulator/test_legacy.py`.
- `tests/contract/openapi.yaml`: the operations with `x-removal`.
- `tests/test_imports.py`: the row `legacy`, and its name in the row `client`.
- `tests/test_public_names.py`: `LegacyApiWarning`; `tests/test_pickles.py`: `legacy` in the list
  of packages.
- `tests/endpoints/test_agrees_with_openapi.py`: the entries `legacy.*` of `CALLS`, the owner
  `client.legacy`, and the tests about what is deprecated and what warns.
- `tests/models/test_seeds.py`: the answers "000" to "003".
- `tests/jobs/test_cancel.py`: the test that starts a job of `client.legacy.jobs`;
  `tests/jobs/test_token.py`: the kind "legacy summary".
- The filter `ignore::mediaintel_async.LegacyApiWarning` in `test_seeds.py`,
  `test_agrees_with_openapi.py`, `tests/http/test_security.py` and `test_fuzzed_answers.py`.
- `README.md`: the section on the older calls.
"""

from mediaintel_async.jobs.context import JobContext
from mediaintel_async.jobs.jobs import Jobs
from mediaintel_async.legacy.endpoints import Analyses, IndexSceneSummaries, VideoAnalyses
from mediaintel_async.legacy.jobs import LegacyJobs
from mediaintel_async.legacy.models import (
    AnalysisOptions,
    AnalysisRequested,
    AnalysisSetting,
    AssetIndex,
    AssetIndexes,
    SourceLanguage,
)
from mediaintel_async.legacy.warning import LegacyApiWarning, Reminder
from mediaintel_async.public import public_in
from mediaintel_async.request import Send

__all__ = [
    "AnalysisOptions",
    "AnalysisRequested",
    "AnalysisSetting",
    "AssetIndex",
    "AssetIndexes",
    "Legacy",
    "LegacyApiWarning",
    "SourceLanguage",
]


@public_in(__name__)
class Legacy:
    """The older calls; each warns once with `LegacyApiWarning`, naming its successor."""

    def __init__(self, jobs: Jobs, context: JobContext, *, send: Send, send_once: Send) -> None:
        reminder = Reminder()
        self.scene_summaries: IndexSceneSummaries = IndexSceneSummaries(send, reminder)
        self.analyses: Analyses = Analyses(send, reminder)
        self.video_analyses: VideoAnalyses = VideoAnalyses(send, reminder)
        self.jobs: LegacyJobs = LegacyJobs(jobs, context, reminder, send=send, send_once=send_once)
