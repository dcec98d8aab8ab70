"""Hypothesis strategies for answers that nobody would send on purpose."""

import json
import types
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Union, get_args, get_origin

import attrs
from hypothesis import strategies as st

from mediaintel_async.models.spelling import spellings_of

# What upsets careless readers: bounds of machine numbers, of dates, and of texts.
ODD_NUMBERS = st.sampled_from([0, -1, 2**31, 2**53 + 1, 2**63, 2**64 - 1, 2**64, 1e308, -0.0, 1.5])
ODD_TIMES = st.sampled_from(
    [
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-12:00",
        "2026-02-30T00:00:00",
        "20260101",
        "2026-W01-1",
        "2026-04-17T10:30:00Z",
        "2026-04-17T10:30:00.123456789+09:00",
    ]
)
ODD_TEXTS = st.sampled_from(
    ["", "\0", "\u202e", "\ud800", "0", "007", "NaN", "../..", "x\r\nSet-Cookie: a=b"]
)
LONG_TEXTS = st.just(10_000).map("x".__mul__)
TEXTS = st.text(max_size=20) | ODD_TEXTS | ODD_TIMES | LONG_TEXTS
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | ODD_NUMBERS | TEXTS
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


def _nested(levels: int) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = [value]
    return value


NESTED = st.sampled_from([2, 50, 200, 480]).map(_nested)
"""As deep as the standard library writes it."""


def shaped(kind: Any) -> st.SearchStrategy[Any]:
    """What nearly is the JSON of a model, a field, or anything else an answer is decoded to."""
    return st.one_of(_like(kind), _like(kind), _like(kind), JSON, NESTED)


def _like(kind: Any) -> st.SearchStrategy[Any]:  # noqa: PLR0911 - one return for each kind
    origin, arguments = get_origin(kind), get_args(kind)
    if attrs.has(origin or kind):
        return _members(origin or kind, arguments)
    if origin in (Union, types.UnionType):
        return st.one_of(*(st.deferred(lambda one=one: _like(one)) for one in arguments))
    if origin in (tuple, list):
        return st.lists(st.deferred(lambda: shaped(arguments[0])), max_size=3)
    if origin is Mapping or kind is dict:
        return st.dictionaries(TEXTS, JSON, max_size=3)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from([one.value for one in kind]) | TEXTS
    plain = {int: st.integers(0, 9999), float: st.floats(), bool: st.booleans(), str: TEXTS}
    if kind is datetime:
        return st.datetimes().map(datetime.isoformat) | ODD_TIMES
    return plain.get(kind, st.none())


def _members(model: type, arguments: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """An object with some of the fields of *model*, in any of their spellings, and others."""
    fields = attrs.fields(attrs.resolve_types(model))
    names_of = {"extra": (), **spellings_of(model)}
    members = {
        name: st.deferred(lambda kind=field.type: shaped(_bound(kind, arguments)))
        for field in fields
        for name in names_of[field.name]
    }
    required = {
        names_of[field.name][0]: members[names_of[field.name][0]]
        for field in fields
        if field.default is attrs.NOTHING and names_of[field.name]
    }
    others = {name: value for name, value in members.items() if name not in required}
    some = st.fixed_dictionaries(required, optional={**others, "neverSeen": JSON})
    return some | st.fixed_dictionaries({}, optional=members)


def _bound(kind: Any, arguments: tuple[Any, ...]) -> Any:
    """Put the item of a page in the place of its type variable."""
    if get_origin(kind) is tuple and arguments:
        return tuple[arguments[0], ...]
    return kind


def dumped(value: Any) -> bytes:
    """Write JSON, also where it is none: numbers without end, halves of characters."""
    return json.dumps(value).encode()


def envelopes(kind: Any) -> st.SearchStrategy[bytes]:
    """The body of an answer whose `result` nearly is what it should be."""
    code = st.just("0") | st.just("0") | SCALARS
    members = {"code": code, "message": SCALARS, "result": shaped(kind), "totalCount": SCALARS}
    whole = st.fixed_dictionaries({"code": st.just("0"), "result": shaped(kind)})
    errors = {"error": shaped(kind), "responseError": JSON, "details": JSON}
    return st.one_of(
        whole, whole, st.fixed_dictionaries({}, optional={**members, **errors}), JSON
    ).map(dumped)
