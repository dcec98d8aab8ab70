"""Faults from a TOML file: what `Faults.load()` reads."""

import math
import os
import re
import tomllib
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from attrs import frozen

from mediaintel_async.simulator.faults import Fault, InvalidFaults, check_operation

Planned: TypeAlias = tuple[str, Fault, float, float]
"""The operation, what goes wrong, how often, and with which probability."""


@frozen
class _Kind:
    """A fault that a file can name."""

    make: Callable[..., Fault]
    needs: tuple[str, ...] = ()
    may_have: tuple[str, ...] = ()


_PLAIN = (
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
    **{name: _Kind(partial(getattr, Fault, name)) for name in _PLAIN},
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

_EVERY_TABLE = ("operation", "kind", "times", "probability")
_LONGEST = 1_000_000_000
_IN_A_HEADER = re.compile(r"[!-~]([ -~]*[!-~])?")
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+", re.ASCII)


def read(path: "str | os.PathLike[str]") -> tuple[int, list[Planned]]:
    """Return the seed of a file, and what its tables plan.

    Raises:
        InvalidFaults: It cannot be read, or makes no sense; names file, table and key.
    """
    found = _parsed(path)
    planned = []
    for number, table in enumerate(_tables(path, found), start=1):
        try:
            planned.append(_plan(table))
        except InvalidFaults as error:
            raise InvalidFaults(f"{path}, [[fault]] number {number}, {error}") from None
    return _seed(path, found.get("seed", 0)), planned


def _parsed(path: "str | os.PathLike[str]") -> dict[str, Any]:
    try:
        # A byte order mark, which some editors write, is no TOML.
        return tomllib.loads(Path(path).read_text("utf-8-sig"))
    except OSError as error:
        raise InvalidFaults(f"{path}: {error.strerror or error}") from error
    except ValueError as error:
        raise InvalidFaults(f"{path} is no TOML: {error}") from error


def _tables(path: "str | os.PathLike[str]", found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The `[[fault]]` tables of a file."""
    unknown = sorted(found.keys() - {"fault", "seed"})
    if unknown:
        raise InvalidFaults(
            f"{path}: {unknown[0]!r} is unknown; the file holds seed and [[fault]] tables"
        )
    tables = found.get("fault", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InvalidFaults(f"{path}: 'fault' is not written as [[fault]] tables")
    return tables


def _seed(path: "str | os.PathLike[str]", value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidFaults(f"{path}: seed: a whole number, not {value!r}")
    return value


def _plan(table: Mapping[str, Any]) -> Planned:
    """What one table plans."""
    for name in ("operation", "kind"):
        if name not in table:
            raise InvalidFaults(f"{name}: missing")
    operation = check_operation(table["operation"])
    kind = _one_of(_KINDS, "kind", table["kind"])
    needs, may_have = _KINDS[kind].needs, _KINDS[kind].may_have
    for name in table:
        if name not in (*_EVERY_TABLE, *needs, *may_have):
            known = ", ".join((*_EVERY_TABLE, *needs, *may_have))
            raise InvalidFaults(f"{name}: unknown; {kind} takes {known}")
    for name in needs:
        if name not in table:
            raise InvalidFaults(f"{name}: missing; {kind} needs it")
    given = {
        name: _READ[name](name, value) for name, value in table.items() if name not in _EVERY_TABLE
    }
    times = _times("times", table.get("times", 1))
    probability = _probability("probability", table.get("probability", 1))
    return operation, _KINDS[kind].make(**given), times, probability


def _one_of(known: Collection[str], name: str, value: object) -> str:
    if not isinstance(value, str) or value not in known:
        raise InvalidFaults(f"{name}: {value!r} is none of {', '.join(known)}")
    return value


def _times(name: str, value: object) -> float:
    if value == "always":
        return math.inf
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InvalidFaults(f'{name}: a whole number from 1 up or "always", not {value!r}')
    return value


def _probability(name: str, value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1:
        return value
    raise InvalidFaults(f"{name}: a number above 0 and up to 1, not {value!r}")


def _count(name: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _LONGEST:
        return value
    raise InvalidFaults(f"{name}: a whole number from 1 up to {_LONGEST}, not {value!r}")


def _names(name: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise InvalidFaults(f"{name}: a list of texts, not {value!r}")
    return tuple(value)


def _members(name: str, value: object) -> dict[str, Any]:
    """A table of members; TOML knows no null, so an empty table stands for it."""
    if not isinstance(value, dict):
        raise InvalidFaults(f"{name}: a table, not {value!r}")
    return {key: None if member == {} else member for key, member in value.items()}


def _seconds(name: str, value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _LONGEST:
        return value
    raise InvalidFaults(f"{name}: a number above 0, and up to {_LONGEST}, not {value!r}")


def _plain(name: str, value: object) -> Fault:
    return _KINDS[_one_of(_PLAIN, name, value)].make()


def _status(name: str, value: object) -> int:
    if not isinstance(value, int) or not 200 <= value <= 599:  # noqa: PLR2004 - final answers
        raise InvalidFaults(f"{name}: an HTTP status from 200 to 599, not {value!r}")
    return value


def _words(name: str, value: object) -> str:
    """A text that a header can carry; a number is one too."""
    is_word = isinstance(value, str | int) and not isinstance(value, bool)
    if not is_word or not _IN_A_HEADER.fullmatch(str(value)):
        raise InvalidFaults(f"{name}: a text in ASCII or a whole number, not {value!r}")
    return str(value)


def _yes_or_no(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise InvalidFaults(f"{name}: true or false, not {value!r}")
    return value


def _bytes(name: str, value: object) -> bytes:
    if not isinstance(value, str):
        raise InvalidFaults(f"{name}: a text, not {value!r}")
    return value.encode()


def _media_type(name: str, value: object) -> str:
    if not isinstance(value, str) or not _MEDIA_TYPE.fullmatch(value):
        raise InvalidFaults(f"{name}: a type such as text/html, not {value!r}")
    return value


_READ: Mapping[str, Callable[[str, object], Any]] = {
    "seconds": _seconds,
    "then": _plain,
    "status": _status,
    "code": _words,
    "retry_after": _words,
    "retry_after_date": _seconds,
    "blanks": _count,
    "levels": _count,
    "names": _names,
    "members": _members,
    "acts": _yes_or_no,
    "body": _bytes,
    "content_type": _media_type,
    "location": _words,
}
"""How the value of each key is read."""
