"""Searches: the query, the state of a search, and its hits.

Source of the words of a state: schema SearchResultPage. A third party's copy of the service's
page says that `projectIds` or `assetIds` must be given; the page itself was cut off there, so
nothing here insists on it. Undocumented by the service: the fields of a hit,
and words that explain a state.
"""

# ruff: noqa: RUF009 - received_extra() and answer_field() declare attrs fields

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

import orjson
from attrs import Attribute, field, frozen
from attrs.converters import optional

from mediaintel_async.errors import InvalidAnswer, InvalidArgument
from mediaintel_async.models.argument_checks import as_enum, as_text
from mediaintel_async.models.common import (
    KOREA,
    Extra,
    Id,
    OpenEnum,
    StateBasedStatus,
    answer_field,
    received_extra,
    sent_extra,
)
from mediaintel_async.models.indexes import ConfidenceLevel
from mediaintel_async.models.model import Model
from mediaintel_async.public import public
from mediaintel_async.refs import AssetRef, as_id

T = TypeVar("T")

_LONGEST_TEXT = 1000
_FORBIDDEN_CHARACTERS = ";|`"

LARGEST_SEARCH_PAGE = 100
"""The largest number of hits that a page can hold."""

_MAX_EMPTY_PAGES = 10
"""After so many empty pages in a row, reading the hits ends."""


def _as_tuple(value: object, name: str, item: Callable[[object, str], T]) -> tuple[T, ...]:
    if not isinstance(value, Iterable) or isinstance(value, str | bytes | Mapping):
        raise InvalidArgument(f"{name} is {value!r}; expected a list")
    return tuple(item(one, f"{name} has an item that") for one in value)


def _as_term(value: object, name: str) -> str:
    return as_text(value, name, without=_FORBIDDEN_CHARACTERS)


def _ids_field(name: str) -> Any:
    return field(default=(), converter=lambda value: _as_tuple(value, name, as_id))


def _terms_field(name: str) -> Any:
    return field(default=(), converter=lambda value: _as_tuple(value, name, _as_term))


def _level(value: str) -> ConfidenceLevel:
    return as_enum(ConfidenceLevel, value, "confidence_level")


def _check_datetime(_: object, attribute: "Attribute[Any]", value: object) -> None:
    if value is not None and not isinstance(value, datetime):
        raise InvalidArgument(f"{attribute.name} is {value!r}; expected a datetime")


