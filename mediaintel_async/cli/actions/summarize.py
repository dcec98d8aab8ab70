"""`mediaintel summarize`: follows assets to their summaries."""

from collections.abc import Iterable, Mapping
from typing import NoReturn

from mediaintel_async import AssetRef, MediaIntelligence
from mediaintel_async.cli.actions.follow_jobs import FollowOptions, JobSource, follow


def summarize_assets(assets: Iterable[AssetRef], options: FollowOptions, *, new: bool) -> NoReturn:
    """Summarise *assets*, and exit; unless *new*, a summary that exists is fetched."""

    async def pipelines(client: MediaIntelligence) -> Mapping[AssetRef, JobSource]:
        return {asset: client.jobs.pipeline(asset, reuse=not new) for asset in assets}

    follow(pipelines, options)
