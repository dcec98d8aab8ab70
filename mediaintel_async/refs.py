"""References to projects and assets, as values that print, parse and compare."""

import re
from typing import Protocol, Self, TypeAlias, runtime_checkable

from attrs import field, frozen

from mediaintel_async.errors import InvalidArgument
from mediaintel_async.public import public

Id: TypeAlias = int | str
"""An identifier: the service writes the same id as text in paths and as a number in bodies."""

# An id must be the same value, whether it came as a number or as text.
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)
LARGEST_NUMBER = 2**63 - 1
# What surrounds a reference in JSON, CSV, shells and addresses, and what no line can hold.
_NO_REFERENCE = re.compile(r"""["'`{}\\\x00-\x1f\x7f-\x9f\u2028\u2029]|://""")
# In a URL, these two parts would change the path instead of naming a part of it.
_DOTS = (".", "..")


def as_id(value: object, name: str = "an id") -> Id:
    """Return *value* as an id: a plain decimal number as int, other text as it is.

    Raises:
        InvalidArgument: *value* is neither a whole number from 0 up nor text, or the text is
            empty, `.` or `..`; the message calls it *name*.
    """
    if isinstance(value, str) and value and value not in _DOTS:
        is_number = _DECIMAL.fullmatch(value) and int(value) <= LARGEST_NUMBER
        return int(value) if is_number else value
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_NUMBER:
        return value
    raise InvalidArgument(
        f"{name} is {value!r}; expected a whole number from 0 up, or text but '', '.' and '..'"
    )


def as_workspace(value: str) -> str:
    """Return *value* if it can be the name of a workspace.

    Raises:
        InvalidArgument: *value* is not text, or it is empty, `.` or `..`.
    """
    if isinstance(value, str) and value and value not in _DOTS:
        return value
    raise InvalidArgument(f"workspace is {value!r}; expected the name of a workspace")


def _project_id(value: Id) -> Id:
    return as_id(value, "project_id")


def _asset_id(value: Id) -> Id:
    return as_id(value, "asset_id")


@public
@frozen
class ProjectRef:
    """Reference to a project; it prints as `workspace/project_id`.

    Raises:
        InvalidArgument: *workspace* is not a name, or *project_id* is not an id.
    """

    workspace: str = field(converter=as_workspace)
    project_id: Id = field(converter=_project_id)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a reference from the text that `str()` makes of it, splitting from the right.

        Names and ids with quotes, braces, backslashes, `://`, control characters, or a blank at
        an end are refused: such a text is a piece of JSON, CSV or an address. The service gives
        no such names; the constructor takes them.

        Raises:
            InvalidArgument: *text* does not have the form `workspace/project_id`.
        """
        return cls(*_split(text, "a project reference", "workspace/project_id"))

    def asset(self, asset_id: Id) -> "AssetRef":
        """Return a reference to an asset of this project."""
        return AssetRef(self.workspace, self.project_id, asset_id)

    def __str__(self) -> str:
        return f"{self.workspace}/{self.project_id}"


@public
@frozen
class AssetRef:
    """Reference to a media asset; it prints as `workspace/project_id/asset_id`.

    Raises:
        InvalidArgument: *workspace* is not a name, or *project_id* or *asset_id* is not an id.
    """

    workspace: str = field(converter=as_workspace)
    project_id: Id = field(converter=_project_id)
    asset_id: Id = field(converter=_asset_id)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a reference from the text that `str()` makes of it, splitting from the right.

        Names and ids with quotes, braces, backslashes, `://`, control characters, or a blank at
        an end are refused: such a text is a piece of JSON, CSV or an address. The service gives
        no such names; the constructor takes them.

        Raises:
            InvalidArgument: *text* does not have the form `workspace/project_id/asset_id`.
        """
        return cls(*_split(text, "an asset reference", "workspace/project_id/asset_id"))

    @property
    def project(self) -> ProjectRef:
        """Reference to the asset's project."""
        return ProjectRef(self.workspace, self.project_id)

    def __str__(self) -> str:
        return f"{self.workspace}/{self.project_id}/{self.asset_id}"

    def __hash__(self) -> int:
        # As that of its text, which the simulator's references are equal to and hashed as.
        return hash(str(self))


@runtime_checkable
class AssetLike(Protocol):
    """What names an asset as an `AssetRef` does.

    The references of the simulator do: it shares no class with the client.
    """

    @property
    def workspace(self) -> str:
        """The name of the workspace."""
        ...

    @property
    def project_id(self) -> Id:
        """The id of the project."""
        ...

    @property
    def asset_id(self) -> Id:
        """The id of the asset."""
        ...


def _split(text: object, kind: str, form: str) -> list[str]:
    # From the right: the name of a workspace may have slashes.
    slashes = form.count("/")
    parts = text.rsplit("/", slashes) if isinstance(text, str) else []
    is_reference = len(parts) == slashes + 1 and all(
        part not in ("", *_DOTS) and part == part.strip() and not _NO_REFERENCE.search(part)
        for part in parts
    )
    if not is_reference:
        raise InvalidArgument(f"{text!r} is not {kind}; expected {form}")
    return parts
