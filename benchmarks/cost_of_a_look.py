"""CPU of one status look, against a bare aiohttp GET of the same answer, side by side.

A server in a process of its own gives one fixed answer. Both sides make the same number of looks,
64 at once over 2,000 distinct assets, in interleaved rounds; their medians are compared.

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
from collections.abc import Awaitable, Callable, Iterable
from importlib.metadata import version

import aiohttp

from mediaintel_async import AssetRef, Credentials, MediaIntelligence, RateLimit

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
                self.transport.write(reply)  # type: ignore[attr-defined]

    server = await asyncio.get_running_loop().create_server(Fixed, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def in_lanes(
    look: Callable[[AssetRef], Awaitable[None]], assets: Iterable[AssetRef]
) -> float:
    """Make a look at each of *assets*, `AT_ONCE` at a time; return CPU seconds."""
    waiting = iter(assets)

    async def lane() -> None:
        for asset in waiting:
            await look(asset)

    before = time.process_time()
    await asyncio.gather(*(lane() for _ in range(AT_ONCE)))
    return time.process_time() - before


async def measure(url: str, rounds: int, looks: int) -> dict[str, list[float]]:
    """Interleave rounds of each way; return microseconds of CPU per look."""
    assets = [AssetRef("my-workspace", 1234, number) for number in range(looks)]
    results: dict[str, list[float]] = {"bare aiohttp": [], "get_status": []}
    limit = RateLimit(per_second=10**9, at_once=AT_ONCE)
    async with (
        aiohttp.ClientSession() as session,
        MediaIntelligence(Credentials("a", "b"), base_url=url, rate_limit=limit) as client,
    ):

        async def bare(asset: AssetRef) -> None:
            path = f"/api/v1/workspaces/my-workspace/projects/1234/assets/{asset.asset_id}"
            async with session.get(f"{url}{path}/scene-summary/status") as answer:
                json.loads(await answer.read())

        async def look(asset: AssetRef) -> None:
            await client.scene_summaries.get_status(asset)

        for number in range(rounds + 1):
            for name, way in (("bare aiohttp", bare), ("get_status", look)):
                seconds = await in_lanes(way, assets)
                if number:  # the first round warms up
                    results[name].append(seconds / looks * 1e6)
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
