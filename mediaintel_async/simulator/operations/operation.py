"""What every operation is made of: the call, its handler, checks of parameters, and pages."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import Factory, field, frozen

from mediaintel_async.simulator import assumed
from mediaintel_async.simulator.assumed import Assumed, Json
from mediaintel_async.simulator.fault import View
from mediaintel_async.simulator.world.assets import Where
from mediaintel_async.simulator.world.refusals import Reason, Refused
from mediaintel_async.simulator.world.runs import (
    IN_PROGRESS,
    NEVER_REQUESTED,
    RunState,
    RunStatus,
    Work,
)
from mediaintel_async.simulator.world.world import World

WORKSPACES = "/api/v1/workspaces"
WORKSPACE = f"{WORKSPACES}/{{workspace_name}}"
PROJECT = f"{WORKSPACE}/projects/{{project_id}}"
ASSET = f"{PROJECT}/assets/{{asset_id}}"

LARGEST_PAGE = 1000

INTEGER = re.compile(r"0|[1-9][0-9]{0,17}")
"""An integer in a path or query: one spelling only, and no more digits than JSON can answer."""


@frozen(kw_only=True)
class Call:
    """One request that has passed the gateway, as its operation sees it."""

    world: World
    assumed: Assumed
    path: Mapping[str, str]
    """The variable parts of the path, decoded."""

    query: Mapping[str, str]
    body: Any
    """The JSON body; None if there was none."""

    base_url: str = ""
    """The simulator's own URL, from which presigned URLs are made."""

    late_seconds: float = 0.0
    """How long a run that this call starts stays invisible."""

    view: View = "now"

    @property
    def workspace(self) -> str:
        """The workspace in the path."""
        return self.path["workspace_name"]

    @property
    def project_id(self) -> int:
        """The project in the path."""
        return integer_in_path(self.path["project_id"])

    @property
    def where(self) -> Where:
        """The asset in the path."""
        asset_id = integer_in_path(self.path["asset_id"])
        return Where(self.workspace, self.project_id, asset_id)

    def look(self, work: Work) -> RunStatus:
        """Return the status of the newest run, as `view` shows it."""
        if self.view == "before":
            self.world.asset(self.where)
            return NEVER_REQUESTED
        status = self.world.look(self.where, work, before_newest=self.view == "stale")
        if self.view == "accepted" and status.state in IN_PROGRESS:
            return RunStatus(run=status.run, state=RunState.WAITING)
        return status

    def members(self) -> Json:
        """Return the body as a JSON object; no body counts as an empty object."""
        body = {} if self.body is None else self.body
        require(isinstance(body, dict))
        return dict(body)


Handler = Callable[[Call], Json | None]
"""Does what is asked, and returns the `result` of a success; None: the answer has no `result`."""


@frozen
class Operation:
    """An operation of the service: its address, and the function that handles it."""

    operation_id: str
    method: str
    path: str
    handle: Handler

    beside: Sequence[str] = ()
    """Members that the answer has beside `result` instead of in it."""

    parts: Sequence[str] = field(
        init=False, default=Factory(lambda self: self.path.split("/"), True)
    )

    def match(self, method: str, parts: Sequence[str]) -> dict[str, str] | None:
        """Return the variable parts of a path; None if the request is for another operation."""
        if method != self.method or len(parts) != len(self.parts):
            return None
        pairs = list(zip(self.parts, parts, strict=True))
        variable = {name[1:-1]: part for name, part in pairs if name.startswith("{")}
        fixed = all(name == part for name, part in pairs if not name.startswith("{"))
        return variable if fixed and all(variable.values()) else None


# Checks of parameters.


def require(is_valid: bool) -> None:  # noqa: FBT001 - reads as a statement
    """Refuse the request as invalid unless the condition holds."""
    if not is_valid:
        raise Refused(Reason.INVALID)


def require_between(value: object, lowest: float, highest: float) -> None:
    """Refuse the request unless *value* is an integer from *lowest* to *highest*."""
    require(isinstance(value, int) and is_integer(value) and lowest <= value <= highest)


def matching(pattern: re.Pattern[str], value: object) -> str:
    """Return *value* if it is a string that matches the whole pattern.

    Raises:
        Refused: It is something else.
    """
    if not (isinstance(value, str) and pattern.fullmatch(value)):
        raise Refused(Reason.INVALID)
    return value


def integer_in_path(part: str) -> int:
    """Return an id in a path.

    Raises:
        Refused: It is not an integer in the service's one spelling, so nothing has that id.
    """
    if not INTEGER.fullmatch(part):
        raise Refused(Reason.MISSING)
    return int(part)


def integer_in_query(call: Call, name: str, default: int | None) -> int:
    """Return an integer of the query; with None as *default* the parameter is required."""
    text = call.query.get(name)
    if text is None and default is not None:
        return default
    if text is None or not INTEGER.fullmatch(text):
        raise Refused(Reason.INVALID)
    return int(text)


def is_integer(value: object) -> bool:
    """Return whether a JSON value is an integer; Python counts true and false as integers too."""
    return isinstance(value, int) and not isinstance(value, bool)


def integers(value: object) -> list[int]:
    """Return *value* if it is a JSON list of integers.

    Raises:
        Refused: It is something else.
    """
    if not (isinstance(value, list) and all(is_integer(each) for each in value)):
        raise Refused(Reason.INVALID)
    return value


# Parts of answers.


def wire_time(time: datetime | None) -> str | None:
    """Return a time as the service writes it: without a zone, in whole seconds."""
    return None if time is None else time.isoformat(timespec="seconds")


def created_and_updated(world: World, created_at: float, updated_at: float) -> Json:
    """Return the four members that say when and by whom something was created and updated."""
    return {
        "createdUserName": assumed.USER_NAME,
        "createdTime": wire_time(world.korean_time(created_at)),
        "updatedUserName": assumed.USER_NAME,
        "updatedTime": wire_time(world.korean_time(updated_at)),
    }


def page_of(
    call: Call,
    things: Sequence[Any],
    item: Callable[[Any], Json],
    *,
    largest: int = LARGEST_PAGE,
    default: int = LARGEST_PAGE,
) -> Json:
    """Return the page of a listing that the query asks for.

    Args:
        call: The call with the query.
        things: Everything listed.
        item: Makes the JSON of one thing.
        largest: The largest page size that may be asked for.
        default: The page size if the query names none.
    """
    page_num = integer_in_query(call, "pageNum", None)
    page_size = integer_in_query(call, "pageSize", default)
    require(page_num >= 1)
    require(1 <= page_size <= largest)
    return numbered_page(things, item, page_num, page_size)


def numbered_page(
    things: Sequence[Any], item: Callable[[Any], Json], page_num: int, page_size: int
) -> Json:
    """Return one page of a listing, with the counts that every listing shows."""
    start = (page_num - 1) * page_size
    return {
        "content": [item(thing) for thing in things[start : start + page_size]],
        "totalCount": len(things),
        "totalPage": -(-len(things) // page_size),
        "pageNo": page_num,
        "pageSize": page_size,
    }
