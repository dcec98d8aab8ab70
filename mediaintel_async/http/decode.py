"""Bytes of an answer to a model, strictly; the only user of cattrs.

cattrs converts silently: `None` becomes `"None"`, `"false"` becomes `True`, `1.9` becomes `1`. The
hooks here refuse a value of another kind instead. Two converters share them: a fast one reads
every answer, and a detailed one reads an answer again that the fast one refused, only to find
where the fault is.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin

import attrs
import cattrs
import orjson
from cattrs.cols import homogenous_tuple_structure_factory, list_structure_factory
from cattrs.errors import AttributeValidationNote, BaseValidationError, IterableValidationNote
from cattrs.gen import make_dict_structure_fn, override

from mediaintel_async.errors import InvalidAnswer, InvalidArgument
from mediaintel_async.models.common import KOREA, OpenEnum
from mediaintel_async.models.spelling import EXTRA, spellings_of
from mediaintel_async.refs import LARGEST_NUMBER, Id, as_id

T = TypeVar("T")
Hook = Callable[[Any, Any], Any]
"""What cattrs calls with a value and the kind to make of it."""

_EXTRA = "\0extra"
"""The key under which unknown fields are passed to cattrs, for the field `extra`."""

_PRIMITIVES: Mapping[type, str] = {str: "text", int: "a whole number", bool: "true or false"}
_KINDS: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    NoneType: "null",
}

_CONTAINERS = frozenset({dict, list})
_MOST_LEVELS = 100
"""Of nesting in a result. Printing, comparing or pickling a result that is nested a few hundred
levels further reaches Python's recursion limit."""

_LEVELS_OF_ORJSON = 254
"""`orjson.dumps()` refuses deeper nesting."""


