"""The searches of the simulated service.

A search has its hits from the start, and shows them when its time has passed.
"""

import hashlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from mediaintel_async.clock import Clock


@frozen(kw_only=True)
class Search:
    """One search, from request to end."""

    search_id: str
    hits: Sequence[tuple[str, Mapping[str, Any]]]
    """The workspace and the JSON of each hit, best first."""

    ends_at: float
    """By the clock's `monotonic()`."""

    fails: bool


@define(eq=False)
class Searches:
    """Every search by its id."""

    clock: Clock
    _searches: dict[str, Search] = field(factory=dict, init=False)
    _numbers: Iterator[int] = field(factory=lambda: itertools.count(1), init=False)
    _failures: int = field(default=0, init=False)

    def fail_next(self) -> None:
        """Make the next search that is started fail."""
        self._failures += 1

    def start(self, hits: Sequence[tuple[str, Mapping[str, Any]]], seconds: float) -> Search:
        """Start a search that shows *hits* after so many seconds."""
        number = next(self._numbers)
        search = Search(
            search_id=hashlib.sha256(f"search {number}".encode()).hexdigest()[:20],
            hits=hits,
            ends_at=self.clock.monotonic() + seconds,
            fails=self._failures > 0,
        )
        self._failures = max(0, self._failures - 1)
        self._searches[search.search_id] = search
        return search

    def get(self, search_id: str) -> Search | None:
        """Return the search with that id; None if there is none."""
        return self._searches.get(search_id)

    def state(self, search: Search) -> str:
        """Return how far a search has come, in the service's words."""
        # A microsecond late: a sum of floats may come out just above the time that is now.
        if self.clock.monotonic() + 1e-6 < search.ends_at:
            return "RUNNING"
        return "FAILED" if search.fails else "COMPLETED"
