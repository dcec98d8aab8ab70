"""What ends in January 2027: `client.legacy`. To remove it, delete this folder."""

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
