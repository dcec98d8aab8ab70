"""What only the older calls send and receive."""

# ruff: noqa: RUF009 - received_extra() and answer_field() declare attrs fields

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from attrs import Attribute, field, frozen
from attrs.converters import optional

from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.argument_checks import as_enum
from mediaintel_async.models.common import Extra, Id, answer_field, received_extra, sent_extra
from mediaintel_async.models.indexes import SceneRange
from mediaintel_async.models.model import Model
from mediaintel_async.public import public_in
from mediaintel_async.refs import as_id

_MOST_PERSONS = 10


@public_in("mediaintel_async.legacy")
class SourceLanguage(StrEnum):
    """The language spoken in a video."""

    ENKO = "ENKO"
    EN = "EN"
    KO = "KO"
    JA = "JA"
    ZH_CN = "ZH-CN"
    ZH_TW = "ZH-TW"


def _scene_range(value: str) -> SceneRange:
    return as_enum(SceneRange, value, "scene_range")


def _source_language(value: str) -> SourceLanguage:
    return as_enum(SourceLanguage, value, "source_language")


def _persons(_: object, __: "Attribute[int]", value: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MOST_PERSONS:
        raise InvalidArgument(
            f"analysis_person_count is 0 to {_MOST_PERSONS} persons, not {value!r}"
        )


def _tags(value: Iterable[Id]) -> tuple[Id, ...]:
    if not isinstance(value, Iterable) or isinstance(value, str | bytes):
        raise InvalidArgument(f"tag_id_list is a list of tags, not {value!r}")
    # Not as_id(): a tag of digits may be a name, and stays the text that it is.
    tags = tuple(value)
    for tag in tags:
        as_id(tag, "a tag of tag_id_list")
    return tags


def _yes_or_no(_: object, attribute: "Attribute[Any]", value: object) -> None:
    if value is not None and not isinstance(value, bool):
        raise InvalidArgument(f"{attribute.name} is True or False, not {value!r}")


@public_in("mediaintel_async.legacy")
@frozen(kw_only=True)
class AnalysisOptions:
    """What an analysis should do. Source: schema RequestAnalysisBody."""

    analysis_person_count: int = field(validator=_persons)
    scene_range: SceneRange | None = field(default=None, converter=optional(_scene_range))
    tag_id_list: tuple[Id, ...] | None = field(default=None, converter=optional(_tags))
    source_language: SourceLanguage | None = field(
        default=None, converter=optional(_source_language)
    )
    detect_audio_effects: bool | None = field(default=None, validator=_yes_or_no)
    extra: Extra = sent_extra()

    def body(self) -> dict[str, Any]:
        """Return what is sent."""
        fields: dict[str, Any] = {
            "sceneRange": self.scene_range,
            "sourceLanguage": self.source_language,
            "detectAudioEffects": self.detect_audio_effects,
            "analysisPersonCount": self.analysis_person_count,
            "tagIdList": None if self.tag_id_list is None else list(self.tag_id_list),
        }
        return {**{key: value for key, value in fields.items() if value is not None}, **self.extra}


@public_in("mediaintel_async.legacy")
@frozen(kw_only=True)
class AnalysisRequested(Model):
    """The service's receipt for an accepted analysis."""

    index_id: Id | None = answer_field("indexId", "id")
    """Called `id` on the one page that shows it."""

    created_time: datetime | None = None
    """In the service's own zone, probably Korean time; it carries none."""

    created_user_name: str | None = answer_field("createdUserName", "createUserName")
    extra: Extra = received_extra()


@public_in("mediaintel_async.legacy")
@frozen(kw_only=True)
class AnalysisSetting(Model):
    """How an index was made."""

    analysis_engine: str | None = None
    scene_range: str | None = None
    extra: Extra = received_extra()


@public_in("mediaintel_async.legacy")
@frozen(kw_only=True)
class AssetIndex(Model):
    """One index of an asset, without its content.

    Times are in the service's own zone, probably Korean time, and carry none.
    """

    index_id: Id = answer_field("indexId", required=True)
    type: str | None = None
    """`IMAGE` or `VIDEO`."""

    created_time: datetime | None = None
    created_user_name: str | None = answer_field("createdUserName", "createUserName")
    updated_time: datetime | None = None
    updated_user_name: str | None = None
    analysis_setting: AnalysisSetting | None = None
    extra: Extra = received_extra()


@public_in("mediaintel_async.legacy")
@frozen(kw_only=True)
class AssetIndexes(Model):
    """The indexes of an asset."""

    total_count: int | None = None
    indexes: tuple[AssetIndex, ...] = ()
    extra: Extra = received_extra()
