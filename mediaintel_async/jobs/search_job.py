"""A search as a job: started once, found again by its id alone, never cancelled."""

import math
from collections.abc import Awaitable, Callable
from typing import Any

from mediaintel_async.decisions.next_step import Intent
from mediaintel_async.decisions.whose_run import Run
from mediaintel_async.endpoints.search import Search
from mediaintel_async.errors import InvalidArgument, MediaIntelligenceError, OutcomeUnknown
from mediaintel_async.jobs.job import Cancellation, Job, JobContext
from mediaintel_async.jobs.start_once import SharedStart, StartOutcome, was_lost
from mediaintel_async.jobs.token import Token
from mediaintel_async.models.search import SearchQuery, SearchRequested, SearchResult, SearchStatus
from mediaintel_async.refs import Id
from mediaintel_async.waiting.poller import AddressSchedule


class SearchJob(Job[SearchStatus, SearchResult]):
    """One search: waited for, left and taken up again."""

    def __init__(
        self,
        workspace: str,
        search_id: Id,
        context: JobContext,
        *,
        look: Callable[[], Awaitable[SearchStatus]],
        look_once: Callable[[], Awaitable[SearchStatus]],
        fetch: Callable[[], Awaitable[SearchResult]],
    ) -> None:
        super().__init__(context)
        self._workspace = workspace
        self._search_id = search_id
        self._run = Run(since=context.clock.wall())
        self._read_status = look
        self._read_status_once = look_once
        self._read_result = fetch

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

    def _describe(self) -> str:
        return f"search {self._search_id} in {self._workspace}"

    @property
    def asset(self) -> None:
        """None: a search is about no single asset."""
        return

    @property
    def _ended(self) -> SearchStatus | None:
        return self._last if self._last is not None and self._last.is_final else None

    def _learn(self, status: SearchStatus) -> None:
        # A stale look after the end is no news.
        self._last = self._ended or status

    async def _look(self) -> SearchStatus:
        status = await self._read_status()
        self._learn(status)
        return status

    async def _follow(
        self,
        on_status: Callable[[SearchStatus], bool],
        *,
        deadline: float,
        wants_one_look: bool = False,
        pace: AddressSchedule | None = None,
    ) -> SearchStatus:
        seen = self._ended
        if seen is not None:
            on_status(seen)
            return seen

        def learn_and_take(status: SearchStatus) -> bool:
            nonlocal seen
            self._learn(status)
            seen = status
            has_stopped = on_status(status)
            if has_stopped:
                self._note_likely_end()
            return has_stopped or status.is_final

        await self._context.poller.wait(
            self._address(),
            self._read_status_once,
            learn_and_take,
            deadline=deadline,
            wants_one_look=wants_one_look,
            pace=pace,
        )
        assert seen is not None  # noqa: S101 - the wait ended with a look
        return seen

    async def _fetch(self) -> SearchResult:
        return await self._read_result()

    def _may_cancel_on_timeout(self) -> bool:
        return False

    async def _cancel(self, *, only_if_unwanted: bool = False) -> Cancellation:  # noqa: ARG002 - as of every job
        raise InvalidArgument(f"{self._describe()} cannot be cancelled: the service cannot")


async def start_search(
    context: JobContext,
    shared_start: "SharedStart[Any]",
    search: Search,
    workspace: str,
    query: SearchQuery,
) -> SearchRequested:
    """Ask for a search and return the receipt. It is sent once, whatever happens.

    Raises:
        OutcomeUnknown: The answer was lost, and the id with it.
        MediaIntelligenceError: The service refused, or was not reached.
    """

    async def begin() -> StartOutcome[Any]:
        with context.start_under_way(shared_start):
            shared_start.posting(True)  # and nothing else after it
            try:
                receipt = await search.request(workspace, query)
            except MediaIntelligenceError as error:
                if not was_lost(error):
                    raise
                raise OutcomeUnknown(
                    f"a search in {workspace} was sent and its answer lost, and the id with it:"
                    " nothing is sent again"
                ) from error
            return StartOutcome(Run(since=context.clock.wall()), receipt)

    made = await shared_start.wait(begin, math.inf)
    receipt: SearchRequested = made.receipt
    return receipt
