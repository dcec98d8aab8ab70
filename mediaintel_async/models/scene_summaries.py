"""Scene summaries: a run's state, and the text it comes to."""

# ruff: noqa: RUF009 - extra() and spelled() declare attrs fields

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from attrs import field, frozen
from attrs.converters import optional

from mediaintel_async.errors import InvalidArgument
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
class SceneSummaryState(OpenEnum):
    """Where a scene summary stands. Source: seed 001, schema SceneSummaryState."""

    BEFORE_SUMMARIZE = "BEFORE_SUMMARIZE"
    """Never summarised so far."""

    WAIT_SUMMARIZE = "WAIT_SUMMARIZE"
    """Requested and queued."""

    SUMMARIZING = "SUMMARIZING"
    SUMMARIZE_COMPLETED = "SUMMARIZE_COMPLETED"
    SUMMARIZE_FAIL = "SUMMARIZE_FAIL"
    SUMMARIZE_CANCELED = "SUMMARIZE_CANCELED"


@public
@frozen(kw_only=True)
class SceneSummaryStatus(WordedStatus[SceneSummaryState]):
    """How far a scene summary has come.

    The fields were seen at the index level (seed 001). No page shows those of the asset
    level, so all but the state may be None there.
    """

    _before = SceneSummaryState.BEFORE_SUMMARIZE
    _succeeded = SceneSummaryState.SUMMARIZE_COMPLETED
    _canceled = SceneSummaryState.SUMMARIZE_CANCELED
    _final = frozenset({_succeeded, _canceled, SceneSummaryState.SUMMARIZE_FAIL})

    state: SceneSummaryState = spelled("status", required=True)
    message: str | None = spelled("statusMessage")
    """Why a run failed, in the service's words."""

    scene_summary_id: Id | None = None
    """Names the run while it is going; its meaning in a final status is contradicted."""

    target_scene_ids: tuple[Id, ...] | None = None
    """The scenes of a partial run; None for a run over all scenes."""

    analyzed_scene_count: int | None = None
    total_scene_count: int | None = None
    requested_time: datetime | None = None
    """When the run was asked for, by the service's clock, without a zone."""

    completed_time: datetime | None = None
    extra: Extra = extra()

    @property
    def progress(self) -> float | None:
        """Scenes done, 0 to 1; None when the service gives no counts."""
        if self.succeeded:
            return 1.0
        if self.analyzed_scene_count is None or not self.total_scene_count:
            return None
        return min(1.0, max(0.0, self.analyzed_scene_count / self.total_scene_count))


@public
@frozen(kw_only=True)
class SceneSummaryRequested:
    """The service's receipt for an accepted run; no page shows that of the asset level."""

    scene_summary_id: Id | None = None
    index_id: Id | None = None
    target_scene_ids: tuple[Id, ...] | None = None
    created_time: datetime | None = None
    created_user_name: str | None = spelled("createdUserName", "createUserName")
    extra: Extra = extra()


@public
@frozen(kw_only=True)
class SceneSummaryInfo:
    """About the last completed run."""

    last_analyzed_at: datetime | None = None
    analyzed_scene_ids: tuple[Id, ...] | None = None
    """None after a run over all scenes."""

    extra: Extra = extra()


@public
@frozen(kw_only=True)
class SceneSummary:
    """The text of every scene."""

    index_id: Id | None = None
    info: SceneSummaryInfo | None = spelled("sceneSummaryInfo")
    scenes: tuple[Extra, ...] = field(
        default=(),
        metadata={"names": ("sceneSummaries",)},
        repr=lambda scenes: f"<{len(scenes)} scenes>",
    )
    """One mapping a scene, as the service sent it: no page shows their fields."""

    extra: Extra = extra()


def _scene_ids(value: Iterable[int]) -> tuple[int, ...]:
    is_list = isinstance(value, Iterable) and not isinstance(value, str | bytes)
    ids = tuple(value) if is_list else ()
    if not ids or any(isinstance(one, bool) or not isinstance(one, int) or one < 0 for one in ids):
        raise InvalidArgument(f"scene_ids is one whole number or more, from 0 up, not {value!r}")
    return ids


@frozen(kw_only=True)
class SceneSummaryOptions:
    """What a run should cover; without options it covers all scenes, in the default language.

    Raises:
        InvalidArgument: Values that exclude each other or name nothing.
    """

    scene_ids: tuple[int, ...] | None = field(default=None, converter=optional(_scene_ids))
    """Scenes to summarise again; possible once a full run has completed."""

    locale: str | None = None
    """Language of the summaries, for a run over all scenes; its values stood on no page."""

    extra: Extra = further()
    """Further fields of the body, merged last."""

    def __attrs_post_init__(self) -> None:
        if self.locale is not None and (not isinstance(self.locale, str) or not self.locale):
            raise InvalidArgument(f"locale is a language as text, not {self.locale!r}")
        if self.locale is not None and self.scene_ids is not None:
            raise InvalidArgument("locale goes with a run over all scenes, not with scene_ids")

    @property
    def is_plain(self) -> bool:
        """Whether nothing is asked for but all scenes."""
        return self.scene_ids is None and self.locale is None and not self.extra

    def body(self) -> dict[str, Any]:
        """Return what is sent.

        At the asset level `sceneIds` is an assumption: its table was cut off, and the index
        level calls it so.
        """
        body: dict[str, Any] = {}
        if self.scene_ids is not None:
            body["sceneIds"] = list(self.scene_ids)
        if self.locale is not None:
            body["locale"] = self.locale
        return {**body, **self.extra}
