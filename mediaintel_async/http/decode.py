"""Bytes of an answer to a model, strictly; the only user of cattrs."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import reduce
from operator import or_
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin

import attrs
import cattrs
import orjson
from cattrs.errors import (
    AttributeValidationNote,
    BaseValidationError,
    IterableValidationError,
    IterableValidationNote,
)
from cattrs.gen import make_dict_structure_fn, override

from mediaintel_async.errors import InvalidAnswer, InvalidArgument
from mediaintel_async.models.common import KOREA, OpenEnum
from mediaintel_async.refs import LARGEST_NUMBER, Id, as_id

T = TypeVar("T")

_EXTRA = "\0extra"
"""Under this key the fields that no documentation showed are handed to `extra`."""

_PRIMITIVES: Mapping[type, str] = {str: "text", int: "a whole number", bool: "true or false"}
_MOST_LEVELS = 100
"""Of nesting. Python's own limit is reached a few hundred further, in whoever prints, compares or
pickles what was read."""

_OURS = "mediaintel_async"

_WORDS: Mapping[type, str] = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    NoneType: "null",
}


def read_json(operation: str, body: bytes) -> Any:
    """Parse *body*.

    Raises:
        InvalidAnswer: It is no JSON.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        problem = f"no JSON ({error.msg})"
    # Out here, so that nothing is chained: the parser's error holds the whole body.
    raise InvalidAnswer(operation, "$", problem)


def decode(operation: str, returns: type[T], result: Any) -> T:
    """Make a model of the `result` of an answer.

    Raises:
        InvalidAnswer: It does not have the documented shape; names the place.
    """
    if returns is NoneType:
        return cast("T", None)
    if result is None:
        # Some pages do not say whether result is there; a model that needs a field says so.
        result = {}
    try:
        return _fast.structure(result, returns)
    except (TypeError, ValueError, LookupError, OverflowError, AttributeError):
        where, problem = _explain(returns, result)
    # Out here, so that nothing is chained: errors of the primitives quote what was sent.
    raise InvalidAnswer(operation, where, problem)


def check_returns(returns: type) -> None:
    """Make sure that answers can be decoded to *returns*.

    Raises:
        InvalidArgument: It is no model: an attrs class, dict, NoneType or a primitive.
    """
    if returns is NoneType:
        return
    try:
        _fast.get_structure_hook(returns)
    except (cattrs.StructureHandlerNotFoundError, NameError, ValueError) as error:
        # The latter two: what its annotations name is nowhere, or a generic lacks its arguments.
        raise InvalidArgument(
            f"returns is an attrs class, dict or NoneType, not {returns!r}"
        ) from error


def camel(name: str) -> str:
    """Return the service's spelling of a field: `asset_id` is `assetId`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _names(attribute: "attrs.Attribute[Any]") -> tuple[str, ...]:
    """Return the service's spellings of a field; none for a field that is ours."""
    if attribute.name == "extra":
        return (_EXTRA,)
    usual = (camel(attribute.name.strip("_")),)
    return cast("tuple[str, ...]", attribute.metadata.get("names", usual))


def _spelling(names: tuple[str, ...], answer: Mapping[str, Any]) -> str:
    """Return the first of *names* under which *answer* has something."""
    for name in names:
        if answer.get(name) is not None:
            return name
    return names[0]


def _kind(value: object) -> str:
    return _WORDS.get(type(value), "a number")


class _Mismatch(TypeError):
    """What was expected, and what kind of thing there was; never the thing itself."""


def _strictly(expected: type, words: str) -> Callable[[Any, Any], Any]:
    def structure(value: Any, _: Any) -> Any:
        if type(value) is not expected:
            raise _Mismatch(f"expected {words}, found {_kind(value)}")
        return value

    return structure


_object = _strictly(dict, "an object")


def _as_it_came(value: Any, _: Any) -> Any:
    """Return *value*, of whose shape nothing is known but that it is not too deep."""
    level = [value] if type(value) is dict or type(value) is list else []
    for _level in range(_MOST_LEVELS):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return value
    raise _Mismatch(f"nested more than {_MOST_LEVELS} levels deep")


