"""Where the service keeps its things: paths from references."""

from mediaintel_async.errors import InvalidArgument
from mediaintel_async.refs import AssetRef, Id, ProjectRef, as_workspace
from mediaintel_async.request import EncodedPath, path

_ROOT = path("api", "v1", "workspaces")


def of_workspace(workspace: str, *rest: Id) -> EncodedPath:
    """Return the path of a workspace, or of something below it."""
    return EncodedPath(_ROOT + path(as_workspace(workspace), *rest))


def of_project(project: ProjectRef, *rest: Id) -> EncodedPath:
    """Return the path of a project, or of something below it."""
    if not isinstance(project, ProjectRef):
        raise InvalidArgument(f"project is a ProjectRef, not {project!r}")
    return of_workspace(project.workspace, "projects", project.project_id, *rest)


def of_asset(asset: AssetRef, *rest: Id) -> EncodedPath:
    """Return the path of an asset, or of something below it."""
    checked = as_asset(asset)
    return of_workspace(
        checked.workspace, "projects", checked.project_id, "assets", checked.asset_id, *rest
    )


def as_asset(value: AssetRef) -> AssetRef:
    """Return *value*, a reference to an asset.

    Raises:
        InvalidArgument: It is something else.
    """
    if not isinstance(value, AssetRef):
        raise InvalidArgument(f"asset is an AssetRef, not {value!r}")
    return value
