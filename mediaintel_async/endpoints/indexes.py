"""The index of an asset: what its analysis found."""

from types import NoneType

from mediaintel_async.endpoints.paths import of_asset
from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.argument_checks import as_word
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
        """Ask for the analysis of an asset. Billed; a success replaces the former index.

        `client.jobs.start_index()` starts it without paying twice for a lost answer.

        Raises:
            InvalidArgument: *options* is something else.
            Conflict: An analysis of the asset is running.

        Operation: request_index
        """
        if options is not None and not isinstance(options, IndexOptions):
            raise InvalidArgument(f"options is IndexOptions or None, not {options!r}")
        body = (options or IndexOptions()).body()
        return await self._send(
            Request("POST", of_asset(asset, "index"), IndexRequested, body=body)
        )

    async def get_status(self, asset: AssetRef) -> IndexStatus:
        """Read how far the latest analysis has come; not what index can be read.

        Operation: get_index_status
        """
        return await self._send(Request("GET", of_asset(asset, "index", "status"), IndexStatus))

    async def get(
        self, asset: AssetRef, *, confidence_level: ConfidenceLevel | str | None = None
    ) -> Index:
        """Read the latest index.

        Args:
            asset: Its analysis is complete.
            confidence_level: `LOW` shows most, `HIGH` least; None: the service's `MEDIUM`.

        Raises:
            InvalidArgument: *confidence_level* is none of the three.
            ApiError: There is no complete index.

        Operation: get_index
        """
        query = {} if confidence_level is None else {"confidence_level": _level(confidence_level)}
        return await self._send(Request("GET", of_asset(asset, "index"), Index, query=query))

    async def cancel(self, asset: AssetRef) -> None:
        """Stop the analysis that is waiting or running; what it made so far is deleted.

        The call names no run: it stops whichever is going. `Job.cancel()` makes sure first.

        Raises:
            Conflict: None is waiting or running.

        Operation: cancel_index
        """
        await self._send(Request("POST", of_asset(asset, "index", "cancel"), NoneType))

    async def delete(self, asset: AssetRef) -> None:
        """Delete the latest index and what hangs on it, its scene summary too. Irreversible.

        Raises:
            Conflict: An analysis is in progress.

        Operation: delete_index
        """
        await self._send(Request("DELETE", of_asset(asset, "index"), NoneType))


def _level(value: ConfidenceLevel | str) -> str:
    return as_word(ConfidenceLevel, value, "confidence_level")
