"""One start that several callers wait for."""

from mediaintel_async.jobs.shared_start import SharedStart


async def test_closing_a_start_that_has_not_begun_is_harmless(clock):
    """
    A start that nobody has begun has nothing to see to its end.
    """
    shared_start = SharedStart(clock, lambda _: False)

    await shared_start.close()

    assert shared_start.outcome is None
