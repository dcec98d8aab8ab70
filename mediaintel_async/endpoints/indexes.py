"""The index of an asset: start an analysis, follow it, read and delete its result."""

from types import NoneType

from mediaintel_async.endpoints.paths import asset_path
from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.argument_checks import as_enum
from mediaintel_async.models.indexes import (
    ConfidenceLevel,
    Index,
    IndexOptions,
    IndexRequested,
    IndexStatus,
)
from mediaintel_async.refs import AssetRef
from mediaintel_async.request import Request, Send


class Indexes:
    """`client.indexes`."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def request(self, asset: AssetRef, options: IndexOptions | None = None) -> IndexRequested:
        """Start the analysis of an asset. Billed. On success it replaces the asset's index.

        `client.jobs.start_index()` does the same, and does not start a second, billed analysis
        if the answer to the first request is lost.

        Args:
            asset: The asset to analyse; its import has completed.
            options: None means the service's defaults.

        Raises:
            InvalidArgument: *options* is not `IndexOptions`.
            Conflict: An analysis of the asset is in progress.

        Operation: request_index
        """
        if options is not None and not isinstance(options, IndexOptions):
            raise InvalidArgument(f"options is {options!r}; expected IndexOptions or None")
        body = (options or IndexOptions()).body()
        return await self._send(
            Request(
                "POST", asset_path(asset, "index"), IndexRequested, body=body, small_answer=True
            )
        )

    async def get_status(self, asset: AssetRef) -> IndexStatus:
        """Read how far the latest analysis of an asset has come.

        Raises:
            NotFound: There is no such asset.

        Operation: get_index_status
        """
        return await self._send(
            Request("GET", asset_path(asset, "index", "status"), IndexStatus, small_answer=True)
        )

    async def get(
        self, asset: AssetRef, *, confidence_level: ConfidenceLevel | str | None = None
    ) -> Index:
        """Read the latest index of an asset.

        Args:
            asset: An asset whose analysis has completed.
            confidence_level: `LOW` shows most, `HIGH` least. None means the service's default,
                `MEDIUM`.

        Raises:
            InvalidArgument: *confidence_level* is not one of the three.
            ApiError: The asset has no complete index.

        Operation: get_index
        """
        query = {} if confidence_level is None else {"confidence_level": _level(confidence_level)}
        return await self._send(Request("GET", asset_path(asset, "index"), Index, query=query))

    async def cancel(self, asset: AssetRef) -> None:
        """Cancel the analysis that is queued or in progress.

        The service deletes the partial result. The request names no run, so it cancels whichever
        is in progress, also one that somebody else started. `Job.cancel()` first checks that it is
        the job's own.

        Raises:
            Conflict: No analysis is queued or in progress.

        Operation: cancel_index
        """
        await self._send(Request("POST", asset_path(asset, "index", "cancel"), NoneType))

    async def delete(self, asset: AssetRef) -> None:
        """Delete the latest index, and with it the asset's scene summary. Irreversible.

        Raises:
            Conflict: An analysis is in progress.

        Operation: delete_index
        """
        await self._send(Request("DELETE", asset_path(asset, "index"), NoneType))


def _level(value: ConfidenceLevel | str) -> str:
    return as_enum(ConfidenceLevel, value, "confidence_level")
