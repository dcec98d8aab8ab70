"""How the fields of a model are spelled in JSON."""

from functools import lru_cache
from typing import Any

import attrs

EXTRA = "extra"
"""The field of a model that keeps the fields that it has no name for; JSON has no such field."""


def camel(name: str) -> str:
    """Return the service's spelling of a field: `asset_id` is `assetId`."""
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


@lru_cache(maxsize=256)
def spellings_of(kind: type[Any]) -> dict[str, tuple[str, ...]]:
    """Return the spellings of each field of an attrs class but `extra`.

    The first of them is written, and all are read. A field that the service never sends has none.
    The spelling is the service's, unless the class says that its fields are this library's own.
    """
    usual = str if getattr(kind, "_has_own_fields", False) else camel
    return {
        field.name: field.metadata.get("names", (usual(field.name.strip("_")),))
        for field in attrs.fields(kind)
        if field.name != EXTRA
    }
