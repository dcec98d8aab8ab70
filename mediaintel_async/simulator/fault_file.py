"""Faults from a TOML file, as `Faults.load()` reads them."""

import math
import os
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from attrs import frozen

from mediaintel_async.simulator.fault import Fault, InvalidFaults
from mediaintel_async.simulator.operations.catalogue import check_operation

PlannedFault: TypeAlias = tuple[str, Fault, float, float]
"""The arguments of `Faults.add()`: operation, fault, times, probability."""


@frozen
class _Kind:
    """How to make the faults of one kind, and the keys that their tables take."""

    make: Callable[..., Fault]
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


_KINDS_WITHOUT_KEYS = (
    "DROP_BEFORE",
    "DROP_AFTER",
    "GATEWAY_TIMEOUT_BEFORE",
    "GATEWAY_TIMEOUT_AFTER",
    "CONFLICT",
    "STALE",
    "BEFORE",
    "NO_TIME",
    "HTML",
    "NOT_JSON",
    "CUT",
    "ENDLESS",
    "BACKWARDS",
    "BOTH_SPELLINGS",
    "WRONG_TYPE",
)
_KINDS: Mapping[str, _Kind] = {
    **{name: _Kind(partial(getattr, Fault, name)) for name in _KINDS_WITHOUT_KEYS},
    "SLOW": _Kind(Fault.SLOW, ("seconds",)),
    "LATE": _Kind(Fault.LATE, ("seconds",), ("then",)),
    "SLOW_BODY": _Kind(Fault.SLOW_BODY, ("seconds",)),
    "REFUSED": _Kind(Fault.REFUSED, ("seconds",)),
    "HUGE": _Kind(Fault.HUGE, ("blanks",)),
    "NESTED": _Kind(Fault.NESTED, ("levels",)),
    "MISSING": _Kind(Fault.MISSING, ("names",)),
    "SHOWN": _Kind(Fault.SHOWN, ("members",)),
    "STATUS": _Kind(Fault.STATUS, ("status",), ("code", "retry_after", "retry_after_date", "acts")),
    "BODY": _Kind(Fault.BODY, ("body",), ("content_type", "status", "acts")),
    "REDIRECT": _Kind(Fault.REDIRECT, ("location",)),
}

_KEYS_OF_EVERY_TABLE = ("operation", "kind", "times", "probability")
_LARGEST = 1_000_000_000
_HEADER_VALUE = re.compile(r"[!-~]([ -~]*[!-~])?")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


def read(path: "str | os.PathLike[str]") -> tuple[int, list[PlannedFault]]:
    """Return the seed of a file, and the faults that its tables plan.

    Raises:
        InvalidFaults: The file cannot be read, or a value is invalid; the message names file,
            table and key.
    """
    content = _parse(path)
    planned = []
    for number, table in enumerate(_tables(path, content), start=1):
        try:
            planned.append(_planned_fault(table))
        except InvalidFaults as error:
            raise InvalidFaults(f"{path}, [[fault]] number {number}, {error}") from None
    return _seed(path, content.get("seed", 0)), planned


