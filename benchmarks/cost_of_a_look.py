"""CPU of one status look, against a bare aiohttp GET of the same answer, side by side.

A server in a process of its own gives one fixed answer. All make the same number of looks, 64 at
once over 2,000 distinct assets, in interleaved rounds; their medians are compared. Through the
poller: 2,000 pending waits that are always due, the cadence asked each time. The clients of peers
are measured as well, where they are installed (`pip install '.[bench]'`).

    python benchmarks/cost_of_a_look.py [--rounds 15] [--looks 2000]
"""

import argparse
import asyncio
import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from functools import partial
from importlib.metadata import version

import aiohttp
import tenacity
from peers import path_of, peers

from mediaintel_async import (
    AssetRef,
    Credentials,
    MediaIntelligence,
    RateLimit,
    wait_until_likely_done,
)

ANSWER = (
    b'{"code":"0","message":"success","result":{"status":"SUMMARIZING","statusMessage":null,'
    b'"sceneSummaryId":101,"targetSceneIds":null,"analyzedSceneCount":3,"totalSceneCount":10,'
    b'"requestedTime":"2026-04-17T10:30:00","completedTime":null}}'
)
AT_ONCE = 64


async def serve() -> None:
    """Answer every request on a connection with `ANSWER`, as cheaply as can be."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    reply = head % len(ANSWER) + ANSWER

    class Fixed(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def data_received(self, data: bytes) -> None:
            for _ in range(data.count(b"\r\n\r\n")):
                self.transport.write(reply)  # type: ignore[attr-defined]  # it can write

    server = await asyncio.get_running_loop().create_server(Fixed, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def in_lanes(look: Callable[[int], Awaitable[object]], looks: int) -> float:
    """Make a look at each of *looks* jobs, `AT_ONCE` at a time; return CPU seconds."""
    numbers = iter(range(looks))

    async def lane() -> None:
        for number in numbers:
            await look(number)

    before = time.process_time()
    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
    return time.process_time() - before


class AlwaysDue(wait_until_likely_done):
    """Asks the client's own cadence, and then for the next look at once."""

    looks = 0

    def __call__(self, retry_state: tenacity.RetryCallState) -> float:
        """Count the look."""
        self.looks += 1
        super().__call__(retry_state)
        return 0.0


async def through_the_poller(client: MediaIntelligence, cadence: AlwaysDue, looks: int) -> float:
    """Let as many waits as *looks* look twice each; return CPU seconds for one look of each."""
    first = cadence.looks
    waits = [
        asyncio.ensure_future(client.jobs.attach_summary(asset_of(number)).wait())
        for number in range(looks)
    ]
    while cadence.looks < first + looks:  # every wait has begun
        await asyncio.sleep(0.001)
    begun, before = cadence.looks, time.process_time()
    while cadence.looks < begun + 2 * looks:
        await asyncio.sleep(0.001)
    seconds, done = time.process_time() - before, cadence.looks - begun
    for wait in waits:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)
    return seconds * looks / done


def asset_of(number: int) -> AssetRef:
    """Return the asset of a job."""
    return AssetRef("my-workspace", 1234, number)


async def measure(url: str, rounds: int, looks: int) -> dict[str, list[float]]:
    """Interleave rounds of each way; return microseconds of CPU per look."""
    results: dict[str, list[float]] = {}
    limit = RateLimit(per_second=10**9, at_once=AT_ONCE)
    cadence = AlwaysDue()
    keys = Credentials("a", "b")
    async with (
        aiohttp.ClientSession() as session,
        MediaIntelligence(keys, base_url=url, rate_limit=limit, cadence=cadence) as client,
        peers(url) as looks_of_peers,
    ):

        async def bare(number: int) -> None:
            async with session.get(url + path_of(number)) as answer:
                json.loads(await answer.read())

        async def get_status(number: int) -> None:
            await client.scene_summaries.get_status(asset_of(number))

        ways = {
            name: partial(in_lanes, look, looks)
            for name, look in {"bare aiohttp": bare, "get_status": get_status}.items()
        }
        ways["poller"] = partial(through_the_poller, client, cadence, looks)
        ways |= {name: partial(in_lanes, look, looks) for name, look in looks_of_peers.items()}
        for number in range(rounds + 1):
            for name, way in ways.items():
                seconds = await way()
                if number:  # the first round warms up
                    results.setdefault(name, []).append(seconds / looks * 1e6)
    return results


def main() -> None:
    """Print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--looks", type=int, default=2000)
    parser.add_argument("--serve", action="store_true")
    arguments = parser.parse_args()
    if arguments.serve:
        asyncio.run(serve())
        return
    command = [sys.executable, __file__, "--serve"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        port = server.stdout.readline().strip() if server.stdout else ""
        url = f"http://127.0.0.1:{port}"
        try:
            results = asyncio.run(measure(url, arguments.rounds, arguments.looks))
        finally:
            server.terminate()
    print(f"aiohttp {version('aiohttp')}, Python {platform.python_version()}, medians of", end=" ")
    print(f"{arguments.rounds} rounds of {arguments.looks} looks, {AT_ONCE} at once")
    base = statistics.median(results["bare aiohttp"])
    for name, microseconds in results.items():
        median = statistics.median(microseconds)
        print(f"{name:20} {median:8.1f} us CPU a look   {median / base:5.2f}x")


if __name__ == "__main__":
    main()
