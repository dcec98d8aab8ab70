"""A job that is one search: found by its id, never sent twice, never cancelled."""

import math
from collections.abc import Callable
from typing import Any

from mediaintel_async.decisions.next_step import Intent
from mediaintel_async.decisions.whose_run import Run
from mediaintel_async.endpoints.search import Search, read_result
from mediaintel_async.errors import (
    InvalidArgument,
    MediaIntelligenceError,
    OutcomeUnknown,
    one_line,
)
from mediaintel_async.jobs.calls import Calls
from mediaintel_async.jobs.context import JobContext
from mediaintel_async.jobs.job import Cancellation, Job
from mediaintel_async.jobs.shared_start import SharedStart, StartOutcome
from mediaintel_async.jobs.start_once import answer_was_lost
from mediaintel_async.jobs.token import Token
from mediaintel_async.models.search import SearchQuery, SearchRequested, SearchResult, SearchStatus
from mediaintel_async.refs import Id
from mediaintel_async.waiting.poller import AddressSchedule


class SearchJob(Job[SearchStatus, SearchResult]):
    """One search: waited for, left and resumed."""

    def __init__(
        self, workspace: str, search_id: Id, context: JobContext, calls: Calls[Search]
    ) -> None:
        super().__init__(context)
        self._workspace = workspace
        self._search_id = search_id
        self._run = Run(since=context.clock.wall())
        self._calls = calls

    def _token_fields(self) -> Token:
        return Token(
            kind="search",
            origin=self._context.origin,
            workspace=self._workspace,
            ids=(self._search_id,),
            run=self._run,
            intent=Intent(),
        )

    def _address(self) -> tuple[str, str, Id]:
        return ("search", self._workspace, self._search_id)

    def describe(self) -> str:
        """Return the search and its workspace, for messages."""
        return one_line(f"search {self._search_id} in {self._workspace}")

    @property
    def asset(self) -> None:
        """None: a search is about no single asset."""
        return

    @property
    def final_status(self) -> SearchStatus | None:
        """The status that showed the end of the search; None while no look has shown it."""
        return self._last if self._last is not None and self._last.is_final else None

    def _note_status(self, status: SearchStatus) -> None:
        # Once a look has shown the end, a later one that shows less is stale.
        self._last = self.final_status or status

    async def _look(self) -> SearchStatus:
        status = await self._read_status(self._calls.retried)
        self._note_status(status)
        return status

    async def _look_once(self) -> SearchStatus:
        return await self._read_status(self._calls.once)

    async def _read_status(self, search: Search) -> SearchStatus:
        # A page of one hit: the status is what counts, and the result reads whole pages.
        return await search.list_page(self._workspace, self._search_id, page_size=1)

    async def follow(
        self,
        on_status: Callable[[SearchStatus], bool],
        *,
        deadline: float,
        wants_one_look: bool = False,
        pace: AddressSchedule | None = None,
    ) -> SearchStatus:
        """Wait until the end of the search, or until *on_status* says stop."""
        seen = self.final_status
        if seen is not None:
            on_status(seen)
            return seen

        def note_and_pass_on(status: SearchStatus) -> bool:
            nonlocal seen
            self._note_status(status)
            seen = status
            has_stopped = on_status(status)
            if has_stopped:
                self.note_likely_end()
            return has_stopped or status.is_final

        await self._context.poller.wait(
            self._address(),
            self._look_once,
            note_and_pass_on,
            deadline=deadline,
            wants_one_look=wants_one_look,
            pace=pace,
        )
        assert seen is not None  # noqa: S101 - the wait ended with a look
        return seen

    async def _fetch(self) -> SearchResult:
        return await read_result(self._calls.retried, self._workspace, self._search_id)

    def may_cancel_on_timeout(self) -> bool:
        """Return False: the service cannot cancel a search."""
        return False

    async def cancel_run(self, *, only_if_unwanted: bool = False) -> Cancellation:  # noqa: ARG002 - as of every job
        """Raise `InvalidArgument`: the service cannot cancel a search."""
        raise InvalidArgument(
            f"{self.describe()} cannot be cancelled: the service has no such call"
        )


async def start_search(
    context: JobContext,
    shared_start: SharedStart[Any],
    search: Search,
    workspace: str,
    query: SearchQuery,
) -> SearchRequested:
    """Send the request that starts a search, once, and return the receipt.

    Raises:
        OutcomeUnknown: The answer was lost, and with it the id by which to find the search.
        MediaIntelligenceError: The service refused, or was not reached.
    """

    async def begin() -> StartOutcome[Any]:
        with context.start_under_way(shared_start), shared_start.posting():
            try:
                receipt = await search.request(workspace, query)
            except MediaIntelligenceError as error:
                if not answer_was_lost(error):
                    raise
                raise OutcomeUnknown(
                    f"a search in {workspace} was sent and its answer lost, and the id with it:"
                    " nothing is sent again"
                ) from error
            return StartOutcome(Run(since=context.clock.wall()), receipt)

    outcome = await shared_start.wait(begin, math.inf)
    receipt: SearchRequested = outcome.receipt
    return receipt