def _parse(path: "str | os.PathLike[str]") -> dict[str, Any]:
    try:
        # utf-8-sig: some editors write a byte order mark, which TOML does not allow.
        return tomllib.loads(Path(path).read_text("utf-8-sig"))
    except OSError as error:
        raise InvalidFaults(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise InvalidFaults(f"{path} is not valid TOML: {error}") from error


def _tables(path: "str | os.PathLike[str]", content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the `[[fault]]` tables of a file."""
    unknown = sorted(content.keys() - {"fault", "seed"})
    if unknown:
        raise InvalidFaults(
            f"{path}: {unknown[0]!r} is an unknown key; expected seed and [[fault]] tables"
        )
    tables = content.get("fault", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InvalidFaults(f"{path}: 'fault' is not a list of tables; expected [[fault]] tables")
    return tables


def _seed(path: "str | os.PathLike[str]", value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidFaults(f"{path}: {_invalid('seed', value, 'an integer')}")
    return value


def _planned_fault(table: Mapping[str, Any]) -> PlannedFault:
    """Return the fault that one table plans."""
    for name in ("operation", "kind"):
        if name not in table:
            raise InvalidFaults(f"{name}: missing")
    operation = check_operation(table["operation"])
    kind = _one_of(_KINDS, "kind", table["kind"])
    known = (*_KEYS_OF_EVERY_TABLE, *_KINDS[kind].required, *_KINDS[kind].optional)
    for name in table:
        if name not in known:
            raise InvalidFaults(f"{name}: unknown key; {kind} takes {', '.join(known)}")
    for name in _KINDS[kind].required:
        if name not in table:
            raise InvalidFaults(f"{name}: missing; {kind} needs it")
    given = {
        name: _READERS[name](name, value)
        for name, value in table.items()
        if name not in _KEYS_OF_EVERY_TABLE
    }
    times = as_times("times", table.get("times", 1))
    probability = as_probability("probability", table.get("probability", 1))
    return operation, _KINDS[kind].make(**given), times, probability


def _invalid(name: str, value: object, expected: str) -> InvalidFaults:
    return InvalidFaults(f"{name}: {value!r} is invalid; expected {expected}")


def _one_of(known: Collection[str], name: str, value: object) -> str:
    if not isinstance(value, str) or value not in known:
        raise _invalid(name, value, f"one of {', '.join(known)}")
    return value


def as_times(name: str, value: object) -> float:
    """Return for how many requests a fault is planned; "always" is `math.inf`.

    Raises:
        InvalidFaults: *value* is something else; the message calls it *name*.
    """
    if value in ("always", math.inf):
        return math.inf
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise _invalid(name, value, 'an integer from 1 up, or "always"')
    return value


def as_probability(name: str, value: object) -> float:
    """Return a probability.

    Raises:
        InvalidFaults: *value* is something else; the message calls it *name*.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1:
        return value
    raise _invalid(name, value, "a number above 0, up to 1")


def _count(name: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _LARGEST:
        return value
    raise _invalid(name, value, f"an integer from 1 to {_LARGEST}")


def _names(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _invalid(name, value, "a list of strings")
    return tuple(value)


def _members(name: str, value: object) -> dict[str, Any]:
    """Read a table of members; an empty table stands for null, which TOML does not have."""
    if not isinstance(value, dict):
        raise _invalid(name, value, "a table")
    return {key: None if member == {} else member for key, member in value.items()}


def _seconds(name: str, value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _LARGEST:
        return value
    raise _invalid(name, value, f"a number above 0, up to {_LARGEST}")


def _fault_without_keys(name: str, value: object) -> Fault:
    return _KINDS[_one_of(_KINDS_WITHOUT_KEYS, name, value)].make()


def _status(name: str, value: object) -> int:
    if not isinstance(value, int) or not 200 <= value <= 599:  # noqa: PLR2004 - final statuses
        raise _invalid(name, value, "an HTTP status from 200 to 599")
    return value


def _header_value(name: str, value: object) -> str:
    """Read a string that a header can carry, or an integer."""
    is_text = isinstance(value, str | int) and not isinstance(value, bool)
    if not is_text or not _HEADER_VALUE.fullmatch(str(value)):
        raise _invalid(name, value, "an ASCII string or an integer")
    return str(value)


def _boolean(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise _invalid(name, value, "true or false")
    return value


def _bytes(name: str, value: object) -> bytes:
    if not isinstance(value, str):
        raise _invalid(name, value, "a string")
    return value.encode()


def _media_type(name: str, value: object) -> str:
    if not isinstance(value, str) or not _MEDIA_TYPE.fullmatch(value):
        raise _invalid(name, value, "a media type such as text/html")
    return value


_READERS: Mapping[str, Callable[[str, object], Any]] = {
    "seconds": _seconds,
    "then": _fault_without_keys,
    "status": _status,
    "code": _header_value,
    "retry_after": _header_value,
    "retry_after_date": _seconds,
    "blanks": _count,
    "levels": _count,
    "names": _names,
    "members": _members,
    "acts": _boolean,
    "body": _bytes,
    "content_type": _media_type,
    "location": _header_value,
}
"""The function that checks and converts the value of each key."""
