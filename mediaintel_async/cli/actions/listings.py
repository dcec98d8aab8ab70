"""What `mediaintel workspaces`, `projects`, `assets list` and `assets get` do."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from mediaintel_async import (
    Asset,
    AssetRef,
    MediaIntelligence,
    Project,
    ProjectRef,
    Workspace,
)
from mediaintel_async.cli.output.printing import print_json, print_table
from mediaintel_async.cli.output.progress import console


async def list_workspaces(client: MediaIntelligence, *, as_json: bool) -> int:
    """Print every workspace of the account."""
    if as_json:
        async for workspace in client.workspaces.iterate():
            print_json(_fields_of_workspace(workspace))
        return 0
    rows = [
        (each.workspace_name, each.created_time or "-", each.bucket_name or "-")
        async for each in client.workspaces.iterate()
    ]
    print_table(console(), ("workspace", "created", "bucket"), rows)
    return 0


async def list_projects(client: MediaIntelligence, workspace: str, *, as_json: bool) -> int:
    """Print every project of *workspace*."""
    if as_json:
        async for project in client.projects.iterate(workspace):
            print_json(fields_of_project(project))
        return 0
    rows = [
        (
            each.ref,
            each.created_time or "-",
            "yes" if each.is_base_project else "-",
            each.name or "-",
        )
        async for each in client.projects.iterate(workspace)
    ]
    print_table(console(), ("project", "created", "base", "name"), rows)
    return 0


async def list_project(client: MediaIntelligence, project: ProjectRef, *, as_json: bool) -> int:
    """Print every asset of *project*."""
    if as_json:
        async for asset in client.assets.iterate(project):
            print_json(fields_of_asset(asset))
        return 0
    rows = [
        (asset.ref, facts["duration"], facts["resolution"], facts["file"])
        async for asset in client.assets.iterate(project)
        for facts in [_facts(asset)]
    ]
    print_table(console(), ("asset", "duration", "resolution", "file"), rows)
    return 0


async def show_asset(client: MediaIntelligence, ref: AssetRef, *, as_json: bool) -> int:
    """Print what the service knows of one asset."""
    asset = await client.assets.get(ref)
    if as_json:
        print_json(fields_of_asset(asset))
    else:
        print_table(console(), ("asset", str(ref)), _facts(asset).items(), cut=False)
    return 0


def _fields_of_workspace(workspace: Workspace) -> dict[str, Any]:
    return {
        "workspace": workspace.workspace_name,
        "workspace_url": workspace.workspace_url,
        "bucket_name": workspace.bucket_name,
        "created_time": workspace.created_time,
        "created_user_name": workspace.created_user_name,
    }


def fields_of_project(project: Project) -> dict[str, Any]:
    """Return what a program may want to know of a project."""
    return {
        "project": str(project.ref),
        "name": project.name,
        "is_base_project": project.is_base_project,
        "created_time": project.created_time,
        "created_user_name": project.created_user_name,
    }


def fields_of_asset(asset: Asset) -> dict[str, Any]:
    """Return what a program may want to know of an asset."""
    meta = asset.meta_data
    return {
        "asset": str(asset.ref),
        "file_name": asset.file_name,
        "key": asset.key,
        "duration_ms": meta and meta.duration_ms,
        "resolution": meta and meta.resolution,
        "size": meta and meta.size,
        "format": meta and meta.format,
        "created_user_name": asset.created_user_name,
    }


def _facts(asset: Asset) -> Mapping[str, str]:
    fields = fields_of_asset(asset)
    duration = fields["duration_ms"]
    facts = {
        "file": fields["file_name"],
        "key": fields["key"],
        "duration": duration and timedelta(seconds=round(duration / 1000)),
        "resolution": fields["resolution"],
        "bytes": fields["size"],
        "format": fields["format"],
        "by": fields["created_user_name"],
    }
    return {name: str(fact) if fact else "-" for name, fact in facts.items()}
