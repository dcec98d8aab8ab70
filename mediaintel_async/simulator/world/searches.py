"""The searches of the stand-in: each knows what it will have found, and when it ends."""

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
    """Each with the workspace it is in, best first."""

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
        """Let the next search started fail."""
        self._failures += 1

    def start(self, hits: Sequence[tuple[str, Mapping[str, Any]]], seconds: float) -> Search:
        """Start a search that will have found *hits* after so many seconds."""
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
        """The search of that id; None: there is none."""
        return self._searches.get(search_id)

    def state(self, search: Search) -> str:
        """How far a search is, in the service's words."""
        # A microsecond ahead, so that no sum of floats puts off what is due now.
        if self.clock.monotonic() + 1e-6 < search.ends_at:
            return "RUNNING"
        return "FAILED" if search.fails else "COMPLETED"
