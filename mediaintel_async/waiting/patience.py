"""How long failing looks are passed over before a wait raises their error."""

from attrs import define, frozen

from mediaintel_async.errors import MediaIntelligenceError
from mediaintel_async.settings import RetryPolicy


@define(weakref_slot=False)
class Trouble:
    """The looks of one wait that have failed since its last good look."""

    since: float
    """When the first of them failed, by the clock's `monotonic()`."""

    error: MediaIntelligenceError
    """What the last of them failed with."""

    failures: int = 1


@frozen
class Patience:
    """Decides when looks have failed so long, or so often, that their wait ends."""

    retry: RetryPolicy
    """For a wait without a good look so far: as many attempts as for a call, as far apart."""

    unreachable_seconds: float
    """For a wait that has had a good look: how long looks may have been failing."""

    def is_over(self, trouble: Trouble, now: float, *, was_reached: bool) -> bool:
        """Whether *trouble* ends its wait at the time *now*.

        *was_reached* says whether the wait has had a good look: without one, the address, the
        network or the service is likely to be wrong for good, and the caller hears it at once.
        """
        if not was_reached:
            return trouble.failures >= self.retry.attempts
        # From the first failure on: one alone is no outage, however old the last good look is.
        return now - trouble.since >= self.unreachable_seconds


def add_failure(trouble: Trouble | None, error: MediaIntelligenceError, now: float) -> Trouble:
    """Return *trouble* with one more failing look; None: this is the first since a good one."""
    if trouble is None:
        return Trouble(now, error)
    trouble.error = error
    trouble.failures += 1
    return trouble
