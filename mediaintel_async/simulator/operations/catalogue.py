"""Every operation that the simulator serves, and how to find one."""

from collections.abc import Mapping
from difflib import get_close_matches
from urllib.parse import unquote

from mediaintel_async.simulator.fault import InvalidFaults
from mediaintel_async.simulator.operations import (
    assets,
    indexes,
    legacy,
    person_tags,
    persons,
    projects,
    scene_summaries,
    search,
    uploads,
    workspaces,
)
from mediaintel_async.simulator.operations.operation import Operation

OPERATIONS = (
    *workspaces.OPERATIONS,
    *projects.OPERATIONS,
    *assets.OPERATIONS,
    *indexes.OPERATIONS,
    *scene_summaries.OPERATIONS,
    *persons.OPERATIONS,
    *person_tags.OPERATIONS,
    *search.OPERATIONS,
    *uploads.OPERATIONS,
    *legacy.OPERATIONS,
)


def find_operation(method: str, target: str) -> tuple[Operation | None, Mapping[str, str]]:
    """Return the operation that a request line asks for, and the variable parts of its path.

    The path is split before it is decoded, so that an encoded slash stays inside its part.
    """
    parts = [unquote(part) for part in target.partition("?")[0].split("/")]
    for operation in OPERATIONS:
        path = operation.match(method, parts)
        if path is not None:
            return operation, path
    return None, {}


def check_operation(operation: object) -> str:
    """Return *operation* if it is an operation id or "*".

    Raises:
        InvalidFaults: It is something else; the message names similar operation ids.
    """
    known = ["*", *sorted(each.operation_id for each in OPERATIONS)]
    if isinstance(operation, str) and operation in known:
        return operation
    similar = get_close_matches(str(operation), known, n=3)
    if similar:
        raise InvalidFaults(
            f"operation: {operation!r} is not an operation id; similar: {', '.join(similar)}"
        )
    raise InvalidFaults(
        f"operation: {operation!r} is not an operation id; expected one of {', '.join(known)}"
    )