def read_json(operation: str, body: bytes) -> Any:
    """Parse *body*.

    Raises:
        InvalidAnswer: *body* is not JSON.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        problem = f"no JSON ({error.msg})"
    # Raised outside except: __context__ would carry the whole body.
    raise InvalidAnswer(operation, "$", problem)


def decode(operation: str, returns: type[T], result: Any) -> T:
    """Make a *returns* of the `result` of an answer.

    Raises:
        InvalidAnswer: The result does not have the documented shape, or is nested too deeply;
            names the place.
    """
    if returns is NoneType:
        return cast("T", None)
    if result is None:
        # Some pages do not show a result. A model that needs a field raises InvalidAnswer below.
        result = {}
    if _is_too_deep(result):
        problem = f"nested more than {_MOST_LEVELS} levels deep"
        raise InvalidAnswer(operation, "$.result", problem)
    try:
        return _fast.structure(result, returns)
    except (TypeError, ValueError, LookupError, OverflowError, AttributeError):
        where, problem = _explain(returns, result)
    # Raised outside except: errors of Python's own converters quote values of the answer.
    raise InvalidAnswer(operation, where, problem)


def check_returns(returns: type) -> None:
    """Make sure that answers can be decoded to *returns*.

    Raises:
        InvalidArgument: *returns* is not an attrs class, dict, NoneType or a primitive.
    """
    if returns is NoneType:
        return
    try:
        _fast.get_structure_hook(returns)
    except (cattrs.StructureHandlerNotFoundError, NameError, ValueError) as error:
        # NameError: an annotation names nothing. ValueError: a generic lacks its arguments.
        raise InvalidArgument(
            f"returns is {returns!r}; expected an attrs class, dict or NoneType"
        ) from error


def _is_too_deep(result: Any) -> bool:
    """Whether *result*, as orjson read it, is nested more than `_MOST_LEVELS` levels deep."""
    if type(result) is dict and _CONTAINERS.isdisjoint(map(type, result.values())):
        return False  # as most statuses: faster than the general way
    try:
        # Writing counts the levels of a long summary in a fifth of the time of a loop in Python.
        # Lists around the result leave `_MOST_LEVELS` of orjson's levels to it.
        for _ in range(_LEVELS_OF_ORJSON - _MOST_LEVELS):
            result = [result]
        orjson.dumps(result)
    except orjson.JSONEncodeError:
        return True
    return False


# Kinds of values.


class _Mismatch(TypeError):
    """What was expected, and what kind of value was found; never the value itself."""


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "a number")


def _strictly(expected: type, words: str, or_else: type | None = None) -> Hook:
    def structure(value: Any, _: Any) -> Any:
        if type(value) is expected or type(value) is or_else:
            return value
        raise _Mismatch(f"expected {words}, found {_kind(value)}")

    return structure


_object = _strictly(dict, "an object")
_list = _strictly(list, "a list")


def _anything(value: Any, _: Any) -> Any:
    return value


def _float(value: Any, _: Any) -> float:
    if type(value) is not float and type(value) is not int:
        raise _Mismatch(f"expected a number, found {_kind(value)}")
    return float(value)


def _id(value: Any, _: Any) -> Id:
    if type(value) is int and 0 <= value <= LARGEST_NUMBER:
        return value
    try:
        return as_id(value)
    except InvalidArgument:
        raise _Mismatch(f"expected an id, found {_kind(value)}") from None


def _optional_id(value: Any, _: Any) -> Id | None:
    return None if value is None else _id(value, _)


def _time(value: Any, _: Any) -> datetime:
    # The documentation's examples carry no zone and are most likely Korean time. A time that has
    # a zone is converted to Korean time and loses the zone, so that all times can be compared.
    if type(value) is not str:
        raise _Mismatch(f"expected an ISO 8601 time, found {_kind(value)}")
    try:
        time = datetime.fromisoformat(value)
        return time if time.tzinfo is None else time.astimezone(KOREA).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise _Mismatch("expected an ISO 8601 time, found other text") from None


def _word(value: Any, kind: type[OpenEnum]) -> OpenEnum:
    if type(value) is not str:
        raise _Mismatch(f"expected a word, found {_kind(value)}")
    return kind.of(value)


def _closed_word(value: Any, kind: type[StrEnum]) -> StrEnum:
    if type(value) is str and value in kind._value2member_map_:
        return kind(value)
    found = "other text" if type(value) is str else _kind(value)
    raise _Mismatch(f"expected one of {', '.join(kind)}, found {found}")


def _optionals(kind: Any, converter: cattrs.Converter) -> Hook:
    [inner] = [one for one in get_args(kind) if one is not NoneType]
    structure_inner = converter.get_structure_hook(inner)

    def structure(value: Any, _: Any) -> Any:
        return None if value is None else structure_inner(value, inner)

    return structure


def _sequences(kind: Any, converter: cattrs.Converter) -> Hook:
    is_list = get_origin(kind) is list
    factory = list_structure_factory if is_list else homogenous_tuple_structure_factory
    structure_items = factory(kind, converter)
    return lambda value, _: structure_items(_list(value, _), kind)


# Models.


def _names(model: Any) -> dict[str, tuple[str, ...]]:
    """Return the spellings of each field, as they are passed to cattrs."""
    kind = get_origin(model) or model
    names = spellings_of(kind)
    return {**names, EXTRA: (_EXTRA,)} if EXTRA in attrs.fields_dict(kind) else names


def _spelling(names: tuple[str, ...], answer: Mapping[str, Any]) -> str:
    """Return the first of *names* whose value in *answer* is not null, else the first."""
    return next((name for name in names if answer.get(name) is not None), names[0])


def _models(kind: Any, converter: cattrs.Converter) -> Hook:
    """Return the hook for one attrs class: the one of cattrs, behind the rules of this service.

    Null is the same as a missing field, the first spelling that says something counts, and unknown
    fields go to `extra`.
    """
    fields = attrs.fields(get_origin(kind) or kind)
    names = _names(kind)
    structure_fields = make_dict_structure_fn(
        kind,
        converter,
        **{  # type: ignore[arg-type]  # cattrs' own options share the keywords
            name: override(rename=spellings[0]) if spellings else override(omit=True)
            for name, spellings in names.items()
        },
    )
    known = {name for spellings in names.values() for name in spellings} - {_EXTRA}
    contradicted = [spellings for spellings in names.values() if len(spellings) > 1]
    plain = known.difference(*(others for _, *others in contradicted))
    required = {names[field.name][0] for field in fields if field.default is attrs.NOTHING}
    wants_extra = _EXTRA in required

    def structure(value: Any, _: Any) -> Any:
        answer = _object(value, _)
        if wants_extra or None in answer.values() or not plain.issuperset(answer):
            answer = arranged(answer)
        return structure_fields(answer, kind)

    def arranged(answer: dict[str, Any]) -> dict[str, Any]:
        # A null stays where a field is required, so that it is not reported as missing.
        given = {
            name: value for name, value in answer.items() if value is not None or name in required
        }
        for spellings in contradicted:
            name = _spelling(spellings, answer)
            if name in given:
                given[spellings[0]] = given[name]
        if wants_extra or not known.issuperset(answer):
            given[_EXTRA] = {name: answer[name] for name in answer if name not in known}
        return given

    return structure


# Converters.


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) is Mapping


def _is_sequence(kind: Any) -> bool:
    return get_origin(kind) in (tuple, list)


def _is_model(kind: Any) -> bool:
    return attrs.has(get_origin(kind) or kind)


def _is_union(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType)


def _is_optional(kind: Any) -> bool:
    members = {*get_args(kind)}
    return _is_union(kind) and NoneType in members and len(members - {NoneType}) == 1


def _is_optional_id(kind: Any) -> bool:
    return _is_union(kind) and {*get_args(kind)} == {int, str, NoneType}


def _converter(*, detailed: bool) -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=detailed)
    converter.register_structure_hook_factory(_is_optional)(_optionals)
    for kind, words in _PRIMITIVES.items():
        converter.register_structure_hook(kind, _strictly(kind, words))
        # One call less than by _optionals(), for most fields of most models.
        converter.register_structure_hook(kind | None, _strictly(kind, words, NoneType))
    converter.register_structure_hook(dict, _object)
    converter.register_structure_hook(list, _list)
    converter.register_structure_hook(float, _float)
    converter.register_structure_hook(datetime, _time)
    converter.register_structure_hook(StrEnum, _closed_word)
    converter.register_structure_hook(OpenEnum, _word)
    converter.register_structure_hook(Any, _anything)
    converter.register_structure_hook_func(lambda kind: kind == Id, _id)
    converter.register_structure_hook_func(_is_mapping, _object)
    converter.register_structure_hook_func(_is_optional_id, _optional_id)
    converter.register_structure_hook_factory(_is_sequence)(_sequences)
    converter.register_structure_hook_factory(_is_model)(_models)
    return converter


_fast = _converter(detailed=False)
_detailed = _converter(detailed=True)


def _explain(returns: Any, result: Any) -> tuple[str, str]:
    """Return where in *result* the first fault is, in the service's spelling, and what it is."""
    where, here, fault = "$.result", result, _fault(returns, result)
    while isinstance(fault, BaseValidationError):
        model, fault = fault.cl, fault.exceptions[0]
        for note in getattr(fault, "__notes__", ()):
            if isinstance(note, IterableValidationNote):
                where += f"[{note.index}]"
                here = here[note.index]
            elif isinstance(note, AttributeValidationNote):
                name = _spelling(_names(model)[note.name], here)
                where += f".{name}"
                here = here.get(name)
    if isinstance(fault, KeyError):
        return where, "missing"
    return where, str(fault) if isinstance(fault, _Mismatch) else "not what is documented"


def _fault(returns: Any, result: Any) -> Any:
    try:
        return _detailed.structure(result, returns)
    except Exception as error:  # noqa: BLE001 - it is judged, not swallowed
        return error
