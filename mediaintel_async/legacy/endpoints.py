"""The older calls: summaries of one index, and two forms of the analysis."""

from collections.abc import Iterable
from types import NoneType

from mediaintel_async.endpoints.paths import as_asset, asset_path, project_path
from mediaintel_async.legacy.models import AnalysisOptions, AnalysisRequested, AssetIndexes
from mediaintel_async.legacy.warning import Reminder, ends
from mediaintel_async.models.common import Extra
from mediaintel_async.models.indexes import IndexStatus
from mediaintel_async.models.scene_summaries import (
    SceneSummary,
    SceneSummaryOptions,
    SceneSummaryRequested,
    SceneSummaryStatus,
)
from mediaintel_async.refs import AssetRef, Id, as_id
from mediaintel_async.request import Request, Send


class IndexSceneSummaries:
    """`client.legacy.scene_summaries`."""

    def __init__(self, send: Send, reminder: Reminder) -> None:
        self._send = send
        self._reminder = reminder

    @ends(use="client.scene_summaries.request()")
    async def request(
        self,
        asset: AssetRef,
        index_id: Id,
        *,
        scene_ids: Iterable[int] | None = None,
        extra: Extra | None = None,
    ) -> SceneSummaryRequested:
        """Start summarising the scenes of one index. Billed.

        Args:
            asset: Whose index.
            index_id: Fully indexed.
            scene_ids: Scenes to summarise again, once a full run has completed; None: all.
            extra: Further fields of the body, merged last.

        Raises:
            InvalidArgument: *scene_ids* is empty.
            ApiError: A run is in progress, or the index is not complete.

        Operation: request_index_scene_summary
        """
        options = SceneSummaryOptions(scene_ids=scene_ids, extra=extra or {})
        path = _summaries(asset, index_id)
        return await self._send(
            Request("POST", path, SceneSummaryRequested, body=options.body(), small_answer=True)
        )

    @ends(use="client.scene_summaries.get_status()")
    async def get_status(self, asset: AssetRef, index_id: Id, summary_id: Id) -> SceneSummaryStatus:
        """Read how far a summary of one index has come.

        Operation: get_index_scene_summary_status
        """
        path = _summaries(asset, index_id, as_id(summary_id, "summary_id"), "status")
        return await self._send(Request("GET", path, SceneSummaryStatus, small_answer=True))

    @ends(use="client.scene_summaries.get()")
    async def get(self, asset: AssetRef, index_id: Id) -> SceneSummary:
        """Read the summaries of one index, of its latest completed run.

        Raises:
            ApiError: The latest run is not completed.

        Operation: get_index_scene_summary
        """
        path = _summaries(asset, index_id)
        return await self._send(Request("GET", path, SceneSummary))

    @ends(use="client.scene_summaries.cancel()")
    async def cancel(self, asset: AssetRef, index_id: Id, summary_id: Id) -> None:
        """Stop a summary that is waiting or going. What it made is deleted; it is not charged.

        Raises:
            ApiError: It is neither waiting nor going.

        Operation: cancel_index_scene_summary
        """
        path = _summaries(asset, index_id, as_id(summary_id, "summary_id"))
        await self._send(Request("DELETE", path, NoneType))


