"""A schedule: things, and when each is due."""

import heapq
import itertools
import math
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)

_SPARE_PLACES = 64
"""Stale places that even a small heap may hold, so that it is not rebuilt all the time."""


class Schedule(Generic[T]):
    """Things and when they are due, each thing at most once.

    A heap whose removed or rescheduled things stay behind as stale places until they reach the
    top, or outnumber the live ones. Removing a thing is therefore cheap, wherever it stands.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, T]] = []
        """Live and stale places; a place is live if `_current` holds it."""

        self._current: dict[T, tuple[float, int, T]] = {}
        self._order = itertools.count()
        """Among things due at the same time, the one that was put in first comes out first."""

    def put(self, thing: T, when: float) -> None:
        """Set *thing* to be due at *when*, and no longer at any other time."""
        place = (when, next(self._order), thing)
        self._current[thing] = place
        heapq.heappush(self._heap, place)
        if len(self._heap) > 2 * len(self._current) + _SPARE_PLACES:
            self._compact()

    def discard(self, thing: T) -> None:
        """Remove *thing*, if it is there."""
        self._current.pop(thing, None)
        if len(self._heap) > 2 * len(self._current) + _SPARE_PLACES:
            self._compact()

    def when(self, thing: T, otherwise: float) -> float:
        """Return when *thing* is due; *otherwise* if it is not there."""
        place = self._current.get(thing)
        return otherwise if place is None else place[0]

    def next_time(self) -> float:
        """Return when the first thing is due; infinity if there is none."""
        while self._heap and self._current.get(self._heap[0][2]) is not self._heap[0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else math.inf

    def pop_due(self, now: float) -> T | None:
        """Remove and return what has been due for longest; None if nothing is due at *now*."""
        if self.next_time() > now:
            return None
        thing = heapq.heappop(self._heap)[2]
        del self._current[thing]
        return thing

    def _compact(self) -> None:
        """Drop the stale places, which outnumber the live ones."""
        self._current = dict(self._current)  # a dict keeps the room of its largest size
        self._heap = list(self._current.values())
        heapq.heapify(self._heap)
