"""The kinds of run on the current API: summaries, indexes and imports."""

from typing import Any, Generic, Protocol, TypeVar

from mediaintel_async.decisions.next_step import Intent
from mediaintel_async.decisions.whose_run import RunStatus, is_going
from mediaintel_async.endpoints.assets import Assets
from mediaintel_async.endpoints.indexes import Indexes
from mediaintel_async.endpoints.scene_summaries import SceneSummaries
from mediaintel_async.jobs.calls import Calls
from mediaintel_async.jobs.run_kind import RunKind
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
from mediaintel_async.request import Send

_DEFAULT_OPTIONS = IndexOptions()

StatusT = TypeVar("StatusT", bound=RunStatus)
ResultT = TypeVar("ResultT")


class RunEndpoints(Protocol):
    """An endpoint group that finds the run by its asset: the service keeps one for each."""

    async def get_status(self, asset: AssetRef, /) -> Any:
        """Read the status of the asset's latest run."""
        ...

    async def cancel(self, asset: AssetRef, /) -> None:
        """Cancel the run in progress."""
        ...


GroupT = TypeVar("GroupT", bound=RunEndpoints)


class KindByAsset(RunKind[StatusT, ResultT], Generic[StatusT, ResultT, GroupT]):
    """A kind of run that the service finds by its asset alone."""

    __slots__ = ("_calls",)

    def __init__(self, asset: AssetRef, intent: Intent, calls: Calls[GroupT]) -> None:
        super().__init__(asset, intent)
        self._calls = calls

    async def look(self) -> StatusT:
        status: StatusT = await self._calls.retried.get_status(self.asset)
        return status

    async def look_once(self) -> StatusT:
        status: StatusT = await self._calls.once.get_status(self.asset)
        return status

    async def cancel(self) -> None:
        await self._calls.once.cancel(self.asset)


class SummaryKind(KindByAsset[SceneSummaryStatus, SceneSummary, SceneSummaries]):
    """The summary of an asset's scenes."""

    __slots__ = ()

    name = "summary"
    status_without_run: SceneSummaryStatus | None = SceneSummaryStatus(
        state=SceneSummaryState.BEFORE_SUMMARIZE
    )

    async def fetch(self) -> SceneSummary:
        return await self._calls.retried.get(self.asset)

    async def post(self, send: Send) -> SceneSummaryRequested:
        options = self.intent.summary
        return await SceneSummaries(send).request(
            self.asset, scene_ids=options.scene_ids, locale=options.locale, extra=options.extra
        )

    @property
    def wanted_scenes(self) -> tuple[int, ...] | None:
        return self.intent.summary.scene_ids

    @property
    def joins_foreign_run(self) -> bool:
        return self.intent.summary.is_plain


class IndexKind(KindByAsset[IndexStatus, Index, Indexes]):
    """The index of an asset: its analysis. One that is complete is made anew."""

    __slots__ = ()

    name = "index"
    status_without_run: IndexStatus | None = IndexStatus(state=IndexState.BEFORE_ANALYZE)

    @property
    def _options(self) -> IndexOptions:
        return self.intent.index or _DEFAULT_OPTIONS

    async def fetch(self) -> Index:
        return await self._calls.retried.get(self.asset)

    async def post(self, send: Send) -> IndexRequested:
        return await Indexes(send).request(self.asset, self._options)

    def joins_shown_run(self, status: IndexStatus) -> bool:
        return self.joins_own_recent_start and is_going(status)

    @property
    def joins_own_recent_start(self) -> bool:
        return self._options == _DEFAULT_OPTIONS


class StageIndexKind(IndexKind):
    """The index stage of a pipeline: any index will do, however it was requested."""

    __slots__ = ()

    def joins_shown_run(self, status: IndexStatus) -> bool:
        return status.succeeded or is_going(status)

    @property
    def joins_own_recent_start(self) -> bool:
        return True


class ImportKind(RunKind[ImportStatus, Asset]):
    """The import of an asset, which began with its registration."""

    __slots__ = ("_calls",)

    name = "import"
    can_cancel = False

    def __init__(self, asset: AssetRef, calls: Calls[Assets]) -> None:
        super().__init__(asset)
        self._calls = calls

    async def look(self) -> ImportStatus:
        return await self._calls.retried.get_import_status(self.asset)

    async def look_once(self) -> ImportStatus:
        return await self._calls.once.get_import_status(self.asset)

    async def fetch(self) -> Asset:
        return await self._calls.retried.get(self.asset)
