"""The status of a pipeline, made of the last looks at its stages."""

from typing import Any, ClassVar

from attrs import field, frozen

from mediaintel_async.decisions.next_step import Stage
from mediaintel_async.models.assets import ImportState, ImportStatus
from mediaintel_async.models.indexes import IndexState, IndexStatus
from mediaintel_async.models.model import Model
from mediaintel_async.models.scene_summaries import SceneSummaryState, SceneSummaryStatus
from mediaintel_async.public import public


@public
@frozen(kw_only=True)
class PipelineStatus(Model):
    """The status of a pipeline: its present stage, and the last look at each stage.

    It is this library's own: in `to_dict()` its fields have the names that they have here, and the
    looks inside it the service's spelling.
    """

    _has_own_fields: ClassVar = True

    stage: Stage
    importing: ImportStatus | None = None
    """The last look at the import; None if the pipeline began with an asset."""

    index: IndexStatus | None = None
    """The last look at the index; None if none was needed so far."""

    summary: SceneSummaryStatus | None = None
    """The last look at the summary; None before the first."""

    is_final: bool = False
    """Whether the pipeline has ended."""

    token: str = field(default="", repr=False, eq=False)
    """Resumes the pipeline at this point: `client.jobs.resume(token)`."""

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON values, with the present `state`, `progress` and `message`.

        `from_dict()` reads the fields, and works the other three out again.
        """
        shown = {"state": self.state.value, "progress": self.progress, "message": self.message}
        known = {name: value for name, value in shown.items() if value is not None}
        return {**super().to_dict(), **known}

    @property
    def state(self) -> ImportState | IndexState | SceneSummaryState:
        """The service's state of the present stage."""
        current = self._current
        return SceneSummaryState.BEFORE_SUMMARIZE if current is None else current.state

    @property
    def succeeded(self) -> bool:
        """Whether the pipeline has ended with a summary."""
        return self.is_final and self.stage is Stage.SUMMARY and self._ended_well

    @property
    def canceled(self) -> bool:
        """Whether the run of the present stage was cancelled."""
        return self._current is not None and self._current.canceled

    @property
    def is_before(self) -> bool:
        """Whether the present stage has no run yet."""
        return self._current is None or self._current.is_before

    @property
    def progress(self) -> float | None:
        """The share of scenes summarised, 0 to 1; None before the summary, and without counts."""
        if self.stage is not Stage.SUMMARY or self.summary is None:
            return None
        return self.summary.progress

    @property
    def message(self) -> str | None:
        """What the service says about the present stage, in words; None if nothing."""
        return None if self._current is None else self._current.message

    @property
    def _current(self) -> ImportStatus | IndexStatus | SceneSummaryStatus | None:
        if self.stage is Stage.IMPORT:
            return self.importing
        return self.index if self.stage is Stage.INDEX else self.summary

    @property
    def _ended_well(self) -> bool:
        return self._current is not None and self._current.succeeded
