"""The index of an asset: options of its analysis, the state of a run, and the index itself.

Source of the words of a state: schema AnalysisStatus. Undocumented by the
service: the content of an index, and the range of the longest scene duration.
"""

# ruff: noqa: RUF009 - received_extra() and answer_field() declare attrs fields

from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import field, frozen
from attrs.converters import optional

from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.argument_checks import as_enum, as_whole_number
from mediaintel_async.models.common import (
    Extra,
    Id,
    OpenEnum,
    StateBasedStatus,
    answer_field,
    received_extra,
    sent_extra,
)
from mediaintel_async.models.model import Model
from mediaintel_async.public import public


@public
class IndexState(OpenEnum):
    """Where the analysis of an asset stands."""

    BEFORE_ANALYZE = "BEFORE_ANALYZE"
    """No analysis was ever run."""

    WAIT_ANALYZE = "WAIT_ANALYZE"
    """Requested, queued and not started yet."""

    ANALYZING = "ANALYZING"
    ANALYZE_COMPLETED = "ANALYZE_COMPLETED"
    ANALYZE_FAIL = "ANALYZE_FAIL"
    ANALYZE_CANCEL = "ANALYZE_CANCEL"


@public
@frozen(kw_only=True)
class IndexStatus(StateBasedStatus[IndexState]):
    """How far the latest analysis of an asset has come.

    It describes the latest run, not the index: while a run is in progress or after it has
    failed, the index of an earlier run can still be read.
    """

    _never_requested_state = IndexState.BEFORE_ANALYZE
    _succeeded_state = IndexState.ANALYZE_COMPLETED
    _canceled_state = IndexState.ANALYZE_CANCEL
    _final_states = frozenset({_succeeded_state, _canceled_state, IndexState.ANALYZE_FAIL})

    state: IndexState = answer_field("status", required=True)
    message: str | None = answer_field("analyzeStatusMessage", "analysisStatusMessage")
    """Why a run failed, in the service's words; None if it did not fail."""

    index_id: Id | None = None
    """Id of the run's index; None if the answer leaves it out."""

    extra: Extra = received_extra()


@public
@frozen(kw_only=True)
class Index(Model):
    """What an analysis found. A field is None if the answer leaves it out.

    The content of an index is undocumented by the service: find it in `extra`. Times are in the
    service's own zone, probably Korean time, and carry none.
    """

    index_id: Id | None = None
    type: str | None = None
    """`IMAGE` or `VIDEO`."""

    created_time: datetime | None = None
    created_user_name: str | None = answer_field("createdUserName", "createUserName")
    updated_time: datetime | None = None
    updated_user_name: str | None = None
    extra: Extra = received_extra()


@public
@frozen(kw_only=True)
class IndexRequested(Model):
    """The service's receipt for an accepted analysis.

    Its fields are undocumented by the service: find them in `extra`.
    """

    extra: Extra = received_extra()


@public
class SceneRange(StrEnum):
    """How long the scenes are that a video is cut into."""

    EXTRA_SHORT = "EXTRA_SHORT"
    """Scenes of about 10 to 20 seconds."""

    SHORT = "SHORT"
    MEDIUM = "MEDIUM"
    LONG = "LONG"


@public
class ConfidenceLevel(StrEnum):
    """How certain a detection must be to be part of an answer."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


def _scene_range(value: str) -> SceneRange:
    return as_enum(SceneRange, value, "scene_range")


# The documented range of `minSceneDurationSec`.
_SHORTEST_SCENE_SECONDS = (10, 30)


@public
@frozen(kw_only=True)
class IndexOptions:
    """Options of an analysis; the service's defaults apply to those that are None.

    Raises:
        InvalidArgument: A value is out of range, one scene duration is given without the other,
            or both a scene range and scene durations are given.
    """

    scene_range: SceneRange | None = field(default=None, converter=optional(_scene_range))
    """Length of a scene, for videos only. Give either this or the two scene durations."""

    min_scene_duration_sec: int | None = None
    """Shortest scene, in whole seconds from 10 to 30, for videos only. Needs
    `max_scene_duration_sec`."""

    max_scene_duration_sec: int | None = None
    """Longest scene, in whole seconds from `min_scene_duration_sec` up, for videos only. The
    upper limit is undocumented by the service."""

    extra: Extra = sent_extra()
    """Further fields of the request's body, merged last: `{"analysisPersonCount": 3}`."""

    def __attrs_post_init__(self) -> None:
        shortest, longest = self.min_scene_duration_sec, self.max_scene_duration_sec
        if (shortest is None) != (longest is None):
            raise InvalidArgument(
                f"min_scene_duration_sec is {shortest!r} and max_scene_duration_sec is"
                f" {longest!r}; expected both or neither"
            )
        if shortest is None:
            return
        if self.scene_range is not None:
            raise InvalidArgument(
                f"scene_range is {self.scene_range.value} and scene durations are given, too;"
                " expected one of the two"
            )
        as_whole_number(shortest, "min_scene_duration_sec", *_SHORTEST_SCENE_SECONDS)
        as_whole_number(longest, "max_scene_duration_sec", shortest)

    def body(self) -> dict[str, Any]:
        """Return the body of the request, as the service spells its fields."""
        fields = {
            "sceneRange": self.scene_range,
            "minSceneDurationSec": self.min_scene_duration_sec,
            "maxSceneDurationSec": self.max_scene_duration_sec,
        }
        return {**{key: value for key, value in fields.items() if value is not None}, **self.extra}
