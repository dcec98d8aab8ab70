"""The scene summary of an asset: start a run, follow it, cancel it, read its texts."""

from collections.abc import Iterable
from types import NoneType

from mediaintel_async.endpoints.paths import asset_path
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
        """Start a summary of the scenes of the asset's latest index. Billed.

        `client.jobs.start_summary()` does the same, and does not start a second, billed run if
        the answer to the first request is lost.

        Args:
            asset: An asset whose analysis has completed.
            scene_ids: Ids of scenes to summarise again, once a run over all scenes has
                completed. None: all scenes.
            locale: Language of the summaries, for a run over all scenes. None: the service's
                default. The values are undocumented by the service.
            extra: Further fields of the request's body, merged last.

        Raises:
            InvalidArgument: *scene_ids* or *locale* is empty, or both are given.
            ApiError: A run is in progress, or the asset has no index.

        Operation: request_scene_summary
        """
        options = SceneSummaryOptions(scene_ids=scene_ids, locale=locale, extra=extra or {})
        path = asset_path(asset, "scene-summary")
        return await self._send(
            Request("POST", path, SceneSummaryRequested, body=options.body(), small_answer=True)
        )

    async def get_status(self, asset: AssetRef) -> SceneSummaryStatus:
        """Read how far the asset's latest run has come.

        Raises:
            NotFound: There is no such asset.

        Operation: get_scene_summary_status
        """
        return await self._send(
            Request(
                "GET",
                asset_path(asset, "scene-summary", "status"),
                SceneSummaryStatus,
                small_answer=True,
            )
        )

    async def get(self, asset: AssetRef) -> SceneSummary:
        """Read the summaries of the latest completed run.

        Raises:
            NotFound: The asset has no summary.
            ApiError: The latest run has not completed.

        Operation: get_scene_summary
        """
        return await self._send(Request("GET", asset_path(asset, "scene-summary"), SceneSummary))

    async def cancel(self, asset: AssetRef) -> None:
        """Cancel the run that is queued or in progress. The service does not charge for it.

        The service deletes the partial result. The request names no run, so it cancels whichever
        is in progress, also one that somebody else started. `Job.cancel()` first checks that it is
        the job's own.

        Raises:
            ApiError: No run is queued or in progress.

        Operation: cancel_scene_summary
        """
        await self._send(Request("POST", asset_path(asset, "scene-summary", "cancel"), NoneType))
