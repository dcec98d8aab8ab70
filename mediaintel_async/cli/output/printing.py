"""Printing of results: JSON lines for programs, text and tables for people."""

import json
import sys
from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from rich.table import Table
from rich.text import Text

from mediaintel_async.cli.output.console import console

T = TypeVar("T")
Fields: TypeAlias = Mapping[str, Any]
"""One JSON object."""


def show(*objects: Fields, text: object, as_json: bool) -> None:
    """Print *objects* as JSON lines for a program, or *text*, a line or a table, for people."""
    if as_json:
        for each in objects:
            print_json(each)
    elif isinstance(text, Table):
        console().print(text)
    else:
        print_line(text)


def show_deleted(kind: str, deleted: object, *, as_json: bool) -> None:
    """Print that the *kind* of thing that *deleted* names was deleted."""
    show({kind: deleted, "deleted": True}, text=f"{deleted} is deleted.", as_json=as_json)


async def show_each(
    items: AsyncIterable[T],
    fields: Callable[[T], Fields],
    columns: Mapping[str, Callable[[T], object]],
    *,
    as_json: bool,
) -> int:
    """Print each item as a JSON line as soon as it arrives, or all items as one table.

    Returns:
        The number of items.
    """
    count = 0
    rows = []
    async for item in items:
        count += 1
        if as_json:
            print_json(fields(item))
        else:
            rows.append([cell(value_of(item)) for value_of in columns.values()])
    if not as_json:
        console().print(table(tuple(columns), rows))
    return count


def print_json(fields: Fields) -> None:
    """Print one JSON line at once; in ASCII, which every encoding of an output can hold."""
    print(json.dumps(fields, default=str), flush=True)


def print_line(text: object) -> None:
    """Print one line of any length on standard output."""
    console().print(Text(printable(text)), soft_wrap=True)


def print_error(text: object) -> None:
    """Print a line on standard error, which a program that reads the output does not see."""
    print(printable(text), file=sys.stderr, flush=True)


def print_for_people(text: str, *, as_json: bool) -> None:
    """Print a line on standard output; on standard error where the output holds JSON alone."""
    if as_json:
        print_error(text)
    else:
        print(text)


def printable(text: object) -> str:
    """Return *text* on one line, without control characters, which a terminal would obey."""
    return " ".join(
        "".join(letter if letter.isprintable() else " " for letter in str(text)).split()
    )


def table(
    columns: Sequence[str], rows: Iterable[Iterable[object]], *, wrap_last: bool = False
) -> Table:
    """Lay out a table. If it is too wide, the last column is cut, or wrapped with *wrap_last*."""
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    *fixed, last = columns
    for name in fixed:
        made.add_column(name, no_wrap=True)
    made.add_column(last)
    for row in rows:
        *cells, words = (printable(each) for each in row)
        made.add_row(
            *(Text(each) for each in cells),
            Text(words, no_wrap=not wrap_last, overflow="fold" if wrap_last else "ellipsis"),
        )
    return made


def cell(value: object) -> object:
    """Return how a table shows *value*: "-" if there is none, and "yes" or "-" for a truth."""
    if isinstance(value, bool):
        return "yes" if value else "-"
    return "-" if value is None or value == "" else value


def first_words(scenes: Sequence[Fields]) -> str:
    """Return the words of the first scene; "" if there is no scene."""
    return words_of(scenes[0]) if scenes else ""


def words_of(scene: Fields) -> str:
    """Return the longest text of a scene: which field holds the summary is undocumented."""
    texts = [value for value in scene.values() if isinstance(value, str)]
    return " ".join(max(texts, key=len, default="").split())
