"""`mediaintel assets`: lists, shows, registers, moves and deletes assets."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NoReturn

from mediaintel_async import Asset, AssetRef, MediaIntelligence, ProjectRef
from mediaintel_async.cli.actions.follow_jobs import (
    AnyJob,
    FollowOptions,
    JobSource,
    follow,
    resume_line,
)
from mediaintel_async.cli.actions.references import asset_of_token
from mediaintel_async.cli.actions.run_with_client import run
from mediaintel_async.cli.output.printing import (
    cell,
    print_error,
    show,
    show_deleted,
    show_each,
    table,
)


async def list_assets(client: MediaIntelligence, project: ProjectRef, *, as_json: bool) -> None:
    """Print every asset of *project*."""
    await show_each(
        client.assets.iterate(project),
        _fields_of_asset,
        {
            "asset": lambda each: each.ref,
            "duration": _duration_of,
            "resolution": lambda each: each.meta_data and each.meta_data.resolution,
            "file": lambda each: each.file_name,
        },
        as_json=as_json,
    )


async def show_asset(client: MediaIntelligence, ref: AssetRef, *, as_json: bool) -> None:
    """Print what the service knows of one asset."""
    asset = await client.assets.get(ref)
    fields = _fields_of_asset(asset)
    details = {
        "file": fields["file_name"],
        "key": fields["key"],
        "duration": _duration_of(asset),
        "resolution": fields["resolution"],
        "bytes": fields["size"] or None,
        "format": fields["format"],
        "by": fields["created_user_name"],
    }
    rows = [(name, cell(value)) for name, value in details.items()]
    show(fields, text=table(("asset", str(ref)), rows, wrap_last=True), as_json=as_json)


def register_asset(
    project: ProjectRef, bucket: str, key: str, options: FollowOptions, *, wait: bool
) -> NoReturn:
    """Register an object of Object Storage, and exit; with *wait*, once it is imported."""

    async def start_import(client: MediaIntelligence) -> AnyJob:
        try:
            return await client.jobs.start_import(project, bucket=bucket, key=key)
        except asyncio.CancelledError as error:
            token = getattr(error, "token", None)
            print_error(
                resume_line(token, options.base_url)
                if token is not None
                else f"`mediaintel assets list {project}` shows whether it was registered."
            )
            raise

    async def import_to_follow(client: MediaIntelligence) -> Mapping[AssetRef, JobSource]:
        job = await start_import(client)
        return {asset_of_token(job.token): job}

    async def start_and_leave(client: MediaIntelligence) -> None:
        job = await start_import(client)
        asset = asset_of_token(job.token)
        show(
            {"asset": str(asset), "token": job.token},
            text=table(("asset", "file"), [(asset, key)]),
            as_json=options.as_json,
        )
        if not options.as_json:
            print(resume_line(job.token, options.base_url))

    if wait:
        follow(import_to_follow, options)
    run(options.base_url, start_and_leave)


async def move_asset(
    client: MediaIntelligence, asset: AssetRef, project: ProjectRef, *, as_json: bool
) -> None:
    """Move an asset, and print its new reference."""
    moved = await client.assets.move(asset, project)
    show(_fields_of_asset(moved), text=moved.ref, as_json=as_json)


async def delete_asset(client: MediaIntelligence, asset: AssetRef, *, as_json: bool) -> None:
    """Delete an asset."""
    await client.assets.delete(asset)
    show_deleted("asset", asset, as_json=as_json)


def _fields_of_asset(asset: Asset) -> dict[str, Any]:
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


def _duration_of(asset: Asset) -> timedelta | None:
    meta = asset.meta_data
    if meta is None or not meta.duration_ms:
        return None
    return timedelta(seconds=round(meta.duration_ms / 1000))
