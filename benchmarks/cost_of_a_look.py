"""CPU of one look (one status request), beside a bare aiohttp GET of the same response.

A server in a process of its own gives one fixed response. Each way makes the same number of looks,
64 at once, over 2,000 distinct assets, in interleaved rounds; the medians are compared. The way
through the poller has 2,000 pending waits that are always due, and asks the cadence after each
look. The clients of other services are measured as well, if they are installed
(`pip install '.[bench]'`).

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
    """Answer every request with `ANSWER`, at as little cost as possible."""
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


async def concurrently(look: Callable[[int], Awaitable[object]], looks: int) -> float:
    """Look once at each of *looks* jobs, `AT_ONCE` at a time; return the CPU seconds."""
    numbers = iter(range(looks))

    async def look_on() -> None:
        for number in numbers:
            await look(number)

    before = time.process_time()
    await asyncio.gather(*(look_on() for _ in range(AT_ONCE)))
    return time.process_time() - before


class AlwaysDue(wait_until_likely_done):
    """The client's own cadence, with its cost, but with a pause of 0."""

    looks = 0

    def __call__(self, retry_state: tenacity.RetryCallState) -> float:
        """Count the look, and pay for the estimate."""
        self.looks += 1
        super().__call__(retry_state)
        return 0.0


async def through_the_poller(client: MediaIntelligence, cadence: AlwaysDue, looks: int) -> float:
    """Keep *looks* waits pending for two looks each; return the CPU seconds of one look each."""
    first = cadence.looks
    waits = [
        asyncio.ensure_future(client.jobs.attach_summary(asset_of(number)).wait())
        for number in range(looks)
    ]
    while cadence.looks < first + looks:  # until every wait has made its first look
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
    """Return the asset of job *number*."""
    return AssetRef("my-workspace", 1234, number)


async def measure(url: str, rounds: int, looks: int) -> dict[str, list[float]]:
    """Run *rounds* rounds of each way in turn; return microseconds of CPU per look."""
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
            name: partial(concurrently, look, looks)
            for name, look in {"bare aiohttp": bare, "get_status": get_status}.items()
        }
        ways["poller"] = partial(through_the_poller, client, cadence, looks)
        ways |= {name: partial(concurrently, look, looks) for name, look in looks_of_peers.items()}
        for number in range(rounds + 1):
            for name, way in ways.items():
                seconds = await way()
                if number:  # the first round warms up
                    results.setdefault(name, []).append(seconds / looks * 1e6)
    return results


def main() -> None:
    """Print one line for each way."""
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
