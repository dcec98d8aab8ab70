"""Memory of a pending wait, and the event loop's delay with very many of them.

Each figure is measured in a process of its own, against a server that gives one fixed response.

    python benchmarks/weight_of_a_wait.py [--waits 20000] [--many 100000] [--seconds 30]
"""

import argparse
import asyncio
import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import tenacity
from cost_of_a_look import AT_ONCE, asset_of

from mediaintel_async import Credentials, MediaIntelligence, RateLimit, RetryPolicy
from mediaintel_async.clock import SystemClock
from mediaintel_async.waiting.patience import Patience
from mediaintel_async.waiting.poller import Poller

SERVER = Path(__file__).with_name("cost_of_a_look.py")
UNBOUND = RateLimit(per_second=10**9, at_once=AT_ONCE)
RARELY = tenacity.wait_fixed(3000)


def resident_bytes() -> int:
    """Return the resident memory of this process."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def begin(client: MediaIntelligence, count: int, first: int = 0) -> list["asyncio.Task[Any]"]:
    """Begin *count* waits, each for an asset of its own."""
    return [
        asyncio.ensure_future(client.jobs.attach_summary(asset_of(first + number)).wait())
        for number in range(count)
    ]


async def end(waits: list["asyncio.Task[Any]"]) -> None:
    """Cancel all *waits*."""
    for wait in waits:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)


async def until_looked(client: MediaIntelligence, looks: int) -> None:
    """Return after *looks* looks, when the cadence has noted something of each job."""
    while looks_of(client) < looks:
        await asyncio.sleep(0.2)


async def bytes_of_a_wait(url: str, count: int) -> float:
    """Return how many bytes a pending `job.wait()` takes, with its task and its job."""
    keys = Credentials("a", "b")
    async with MediaIntelligence(keys, base_url=url, rate_limit=UNBOUND) as client:
        warm = begin(client, 500, first=10**6)
        await until_looked(client, 2 * len(warm))
        await end(warm)
        before = resident_bytes()
        waits = begin(client, count)
        await until_looked(client, 2 * count)
        per_wait = (resident_bytes() - before) / count
        await end(waits)
        return per_wait


async def bytes_of_an_entry(count: int) -> float:
    """Return how many bytes an address with one waiter takes in the poller."""
    poller = Poller(SystemClock(), RARELY, at_once=1, patience=Patience(RetryPolicy(), 900))

    async def look() -> None:
        await asyncio.Event().wait()

    loop = asyncio.get_running_loop()
    before = resident_bytes()
    waits = [
        poller.wait(("summary", number), look, lambda _: False, deadline=loop.time() + 86_400)
        for number in range(count)
    ]
    coroutines = resident_bytes()
    for wait in waits:
        wait.send(None)
    per_entry = (resident_bytes() - coroutines) / count
    assert coroutines > before  # noqa: S101 - the coroutines were made before
    poller.close()
    for wait in waits:
        wait.close()
    return per_entry


async def many(url: str, count: int, seconds: float) -> dict[str, float]:
    """Keep *count* waits pending for *seconds* at the default rate limit; return the figures."""
    delays: list[float] = []
    async with MediaIntelligence(Credentials("a", "b"), base_url=url) as client:
        before = time.perf_counter()
        waits = begin(client, count)
        await asyncio.sleep(0)
        settled = time.perf_counter()
        await asyncio.sleep(1)  # looks are counted as they queue for the rate limit: let it fill up
        looks_before = looks_of(client)
        began = time.perf_counter()
        while time.perf_counter() < began + seconds:
            asked = time.perf_counter()
            await asyncio.sleep(0.005)
            delays.append(time.perf_counter() - asked - 0.005)
        looks = looks_of(client)
        took = time.perf_counter() - began
        resident = resident_bytes()
        await end(waits)
    delays.sort()
    return {
        "seconds to begin": settled - before,
        "looks a second": (looks - looks_before) / took,
        "MB resident": resident / 1e6,
        "ms of loop delay, p50": statistics.median(delays) * 1e3,
        "ms of loop delay, p99": delays[len(delays) * 99 // 100] * 1e3,
    }


async def beside_bare_tasks(url: str, count: int) -> dict[str, float]:
    """Begin *count* bare tasks, then as many waits; return the processor time of each."""

    async def begun(make: Callable[[int], Coroutine[Any, Any, Any]]) -> float:
        gc.collect()
        before = time.process_time()
        tasks = [asyncio.create_task(make(number)) for number in range(count)]
        await asyncio.sleep(0)
        took = time.process_time() - before
        await end(tasks)
        return took

    assets = [asset_of(number) for number in range(count)]
    async with MediaIntelligence(Credentials("a", "b"), base_url=url) as client:
        bare = await begun(lambda _: asyncio.sleep(86_400))
        waits = await begun(lambda number: client.jobs.attach_summary(assets[number]).wait())
    return {
        "s of processor time to begin as many sleeping tasks": bare,
        "s of processor time to begin the waits, all in one go": waits,
        "times the sleeping tasks": waits / bare,
    }


async def longest_blocks(url: str, count: int, at_a_time: int = 300) -> dict[str, float]:
    """Begin *count* waits *at_a_time*, then close; return the longest blocks of the event loop.

    The collector's share is given apart: it walks all objects of the process, whoever made them.
    """
    turns: list[tuple[float, float]] = []
    collecting = began_to_collect = 0.0

    def note_collection(phase: str, _: object) -> None:
        nonlocal collecting, began_to_collect
        if phase == "start":
            began_to_collect = time.process_time()
        else:
            collecting += time.process_time() - began_to_collect

    async def watch_turns() -> None:
        while True:
            before, collected = time.process_time(), collecting
            await asyncio.sleep(0)
            turns.append((time.process_time() - before, collecting - collected))

    def longest() -> tuple[float, float]:
        whole = max(took for took, _ in turns)
        without = max(took - collected for took, collected in turns)
        turns.clear()
        return whole * 1e3, without * 1e3

    client = MediaIntelligence(Credentials("a", "b"), base_url=url)
    gc.callbacks.append(note_collection)
    watching = asyncio.create_task(watch_turns())
    tasks: list[asyncio.Task[Any]] = []
    for first in range(0, count, at_a_time):
        tasks += begin(client, at_a_time, first)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    beginning = longest()
    await client.aclose()
    for _ in range(10):
        await asyncio.sleep(0)
    closing = longest()
    watching.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return {
        f"ms of the longest turn while begun {at_a_time} at a time": beginning[0],
        "ms of it without the garbage collector": beginning[1],
        "ms of the longest turn while closing": closing[0],
        "ms of it without the garbage collector (closing)": closing[1],
    }


def looks_of(client: MediaIntelligence) -> int:
    """Return how many looks the client has made at the addresses it waits for."""
    entries = client.jobs._context.poller._entries  # noqa: SLF001 - what is measured
    return sum(entry.pace.looks for entry in entries.values())


def apart(what: str, *arguments: object) -> Any:
    """Return what this script measures, in a process of its own."""
    command = [sys.executable, __file__, "--apart", what, *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def main() -> None:
    """Print one line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--waits", type=int, default=20_000)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--apart", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.apart:
        what, *rest = arguments.apart
        measures: dict[str, Callable[..., Any]] = {
            "wait": lambda url, count: bytes_of_a_wait(url, int(count)),
            "entry": lambda count: bytes_of_an_entry(int(count)),
            "beside": lambda url, count: beside_bare_tasks(url, int(count)),
            "blocks": lambda url, count: longest_blocks(url, int(count)),
            "many": lambda url, count, seconds: many(url, int(count), float(seconds)),
        }
        print(json.dumps(asyncio.run(measures[what](*rest))))
        return
    command = [sys.executable, str(SERVER), "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        url = f"http://127.0.0.1:{server.stdout.readline().strip() if server.stdout else ''}"
        try:
            kib = apart("wait", url, arguments.waits) / 1024
            print(f"{kib:8.2f} KiB resident per pending job.wait()")
            kib = apart("entry", arguments.waits) / 1024
            print(f"{kib:8.2f} KiB resident per entry of the schedule")
            print(f"{arguments.many} jobs at the beginning and at the end:")
            for what in ("beside", "blocks"):
                for name, value in apart(what, url, arguments.many).items():
                    print(f"{value:8.2f} {name}")
            print(f"{arguments.many} pending jobs, at 50 looks a second:")
            for name, value in apart("many", url, arguments.many, arguments.seconds).items():
                print(f"{value:8.2f} {name}")
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
