"""`checkpoint=`: what is awaited with a job's token before each billed request, and after it."""

import inspect

from mediaintel_async.errors import InvalidArgument
from mediaintel_async.jobs.context import Checkpoint


def validate_checkpoint(checkpoint: Checkpoint | None) -> Checkpoint | None:
    """Return *checkpoint*, wrapped so that it raises if the callable returns no awaitable.

    Raises:
        InvalidArgument: *checkpoint* cannot be called. The wrapper raises it if *checkpoint*
            returns nothing that can be awaited.
    """
    if checkpoint is None:
        return None
    if not callable(checkpoint):
        raise InvalidArgument(
            f"{checkpoint!r} is not a checkpoint; expected an async callable that takes a token"
        )

    async def save(token: str) -> None:
        saving: object = checkpoint(token)
        if not inspect.isawaitable(saving):
            raise InvalidArgument(
                f"checkpoint returned a value of type {type(saving).__name__}; expected an"
                " awaitable, as async callables return"
            )
        await saving

    return save
