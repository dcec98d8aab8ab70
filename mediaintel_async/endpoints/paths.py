"""Where the service keeps its things: paths from references."""

from functools import lru_cache

from mediaintel_async.errors import InvalidArgument
from mediaintel_async.refs import AssetRef, Id, ProjectRef, as_id, as_workspace
from mediaintel_async.request import EncodedPath, path

_ROOT = path("api", "v1", "workspaces")


def of_workspace(workspace: str, *rest: Id) -> EncodedPath:
    """Return the path of a workspace, or of something below it."""
    return EncodedPath(_ROOT + path(as_workspace(workspace), *rest))


def of_project(project: ProjectRef, *rest: Id) -> EncodedPath:
    """Return the path of a project, or of something below it."""
    checked = as_project(project)
    return of_workspace(checked.workspace, "projects", checked.project_id, *rest)


def of_asset(asset: AssetRef, *rest: Id) -> EncodedPath:
    """Return the path of an asset, or of something below it."""
    checked = as_asset(asset)
    assets = _assets_of(checked.workspace, checked.project_id)
    return EncodedPath(f"{assets}{path(checked.asset_id)}{_below(*rest)}")


_below = lru_cache(maxsize=256)(path)
"""What follows an asset's own path: constants, and a few ids that were checked already."""


@lru_cache(maxsize=256)  # most calls of a client are about the assets of a few projects
def _assets_of(workspace: str, project_id: Id) -> EncodedPath:
    return of_workspace(workspace, "projects", project_id, "assets")


def of_person(workspace: str, person_id: Id, *rest: Id) -> EncodedPath:
    """Return the path of a person, or of something below it."""
    return of_workspace(workspace, "persons", as_id(person_id, "person_id"), *rest)


def as_project(value: ProjectRef) -> ProjectRef:
    """Return *value*, a reference to a project.

    Raises:
        InvalidArgument: It is something else.
    """
    if not isinstance(value, ProjectRef):
        raise InvalidArgument(f"project is a ProjectRef, not {value!r}")
    return value


def as_asset(value: AssetRef) -> AssetRef:
    """Return *value*, a reference to an asset.

    Raises:
        InvalidArgument: It is something else.
    """
    if not isinstance(value, AssetRef):
        raise InvalidArgument(f"asset is an AssetRef, not {value!r}")
    return value
