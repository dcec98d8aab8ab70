"""Where a thing lives, as one value that prints, parses and compares."""

import re
from typing import Self, TypeAlias

from attrs import field, frozen

from mediaintel_async.errors import InvalidArgument
from mediaintel_async.public import public

Id: TypeAlias = int | str
"""An identifier: the service writes the same one as text in paths and as a number in bodies."""

# The same id must be the same value, whether it came as a number or as text.
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
LARGEST_NUMBER = 2**63 - 1
# In an address these two name no part, but the way to one.
_DOTS = (".", "..")


def as_id(value: object, name: str = "an id") -> Id:
    """Return *value* as an id: plain decimals as int, other text as it is.

    Raises:
        InvalidArgument: It is neither text nor a number from 0 up, or is empty, `.` or `..`;
            calls it *name*.
    """
    if isinstance(value, str) and value and value not in _DOTS:
        is_number = _DECIMAL.fullmatch(value) and int(value) <= LARGEST_NUMBER
        return int(value) if is_number else value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_NUMBER:
        return value
    raise InvalidArgument(f"{name} is a number from 0 up or text, not {value!r}")


def as_workspace(value: str) -> str:
    """Return *value*, the name of a workspace.

    Raises:
        InvalidArgument: It is no text, or is empty, `.` or `..`.
    """
    if isinstance(value, str) and value and value not in _DOTS:
        return value
    raise InvalidArgument(f"workspace is the name of a workspace, not {value!r}")


def _project_id(value: Id) -> Id:
    return as_id(value, "project_id")


def _asset_id(value: Id) -> Id:
    return as_id(value, "asset_id")


@public
@frozen
class ProjectRef:
    """A project, as `workspace/project_id`."""

    workspace: str = field(converter=as_workspace)
    project_id: Id = field(converter=_project_id)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read back what `str()` wrote, splitting from the right.

        Raises:
            InvalidArgument: It is not of the form `workspace/project_id`.
        """
        return cls(*_split(text, 2, "workspace/project_id"))

    def asset(self, asset_id: Id) -> "AssetRef":
        """Return the reference of an asset of this project."""
        return AssetRef(self.workspace, self.project_id, asset_id)

    def __str__(self) -> str:
        return f"{self.workspace}/{self.project_id}"


@public
@frozen
class AssetRef:
    """A media asset, as `workspace/project_id/asset_id`."""

    workspace: str = field(converter=as_workspace)
    project_id: Id = field(converter=_project_id)
    asset_id: Id = field(converter=_asset_id)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read back what `str()` wrote, splitting from the right.

        Raises:
            InvalidArgument: It is not of the form `workspace/project_id/asset_id`.
        """
        return cls(*_split(text, 3, "workspace/project_id/asset_id"))

    @property
    def project(self) -> ProjectRef:
        """The project that the asset is in."""
        return ProjectRef(self.workspace, self.project_id)

    def __str__(self) -> str:
        return f"{self.workspace}/{self.project_id}/{self.asset_id}"


def _split(text: object, parts: int, form: str) -> list[str]:
    pieces = text.rsplit("/", parts - 1) if isinstance(text, str) else []
    if len(pieces) != parts or not all(pieces):
        raise InvalidArgument(f"a reference has the form {form}, which {text!r} has not")
    return pieces
