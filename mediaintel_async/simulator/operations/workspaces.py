"""The operations on workspaces."""

import re

from mediaintel_async.simulator.assumed import Json
from mediaintel_async.simulator.operations.operation import (
    WORKSPACE,
    WORKSPACES,
    Call,
    Operation,
    created_and_updated,
    matching,
    page_of,
    require,
)
from mediaintel_async.simulator.world.workspaces import Workspace
from mediaintel_async.simulator.world.world import World

WORKSPACE_NAME = re.compile(r"[a-z0-9-]{3,63}")


def list_workspaces(call: Call) -> Json:
    """One page of the account's workspaces."""
    world = call.world
    return page_of(call, world.workspaces(), lambda each: workspace_item(world, each))


def workspace_item(world: World, workspace: Workspace) -> Json:
    """A workspace in a listing."""
    bucket = {} if workspace.bucket is None else {"bucketName": workspace.bucket}
    address = f"https://mi.apigw.ntruss.com/api/v1/workspaces/{workspace.name}"
    return {**created_workspace(world, workspace), "workspaceUrl": address, **bucket}


def created_workspace(world: World, workspace: Workspace) -> Json:
    """A workspace as the answer to its creation shows it: without URL and bucket."""
    created_at = workspace.created_at
    return {"workspaceName": workspace.name, **created_and_updated(world, created_at, created_at)}


def get_workspace(call: Call) -> Json:
    """One workspace."""
    item = workspace_item(call.world, call.world.workspace(call.workspace))
    return {**item, "monthlyAnalysisCount": call.world.analysis_count(call.workspace)}


def create_workspace(call: Call) -> Json:
    """Create a workspace."""
    body = call.members()
    name = matching(WORKSPACE_NAME, body.get("workspaceName"))
    bucket = body.get("bucketName")
    require(bucket is None or (isinstance(bucket, str) and bool(bucket)))
    return created_workspace(call.world, call.world.create_workspace(name, bucket))


def delete_workspace(call: Call) -> Json:
    """Delete a workspace with everything in it."""
    call.world.delete_workspace(call.workspace)
    return {"workspaceName": call.workspace}


OPERATIONS = (
    Operation("list_workspaces", "GET", WORKSPACES, list_workspaces),
    Operation("create_workspace", "POST", WORKSPACES, create_workspace),
    Operation("get_workspace", "GET", WORKSPACE, get_workspace),
    Operation("delete_workspace", "DELETE", WORKSPACE, delete_workspace),
)
