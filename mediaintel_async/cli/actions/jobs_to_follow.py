"""What to follow: summaries, indexes, or what a token left."""

from collections.abc import Awaitable, Callable, Iterable, Mapping

from mediaintel_async import (
    AssetRef,
    IndexOptions,
    InvalidArgument,
    MediaIntelligence,
    NotFound,
)
from mediaintel_async.cli.actions.follow_jobs import AnyJob, Plan, Start
from mediaintel_async.jobs.token import decode_token


def summaries(assets: Iterable[AssetRef], *, new: bool) -> Plan:
    """Bring *assets* to their summaries."""

    async def plan(client: MediaIntelligence) -> Mapping[AssetRef, Start]:
        return {asset: client.jobs.pipeline(asset, reuse=not new) for asset in assets}

    return plan


def indexes(assets: Iterable[AssetRef], options: IndexOptions, *, new: bool) -> Plan:
    """Index *assets*; unless *new*, an index that is there is kept."""

    async def plan(client: MediaIntelligence) -> Mapping[AssetRef, Start]:
        return {asset: _index(client, asset, options, new=new) for asset in assets}

    return plan


def _index(
    client: MediaIntelligence, asset: AssetRef, options: IndexOptions, *, new: bool
) -> Callable[[], Awaitable[AnyJob]]:
    async def start() -> AnyJob:
        if new or not await _is_indexed(client, asset):
            return await client.jobs.start_index(asset, options)
        if options != IndexOptions():
            raise InvalidArgument(
                f"{asset} has an index, made perhaps with another scene range; --new asks for a"
                " new, billed one"
            )
        return client.jobs.attach_index(asset)

    return start


async def _is_indexed(client: MediaIntelligence, asset: AssetRef) -> bool:
    try:
        return (await client.indexes.get_status(asset)).succeeded
    except NotFound as error:
        if error.from_gateway:
            raise
        # The service may say so of an asset that never had an index.
        return False


def resumed(token: str) -> Plan:
    """Take up what *token* left."""

    async def plan(client: MediaIntelligence) -> Mapping[AssetRef, Start]:
        return {asset_of_token(token): client.jobs.resume(token)}

    return plan


def asset_of_token(token: str) -> AssetRef:
    """Return the asset that *token* is about.

    Raises:
        InvalidArgument: It is damaged, or about no asset.
    """
    said = decode_token(token)
    if len(said.ids) < 2:  # noqa: PLR2004 - a project and an asset
        raise InvalidArgument("token is damaged: it does not name an asset")
    return AssetRef(said.workspace, said.ids[0], said.ids[1])


def finds_of(token: str) -> str:
    """Return what the job of *token* comes to, by its name in JSON."""
    known = {"index": "index_id", "import": "file_name", "search": "hits"}
    return known.get(decode_token(token).kind, "scenes")
