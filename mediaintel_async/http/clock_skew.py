"""The difference between this machine's clock and the service's, for signatures."""

import logging

from attrs import define

from mediaintel_async.clock import Clock

_logger = logging.getLogger("mediaintel_async")

SMALLEST_SKEW_SECONDS, LARGEST_SKEW_SECONDS = 120.0, 86_400.0
_LEARN_AGAIN_SECONDS = 300.0


@define(eq=False)
class ClockSkew:
    """How far the service's clock is ahead of this machine's.

    The gateway refuses a signature whose time is more than five minutes from its own clock.
    """

    seconds: float = 0.0
    """Added to our time in signatures."""

    _learnt_at: float | None = None

    def learn(self, service_time: float, clock: Clock) -> bool:
        """Take over the difference to *service_time*; return whether that changed the skew.

        The skew becomes a difference between two minutes and 24 hours, at most once in five
        minutes; a larger difference is not taken over. When the clocks agree again, because
        somebody has set this machine's, it becomes 0 at once.
        """
        now = clock.monotonic()
        seconds = service_time - clock.wall()
        if abs(seconds) < SMALLEST_SKEW_SECONDS:
            was_skewed, self.seconds = self.seconds != 0.0, 0.0
            if was_skewed:
                _logger.warning("this machine's clock agrees with the service's again")
            return was_skewed
        if self._learnt_at is not None and now - self._learnt_at < _LEARN_AGAIN_SECONDS:
            return False
        if abs(seconds) > LARGEST_SKEW_SECONDS or seconds == self.seconds:
            return False
        self.seconds = seconds
        self._learnt_at = now
        _logger.warning(
            "this machine's clock is %.0f s from the service's; signing by that", seconds
        )
        return True