@public
@frozen(kw_only=True)
class SearchQuery:
    """What to search for: either a text or an image, with optional filters.

    Give `project_ids` or `asset_ids`: whether the service accepts a search without either is
    undocumented.

    Raises:
        InvalidArgument: Neither a text nor an image is given, or both are, or the service does
            not accept a value.
    """

    text: str | None = None
    """A description in plain words: 1 to 1000 characters, without `;`, `|` and the backtick."""

    image: str | None = None
    """The key that `client.search.upload_query_image()` returned."""

    person_must: tuple[Id, ...] = _ids_field("person_must")
    """Ids of persons; a hit shows all of them."""

    person_any: tuple[Id, ...] = _ids_field("person_any")
    """Ids of persons; a hit shows at least one of them."""

    person_not: tuple[Id, ...] = _ids_field("person_not")
    """Ids of persons; a hit shows none of them."""

    dialog_must: tuple[str, ...] = _terms_field("dialog_must")
    """Terms without `;`, `|` and the backtick; all of them are spoken in a hit."""

    dialog_any: tuple[str, ...] = _terms_field("dialog_any")
    """Such terms; at least one of them is spoken in a hit."""

    dialog_not: tuple[str, ...] = _terms_field("dialog_not")
    """Such terms; none of them is spoken in a hit."""

    confidence_level: ConfidenceLevel | None = field(default=None, converter=optional(_level))
    """`LOW` finds most, `HIGH` least. None means the service's default, `MEDIUM`."""

    project_ids: tuple[Id, ...] = _ids_field("project_ids")
    """Ids of projects; only their assets are searched."""

    asset_ids: tuple[Id, ...] = _ids_field("asset_ids")
    """Ids of assets; only these are searched."""

    index_modified_from: datetime | None = field(default=None, validator=_check_datetime)
    """Only assets whose index was made or changed at this time or later. It is sent as Korean
    time, most likely the service's own zone: a datetime with a zone is converted to it, and one
    without is taken to be in it."""

    index_modified_to: datetime | None = field(default=None, validator=_check_datetime)
    """Only assets whose index was made or changed at this time or earlier; the zone is that of
    `index_modified_from`."""

    extra: Extra = sent_extra()
    """Further fields of the request's body, merged last, also into nested objects:
    `{"filter": {"assetTypes": ["VIDEO"]}}`."""

    def __attrs_post_init__(self) -> None:
        if (self.text is None) == (self.image is None):
            given = "neither text nor image" if self.text is None else "both text and image"
            raise InvalidArgument(f"the query has {given}; expected one of the two")
        if self.text is not None:
            _check_text(self.text)
        if self.image is not None and (not isinstance(self.image, str) or not self.image):
            raise InvalidArgument(f"image is {self.image!r}; expected the key of an uploaded image")
        begin, end = _wire_time(self.index_modified_from), _wire_time(self.index_modified_to)
        if begin is not None and end is not None and begin > end:
            raise InvalidArgument(
                f"index_modified_from is {begin}; expected a time up to index_modified_to, {end}"
            )

    @property
    def has_filter(self) -> bool:
        """Whether the query is limited to some projects, assets or times."""
        return bool(self._filter())

    def body(self) -> dict[str, Any]:
        """Return the body of the request, as the service spells its fields."""
        query = {
            "textQuery": self.text,
            "imageQuery": self.image,
            "personQuery": _without_empty(
                {
                    "must": list(self.person_must),
                    "any": list(self.person_any),
                    "not": list(self.person_not),
                }
            ),
            "dialogQuery": _without_empty(
                {
                    "must": list(self.dialog_must),
                    "any": list(self.dialog_any),
                    "not": list(self.dialog_not),
                }
            ),
        }
        body = {
            "query": _without_empty(query),
            "queryOption": _without_empty({"confidenceLevel": self.confidence_level}),
            "filter": self._filter(),
        }
        return _merge(_without_empty(body), self.extra)

    def _filter(self) -> dict[str, Any]:
        return _without_empty(
            {
                "projectIds": list(self.project_ids),
                "assetIds": list(self.asset_ids),
                "indexModifiedFrom": _wire_time(self.index_modified_from),
                "indexModifiedTo": _wire_time(self.index_modified_to),
            }
        )


def _check_text(text: object) -> None:
    if isinstance(text, str) and len(text) > _LONGEST_TEXT:
        # Too long to be quoted.
        raise InvalidArgument(
            f"text has {len(text)} characters; expected 1 to {_LONGEST_TEXT} characters"
        )
    as_text(text, "text", at_most=_LONGEST_TEXT, without=_FORBIDDEN_CHARACTERS)


def _without_empty(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, [], {})}


def _merge(body: Mapping[str, Any], extra: Extra) -> dict[str, Any]:
    """Merge *extra* into *body* at every depth; where both have a value, that of *extra* wins."""
    merged_objects = {
        name: _merge(body[name], value)
        for name, value in extra.items()
        if isinstance(value, Mapping) and isinstance(body.get(name), Mapping)
    }
    return {**body, **extra, **merged_objects}


def _wire_time(time: datetime | None) -> str | None:
    """Write a time as the service does: in its own zone, without naming the zone."""
    if time is None:
        return None
    local = time if time.tzinfo is None else time.astimezone(KOREA).replace(tzinfo=None)
    return local.isoformat(timespec="seconds")


@public
@frozen(kw_only=True)
class SearchRequested(Model):
    """The service's receipt for an accepted search."""

    search_id: Id = answer_field("searchId", required=True)
    """Id of the search, by which its state and its hits are read."""

    extra: Extra = received_extra()


@public
class SearchState(OpenEnum):
    """Where a search stands."""

    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@public
