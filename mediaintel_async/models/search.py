"""Searches: what is asked for, how far a search is, and what it finds."""

# ruff: noqa: RUF009 - extra() and spelled() declare attrs fields

import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import orjson
from attrs import Attribute, field, frozen
from attrs.converters import optional

from mediaintel_async.errors import InvalidAnswer, InvalidArgument
from mediaintel_async.models.common import (
    KOREA,
    Extra,
    Id,
    OpenEnum,
    WordedStatus,
    extra,
    further,
    spelled,
)
from mediaintel_async.models.indexes import ConfidenceLevel
from mediaintel_async.public import public
from mediaintel_async.refs import AssetRef, as_id

T = TypeVar("T")

_LONGEST_TEXT = 1000
_FORBIDDEN = re.compile(r"[;|`]")

LARGEST_SEARCH_PAGE = 100
"""Hits that one page holds at the most."""

_MOST_EMPTY_PAGES = 10
"""In a row, before a search is taken to have nothing more."""


def _all_of(value: object, name: str, item: Callable[[object, str], T]) -> tuple[T, ...]:
    if not isinstance(value, Iterable) or isinstance(value, str | bytes | Mapping):
        raise InvalidArgument(f"{name} is a list, not {value!r}")
    return tuple(item(one, name) for one in value)


def _term(value: object, name: str) -> str:
    if not isinstance(value, str) or not value:
        raise InvalidArgument(f"{name} is a text of a character or more, not {value!r}")
    if _FORBIDDEN.search(value):
        raise InvalidArgument(f"{name} holds none of ; | and `, as {value!r} does")
    return value


def _ids(name: str) -> Any:
    return field(default=(), converter=lambda value: _all_of(value, name, as_id))


def _terms(name: str) -> Any:
    return field(default=(), converter=lambda value: _all_of(value, name, _term))


def _level(value: str) -> ConfidenceLevel:
    try:
        return ConfidenceLevel(value)
    except ValueError as error:
        allowed = ", ".join(ConfidenceLevel)
        raise InvalidArgument(f"confidence_level is one of {allowed}, not {value!r}") from error


def _moment(_: object, attribute: "Attribute[Any]", value: object) -> None:
    if value is not None and not isinstance(value, datetime):
        raise InvalidArgument(f"{attribute.name} is a datetime, not {value!r}")


@public
@frozen(kw_only=True)
class SearchQuery:
    """What to search for: a text or an image, narrowed as need be.

    A third party's copy of the service's page says that `project_ids` or `asset_ids` must be
    given; the page itself was cut off there, so that nothing here insists on it.

    Raises:
        InvalidArgument: There is neither a text nor an image, or both, or a value that the
            service does not take.
    """

    text: str | None = None
    """In plain words: 1 to 1000 characters, without `;`, `|` and the backtick."""

    image: str | None = None
    """The key that `client.search.upload_query_image()` returned."""

    person_must: tuple[Id, ...] = _ids("person_must")
    """Persons who are all in a hit, by their ids."""

    person_any: tuple[Id, ...] = _ids("person_any")
    """Persons of whom at least one is in a hit."""

    person_not: tuple[Id, ...] = _ids("person_not")
    """Persons who are in no hit."""

    dialog_must: tuple[str, ...] = _terms("dialog_must")
    """Terms that are all spoken in a hit; without `;`, `|` and the backtick."""

    dialog_any: tuple[str, ...] = _terms("dialog_any")
    """Terms of which at least one is spoken in a hit."""

    dialog_not: tuple[str, ...] = _terms("dialog_not")
    """Terms that are spoken in no hit."""

    confidence_level: ConfidenceLevel | None = field(default=None, converter=optional(_level))
    """`LOW` finds most, `HIGH` least; None: the service's `MEDIUM`."""

    project_ids: tuple[Id, ...] = _ids("project_ids")
    """Projects to search."""

    asset_ids: tuple[Id, ...] = _ids("asset_ids")
    """Assets to search."""

    index_modified_from: datetime | None = field(default=None, validator=_moment)
    """Only what was indexed, or its index changed, since then. Without a zone: the service's."""

    index_modified_to: datetime | None = field(default=None, validator=_moment)
    """Only what was indexed, or its index changed, until then."""

    extra: Extra = further()
    """Further fields of the body, merged last, and into its objects:
    `{"filter": {"assetTypes": ["VIDEO"]}}`."""

    def __attrs_post_init__(self) -> None:
        if (self.text is None) == (self.image is None):
            raise InvalidArgument("a search has either text or image, and not both")
        if self.text is not None and len(_term(self.text, "text")) > _LONGEST_TEXT:
            raise InvalidArgument(f"text has 1 to {_LONGEST_TEXT} characters, not {len(self.text)}")
        if self.image is not None and (not isinstance(self.image, str) or not self.image):
            raise InvalidArgument(f"image is the key of an uploaded image, not {self.image!r}")
        begin, end = _wire_time(self.index_modified_from), _wire_time(self.index_modified_to)
        if begin is not None and end is not None and begin > end:
            raise InvalidArgument("index_modified_from is later than index_modified_to")

    @property
    def has_filter(self) -> bool:
        """Whether the search is limited to some projects, assets or times."""
        return bool(self._filter())

    def body(self) -> dict[str, Any]:
        """Return what is sent."""
        query = {
            "textQuery": self.text,
            "imageQuery": self.image,
            "personQuery": _given(
                {
                    "must": list(self.person_must),
                    "any": list(self.person_any),
                    "not": list(self.person_not),
                }
            ),
            "dialogQuery": _given(
                {
                    "must": list(self.dialog_must),
                    "any": list(self.dialog_any),
                    "not": list(self.dialog_not),
                }
            ),
        }
        body = {
            "query": _given(query),
            "queryOption": _given({"confidenceLevel": self.confidence_level}),
            "filter": self._filter(),
        }
        return _merged(_given(body), self.extra)

    def _filter(self) -> dict[str, Any]:
        return _given(
            {
                "projectIds": list(self.project_ids),
                "assetIds": list(self.asset_ids),
                "indexModifiedFrom": _wire_time(self.index_modified_from),
                "indexModifiedTo": _wire_time(self.index_modified_to),
            }
        )


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, [], {})}


