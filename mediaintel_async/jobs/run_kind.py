"""The base class of all kinds of run."""

from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import Any, Generic, TypeVar

from mediaintel_async.decisions.next_step import Intent
from mediaintel_async.decisions.whose_run import Run, RunStatus, covers, is_going
from mediaintel_async.endpoints.paths import as_asset
from mediaintel_async.errors import NotFound, one_line
from mediaintel_async.jobs.shared_start import StartOutcome
from mediaintel_async.jobs.token import Token
from mediaintel_async.refs import AssetRef, Id
from mediaintel_async.request import Send

StatusT = TypeVar("StatusT", bound=RunStatus)
ResultT = TypeVar("ResultT")

ANY_RUN: Intent = Intent()
"""The intent of a job that was attached: it takes whatever run is there."""


class RunKind(ABC, Generic[StatusT, ResultT]):
    """One kind of run of one asset: how to start it, look at it, read its result and cancel it."""

    __slots__ = ("asset", "intent")

    name: str
    """Names the kind in tokens and messages; never changes, or old tokens could not be read."""

    status_without_run: StatusT | None = None
    """The status of an asset that never had such a run; None for a kind that no job can start."""

    can_cancel: bool = True

    def __init__(self, asset: AssetRef, intent: Intent = ANY_RUN) -> None:
        self.asset: AssetRef = as_asset(asset)
        self.intent: Intent = intent

    def __str__(self) -> str:
        return one_line(f"{self.name} of {self.asset}")

    def address(self) -> Hashable:
        """Return what the poller shares looks by: equal addresses show the same status."""
        return (self.name, self.asset)

    def more_ids(self) -> tuple[Id, ...]:
        """Return the ids that a token needs beyond those of the asset."""
        return ()

    def token(self, origin: str, run: Run | None) -> Token:
        """Return what the token of a job for *run* carries."""
        return Token(
            kind=self.name,
            origin=origin,
            workspace=self.asset.workspace,
            ids=(self.asset.project_id, self.asset.asset_id, *self.more_ids()),
            run=run,
            intent=self.intent,
        )

    @abstractmethod
    async def look(self) -> StatusT:
        """Read the status, with the transport's retry."""

    @abstractmethod
    async def look_once(self) -> StatusT:
        """Read the status, without the transport's retry: a wait looks again later anyway."""

    async def look_allowing_404(self, *, once: bool = False) -> StatusT:
        """Look; the service's 404 counts as `status_without_run`.

        The service does not document whether an asset that never had a run answers with a
        status or with a 404.
        """
        try:
            return await (self.look_once() if once else self.look())
        except NotFound as error:
            if error.from_gateway or self.status_without_run is None:
                raise
            return self.status_without_run

    @abstractmethod
    async def fetch(self) -> ResultT:
        """Read the result of a run that succeeded."""

    async def cancel(self) -> None:
        """Cancel the run in progress. Called only where `can_cancel` is true."""

    async def post(self, send: Send) -> Any:
        """Start a run through *send* and return the service's receipt. Billed.

        Called only of a kind that has a `status_without_run`.
        """

    def note_start(self, outcome: StartOutcome[StatusT]) -> None:
        """Take from *outcome* what later looks need, such as the run's id."""

    def joins_shown_run(self, status: StatusT) -> bool:
        """Whether the run that *status* shows, in progress or ended, makes a start unnecessary."""
        return self.intent.reuse and (status.succeeded or is_going(status))

    @property
    def joins_own_recent_start(self) -> bool:
        """Whether a run that this client started, and no look shows yet, may be joined."""
        return self.intent.reuse

    @property
    def joins_foreign_run(self) -> bool:
        """Whether a start that was refused may join the run in the way, if that has all scenes."""
        return self.joins_own_recent_start

    def serves_after_refusal(self, status: StatusT, *, is_newer: bool) -> bool:
        """Whether a start that was refused may join the run that *status* shows.

        It may join a run in progress, and one that has ended well since the look before the
        start: *is_newer* says that.
        """
        if is_going(status):
            return (self.joins_foreign_run and covers(status, None)) or self.joins_shown_run(status)
        return is_newer and status.succeeded and self.joins_own_recent_start

    @property
    def wanted_scenes(self) -> tuple[int, ...] | None:
        """The scenes that the run is to be about; None: all."""
        return None
