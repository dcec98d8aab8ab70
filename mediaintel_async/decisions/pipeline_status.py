"""The status of a pipeline, made of the last looks at its stages."""

from typing import Any, ClassVar

from attrs import Factory, field, fields, frozen

from mediaintel_async.decisions.next_step import Stage
from mediaintel_async.decisions.whose_run import is_going
from mediaintel_async.models.assets import ImportState, ImportStatus
from mediaintel_async.models.indexes import IndexState, IndexStatus
from mediaintel_async.models.model import Model
from mediaintel_async.models.scene_summaries import SceneSummaryState, SceneSummaryStatus
from mediaintel_async.public import public

_IMPORTED, _ANALYZING, _INDEXED = 0.1, 0.2, 0.5
"""How much of the whole way is done once an asset is imported, once its analysis is in progress,
and once its index is complete. Round numbers, not measurements: only summaries have counts."""


def _progress_of(status: "PipelineStatus") -> float:
    """Return how much of the whole way the looks show to be done."""
    if status.succeeded:
        return 1.0
    if status.stage is Stage.IMPORT:
        return 0.0
    if status.stage is Stage.INDEX:
        return _IMPORTED if status.is_starting else _progress_of_index(status.index)
    # A summary that has ended, in a pipeline that has not, is that of an earlier run.
    if status.summary is None or status.is_starting or not is_going(status.summary):
        return _INDEXED
    return _INDEXED + (1 - _INDEXED) * (status.summary.progress or 0.0)


def _progress_of_index(index: IndexStatus | None) -> float:
    if index is None or index.is_before or index.state is IndexState.WAIT_ANALYZE:
        return _IMPORTED
    if index.is_final:
        return _INDEXED if index.succeeded else _IMPORTED
    return _ANALYZING


@public
@frozen(kw_only=True)
class PipelineStatus(Model):
    """The status of a pipeline: its present stage, and the last look at each stage.

    It is this library's own: in `to_dict()` its fields have the names that they have here, and the
    looks inside it the service's spelling.
    """

    _has_own_fields: ClassVar = True

    stage: Stage
    """The present stage. Before the index was looked at: the index, or the import."""

    importing: ImportStatus | None = None
    """The last look at the import; None if the pipeline began with an asset."""

    index: IndexStatus | None = None
    """The last look at the index; None if none was needed so far."""

    summary: SceneSummaryStatus | None = None
    """The last look at the summary; None before the first."""

    is_starting: bool = False
    """Whether the request that starts the present stage is about to leave, or may have left, and
    the service is not known to have accepted it."""

    is_final: bool = False
    """Whether the pipeline has ended."""

    token: str = field(default="", repr=False, eq=False)
    """Resumes the pipeline at this point: `client.jobs.resume(token)`."""

    seconds_left: float | None = field(default=None, eq=False)
    """How many seconds all stages together will probably still take, when this status was made;
    None when unknown, as it is at the index until this client has seen summaries end."""

    progress: float = field(default=Factory(_progress_of, takes_self=True))
    """How much of the whole way is done, from 0 to 1; never less than in an earlier status.

    0 during the import; 0.1 once an asset is there; 0.2 while it is analysed; 0.5 with its index
    complete, and from there to 1 by the share of scenes that are summarised. These marks are no
    estimate of time, which `seconds_left` is: the service counts nothing but scenes.
    """

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as JSON values, with the present `state` and `message`.

        `from_dict()` reads the fields, and works the other two out again.
        """
        shown = {"state": self.state.value, "message": self.message}
        known = {name: value for name, value in shown.items() if value is not None}
        return {**super().to_dict(), **known}

    def __getstate__(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(type(self))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        # A worker of an older version pickles fewer fields: the others get their defaults.
        whole = PipelineStatus(**state)
        for name, value in whole.__getstate__().items():
            object.__setattr__(self, name, value)

    @property
    def state(self) -> ImportState | IndexState | SceneSummaryState:
        """The service's state of the present stage; `BEFORE_SUMMARIZE` before a look at it."""
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