class Analyses:
    """`client.legacy.analyses`."""

    def __init__(self, send: Send, reminder: Reminder) -> None:
        self._send = send
        self._reminder = reminder

    @ends(use="client.indexes.request()")
    async def request(
        self,
        asset: AssetRef,
        *,
        analysis_person_count: int,
        scene_range: str | None = None,
        tag_id_list: Iterable[Id] | None = None,
        source_language: str | None = None,
        detect_audio_effects: bool | None = None,
        extra: Extra | None = None,
    ) -> AnalysisRequested:
        """Ask for the analysis of an asset. Billed.

        Args:
            asset: Its import is complete.
            analysis_person_count: 0 to 10 persons to look for.
            scene_range: `EXTRA_SHORT`, `SHORT`, `MEDIUM` or `LONG`; video only.
            tag_id_list: Person tags to look for.
            source_language: `ENKO`, `EN`, `KO`, `JA`, `ZH-CN` or `ZH-TW`.
            detect_audio_effects: Whether to look for applause, laughter, music; video only.
            extra: Further fields of the body, merged last.

        Raises:
            InvalidArgument: A value is outside what the service documents.

        Operation: request_asset_analysis
        """
        options = AnalysisOptions(
            analysis_person_count=analysis_person_count,
            scene_range=scene_range,
            tag_id_list=tag_id_list,
            source_language=source_language,
            detect_audio_effects=detect_audio_effects,
            extra=extra or {},
        )
        return await self._send(
            Request(
                "POST",
                asset_path(asset, "analyze"),
                AnalysisRequested,
                body=options.body(),
                small_answer=True,
            )
        )

    @ends(use="client.indexes.get_status()")
    async def get_status(self, asset: AssetRef) -> IndexStatus:
        """Read how far the analysis has come.

        Operation: get_asset_analysis_status
        """
        return await self._send(
            Request("GET", asset_path(asset, "analyze-status"), IndexStatus, small_answer=True)
        )

    @ends(use="client.indexes.cancel()")
    async def cancel(self, asset: AssetRef) -> None:
        """Stop the analysis that is running.

        Operation: cancel_asset_analysis
        """
        await self._send(Request("DELETE", asset_path(asset, "analyze"), NoneType))

    @ends(use="client.indexes.get()")
    async def list_indexes(self, asset: AssetRef) -> AssetIndexes:
        """List the indexes of an asset; the answer is not paged.

        Operation: list_asset_indexes
        """
        return await self._send(Request("GET", asset_path(asset, "indexes"), AssetIndexes))


class VideoAnalyses:
    """`client.legacy.video_analyses`."""

    def __init__(self, send: Send, reminder: Reminder) -> None:
        self._send = send
        self._reminder = reminder

    @ends(use="client.indexes.request()")
    async def request(
        self,
        asset: AssetRef,
        *,
        analysis_person_count: int,
        scene_range: str | None = None,
        tag_id_list: Iterable[Id] | None = None,
        source_language: str | None = None,
        detect_audio_effects: bool | None = None,
        extra: Extra | None = None,
    ) -> AnalysisRequested:
        """Ask for the analysis of a video asset. Billed. Arguments as in `analyses.request()`.

        Raises:
            InvalidArgument: A value is outside what the service documents.

        Operation: request_video_asset_analysis
        """
        options = AnalysisOptions(
            analysis_person_count=analysis_person_count,
            scene_range=scene_range,
            tag_id_list=tag_id_list,
            source_language=source_language,
            detect_audio_effects=detect_audio_effects,
            extra=extra or {},
        )
        return await self._send(
            Request(
                "POST",
                _of_video(asset, "analyze"),
                AnalysisRequested,
                body=options.body(),
                small_answer=True,
            )
        )

    @ends(use="client.indexes.get_status()")
    async def get_status(self, asset: AssetRef) -> IndexStatus:
        """Read how far the analysis has come.

        Operation: get_video_asset_analysis_status
        """
        return await self._send(
            Request("GET", _of_video(asset, "analyze-status"), IndexStatus, small_answer=True)
        )

    @ends(use="client.indexes.cancel()")
    async def cancel(self, asset: AssetRef) -> None:
        """Stop the analysis that is running.

        Operation: cancel_video_asset_analysis
        """
        await self._send(Request("DELETE", _of_video(asset, "analyze"), NoneType))


def _summaries(asset: AssetRef, index_id: Id, *rest: Id) -> str:
    return asset_path(asset, "indexes", as_id(index_id, "index_id"), "scene-summaries", *rest)


def _of_video(asset: AssetRef, *rest: Id) -> str:
    checked = as_asset(asset)
    return project_path(checked.project, "video-assets", checked.asset_id, *rest)
