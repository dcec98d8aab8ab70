"""What the jobs of one client share."""

import asyncio
import math
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol
from weakref import WeakSet

from attrs import field, frozen

from mediaintel_async.clock import Clock
from mediaintel_async.decisions.whose_run import Run
from mediaintel_async.jobs.shared_start import SharedStart
from mediaintel_async.refs import AssetRef
from mediaintel_async.settings import Timeouts
from mediaintel_async.waiting.poller import Poller

Checkpoint = Callable[[str], Awaitable[object]]
"""Called with a job's token, to keep it where it outlives the process; awaited before each billed
request, and once the service has accepted it."""


class Watching(Protocol):
    """A watch on one job: what the context needs to know of `Watch`."""

    asset: AssetRef | None
    is_over: bool


@frozen(kw_only=True)
class JobContext:
    """The settings, the poller and the bookkeeping that all jobs of one client share."""

    origin: str
    """Scheme, host and port of the service, as tokens carry it."""

    clock: Clock
    timeouts: Timeouts
    poller: Poller
    is_sending: "Callable[[asyncio.Task[Any]], bool]"
    """Whether a request that the task made has left for the service and is not answered yet."""

    pause: "Callable[[float], Awaitable[None]]"
    """Sleeps for so many seconds, but no longer than until the client is closed."""

    starts: "set[SharedStart[Any]]" = field(factory=set)
    """The starts under way: closing the client waits for their POSTs."""

    waits: "Counter[AssetRef]" = field(factory=Counter)
    """How many waits there are for each asset, whatever they wait for."""

    watches: "WeakSet[Watching]" = field(factory=WeakSet)
    """The watches that somebody still holds, and may step on."""

    accepted: "OrderedDict[object, tuple[float, Run]]" = field(factory=OrderedDict)
    """When each start of the last `Timeouts.grace` was accepted, and its run; oldest first."""

    locks: dict[object, "KeyedLock"] = field(factory=dict)
    """The locks that somebody holds or waits for, by what they protect."""

    def begin_wait(self, asset: AssetRef) -> None:
        """Count one more wait for *asset*."""
        self.waits[asset] += 1

    def end_wait(self, asset: AssetRef) -> None:
        """Count one wait for *asset* less."""
        self.waits[asset] -= 1
        if not self.waits[asset]:
            del self.waits[asset]

    def is_wanted(self, asset: AssetRef) -> bool:
        """Whether any job of this client waits for *asset*, or watches it."""
        watched = any(watch.asset == asset and not watch.is_over for watch in self.watches)
        return watched or asset in self.waits

    def note_accepted(self, key: object, run: Run) -> None:
        """Remember for `Timeouts.grace` that the service accepted the start of *run*."""
        now = self.clock.monotonic()
        self.accepted.pop(key, None)
        self.accepted[key] = (now, run)
        while next(iter(self.accepted.values()))[0] + self.timeouts.grace < now:
            self.accepted.popitem(last=False)

    def accepted_lately(self, key: object) -> Run | None:
        """Return the run of *key* that was accepted so recently that no look may show it yet."""
        since, run = self.accepted.get(key, (-math.inf, None))
        return run if self.clock.monotonic() - since < self.timeouts.grace else None

    @contextmanager
    def start_under_way(self, shared_start: "SharedStart[Any]") -> Iterator[None]:
        """Count *shared_start* among those that closing the client waits for."""
        self.starts.add(shared_start)
        try:
            yield
        finally:
            self.starts.discard(shared_start)

    def lock(self, key: object) -> "KeyedLock":
        """Return the lock of *key*; it exists for as long as somebody holds or waits for it."""
        lock = self.locks.get(key)
        if lock is None:
            lock = self.locks[key] = KeyedLock(self.locks, key)
        return lock


class KeyedLock:
    """A lock that leaves its table with the last task that held it or waited for it."""

    def __init__(self, table: "dict[object, KeyedLock]", key: object) -> None:
        self._lock = asyncio.Lock()
        self._table = table
        self._key = key
        self._users = 0

    async def __aenter__(self) -> None:
        self._users += 1
        try:
            await self._lock.acquire()
        except BaseException:
            self._forget_user()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()
        self._forget_user()

    def _forget_user(self) -> None:
        self._users -= 1
        if not self._users:
            self._table.pop(self._key, None)
