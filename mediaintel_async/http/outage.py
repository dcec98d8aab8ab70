"""Logs once when the service ceases to answer, and once when it answers again."""

import logging

from attrs import define, field

from mediaintel_async.clock import Clock
from mediaintel_async.errors import MediaIntelligenceError, TransportError

_FEWEST_FAILURES = 2
_SHORTEST_SECONDS = 1.0
"""A failed call or two among calls that succeed is no outage: each call is retried."""

_logger = logging.getLogger("mediaintel_async")


@define(eq=False)
class Outage:
    """Follows whether the attempts of all calls of one client fail."""

    _clock: Clock
    _failures: int = field(default=0, init=False)
    """The attempts that have failed since the last answer."""

    _since: float = field(default=0.0, init=False)
    """When the first of them failed."""

    _is_logged: bool = field(default=False, init=False)

    def note_failure(self, error: MediaIntelligenceError) -> None:
        """Note that an attempt failed with *error*: without an answer, or with one of no use."""
        now = self._clock.monotonic()
        if not self._failures:
            self._since = now
        self._failures += 1
        has_lasted = now - self._since >= _SHORTEST_SECONDS
        if has_lasted and self._failures >= _FEWEST_FAILURES and not self._is_logged:
            self._is_logged = True
            trouble = "cannot be reached" if isinstance(error, TransportError) else "fails"
            _logger.warning("the service %s: %s", trouble, error.what_happened)

    def note_answer(self) -> None:
        """Note that the service answered an attempt, be it with a refusal."""
        if self._is_logged:
            seconds = self._clock.monotonic() - self._since
            _logger.warning("the service answers again after %.0f s", seconds)
        self._failures, self._is_logged = 0, False
