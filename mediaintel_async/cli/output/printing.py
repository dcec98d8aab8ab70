"""What is written: lines for people, JSON lines for programs; neither with control codes."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text


def printable(text: object) -> str:
    """Return *text* on one line, and without anything that a terminal would obey."""
    return " ".join(
        "".join(letter if letter.isprintable() else " " for letter in str(text)).split()
    )


def tell(text: object) -> None:
    """Print a line on standard error, where it stays out of what a program reads."""
    print(printable(text), file=sys.stderr, flush=True)


def print_json(fields: Mapping[str, Any]) -> None:
    """Print one JSON line at once; in ASCII, which every encoding of an output can hold."""
    print(json.dumps(fields, default=str), flush=True)


def print_line(console: Console, text: object) -> None:
    """Print one line, of any length."""
    console.print(Text(printable(text)), soft_wrap=True)


def print_table(
    console: Console, columns: Sequence[str], rows: Iterable[Sequence[object]], *, cut: bool = True
) -> None:
    """Print a table. Its last column is made narrower where need be: cut, or wrapped."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    *fixed, last = columns
    for name in fixed:
        table.add_column(name, no_wrap=True)
    table.add_column(last)
    for row in rows:
        *cells, words = (printable(cell) for cell in row)
        table.add_row(
            *(Text(cell) for cell in cells),
            Text(words, no_wrap=cut, overflow="ellipsis" if cut else "fold"),
        )
    console.print(table)


def first_words(scenes: Sequence[Mapping[str, Any]]) -> str:
    """Return the words of the first scene; nothing if there is none."""
    return words_of(scenes[0]) if scenes else ""


def words_of(scene: Mapping[str, Any]) -> str:
    """Return the longest text of a scene: no page shows which field holds it."""
    texts = [value for value in scene.values() if isinstance(value, str)]
    return " ".join(max(texts, key=len, default="").split())