@frozen(kw_only=True)
class SearchHit(Model):
    """One result of a search."""

    extra: Extra = received_extra()
    """The hit as the service sent it; its fields are undocumented by the service."""

    ref: AssetRef | None = field(default=None, eq=False, metadata={"names": ()})
    """Reference of the asset that the hit is in; None if the hit names no asset. The calls of
    `client.search` set it; the service neither sends nor receives it."""


@public
@frozen(kw_only=True)
class SearchStatus(StateBasedStatus[SearchState]):
    """How far a search has come and, once it has completed, one page of its hits.

    A count is None if the answer leaves it out.
    """

    _succeeded_state = SearchState.COMPLETED
    _final_states = frozenset({_succeeded_state, SearchState.FAILED})

    state: SearchState = answer_field("status", required=True)
    search_id: Id | None = None
    total_count: int | None = None
    """Number of hits on all pages together."""

    total_pages: int | None = answer_field("totalPage", "totalPages")
    page_number: int | None = answer_field("pageNo", "pageNum")
    """Counted from 1."""

    page_size: int | None = None
    hits: tuple[SearchHit, ...] | None = field(
        default=None,
        metadata={"names": ("results",)},
        repr=lambda hits: "None" if hits is None else f"<{len(hits)} hits>",
    )
    """The hits of this page, best first; None until the search has completed."""

    extra: Extra = received_extra()

    @property
    def message(self) -> str | None:
        """Always None: the service documents no explanation of a search's state."""
        return None


ReadPage = Callable[[int], Awaitable[SearchStatus]]
"""Reads one page of a search, counted from 1."""


@public
@frozen(kw_only=True, eq=False)
class SearchResult:
    """The hits of a completed search: `async for hit in result` yields the best first.

    Each page is read when its first hit is needed, so keep the client open. Each hit comes once,
    even if the service repeats or shifts its pages.
    """

    workspace: str
    search_id: Id
    total_count: int | None
    """Number of hits on all pages together, as the first page has it; None if it has none."""

    first_page: SearchStatus = field(repr=False)
    read_page: ReadPage = field(repr=False)

    async def __aiter__(self) -> AsyncIterator[SearchHit]:
        """Yield each hit once, and read pages as they are needed.

        Raises:
            InvalidAnswer: A page says that the search has not completed.
            MediaIntelligenceError: A page could not be read.
        """
        seen: set[bytes] = set()
        page, number, empty = self.first_page, 1, 0
        while True:
            hits = _hits_of_completed(page, self.search_id)
            has_new_hits = False
            for hit in hits:
                fingerprint = _fingerprint(hit)
                if fingerprint not in seen:
                    seen.add(fingerprint)
                    has_new_hits = True
                    yield hit
            empty = 0 if hits else empty + 1
            # A page of known hits only repeats an earlier page: stop. An empty page may be one
            # whose assets were deleted since, with further hits on the next page: go on.
            is_repeated = bool(hits) and not has_new_hits
            if is_repeated or empty >= _MAX_EMPTY_PAGES or self._is_last(number, hits):
                return
            number += 1
            page = await self.read_page(number)

    def _is_last(self, number: int, hits: tuple[SearchHit, ...]) -> bool:
        # The first page's totals alone count: a total that grew with every page would never be
        # reached.
        first = self.first_page
        if first.total_pages is not None:
            return number >= first.total_pages
        if first.total_count is not None:
            size = first.page_size or len(first.hits or ())
            return number * size >= first.total_count
        return not hits


def _hits_of_completed(page: SearchStatus, search_id: Id) -> tuple[SearchHit, ...]:
    if not page.succeeded:
        raise InvalidAnswer(
            f"search {search_id}",
            "$.result.status",
            f"expected COMPLETED before any hit is read, found {page.state:.60}",
        )
    return page.hits or ()


def _fingerprint(hit: SearchHit) -> bytes:
    """Return a digest of all fields of a hit: which field identifies a hit is undocumented."""
    text = orjson.dumps(hit.extra, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(text, digest_size=16).digest()
