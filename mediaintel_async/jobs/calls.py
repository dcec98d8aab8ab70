"""One group of endpoints in two forms: with the transport's retry, and without."""

from typing import Generic, TypeVar

from attrs import frozen

GroupT_co = TypeVar("GroupT_co", covariant=True)


@frozen
class Calls(Generic[GroupT_co]):
    """The same endpoint group twice; which form sends a request decides whether it is retried."""

    retried: GroupT_co
    """Sends each request up to `RetryPolicy.attempts` times."""

    once: GroupT_co
    """Sends each request once: the looks of a wait, which the poller makes again anyway."""