def _merged(body: Mapping[str, Any], more: Extra) -> dict[str, Any]:
    """Put *more* into *body*: into its objects too, over everything else."""
    both = {
        name: _merged(body[name], value)
        for name, value in more.items()
        if isinstance(value, Mapping) and isinstance(body.get(name), Mapping)
    }
    return {**body, **more, **both}


def _wire_time(time: datetime | None) -> str | None:
    """Write a time as the service does: its own zone, which it leaves out."""
    if time is None:
        return None
    local = time if time.tzinfo is None else time.astimezone(KOREA).replace(tzinfo=None)
    return local.isoformat(timespec="seconds")


@public
@frozen(kw_only=True)
class SearchRequested:
    """The service's receipt for an accepted search."""

    search_id: Id = spelled("searchId", required=True)
    """Names the search wherever its state and hits are read."""

    extra: Extra = extra()


@public
class SearchState(OpenEnum):
    """Where a search stands. Source: schema SearchResultPage."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@public
@frozen(kw_only=True)
class SearchHit:
    """One thing that a search found."""

    extra: Extra = extra()
    """The hit as the service sent it: no page shows its fields."""

    ref: AssetRef | None = field(default=None, metadata={"names": ()})
    """The asset it is in; None where the hit does not name one. Ours, never sent."""


@public
@frozen(kw_only=True)
class SearchStatus(WordedStatus[SearchState]):
    """How far a search is and, once it has completed, one page of what it found."""

    _succeeded = SearchState.COMPLETED
    _final = frozenset({_succeeded, SearchState.FAILED})

    state: SearchState = spelled("status", required=True)
    search_id: Id | None = None
    total_count: int | None = None
    """Hits on all pages together."""

    total_pages: int | None = spelled("totalPage", "totalPages")
    page_number: int | None = spelled("pageNo", "pageNum")
    """Counted from 1."""

    page_size: int | None = None
    hits: tuple[SearchHit, ...] | None = field(
        default=None,
        metadata={"names": ("results",)},
        repr=lambda hits: "None" if hits is None else f"<{len(hits)} hits>",
    )
    """Best first; None until the search has completed."""

    extra: Extra = extra()

    @property
    def message(self) -> str | None:
        """None: no page shows words about the state; what the service says more is in `extra`."""
        return None


ReadPage = Callable[[int], Awaitable[SearchStatus]]
"""Reads one page, counted from 1."""


@public
@frozen(kw_only=True, eq=False)
class SearchResult:
    """What a search found: `async for hit in result`, best first, page after page.

    A page is read when its first hit is asked for, so that the client must still be open. Each
    hit comes once, however the service repeats or shifts its pages.
    """

    workspace: str
    search_id: Id
    total_count: int | None
    """Hits on all pages together, as the first page has it."""

    first_page: SearchStatus = field(repr=False)
    read_page: ReadPage = field(repr=False)

    async def __aiter__(self) -> AsyncIterator[SearchHit]:
        """Yield every hit.

        Raises:
            InvalidAnswer: A page says that the search has not completed.
            MediaIntelligenceError: A page could not be read.
        """
        seen: set[bytes] = set()
        page, number, empty = self.first_page, 1, 0
        while True:
            hits = _hits_of(page, self.search_id)
            is_news = False
            for hit in hits:
                mark = _mark(hit)
                if mark not in seen:
                    seen.add(mark)
                    is_news = True
                    yield hit
            empty = 0 if hits else empty + 1
            # A page without news is an earlier one again. An empty one is none: what was on it
            # has been deleted since, and there may be more after it.
            if (hits and not is_news) or empty >= _MOST_EMPTY_PAGES or self._is_last(number, hits):
                return
            number += 1
            page = await self.read_page(number)

    def _is_last(self, number: int, hits: tuple[SearchHit, ...]) -> bool:
        # By the first page alone: a total that grows from page to page would never be reached.
        first = self.first_page
        if first.total_pages is not None:
            return number >= first.total_pages
        if first.total_count is not None:
            size = first.page_size or len(first.hits or ())
            return number * size >= first.total_count
        return not hits


def _hits_of(page: SearchStatus, search_id: Id) -> tuple[SearchHit, ...]:
    if not page.succeeded:
        raise InvalidAnswer(
            f"search {search_id}",
            "$.result.status",
            f"expected COMPLETED before any hit is read, found {page.state:.60}",
        )
    return page.hits or ()


def _mark(hit: SearchHit) -> bytes:
    """Tell hits apart by all that they say: no page shows what names one."""
    text = orjson.dumps(hit.extra, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=16).digest()
