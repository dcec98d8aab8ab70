"""How many retries a client may still make, so that a storm of failures does not multiply."""

_RETRY_UNITS = 10
"""A retry costs 10 units; a call that succeeds at once earns 1."""


class RetryBudget:
    """Counts the retries that are left, from *retries* down, and never above *retries* again."""

    def __init__(self, retries: float) -> None:
        self._full_units = retries * _RETRY_UNITS
        self._retry_units = self._full_units
        self._was_used_up = False

    def take_retry(self) -> bool:
        """Take one retry; return whether there was one left."""
        if self._retry_units < _RETRY_UNITS:
            return False
        self._retry_units -= _RETRY_UNITS
        return True

    def is_newly_used_up(self) -> bool:
        """Return True once when no retry is left, and again only after the budget was full."""
        was_used_up, self._was_used_up = self._was_used_up, True
        return not was_used_up

    def refund_first_attempt(self) -> None:
        """Note that a call succeeded at once: ten of them give one retry back."""
        self._refund(1)

    def refund_retry(self) -> None:
        """Note that a retried call succeeded: the budget gets one retry back."""
        self._refund(_RETRY_UNITS)

    def _refund(self, units: int) -> None:
        self._retry_units = min(self._full_units, self._retry_units + units)
        if self._retry_units >= self._full_units:
            self._was_used_up = False
