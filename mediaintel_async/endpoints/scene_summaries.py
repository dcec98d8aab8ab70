"""Scene summaries of an asset: one latest run, and the text it came to."""

from collections.abc import Iterable
from types import NoneType

from mediaintel_async.endpoints.paths import of_asset
from mediaintel_async.models.common import Extra
from mediaintel_async.models.scene_summaries import (
    SceneSummary,
    SceneSummaryOptions,
    SceneSummaryRequested,
    SceneSummaryStatus,
)
from mediaintel_async.refs import AssetRef
from mediaintel_async.request import Request, Send


class SceneSummaries:
    """`client.scene_summaries`."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def request(
        self,
        asset: AssetRef,
        *,
        scene_ids: Iterable[int] | None = None,
        locale: str | None = None,
        extra: Extra | None = None,
    ) -> SceneSummaryRequested:
        """Start summarising the scenes of the asset's latest index. Billed.

        `client.jobs.start_summary()` starts it without paying twice for a lost answer.

        Args:
            asset: Its indexing is finished.
            scene_ids: Scenes to summarise again, once a full run has completed; None: all.
            locale: Language of the summaries; only for a run over all scenes.
            extra: Further fields of the body, merged last.

        Raises:
            InvalidArgument: *scene_ids* is empty, or comes together with *locale*.
            ApiError: A run is in progress, or there is no index.

        Operation: request_scene_summary
        """
        options = SceneSummaryOptions(scene_ids=scene_ids, locale=locale, extra=extra or {})
        return await self._send(
            Request(
                "POST", of_asset(asset, "scene-summary"), SceneSummaryRequested, body=options.body()
            )
        )

    async def get_status(self, asset: AssetRef) -> SceneSummaryStatus:
        """Read how far the asset's latest run has come.

        Operation: get_scene_summary_status
        """
        return await self._send(
            Request("GET", of_asset(asset, "scene-summary", "status"), SceneSummaryStatus)
        )

    async def get(self, asset: AssetRef) -> SceneSummary:
        """Read the summaries of the latest completed run.

        Raises:
            NotFound: The asset has no summary.
            ApiError: The latest run is not completed.

        Operation: get_scene_summary
        """
        return await self._send(Request("GET", of_asset(asset, "scene-summary"), SceneSummary))

    async def cancel(self, asset: AssetRef) -> None:
        """Stop the run that is waiting or going. What it made is deleted; it is not charged.

        The call names no run: it stops whichever is going. `Job.cancel()` makes sure first.

        Raises:
            ApiError: None is waiting or going.

        Operation: cancel_scene_summary
        """
        await self._send(Request("POST", of_asset(asset, "scene-summary", "cancel"), NoneType))
