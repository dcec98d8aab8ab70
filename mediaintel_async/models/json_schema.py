"""The JSON schema of a model, for programs that describe their own API."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from inspect import getdoc
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs

from mediaintel_async.models.spelling import spellings_of

_PRIMITIVES = {str: "string", int: "integer", float: "number", bool: "boolean"}
_TIME = "ISO 8601: Korean time (UTC+9), without a zone, as far as is known"


def json_schema(kind: Any) -> dict[str, Any]:  # noqa: PLR0911 - one return for each kind
    """Return the JSON schema of what `to_dict()` makes of a *kind*: a model, or a field's type."""
    origin, arguments = get_origin(kind) or kind, get_args(kind)
    if origin in (Union, UnionType):
        members = [json_schema(one) for one in arguments if one is not NoneType]
        return members[0] if len(members) == 1 else {"anyOf": members}
    if origin is tuple:
        return {"type": "array", "items": json_schema(arguments[0])}
    if origin is Mapping:
        return {"type": "object"}
    if origin is datetime:
        return {"type": "string", "description": _TIME}
    if isinstance(origin, type) and issubclass(origin, Enum):
        # Only examples: a newer version may have more words, and the service more than any.
        return {"type": "string", "examples": [one.value for one in origin]}
    if attrs.has(origin):
        return _object(origin, arguments)
    # Anything else is a type variable without its argument, which may be anything.
    return {"type": _PRIMITIVES[origin]} if origin in _PRIMITIVES else {}


def _object(model: Any, arguments: tuple[Any, ...]) -> dict[str, Any]:
    fields = attrs.fields_dict(model)
    written = {name: names[0] for name, names in spellings_of(model).items() if names}
    return {
        "title": model.__name__,
        "description": (getdoc(model) or "").partition("\n")[0],
        "type": "object",
        "properties": {
            written[name]: json_schema(_bound(fields[name].type, arguments)) for name in written
        },
        "required": [written[name] for name in written if fields[name].default is attrs.NOTHING],
        # Undocumented fields, and whatever a newer version adds.
        "additionalProperties": True,
    }


def _bound(kind: Any, arguments: tuple[Any, ...]) -> Any:
    """Put the arguments of a generic model in the place of its type variables."""
    return kind[arguments] if arguments and getattr(kind, "__parameters__", ()) else kind
