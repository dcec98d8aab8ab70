"""Scene summaries: options of a run, the state of a run, and the texts it wrote.

Source of the words of a state: schema SceneSummaryState. The fields of a status are from examples
of the service's documentation, which has them at the index level only. Undocumented by the
service: the answers of the asset level, the fields of a scene, and the values of a locale.
"""

# ruff: noqa: RUF009 - received_extra() and answer_field() declare attrs fields

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from attrs import field, frozen
from attrs.converters import optional

from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.argument_checks import as_text
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
from mediaintel_async.models.scene_preview import scenes_as_html, scenes_as_text
from mediaintel_async.public import public


@public
class SceneSummaryState(OpenEnum):
    """Where a scene summary stands."""

    BEFORE_SUMMARIZE = "BEFORE_SUMMARIZE"
    """No summary was ever requested."""

    WAIT_SUMMARIZE = "WAIT_SUMMARIZE"
    """Requested, queued and not started yet."""

    SUMMARIZING = "SUMMARIZING"
    SUMMARIZE_COMPLETED = "SUMMARIZE_COMPLETED"
    SUMMARIZE_FAIL = "SUMMARIZE_FAIL"
    SUMMARIZE_CANCELED = "SUMMARIZE_CANCELED"


@public
@frozen(kw_only=True)
class SceneSummaryStatus(StateBasedStatus[SceneSummaryState]):
    """How far the latest run of a scene summary has come.

    Only `state` is certain; any other field is None if the answer leaves it out. Times are in the
    service's own zone, probably Korean time, and carry none.
    """

    _never_requested_state = SceneSummaryState.BEFORE_SUMMARIZE
    _succeeded_state = SceneSummaryState.SUMMARIZE_COMPLETED
    _canceled_state = SceneSummaryState.SUMMARIZE_CANCELED
    _final_states = frozenset({_succeeded_state, _canceled_state, SceneSummaryState.SUMMARIZE_FAIL})

    state: SceneSummaryState = answer_field("status", required=True)
    message: str | None = answer_field("statusMessage")
    """Why a run failed, in the service's words; None if it did not fail."""

    scene_summary_id: Id | None = None
    """Id of the run while it is in progress. In a final status it may be the id of another run:
    the service's documentation contradicts itself there."""

    target_scene_ids: tuple[Id, ...] | None = None
    """Ids of the scenes of a partial run; None for a run over all scenes."""

    analyzed_scene_count: int | None = None
    """Number of scenes that are summarised."""

    total_scene_count: int | None = None
    """Number of scenes that the run covers."""

    requested_time: datetime | None = None
    """When the run was requested, by the service's clock: Korean time, as far as is known."""

    completed_time: datetime | None = None
    """When the run ended, by the service's clock, too; None while it is in progress."""

    extra: Extra = received_extra()

    @property
    def progress(self) -> float | None:
        """Share of the scenes that are summarised, from 0 to 1; None without counts."""
        if self.succeeded:
            return 1.0
        if self.analyzed_scene_count is None or not self.total_scene_count:
            return None
        return min(1.0, max(0.0, self.analyzed_scene_count / self.total_scene_count))


@public
@frozen(kw_only=True)
class SceneSummaryRequested(Model):
    """The service's receipt for an accepted run. A field is None if the answer leaves it out."""

    scene_summary_id: Id | None = None
    """Id of the run."""

    index_id: Id | None = None
    """Id of the index that the run summarises."""

    target_scene_ids: tuple[Id, ...] | None = None
    """Ids of the scenes of a partial run; None for a run over all scenes."""

    created_time: datetime | None = None
    """In the service's own zone, probably Korean time; it carries none."""

    created_user_name: str | None = answer_field("createdUserName", "createUserName")
    extra: Extra = received_extra()


@public
@frozen(kw_only=True)
class SceneSummaryInfo(Model):
    """Facts about the last completed run."""

    last_analyzed_at: datetime | None = None
    """In the service's own zone, probably Korean time; it carries none. None if the answer leaves
    it out."""

    analyzed_scene_ids: tuple[Id, ...] | None = None
    """Ids of the scenes of that run; None after a run over all scenes."""

    extra: Extra = received_extra()


@public
@frozen(kw_only=True)
class SceneSummary(Model):
    """The summaries of an asset's scenes."""

    index_id: Id | None = None
    """Id of the index that was summarised; None if the answer leaves it out."""

    info: SceneSummaryInfo | None = answer_field("sceneSummaryInfo")
    """Facts about the last completed run; None if the answer leaves them out."""

    scenes: tuple[Extra, ...] = field(
        default=(),
        metadata={"names": ("sceneSummaries",)},
        repr=scenes_as_text,
    )
    """One mapping for each scene, as the service sent it; its fields are undocumented by the
    service. The repr shows the first fields of the first two scenes."""

    extra: Extra = received_extra()

    def _repr_html_(self) -> str:
        """Return a table of the first scenes, which a notebook shows."""
        return scenes_as_html(f"Summary of the index {self.index_id}", self.scenes)


def _scene_ids(value: Iterable[int]) -> tuple[int, ...]:
    is_list = isinstance(value, Iterable) and not isinstance(value, str | bytes)
    ids = tuple(value) if is_list else ()
    if not ids or any(isinstance(one, bool) or not isinstance(one, int) or one < 0 for one in ids):
        raise InvalidArgument(
            f"scene_ids is {value!r}; expected a list of one or more whole numbers from 0 up"
        )
    return ids


@frozen(kw_only=True)
class SceneSummaryOptions:
    """Options of a run; without any, it covers all scenes, in the service's default language.

    Raises:
        InvalidArgument: *scene_ids* or *locale* is empty, or both are given.
    """

    scene_ids: tuple[int, ...] | None = field(default=None, converter=optional(_scene_ids))
    """Ids of scenes to summarise again, once a run over all scenes has completed. None: all."""

    locale: str | None = None
    """Language of the summaries, for a run over all scenes. None: the service's default. The
    values are undocumented by the service."""

    extra: Extra = sent_extra()
    """Further fields of the request's body, merged last."""

    def __attrs_post_init__(self) -> None:
        if self.locale is None:
            return
        as_text(self.locale, "locale")
        if self.scene_ids is not None:
            raise InvalidArgument(
                f"locale is {self.locale!r} and scene_ids are given, too; expected one of the two,"
                " as a locale needs a run over all scenes"
            )

    @property
    def is_plain(self) -> bool:
        """Whether the options ask for all scenes and nothing else."""
        return self.scene_ids is None and self.locale is None and not self.extra

    def body(self) -> dict[str, Any]:
        """Return the body of the request, as the service spells its fields."""
        # At the asset level `sceneIds` is an assumption: the table of that page was cut off, and
        # the index level has the field by this name.
        body: dict[str, Any] = {}
        if self.scene_ids is not None:
            body["sceneIds"] = list(self.scene_ids)
        if self.locale is not None:
            body["locale"] = self.locale
        return {**body, **self.extra}
