"""What the jobs of a client share: starts that were accepted lately, and locks."""

import asyncio

from mediaintel_async.decisions.whose_run import Run


async def test_starts_of_long_ago_are_forgotten(client, clock):
    """
    A client keeps in mind what was accepted within `Timeouts.grace`, in the order of the times.
    """
    context, run = client._context, Run(since=0)
    context.note_accepted("first", run)
    context.note_accepted("second", run)
    await clock.sleep(100)
    context.note_accepted("first", run)
    await clock.sleep(30)

    context.note_accepted("third", run)

    assert ["first", "third"] == list(context.accepted)


async def test_a_start_counts_as_lately_for_the_grace_period(client, clock):
    """
    After `Timeouts.grace` a start must have shown, and a new one does not rely on it.
    """
    context, run = client._context, Run(since=0)
    context.note_accepted("here", run)
    await clock.sleep(119)
    seen = [context.accepted_lately("here")]
    await clock.sleep(2)
    seen.append(context.accepted_lately("here"))

    assert [run, None] == seen


async def test_a_lock_lets_one_task_in_at_a_time_and_is_then_forgotten(client, clock):
    """
    Tasks that want the lock of one asset enter one after the other; the last one removes it.
    """
    entered = []

    async def enter(number):
        async with client._context.lock("here"):
            entered.append((number, clock.monotonic()))
            await clock.sleep(10)

    began = clock.monotonic()
    await asyncio.gather(enter(1), enter(2))

    assert [(1, began), (2, began + 10)] == entered
    assert {} == client._context.locks
