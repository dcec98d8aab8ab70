"""What may be sent: texts, whole numbers and ids, refused where the contract is certain."""

import math
from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar

from mediaintel_async.errors import InvalidArgument
from mediaintel_async.refs import Id, as_id

WordT = TypeVar("WordT", bound=StrEnum)


def as_text(
    value: object, name: str, *, at_least: int = 1, at_most: int | None = None, without: str = ""
) -> str:
    """Return *value*, a text of so many characters and with none of those in *without*.

    Raises:
        InvalidArgument: It is something else; calls it *name*.
    """
    most = math.inf if at_most is None else at_most
    if isinstance(value, str) and at_least <= len(value) <= most and not set(without) & set(value):
        return value
    length = f"{at_least} or more" if at_most is None else f"{at_least} to {at_most}"
    but = f" without {' '.join(without)}" if without else ""
    raise InvalidArgument(f"{name} is {length} characters{but}, not {value!r}")


def as_whole(value: object, name: str, at_least: int, at_most: int | None = None) -> int:
    """Return *value*, a whole number within the bounds, which belong to them.

    Raises:
        InvalidArgument: It is something else; calls it *name*.
    """
    most = math.inf if at_most is None else at_most
    if isinstance(value, int) and not isinstance(value, bool) and at_least <= value <= most:
        return value
    bounds = f"from {at_least} up" if at_most is None else f"{at_least} to {at_most}"
    raise InvalidArgument(f"{name} is {bounds}, a whole number, not {value!r}")


def as_word(kind: type[WordT], value: str, name: str) -> WordT:
    """Return *value*, one of the words that the service knows.

    Raises:
        InvalidArgument: It is none of them; calls it *name*.
    """
    try:
        return kind(value)
    except ValueError as error:
        raise InvalidArgument(f"{name} is one of {', '.join(kind)}, not {value!r}") from error


def as_numbers(values: Iterable[Id], name: str, *, at_most: int | None = None) -> list[int]:
    """Return *values*, one id or more, as the numbers that bodies carry.

    Raises:
        InvalidArgument: They are too few or too many, or one is no number; calls them *name*.
    """
    is_list = isinstance(values, Iterable) and not isinstance(values, str | bytes)
    each = f"{name} is a list of which each"
    ids = [as_number(value, each) for value in values] if is_list else []
    if ids and (at_most is None or len(ids) <= at_most):
        return ids
    bounds = "one id or more" if at_most is None else f"1 to {at_most} ids"
    raise InvalidArgument(f"{name} is {bounds}, not {ids or values!r}")


def as_number(value: Id, name: str) -> int:
    """Return *value*, an id, as the number that bodies carry.

    Raises:
        InvalidArgument: It is no number; calls it *name*.
    """
    number = as_id(value, name)
    if not isinstance(number, int):
        raise InvalidArgument(f"{name} is a number from 0 up, not {value!r}")
    return number
