"""What all models share: open enums, pages, the form of a status."""

# ruff: noqa: RUF009 - extra() and spelled() declare attrs fields

import logging
from collections.abc import Mapping
from datetime import timedelta, timezone
from enum import StrEnum
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

from attrs import Attribute, field, frozen

from mediaintel_async.errors import InvalidArgument
from mediaintel_async.public import public
from mediaintel_async.refs import Id

__all__ = [
    "KOREA",
    "Extra",
    "Id",
    "JobStatus",
    "OpenEnum",
    "Page",
    "WordedStatus",
    "extra",
    "further",
    "spelled",
]

_logger = logging.getLogger("mediaintel_async")

KOREA: timezone = timezone(timedelta(hours=9))
"""Most likely that of the service's times, which carry none."""

Extra = Mapping[str, Any]
"""Fields of an answer that no documentation showed, unchanged."""

# Hostile or broken answers must not fill the memory with new words.
_MOST_UNKNOWN_WORDS = 256
_unknown_words: dict[tuple[type, str], Any] = {}


class OpenEnum(StrEnum):
    """An enum of the service, which may learn new words; those are kept as they came."""

    @classmethod
    def of(cls, word: str) -> Self:
        """Return the member for a word of the service, known or not; faster than a call."""
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
class JobStatus(Protocol):
    """What every status can say."""

    @property
    def state(self) -> OpenEnum:
        """The service's own word."""
        ...

    @property
    def is_final(self) -> bool:
        """Whether the run has ended. A word this version does not know has not."""
        ...

    @property
    def succeeded(self) -> bool:
        """Whether the run has ended well."""
        ...

    @property
    def progress(self) -> float | None:
        """How much is done, 0 to 1; None when the service does not say."""
        ...

    @property
    def message(self) -> str | None:
        """The service's words about the state; None when it has none."""
        ...


StateT = TypeVar("StateT", bound=OpenEnum)


class WordedStatus(Generic[StateT]):
    """A status of which one word, its `state`, says whether its run has ended, and how."""

    __slots__ = ()

    state: StateT
    _before: ClassVar[OpenEnum | None] = None
    _succeeded: ClassVar[OpenEnum]
    _canceled: ClassVar[OpenEnum | None] = None
    _final: ClassVar[frozenset[OpenEnum]]

    @property
    def is_final(self) -> bool:
        """Whether the run has ended. A word this version does not know has not."""
        return self.state in self._final

    @property
    def is_before(self) -> bool:
        """Whether no run was ever asked for; never of what has its id from being asked for."""
        return self.state is self._before

    @property
    def succeeded(self) -> bool:
        """Whether the run has ended well."""
        return self.state is self._succeeded

    @property
    def canceled(self) -> bool:
        """Whether the run was cancelled; never of what the service cannot cancel."""
        return self.state is self._canceled

    @property
    def progress(self) -> float | None:
        """1 when done, else None: this status carries no counts of what is left."""
        return 1.0 if self.succeeded else None


def extra() -> Any:
    """Declare the field that keeps what no documentation showed.

    It stays out of the repr: nobody knows what it may hold, and logs are read by strangers.
    """
    return field(factory=dict, repr=False)


def further() -> Any:
    """Declare the field of options that is merged last into what is sent."""
    return field(factory=dict, validator=_mapping)


def _mapping(_: object, attribute: "Attribute[Any]", value: object) -> None:
    if not isinstance(value, Mapping):
        raise InvalidArgument(f"{attribute.name} is a mapping of further fields, not {value!r}")


def spelled(*names: str, required: bool = False, hidden: bool = False) -> Any:
    """Declare a field by the names the service uses for it; the first that is there counts.

    With *required*, an answer without it is an `InvalidAnswer`; otherwise it is None then.
    With *hidden* it stays out of the repr.
    """
    metadata = {"names": names}
    if required:
        return field(metadata=metadata, repr=not hidden)
    return field(default=None, metadata=metadata, repr=not hidden)


T = TypeVar("T")


@public
@frozen(kw_only=True)
class Page(Generic[T]):
    """One page of a listing."""

    items: tuple[T, ...] = field(default=(), metadata={"names": ("content",)})
    total_count: int | None = None
    """Items on all pages together."""

    total_pages: int | None = spelled("totalPage")
    page_number: int | None = spelled("pageNo", "pageNum")
    """Counted from 1."""

    page_size: int | None = None
    extra: Extra = extra()
