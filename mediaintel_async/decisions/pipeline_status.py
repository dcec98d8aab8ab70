"""Where a pipeline stands: the status that users see of it."""

from attrs import field, frozen

from mediaintel_async.decisions.next_step import Stage
from mediaintel_async.models.assets import ImportState, ImportStatus
from mediaintel_async.models.indexes import IndexState, IndexStatus
from mediaintel_async.models.scene_summaries import SceneSummaryState, SceneSummaryStatus
from mediaintel_async.public import public


@public
@frozen(kw_only=True)
class PipelineStatus:
    """Where a pipeline stands."""

    stage: Stage
    importing: ImportStatus | None = None
    """The last look at the import; None where the pipeline began with an asset."""

    index: IndexStatus | None = None
    """The last look at the index; None when it was not needed."""

    summary: SceneSummaryStatus | None = None
    """The last look at the summary."""

    is_final: bool = False
    """Whether the pipeline has ended."""

    token: str = field(default="", repr=False, eq=False)
    """Resumes the pipeline from here: `client.jobs.resume(token)`."""

    @property
    def state(self) -> ImportState | IndexState | SceneSummaryState:
        """The service's word for the present stage."""
        current = self._current
        return SceneSummaryState.BEFORE_SUMMARIZE if current is None else current.state

    @property
    def succeeded(self) -> bool:
        """Whether the summary is there."""
        return self.is_final and self.stage is Stage.SUMMARY and self._ended_well

    @property
    def canceled(self) -> bool:
        """Whether the run of the present stage was cancelled."""
        return self._current is not None and self._current.canceled

    @property
    def is_before(self) -> bool:
        """Whether nothing was asked for yet."""
        return self._current is None or self._current.is_before

    @property
    def progress(self) -> float | None:
        """Scenes summarised, 0 to 1; None before, where no status has counts."""
        if self.stage is not Stage.SUMMARY or self.summary is None:
            return None
        return self.summary.progress

    @property
    def message(self) -> str | None:
        """The service's words about the present stage."""
        return None if self._current is None else self._current.message

    @property
    def _current(self) -> ImportStatus | IndexStatus | SceneSummaryStatus | None:
        if self.stage is Stage.IMPORT:
            return self.importing
        return self.index if self.stage is Stage.INDEX else self.summary

    @property
    def _ended_well(self) -> bool:
        return self._current is not None and self._current.succeeded
