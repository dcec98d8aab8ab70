"""`mediaintel workspaces`: lists, creates and deletes workspaces."""

from typing import Any

from mediaintel_async import MediaIntelligence, Workspace
from mediaintel_async.cli.output.printing import show, show_deleted, show_each


async def list_workspaces(client: MediaIntelligence, *, as_json: bool) -> None:
    """Print every workspace of the account."""
    await show_each(
        client.workspaces.iterate(),
        _fields_of_workspace,
        {
            "workspace": lambda each: each.workspace_name,
            "created (Korean time)": lambda each: each.created_time,
            "bucket": lambda each: each.bucket_name,
        },
        as_json=as_json,
    )


async def create_workspace(
    client: MediaIntelligence, name: str, bucket: str | None, *, as_json: bool
) -> None:
    """Create a workspace, and print its name."""
    created = await client.workspaces.create(name, bucket=bucket)
    fields = {"workspace": created.workspace_name, "created_time": created.created_time}
    show(fields, text=created.workspace_name, as_json=as_json)


async def delete_workspace(client: MediaIntelligence, name: str, *, as_json: bool) -> None:
    """Delete a workspace."""
    await client.workspaces.delete(name)
    show_deleted("workspace", name, as_json=as_json)


def _fields_of_workspace(workspace: Workspace) -> dict[str, Any]:
    return {
        "workspace": workspace.workspace_name,
        "workspace_url": workspace.workspace_url,
        "bucket_name": workspace.bucket_name,
        "created_time": workspace.created_time,
        "created_user_name": workspace.created_user_name,
    }
