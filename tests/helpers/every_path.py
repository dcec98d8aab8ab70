"""Goes every way that a program can go, in real time; run under `-W error -X dev`."""

import asyncio
import contextlib
import gc
import logging
import math

from mediaintel_async import (
    AssetRef,
    Credentials,
    MediaIntelligence,
    MediaIntelligenceError,
    Timeouts,
)
from mediaintel_async.clock import FastClock
from mediaintel_async.simulator import Fault, Simulator, World

CLOCK = FastClock(1000)
# These pass in real time.
TIMEOUTS = Timeouts(connect=0.5, read=0.5, request=0.5)
FAULTS = [
    Fault.DROP_AFTER,
    Fault.REFUSED(5),
    Fault.ENDLESS,
    Fault.CUT,
    Fault.SLOW(30),
    Fault.SLOW_BODY(30),
    Fault.HTML,
    Fault.NOT_JSON,
    Fault.STATUS(503),
    Fault.STATUS(429, retry_after="2"),
    Fault.HUGE(10**6),
    Fault.REDIRECT("http://127.0.0.1:1/"),
]


async def outcome(work):
    """Await *work*, whatever of ours it raises."""
    with contextlib.suppress(MediaIntelligenceError, asyncio.CancelledError, TimeoutError):
        return await work


async def use(client, refs, *, under_load):
    """Wait for everything in every way; close in the midst of it, or in the end."""
    tasks = [asyncio.ensure_future(outcome(client.summarize(ref))) for ref in refs]
    tasks += [
        asyncio.ensure_future(outcome(client.summarize(ref, timeout=20, on_timeout="cancel")))
        for ref in refs[:20]
    ]
    await CLOCK.sleep(15)
    for task in tasks[10:20]:
        task.cancel()
    async with asyncio.timeout(0.2):
        await outcome(client.jobs.attach_summary(refs[0]).status())
    with contextlib.suppress(MediaIntelligenceError):
        async for _ in client.jobs.pipeline(refs[1]).watch():
            break
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.01):
            await outcome(client.jobs.pipeline(refs[2]).result())
    await outcome(client.jobs.attach_summary(refs[3]).cancel())
    if under_load:
        await client.aclose()
    await asyncio.gather(*tasks, return_exceptions=True)
    await client.aclose()


async def main():
    """One client that is closed under load, and one that is not."""
    # How busy the machine is makes no path unclean.
    asyncio.get_running_loop().slow_callback_duration = math.inf
    async with Simulator(CLOCK, World(CLOCK)) as simulator:
        keys = Credentials(simulator.access_key, simulator.secret_key)
        for under_load in (True, False):
            wheres = [simulator.world.add_asset(scenes=3) for _ in range(60)]
            for fault in FAULTS:
                simulator.faults.add("*", fault, math.inf, 0.02)
            refs = [AssetRef(each.workspace, each.project_id, each.asset_id) for each in wheres]
            client = MediaIntelligence(keys, base_url=simulator.url, clock=CLOCK, timeouts=TIMEOUTS)
            await use(client, refs, under_load=under_load)
            simulator.faults.clear()


logging.getLogger("mediaintel_async").addHandler(logging.NullHandler())
asyncio.run(main(), debug=True)
gc.collect()
print("done")  # noqa: T201 - what the test reads
