"""The kinds of run there are: how each is looked at, read, stopped and asked for."""

from typing import Any, Generic, Protocol, TypeVar

from mediaintel_async.decisions.next_step import Intent
from mediaintel_async.decisions.whose_run import RunStatus, is_going
from mediaintel_async.endpoints.assets import Assets
from mediaintel_async.endpoints.indexes import Indexes
from mediaintel_async.endpoints.scene_summaries import SceneSummaries
from mediaintel_async.jobs.run_job import RunKind
from mediaintel_async.models.assets import Asset, ImportStatus
from mediaintel_async.models.indexes import (
    Index,
    IndexOptions,
    IndexRequested,
    IndexState,
    IndexStatus,
)
from mediaintel_async.models.scene_summaries import (
    SceneSummary,
    SceneSummaryRequested,
    SceneSummaryState,
    SceneSummaryStatus,
)
from mediaintel_async.refs import AssetRef

_USUAL = IndexOptions()

StatusT = TypeVar("StatusT", bound=RunStatus)
ResultT = TypeVar("ResultT")


class RunCalls(Protocol):
    """What every group of calls can do about the one run that an asset keeps."""

    async def get_status(self, asset: AssetRef, /) -> Any:
        """Read how far it is."""
        ...

    async def cancel(self, asset: AssetRef, /) -> None:
        """Stop it."""
        ...


CallsT = TypeVar("CallsT", bound=RunCalls)


class AssetWork(RunKind[StatusT, ResultT], Generic[StatusT, ResultT, CallsT]):
    """A run that is looked at and stopped by its asset alone."""

    __slots__ = ("_calls", "_calls_once")

    def __init__(self, asset: AssetRef, intent: Intent, calls: CallsT, calls_once: CallsT) -> None:
        super().__init__(asset, intent)
        self._calls = calls
        self._calls_once = calls_once

    async def look(self) -> StatusT:
        status: StatusT = await self._calls.get_status(self.asset)
        return status

    async def look_once(self) -> StatusT:
        status: StatusT = await self._calls_once.get_status(self.asset)
        return status

    async def cancel(self) -> None:
        await self._calls_once.cancel(self.asset)


class SummaryWork(AssetWork[SceneSummaryStatus, SceneSummary, SceneSummaries]):
    """The summary of an asset's scenes."""

    __slots__ = ()

    kind = "summary"
    before: SceneSummaryStatus | None = SceneSummaryStatus(state=SceneSummaryState.BEFORE_SUMMARIZE)

    async def fetch(self) -> SceneSummary:
        return await self._calls.get(self.asset)

    async def post(self) -> SceneSummaryRequested:
        options = self.intent.summary
        return await self._calls.request(
            self.asset, scene_ids=options.scene_ids, locale=options.locale, extra=options.extra
        )

    @property
    def wanted_scenes(self) -> tuple[int, ...] | None:
        return self.intent.summary.scene_ids

    @property
    def joins_others(self) -> bool:
        return self.intent.summary.is_plain


class IndexWork(AssetWork[IndexStatus, Index, Indexes]):
    """The analysis of an asset."""

    __slots__ = ()

    kind = "index"
    before: IndexStatus | None = IndexStatus(state=IndexState.BEFORE_ANALYZE)

    @property
    def _options(self) -> IndexOptions:
        return self.intent.index or _USUAL

    async def fetch(self) -> Index:
        return await self._calls.get(self.asset)

    async def post(self) -> IndexRequested:
        return await self._calls.request(self.asset, self._options)

    def joins(self, status: IndexStatus) -> bool:
        return self.joins_unseen and is_going(status)

    @property
    def joins_unseen(self) -> bool:
        return self._options == _USUAL


class IndexStageWork(IndexWork):
    """The index that a pipeline needs: any will do, however it was asked for."""

    __slots__ = ()

    def joins(self, status: IndexStatus) -> bool:
        return status.succeeded or is_going(status)

    @property
    def joins_unseen(self) -> bool:
        return True


class ImportWork(RunKind[ImportStatus, Asset]):
    """The import of an asset, which has begun already."""

    __slots__ = ("_calls", "_calls_once")

    kind = "import"
    can_cancel = False

    def __init__(self, asset: AssetRef, calls: Assets, calls_once: Assets) -> None:
        super().__init__(asset)
        self._calls = calls
        self._calls_once = calls_once

    async def look(self) -> ImportStatus:
        return await self._calls.get_import_status(self.asset)

    async def look_once(self) -> ImportStatus:
        return await self._calls_once.get_import_status(self.asset)

    async def fetch(self) -> Asset:
        return await self._calls.get(self.asset)
