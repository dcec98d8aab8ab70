"""Checks of arguments: texts, whole numbers, ids and words of closed enums."""

import math
from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from mediaintel_async.errors import InvalidArgument
from mediaintel_async.refs import Id, as_id

EnumT = TypeVar("EnumT", bound=StrEnum)


def as_text(
    value: object, name: str, *, at_least: int = 1, at_most: int | None = None, without: str = ""
) -> str:
    """Return *value* if it is text of an allowed length without the characters in *without*.

    Raises:
        InvalidArgument: *value* is not such a text; the message calls it *name*.
    """
    most = math.inf if at_most is None else at_most
    if isinstance(value, str) and at_least <= len(value) <= most and not set(without) & set(value):
        return value
    length = f"{at_least} or more" if at_most is None else f"{at_least} to {at_most}"
    excluded = f" without {' '.join(without)}" if without else ""
    raise InvalidArgument(f"{name} is {value!r}; expected text of {length} characters{excluded}")


def as_whole_number(value: object, name: str, at_least: int, at_most: int | None = None) -> int:
    """Return *value* if it is a whole number from *at_least* to *at_most*, both included.

    Raises:
        InvalidArgument: *value* is not such a number; the message calls it *name*.
    """
    most = math.inf if at_most is None else at_most
    if isinstance(value, int) and not isinstance(value, bool) and at_least <= value <= most:
        return value
    bounds = f"from {at_least} up" if at_most is None else f"from {at_least} to {at_most}"
    raise InvalidArgument(f"{name} is {value!r}; expected a whole number {bounds}")


def as_enum(kind: type[EnumT], value: str, name: str) -> EnumT:
    """Return *value* as a member of *kind*, a closed enum of the service.

    Raises:
        InvalidArgument: *kind* has no such member; the message calls the value *name*.
    """
    try:
        return kind(value)
    except ValueError as error:
        raise InvalidArgument(f"{name} is {value!r}; expected one of {', '.join(kind)}") from error


def as_numeric_ids(values: Iterable[Id], name: str, *, at_most: int | None = None) -> list[int]:
    """Return *values*, a list of at least one id, as the numbers that request bodies carry.

    Raises:
        InvalidArgument: The list is empty, has more than *at_most* ids, or an id is not a
            number; the message calls the list *name*.
    """
    is_list = isinstance(values, Iterable) and not isinstance(values, str | bytes)
    ids = [as_numeric_id(value, f"{name} has an item that") for value in values] if is_list else []
    if ids and (at_most is None or len(ids) <= at_most):
        return ids
    bounds = "one or more ids" if at_most is None else f"1 to {at_most} ids"
    raise InvalidArgument(f"{name} is {ids or values!r}; expected a list of {bounds}")


def as_numeric_id(value: Id, name: str) -> int:
    """Return *value*, an id, as the number that request bodies carry.

    Raises:
        InvalidArgument: *value* is not a number; the message calls it *name*.
    """
    number = as_id(value, name)
    if not isinstance(number, int):
        raise InvalidArgument(f"{name} is {value!r}; expected a whole number from 0 up")
    return number
