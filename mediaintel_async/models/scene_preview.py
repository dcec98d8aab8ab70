"""The first scenes of a summary, shortened, for people who look at one."""

from collections.abc import Mapping, Sequence
from html import escape
from itertools import islice
from reprlib import Repr
from typing import Any

_SCENES_OF_TEXT = 2
_SCENES_OF_TABLE = 5
_FIELDS = 4

_LONGEST_TEXT = 60


class _Shortened(Repr):
    """Like `repr()`, but short; the query of a URL is cut, as it may hold a signature."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 2

    def repr_str(self, x: str, level: int) -> str:  # noqa: ARG002 - the signature is Repr's
        shown = f"{x.partition('?')[0]}?..." if "://" in x and "?" in x else x
        is_short = len(shown) <= _LONGEST_TEXT
        return repr(shown if is_short else f"{shown[: _LONGEST_TEXT - 3]}...")


_short = _Shortened()


def scenes_as_text(scenes: Sequence[Mapping[str, Any]]) -> str:
    """Return on one line how many *scenes* there are, and the first fields of the first ones."""
    first = [_fields_as_text(scene) for scene in scenes[:_SCENES_OF_TEXT]]
    more = ["..."] if len(scenes) > len(first) else []
    return f"<{_count(scenes)}{': ' if first else ''}{', '.join([*first, *more])}>"


def scenes_as_html(title: str, scenes: Sequence[Mapping[str, Any]]) -> str:
    """Return a table of the first fields of the first *scenes*, for a notebook."""
    rows = [
        f"<tr><td>{number}</td><td>{'<br>'.join(map(escape, _fields_of(scene)))}</td></tr>"
        for number, scene in enumerate(scenes[:_SCENES_OF_TABLE], start=1)
    ]
    if len(scenes) > len(rows):
        rows.append("<tr><td>...</td><td></td></tr>")
    caption = f"<caption>{escape(title)}: {_count(scenes)}</caption>"
    return f"<table>{caption}<tbody>{''.join(rows)}</tbody></table>"


def _count(scenes: Sequence[Mapping[str, Any]]) -> str:
    return f"{len(scenes)} scene{'' if len(scenes) == 1 else 's'}"


def _fields_as_text(scene: Mapping[str, Any]) -> str:
    return "{" + ", ".join(_fields_of(scene)) + "}"


def _fields_of(scene: Mapping[str, Any]) -> list[str]:
    """Return the first fields of a scene, each short and without line breaks."""
    fields = [
        f"{_short.repr(name)}: {_short.repr(value)}"
        for name, value in islice(scene.items(), _FIELDS)
    ]
    return [*fields, "..."] if len(scene) > len(fields) else fields
