"""What creating and deleting of workspaces and projects, and moving and deleting of assets do."""

from mediaintel_async import AssetRef, MediaIntelligence, ProjectRef
from mediaintel_async.cli.actions.listings import fields_of_asset, fields_of_project
from mediaintel_async.cli.output.printing import print_json, print_line
from mediaintel_async.cli.output.progress import console


async def create_workspace(
    client: MediaIntelligence, name: str, bucket: str | None, *, as_json: bool
) -> int:
    """Create a workspace, and print its name."""
    made = await client.workspaces.create(name, bucket=bucket)
    if as_json:
        print_json({"workspace": made.workspace_name, "created_time": made.created_time})
    else:
        print_line(console(), made.workspace_name)
    return 0


async def delete_workspace(client: MediaIntelligence, name: str, *, as_json: bool) -> int:
    """Delete a workspace."""
    await client.workspaces.delete(name)
    return tell_deleted("workspace", name, as_json=as_json)


async def create_project(
    client: MediaIntelligence, workspace: str, name: str, *, as_json: bool
) -> int:
    """Create a project, and print the reference that other commands take."""
    made = await client.projects.create(workspace, name)
    if as_json:
        print_json(fields_of_project(made))
    else:
        print_line(console(), made.ref)
    return 0


async def delete_project(client: MediaIntelligence, project: ProjectRef, *, as_json: bool) -> int:
    """Delete a project."""
    await client.projects.delete(project)
    return tell_deleted("project", project, as_json=as_json)


async def move_asset(
    client: MediaIntelligence, asset: AssetRef, project: ProjectRef, *, as_json: bool
) -> int:
    """Move an asset, and print its new reference."""
    moved = await client.assets.move(asset, project)
    if as_json:
        print_json(fields_of_asset(moved))
    else:
        print_line(console(), moved.ref)
    return 0


async def delete_asset(client: MediaIntelligence, asset: AssetRef, *, as_json: bool) -> int:
    """Delete an asset."""
    await client.assets.delete(asset)
    return tell_deleted("asset", asset, as_json=as_json)


def tell_deleted(kind: str, which: object, *, as_json: bool) -> int:
    """Print what is gone."""
    if as_json:
        print_json({kind: which, "deleted": True})
    else:
        print_line(console(), f"{which} is deleted.")
    return 0
