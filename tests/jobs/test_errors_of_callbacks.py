"""What `checkpoint` and `on_progress` raise inside a pipeline leaves it as it is."""

import pytest

from mediaintel_async import (
    AnswerLost,
    Conflict,
    InvalidRequest,
    NotFound,
    NotSent,
    OutcomeUnknown,
    ServerError,
    StillRunning,
    TooManyRequests,
)

ERRORS = [
    NotSent("PUT /my-store", "no connection"),
    AnswerLost("PUT /my-store", "no answer"),
    ServerError("PUT /my-store", 503, "500", "busy"),
    TooManyRequests("PUT /my-store", 429, "410", "slower"),
    InvalidRequest("PUT /my-store", 400, "1", "no"),
    Conflict("PUT /my-store", 409, "1", "no"),
    NotFound("PUT /my-store", 404, "1", "no"),
    OutcomeUnknown("mine"),
    StillRunning("mine"),
    TimeoutError("mine"),
    KeyError("mine"),
]


class Failing:
    """A store that raises an error when it is asked for the first time."""

    def __init__(self, error):
        self.error = error
        self.calls = 0

    async def save(self, _token):
        """Raise the error, as a checkpoint."""
        self.calls += 1
        if self.calls == 1:
            raise self.error

    def show(self, status):
        """Raise the error before the first start, as an `on_progress`."""
        if status.is_starting:
            self.calls += 1
            if self.calls == 1:
                raise self.error


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_an_error_of_a_checkpoint_is_never_retried(client, asset, fresh, world, error):
    """
    The error of a checkpoint before the first POST leaves the call at once, with nothing sent.
    """
    store = Failing(error)

    with pytest.raises(type(error)) as caught:
        await client.summarize(asset, checkpoint=store.save)

    assert error is caught.value
    assert (1, 0) == (store.calls, world.bill.total())


@pytest.mark.parametrize("how", ["save", "show"])
@pytest.mark.parametrize("error", ERRORS[4:7], ids=lambda error: type(error).__name__)
async def test_an_error_of_a_callback_is_no_refusal_of_the_service(
    client, asset, fresh, world, error, how
):
    """
    A callback's `InvalidRequest` before the summary's POST starts no new index.
    """
    world.fail_next(fresh, "index", "broken")
    await (await client.jobs.start_index(asset)).wait()
    callback = getattr(Failing(error), how)
    given = {"checkpoint": callback} if how == "save" else {"on_progress": callback}

    with pytest.raises(type(error)) as caught:
        await client.summarize(asset, **given)

    assert error is caught.value
    assert 1 == world.bill[fresh, "index"]
