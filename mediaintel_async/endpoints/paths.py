"""The paths of workspaces, projects, assets and persons, built from references."""

from functools import lru_cache

from mediaintel_async.errors import InvalidArgument
from mediaintel_async.refs import AssetLike, AssetRef, Id, ProjectRef, as_id, as_workspace
from mediaintel_async.request import EncodedPath, path

_ROOT = path("api", "v1", "workspaces")


def workspace_path(workspace: str, *rest: Id) -> EncodedPath:
    """Return the path of a workspace, or of what *rest* names below it."""
    return EncodedPath(_ROOT + path(as_workspace(workspace), *rest))


def project_path(project: ProjectRef, *rest: Id) -> EncodedPath:
    """Return the path of a project, or of what *rest* names below it."""
    checked = as_project(project)
    return workspace_path(checked.workspace, "projects", checked.project_id, *rest)


def asset_path(asset: AssetRef, *rest: Id) -> EncodedPath:
    """Return the path of an asset, or of what *rest* names below it."""
    checked = as_asset(asset)
    assets = _assets_path(checked.workspace, checked.project_id)
    return EncodedPath(f"{assets}{path(checked.asset_id)}{_cached_path(*rest)}")


_cached_path = lru_cache(maxsize=256)(path)
"""Builds what follows an asset's own path: constants, and a few ids that are checked already."""


@lru_cache(maxsize=256)  # most calls of a client are about the assets of a few projects
def _assets_path(workspace: str, project_id: Id) -> EncodedPath:
    return workspace_path(workspace, "projects", project_id, "assets")


def person_path(workspace: str, person_id: Id, *rest: Id) -> EncodedPath:
    """Return the path of a person, or of what *rest* names below it."""
    return workspace_path(workspace, "persons", as_id(person_id, "person_id"), *rest)


def as_project(value: ProjectRef) -> ProjectRef:
    """Return *value* if it is a reference to a project.

    Raises:
        InvalidArgument: *value* is something else.
    """
    if not isinstance(value, ProjectRef):
        raise InvalidArgument(f"project is {value!r}; expected a ProjectRef")
    return value


def as_asset(value: AssetRef | AssetLike) -> AssetRef:
    """Return *value* as an `AssetRef`, if it is a reference to an asset.

    Raises:
        InvalidArgument: *value* is something else.
    """
    if isinstance(value, AssetRef):
        return value
    if not isinstance(value, AssetLike):
        raise InvalidArgument(f"asset is {value!r}; expected an AssetRef")
    return AssetRef(value.workspace, value.project_id, value.asset_id)
