"""Where a thing lives, as one value that prints, parses and compares."""

import re
from typing import Self, TypeAlias

from attrs import field, frozen

from mediaintel_async.errors import InvalidArgument

Id: TypeAlias = int | str
"""An identifier: the service writes the same one as text in paths and as a number in bodies."""

# More digits than this overflow the service's integers and would only be compared as text.
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)


def as_id(value: object) -> Id:
    """Return *value* as an id: plain decimals as int, other text as it is.

    Raises:
        InvalidArgument: It is neither text nor a number from 0 up, or empty.
    """
    if isinstance(value, str) and value:
        return int(value) if _DECIMAL.fullmatch(value) else value
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise InvalidArgument(f"an id is a number from 0 up or text, not {value!r}")


def _workspace(value: object) -> str:
    if isinstance(value, str) and value:
        return value
    raise InvalidArgument(f"workspace is the name of a workspace, not {value!r}")


@frozen
class ProjectRef:
    """A project, as `workspace/project_id`."""

    workspace: str = field(converter=_workspace)
    project_id: Id = field(converter=as_id)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read back what `str()` wrote.

        Raises:
            InvalidArgument: It is not of the form `workspace/project_id`.
        """
        return cls(*_split(text, 2, "workspace/project_id"))

    def asset(self, asset_id: Id) -> "AssetRef":
        """Return the reference of an asset of this project."""
        return AssetRef(self.workspace, self.project_id, asset_id)

    def __str__(self) -> str:
        return f"{self.workspace}/{self.project_id}"


@frozen
class AssetRef:
    """A media asset, as `workspace/project_id/asset_id`."""

    workspace: str = field(converter=_workspace)
    project_id: Id = field(converter=as_id)
    asset_id: Id = field(converter=as_id)

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
