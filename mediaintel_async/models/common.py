"""What all models share: open enums, pages, statuses, and the declarations of their fields.

Times: the service sends them without a zone. The examples of its documentation are most likely
Korean time (UTC+9, all year), so `KOREA` is assumed where a zone is needed: a time with a zone
that comes in an answer, or goes out in a `SearchQuery`, is converted to Korean time and loses its
zone. Every datetime in a model therefore lacks a zone. To make it an aware one:
`status.requested_time.replace(tzinfo=ZoneInfo("Asia/Seoul"))`.
"""

# ruff: noqa: RUF009 - received_extra() and answer_field() declare attrs fields

import logging
from collections.abc import Mapping
from datetime import timedelta, timezone
from enum import StrEnum
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from attrs import Attribute, field, frozen

from mediaintel_async.errors import InvalidArgument, LastStatus
from mediaintel_async.models.model import Model
from mediaintel_async.public import public
from mediaintel_async.refs import Id

__all__ = [
    "KOREA",
    "Extra",
    "Id",
    "JobStatus",
    "OpenEnum",
    "Page",
    "StateBasedStatus",
    "answer_field",
    "received_extra",
    "sent_extra",
]

_logger = logging.getLogger("mediaintel_async")

KOREA: timezone = timezone(timedelta(hours=9))
"""The assumed zone of the service's times, which are sent without one."""

Extra = Mapping[str, Any]
"""Fields by the service's own names, with unchanged values: in an answer, those that the service
does not document; in a request, those that this library has no argument for."""

# A bound, so that a hostile or broken service cannot fill the memory with new words.
_MOST_UNKNOWN_WORDS = 256
_unknown_words: dict[tuple[type, str], Any] = {}


class OpenEnum(StrEnum):
    """An enum of the service that may gain words; an unknown word becomes a member as it came."""

    @classmethod
    def of(cls, word: str) -> Self:
        """Return the member for *word*, known or not; faster than calling the class."""
        return cls._value2member_map_.get(word) or cls(word)  # type: ignore[return-value]  # the map is typed for any enum

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        known = _unknown_words.get((cls, value))
        if known is not None:
            return known  # type: ignore[no-any-return]  # the table is keyed by class
        member = str.__new__(cls, value)
        member._name_ = member._value_ = value
        if len(_unknown_words) < _MOST_UNKNOWN_WORDS:
            _unknown_words[cls, value] = member
            _logger.warning("%s: the service used the unknown word %.60r", cls.__name__, value)
        return member

    def __reduce_ex__(self, _: object) -> tuple[type[Self], tuple[str]]:
        return type(self), (self.value,)

    @property
    def is_known(self) -> bool:
        """Whether this version of the library knows the word."""
        return self.name in type(self).__members__


@public
class JobStatus(LastStatus, Protocol):
    """What the status of every job has, whatever its kind."""

    @property
    def state(self) -> OpenEnum:
        """The service's own word for the state."""
        ...


StateT = TypeVar("StateT", bound=OpenEnum)


class StateBasedStatus(Model, Generic[StateT]):
    """A status whose `state` alone says whether the run has ended, and how."""

    __slots__ = ()

    state: StateT
    _never_requested_state: ClassVar[OpenEnum | None] = None
    _succeeded_state: ClassVar[OpenEnum]
    _canceled_state: ClassVar[OpenEnum | None] = None
    _final_states: ClassVar[frozenset[OpenEnum]]

    @property
    def is_final(self) -> bool:
        """Whether the run has ended; False for a state unknown to this version."""
        return self.state in self._final_states

    @property
    def is_before(self) -> bool:
        """Whether no run was ever requested; always False for imports and searches."""
        return self.state is self._never_requested_state

    @property
    def succeeded(self) -> bool:
        """Whether the run has ended with success."""
        return self.state is self._succeeded_state

    @property
    def canceled(self) -> bool:
        """Whether the run was cancelled; always False for imports and searches."""
        return self.state is self._canceled_state

    @property
    def progress(self) -> float | None:
        """1 if the run has succeeded, else None: this status reports no counts."""
        return 1.0 if self.succeeded else None


def received_extra() -> Any:
    """Declare the field that keeps the undocumented fields of an answer.

    The repr leaves the field out: its content is unknown and may be private, and strangers read
    logs.
    """
    return field(factory=dict, repr=False)


def sent_extra() -> Any:
    """Declare the field whose content is merged last into a request's body."""
    return field(factory=dict, validator=_check_mapping)


def _check_mapping(_: object, attribute: "Attribute[Any]", value: object) -> None:
    if not isinstance(value, Mapping):
        raise InvalidArgument(
            f"{attribute.name} is {value!r}; expected a mapping of field names to values"
        )


def answer_field(*names: str, required: bool = False, hidden: bool = False) -> Any:
    """Declare a field by the service's names for it; the first name that is present counts.

    Without a value the field is None, or the answer an `InvalidAnswer` if the field is
    *required*. The repr leaves out a *hidden* field.
    """
    metadata = {"names": names}
    if required:
        return field(metadata=metadata, repr=not hidden)
    return field(default=None, metadata=metadata, repr=not hidden)


T = TypeVar("T")


@public
@frozen(kw_only=True)
class Page(Model, Generic[T]):
    """One page of a listing. A count is None if the answer leaves it out."""

    # The listing of projects calls its items `projects`: see `ProjectPage`, which writes it so.
    items: tuple[T, ...] = field(default=(), metadata={"names": ("content", "projects")})
    total_count: int | None = None
    """Number of items on all pages together."""

    total_pages: int | None = answer_field("totalPage")
    page_number: int | None = answer_field("pageNo", "pageNum")
    """Counted from 1."""

    page_size: int | None = None
    """The largest number of items that a page can hold."""

    extra: Extra = received_extra()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], item: type[T] | None = None) -> Self:
        """Read a page of *item*, as in `Page[Asset].from_dict(data, Asset)`.

        Python does not tell a class method the `Asset` of `Page[Asset]`, so give it again.

        Raises:
            InvalidArgument: *item* is missing, or *data* is not such a page.
        """
        generic: Any = cls
        return cls._read(cls if item is None else generic[item], data)

    @classmethod
    def _read(cls, kind: Any, data: object) -> Self:
        if getattr(kind, "__parameters__", ()):
            raise InvalidArgument(
                "item is None; expected the class of the items, as in Page.from_dict(data, Asset)"
            )
        return super()._read(kind, data)
