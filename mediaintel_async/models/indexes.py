"""The index of an asset: what is asked for, a run's state, and what it comes to."""

# ruff: noqa: RUF009 - extra() and spelled() declare attrs fields

from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import field, frozen
from attrs.converters import optional

from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.argument_checks import as_word
from mediaintel_async.models.common import (
    Extra,
    Id,
    OpenEnum,
    WordedStatus,
    extra,
    further,
    spelled,
)
from mediaintel_async.public import public


@public
class IndexState(OpenEnum):
    """Where the analysis of an asset stands. Source: schema AnalysisStatus."""

    BEFORE_ANALYZE = "BEFORE_ANALYZE"
    """No analysis was ever run."""

    WAIT_ANALYZE = "WAIT_ANALYZE"
    """Requested and queued."""

    ANALYZING = "ANALYZING"
    ANALYZE_COMPLETED = "ANALYZE_COMPLETED"
    ANALYZE_FAIL = "ANALYZE_FAIL"
    ANALYZE_CANCEL = "ANALYZE_CANCEL"


@public
@frozen(kw_only=True)
class IndexStatus(WordedStatus[IndexState]):
    """How far the latest analysis of an asset has come; not what index can be read."""

    _before = IndexState.BEFORE_ANALYZE
    _succeeded = IndexState.ANALYZE_COMPLETED
    _canceled = IndexState.ANALYZE_CANCEL
    _final = frozenset({_succeeded, _canceled, IndexState.ANALYZE_FAIL})

    state: IndexState = spelled("status", required=True)
    message: str | None = spelled("analyzeStatusMessage", "analysisStatusMessage")
    """Why a run failed, in the service's words; two spellings are documented for it."""

    index_id: Id | None = None
    extra: Extra = extra()


@public
@frozen(kw_only=True)
class Index:
    """What an analysis came to. The content of an index stood on no page: see `extra`."""

    index_id: Id | None = None
    type: str | None = None
    """`IMAGE` or `VIDEO`."""

    created_time: datetime | None = None
    created_user_name: str | None = spelled("createdUserName", "createUserName")
    updated_time: datetime | None = None
    updated_user_name: str | None = None
    extra: Extra = extra()


@public
@frozen(kw_only=True)
class IndexRequested:
    """The service's receipt for an accepted analysis; no page shows any of its fields."""

    extra: Extra = extra()


@public
class SceneRange(StrEnum):
    """How finely a video is cut into scenes."""

    EXTRA_SHORT = "EXTRA_SHORT"
    """About 10 to 20 seconds a scene."""

    SHORT = "SHORT"
    MEDIUM = "MEDIUM"
    LONG = "LONG"


@public
class ConfidenceLevel(StrEnum):
    """How sure a detection must be to be shown."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


def _scene_range(value: str) -> SceneRange:
    return as_word(SceneRange, value, "scene_range")


_SHORTEST_SECONDS, _LONGEST_SECONDS = 10, 30


@public
@frozen(kw_only=True)
class IndexOptions:
    """What an analysis should do; without options the service's defaults apply.

    Raises:
        InvalidArgument: Values that exclude each other, stand alone, or are out of range.
    """

    scene_range: SceneRange | None = field(default=None, converter=optional(_scene_range))
    """Video only. Excludes the pair of scene durations."""

    min_scene_duration_sec: int | None = None
    """Video only; seconds, 10 to 30. Comes with `max_scene_duration_sec`."""

    max_scene_duration_sec: int | None = None
    """Video only; seconds. Its range stood on no page."""

    extra: Extra = further()
    """Further fields of the body, merged last: `{"analysisPersonCount": 3}`."""

    def __attrs_post_init__(self) -> None:
        pair = (self.min_scene_duration_sec, self.max_scene_duration_sec)
        if (pair[0] is None) != (pair[1] is None):
            raise InvalidArgument(
                "min_scene_duration_sec and max_scene_duration_sec are given together"
            )
        if self.scene_range is not None and pair[0] is not None:
            raise InvalidArgument("scene_range excludes min_ and max_scene_duration_sec")
        for name, seconds in zip(
            ("min_scene_duration_sec", "max_scene_duration_sec"), pair, strict=True
        ):
            if seconds is not None and (isinstance(seconds, bool) or not isinstance(seconds, int)):
                raise InvalidArgument(f"{name} is a whole number of seconds, not {seconds!r}")
        if pair[0] is not None and not _SHORTEST_SECONDS <= pair[0] <= _LONGEST_SECONDS:
            raise InvalidArgument(f"min_scene_duration_sec is 10 to 30 seconds, not {pair[0]}")
        if pair[0] is not None and pair[1] is not None and pair[1] < pair[0]:
            raise InvalidArgument(
                f"max_scene_duration_sec ({pair[1]}) is below min_scene_duration_sec ({pair[0]})"
            )

    def body(self) -> dict[str, Any]:
        """Return what is sent."""
        fields = {
            "sceneRange": self.scene_range,
            "minSceneDurationSec": self.min_scene_duration_sec,
            "maxSceneDurationSec": self.max_scene_duration_sec,
        }
        return {**{key: value for key, value in fields.items() if value is not None}, **self.extra}
