"""Where the service keeps its things: paths from references."""

from mediaintel_async.errors import InvalidArgument
from mediaintel_async.refs import AssetRef, Id, ProjectRef
from mediaintel_async.request import path

_ROOT = ("api", "v1", "workspaces")


def of_workspace(workspace: str, *rest: Id) -> str:
    """Return the path of a workspace, or of something below it."""
    if not isinstance(workspace, str):
        raise InvalidArgument(f"workspace is a name, not {workspace!r}")
    return path(*_ROOT, workspace, *rest)


def of_project(project: ProjectRef, *rest: Id) -> str:
    """Return the path of a project, or of something below it."""
    if not isinstance(project, ProjectRef):
        raise InvalidArgument(f"project is a ProjectRef, not {project!r}")
    return of_workspace(project.workspace, "projects", project.project_id, *rest)


def of_asset(asset: AssetRef, *rest: Id) -> str:
    """Return the path of an asset, or of something below it."""
    if not isinstance(asset, AssetRef):
        raise InvalidArgument(f"asset is an AssetRef, not {asset!r}")
    return of_project(asset.project, "assets", asset.asset_id, *rest)
