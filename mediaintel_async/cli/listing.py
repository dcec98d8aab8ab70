"""What `mediaintel assets list` and `get` do."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from mediaintel_async import Asset, AssetRef, MediaIntelligence, ProjectRef
from mediaintel_async.cli.display import console
from mediaintel_async.cli.words import print_json, print_table


async def list_project(client: MediaIntelligence, project: ProjectRef, *, as_json: bool) -> int:
    """Print every asset of *project*."""
    if as_json:
        async for asset in client.assets.iterate(project):
            print_json(_fields(asset))
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
        print_json(_fields(asset))
    else:
        print_table(console(), ("asset", str(ref)), _facts(asset).items(), cut=False)
    return 0


def _fields(asset: Asset) -> dict[str, Any]:
    meta = asset.meta_data
    return {
        "asset": str(asset.ref),
        "file_name": asset.file_name,
        "key": asset.key,
        "duration_ms": meta and meta.duration_ms,
        "resolution": meta and meta.resolution,
        "size": meta and meta.size,
        "format": meta and meta.format,
        "create_user_name": asset.create_user_name,
    }


def _facts(asset: Asset) -> Mapping[str, str]:
    fields = _fields(asset)
    duration = fields["duration_ms"]
    facts = {
        "file": fields["file_name"],
        "key": fields["key"],
        "duration": duration and timedelta(seconds=round(duration / 1000)),
        "resolution": fields["resolution"],
        "bytes": fields["size"],
        "format": fields["format"],
        "by": fields["create_user_name"],
    }
    return {name: str(fact) if fact else "-" for name, fact in facts.items()}
