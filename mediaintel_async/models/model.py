"""What every model can do: become JSON values, and be read from them."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Self, cast

import orjson

from mediaintel_async.errors import InvalidAnswer, InvalidArgument
from mediaintel_async.models.json_schema import json_schema
from mediaintel_async.models.spelling import spellings_of


class Model:
    """Base of what the service answers: values that can be stored, and sent on as JSON."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the model as JSON values, in the service's own spelling.

        Fields that are None are left out, and those of `extra` stand beside the others. Times are
        texts as the service writes them, without a zone; words of an enum are texts, and tuples
        are lists. There is no `ref`: the service never sends it. `from_dict()` makes an equal
        model of the result.

        Raises:
            TypeError: The model was made by hand, and holds what JSON does not have.
        """
        # By way of JSON text: it copies and converts what is nested, at any depth.
        return cast("dict[str, Any]", orjson.loads(orjson.dumps(self, default=_json_of)))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read what `to_dict()` returned, or the `result` of an answer of the service.

        The dict may be of another version of this library: fields unknown to this version are
        kept in `extra`, and unknown words of an enum as they are. A `ref` is None afterwards.

        Raises:
            InvalidArgument: *data* is not such a dict; the text says where it is wrong.
        """
        return cls._read(cls, data)

    @classmethod
    def _read(cls, kind: Any, data: object) -> Self:
        """Read *kind*: this class, or this class with its argument, as `Page[Asset]`."""
        name = cls.__name__
        if not isinstance(data, Mapping):
            raise InvalidArgument(
                f"{name} cannot be read from {type(data).__name__}; expected a dict"
            )
        try:
            plain = orjson.loads(orjson.dumps(data, default=_json_of))
        except orjson.JSONEncodeError as error:
            raise InvalidArgument(
                f"{name} cannot be read: {error}; expected a dict of JSON values"
            ) from None
        # Not at the top: that module knows how to read models, and so imports this one.
        decode = import_module("mediaintel_async.http.decode").decode
        try:
            return cast("Self", decode(name, kind, plain))
        except InvalidAnswer as error:
            where, problem = error.where.removeprefix("$.result").lstrip("."), error.problem
        # Raised outside except: this is no answer of the service.
        raise InvalidArgument(f"{name} cannot be read at {where or 'the top'}: {problem}")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, _: Any) -> Any:
        """Let pydantic, and so FastAPI, read with `from_dict()` and write with `to_dict()`."""
        core_schema = import_module("pydantic_core").core_schema

        def read(value: object) -> Any:
            return value if isinstance(value, cls) else cls._read(source, value)

        return core_schema.no_info_plain_validator_function(
            read,
            serialization=core_schema.plain_serializer_function_ser_schema(cls.to_dict),
            metadata={"mediaintel_async": source},
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, _: Any) -> dict[str, Any]:
        """Describe the JSON of the model, for the OpenAPI pages of FastAPI."""
        return json_schema(core_schema["metadata"]["mediaintel_async"])


def _json_of(value: object) -> dict[str, Any]:
    """Return *value*, which orjson does not know, as something that it knows."""
    if isinstance(value, Model):
        return _members(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


def _members(model: Model) -> dict[str, Any]:
    kind: Any = type(model)
    members = {
        names[0]: value
        for field, names in spellings_of(kind).items()
        if names and (value := getattr(model, field)) is not None
    }
    extra = getattr(model, "extra", {})
    return {**members, **{name: extra[name] for name in extra if name not in members}}
