"""`mediaintel index`: follows assets to their indexes."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import NoReturn

from mediaintel_async import (
    AssetRef,
    IndexOptions,
    InvalidArgument,
    MediaIntelligence,
    NotFound,
)
from mediaintel_async.cli.actions.follow_jobs import AnyJob, FollowOptions, JobSource, follow
from mediaintel_async.cli.actions.references import usage_errors


def index_assets(
    assets: Iterable[AssetRef], scene_range: str | None, options: FollowOptions, *, new: bool
) -> NoReturn:
    """Index *assets*, and exit; unless *new*, an index that exists is kept."""
    with usage_errors():
        index_options = IndexOptions(scene_range=scene_range)

    async def indexes(client: MediaIntelligence) -> Mapping[AssetRef, JobSource]:
        return {asset: _start_or_attach(client, asset, index_options, new=new) for asset in assets}

    follow(indexes, options)


def _start_or_attach(
    client: MediaIntelligence, asset: AssetRef, options: IndexOptions, *, new: bool
) -> Callable[[], Awaitable[AnyJob]]:
    async def start_or_attach() -> AnyJob:
        if new or not await _is_indexed(client, asset):
            return await client.jobs.start_index(asset, options)
        if options != IndexOptions():
            raise InvalidArgument(
                f"{asset} has an index already, whose scene range is unknown; --new replaces it,"
                " which is billed"
            )
        return client.jobs.attach_index(asset)

    return start_or_attach


async def _is_indexed(client: MediaIntelligence, asset: AssetRef) -> bool:
    try:
        return (await client.indexes.get_status(asset)).succeeded
    except NotFound as error:
        if error.from_gateway:
            raise
        # The service may answer 404 for an asset that never had an index.
        return False