def _object_as_it_came(value: Any, _: Any) -> Any:
    return _as_it_came(_object(value, _), _)


_list = _strictly(list, "a list")


def _float(value: Any, _: Any) -> float:
    if type(value) is not float and type(value) is not int:
        raise _Mismatch(f"expected a number, found {_kind(value)}")
    return float(value)


def _id(value: Any, _: Any) -> Id:
    try:
        return as_id(value)
    except InvalidArgument:
        raise _Mismatch(f"expected an id, found {_kind(value)}") from None


def _optional_id(value: Any, _: Any) -> Id | None:
    return None if value is None else _id(value, _)


def _time(value: Any, _: Any) -> datetime:
    # The pages' examples carry no zone, most likely Korean time; where one comes after all,
    # the time is brought there, so that all times of a client compare.
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


def _sequences(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    build = get_origin(kind)
    item_kind = get_args(kind)[0]
    structure_item = converter.get_structure_hook(item_kind)

    def structure(value: Any, _: Any) -> Any:
        return build([structure_item(item, item_kind) for item in _list(value, _)])

    def structure_with_places(value: Any, _: Any) -> Any:
        items = []
        for index, item in enumerate(_list(value, _)):
            try:
                items.append(structure_item(item, item_kind))
            except Exception as error:  # noqa: BLE001 - goes on, with its place
                error.add_note(IterableValidationNote("", index, item_kind))
                # pyright takes the group for the standard one, whose __new__ has two arguments.
                raise IterableValidationError("", [error], kind) from None  # pyright: ignore[reportCallIssue]
        return build(items)

    return structure_with_places if converter.detailed_validation else structure


def _filled_in(kind: Any, arguments: Mapping[Any, Any]) -> Any:
    """Return *kind* with its type variables replaced."""
    if kind in arguments:
        return arguments[kind]
    variables = getattr(kind, "__parameters__", ())
    return kind[tuple(arguments[one] for one in variables)] if variables else kind


def _without_null(kind: Any) -> Any:
    """Return what `kind | None` is besides None."""
    if get_origin(kind) not in (Union, UnionType):
        return kind
    inner, *others = [one for one in get_args(kind) if one is not NoneType]
    return reduce(or_, others, inner)


def _models(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    """Write, and compile, the function that a person would write for this one model of ours.

    Null is the same as nothing at all. What cattrs writes takes nearly twice as long; it is
    kept for explaining faults.
    """
    model = get_origin(kind) or kind
    if not model.__module__.startswith(_OURS):
        # What others write may refer to itself, and much else that cattrs knows about.
        return _models_with_places(kind, converter)
    arguments = dict(zip(getattr(model, "__parameters__", ()), get_args(kind), strict=True))
    fields = [field for field in attrs.fields(model) if _names(field)]
    known = frozenset(name for field in fields for name in _names(field)) - {_EXTRA}
    names = {
        "Mismatch": _Mismatch,
        "LARGEST_NUMBER": LARGEST_NUMBER,
        "as_it_came": _as_it_came,
        "model": model,
        "known": known,
    }
    lines = ["get = value.get"]  # what is no object has none
    given = []
    for number, field in enumerate(fields):
        if _names(field) == (_EXTRA,):
            lines += [f"v{number} = {{}}", "if not known.issuperset(value):"]
            unseen = "{n: value[n] for n in value if n not in known}"
            lines += [f"    v{number} = as_it_came({unseen}, None)"]
        else:
            inner = _without_null(_filled_in(field.type, arguments))
            names |= {
                f"kind{number}": inner,
                f"structure{number}": converter.get_structure_hook(inner),
                f"default{number}": field.default,
            }
            lines += _lines_for(field, f"v{number}", str(number), inner)
        given.append(f"{field.alias}=v{number}")
    lines.append(f"return model({', '.join(given)})")
    source = "def structure(value, _):\n    " + "\n    ".join(lines)
    exec(compile(source, f"<{model.__name__} from JSON>", "exec"), names)  # noqa: S102 - built from our own models alone
    return cast("Callable[[Any, Any], Any]", names["structure"])


def _lines_for(
    field: "attrs.Attribute[Any]", variable: str, number: str, kind: Any
) -> Iterator[str]:
    """Write how one field is read into *variable*."""
    first, *others = _names(field)
    yield f"{variable} = get({first!r})"
    for other in others:
        yield f"if {variable} is None: {variable} = get({other!r})"
    match field.default:
        case attrs.NOTHING:
            yield f"if {variable} is None: raise Mismatch"
        case attrs.Factory():  # type: ignore[misc]  # typed as a function, and a class
            yield f"if {variable} is None: {variable} = default{number}.factory()"
        case _:
            yield f"if {variable} is None: {variable} = default{number}"
    if kind in _PRIMITIVES:
        yield f"elif type({variable}) is not kind{number}: raise Mismatch"
    else:
        # Most ids are numbers, and most of what is read is ids.
        unless = f"if type({variable}) is not int or not 0 <= {variable} <= LARGEST_NUMBER"
        yield f"el{unless}:" if kind == Id else "else:"
        yield f"    {variable} = structure{number}({variable}, kind{number})"


def _models_with_places(kind: Any, converter: cattrs.Converter) -> Callable[[Any, Any], Any]:
    """Do the same by cattrs, which says where a fault is."""
    fields = attrs.fields(get_origin(kind) or kind)
    names = {field.name: _names(field) for field in fields}
    structure_fields = make_dict_structure_fn(
        kind,
        converter,
        **{  # type: ignore[arg-type]  # cattrs' own options share the keywords
            name: override(rename=spellings[0]) if spellings else override(omit=True)
            for name, spellings in names.items()
        },
    )
    known = {name for spellings in names.values() for name in spellings}
    needed = {names[field.name][0] for field in fields if field.default is attrs.NOTHING}

    def structure(value: Any, _: Any) -> Any:
        given = dict(_object(value, _))
        unseen = {name: given[name] for name in value if name not in known}
        given[_EXTRA] = _as_it_came(unseen, None)
        for spellings in names.values():
            if spellings:
                found = given.get(_spelling(spellings, value))
                given[spellings[0]] = found
                if found is None and not (spellings[0] in needed and spellings[0] in value):
                    del given[spellings[0]]
        return structure_fields(given, kind)

    return structure


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) is Mapping


def _is_sequence(kind: Any) -> bool:
    return get_origin(kind) in (tuple, list)


def _is_model(kind: Any) -> bool:
    return attrs.has(get_origin(kind) or kind)


def _is_optional_id(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType) and set(get_args(kind)) == {int, str, NoneType}


def _converter(*, detailed: bool) -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=detailed)
    for kind, words in _PRIMITIVES.items():
        converter.register_structure_hook(kind, _strictly(kind, words))
    converter.register_structure_hook(dict, _object_as_it_came)
    converter.register_structure_hook(list, _list)
    converter.register_structure_hook(float, _float)
    converter.register_structure_hook(datetime, _time)
    converter.register_structure_hook(OpenEnum, _word)
    converter.register_structure_hook(Any, _as_it_came)
    converter.register_structure_hook_func(lambda kind: kind == Id, _id)
    converter.register_structure_hook_func(_is_mapping, _object_as_it_came)
    converter.register_structure_hook_func(_is_optional_id, _optional_id)
    converter.register_structure_hook_factory(_is_sequence)(_sequences)
    models = _models_with_places if detailed else _models
    converter.register_structure_hook_factory(_is_model)(models)
    return converter


# The fast one always; the detailed one only to explain a failure.
_fast = _converter(detailed=False)
_detailed = _converter(detailed=True)


def _explain(returns: Any, result: Any) -> tuple[str, str]:
    """Return where in *result* the first fault is, in the service's spelling, and what."""
    where, here, fault = "$.result", result, _fault(returns, result)
    while isinstance(fault, BaseValidationError):
        model, fault = fault.cl, fault.exceptions[0]
        for note in getattr(fault, "__notes__", ()):
            if isinstance(note, IterableValidationNote):
                where += f"[{note.index}]"
                here = here[note.index]
            elif isinstance(note, AttributeValidationNote):
                field = attrs.fields_dict(get_origin(model) or model)[note.name]
                name = _spelling(_names(field), here)
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
