"""Runs the simulator as a program: `python -m mediaintel_async.simulator`."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from mediaintel_async.clock import FastClock
from mediaintel_async.simulator.fault import InvalidFaults
from mediaintel_async.simulator.faults import Faults
from mediaintel_async.simulator.server import Simulator
from mediaintel_async.simulator.world.assets import Where
from mediaintel_async.simulator.world.world import World

BUCKET = "my-storage-bucket"
KEPT_REQUESTS = 10_000
"""Enough for a look back; a process that runs for days must not grow."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(
        prog="python -m mediaintel_async.simulator",
        description="Simulate NAVER Cloud Media Intelligence on this machine.",
    )
    parser.add_argument("--port", type=int, default=0, help="0 (the default): a free port")
    parser.add_argument(
        "--speed", type=float, default=60.0, help="simulated seconds per real second (default: 60)"
    )
    parser.add_argument(
        "--seed",
        type=int,
        default=0,
        help="decides how unevenly scenes share the time of a summary",
    )
    parser.add_argument(
        "--assets", type=int, default=3, help="how many assets to begin with (default: 3)"
    )
    parser.add_argument(
        "--faults", metavar="FILE", help="a TOML file of faults, a [[fault]] table each"
    )
    chosen = parser.parse_args(arguments)
    try:
        asyncio.run(serve(**vars(chosen)))
    except InvalidFaults as error:
        parser.error(str(error))


async def serve(
    *,
    port: int = 0,
    speed: float = 60.0,
    seed: int = 0,
    assets: int = 3,
    faults: "str | os.PathLike[str] | None" = None,
    say: Callable[[str], None] | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM.

    Args:
        port: 0: a free port.
        speed: How many seconds of the simulator pass in one real second.
        seed: Decides how unevenly the time of a summary is shared among its scenes.
        assets: How many assets to begin with.
        faults: A TOML file that `Faults.load()` reads; None: nothing goes wrong.
        say: Is called with each line of output; None: the lines are printed.

    Raises:
        InvalidFaults: The file of faults is invalid; no port was opened.
    """
    say = say or _print
    clock = FastClock(speed)
    world = World(clock, seed)
    wheres = _fill(world, assets)
    simulator = Simulator(clock, world, port=port, keep_requests=KEPT_REQUESTS)
    if faults is not None:
        simulator.faults = Faults.load(faults)
    with _until_signalled() as signalled:
        async with simulator:
            for line in _introduction(simulator, wheres):
                say(line)
            await signalled.wait()


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _fill(world: World, assets: int) -> list[Where]:
    """Add a workspace with a project, assets without an index, and a bucket with objects."""
    world.add_workspace("my-workspace", BUCKET)
    world.add_project("my-workspace", 1234)
    world.put_object(BUCKET, "sample-video.mp4")
    world.put_object(BUCKET, "blurred-video.mp4", outcome="INVALID_METADATA")
    world.put_object(BUCKET, "broken-video.mp4", outcome="FAILED")
    return [
        world.add_asset(file_name=f"sample-video-{number}.mp4", scenes=5 + number % 10)
        for number in range(1, assets + 1)
    ]


@contextmanager
def _until_signalled() -> Iterator[asyncio.Event]:
    loop, signalled = asyncio.get_running_loop(), asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, signalled.set)
    try:
        yield signalled
    finally:
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(each)


def _introduction(simulator: Simulator, wheres: Sequence[Where]) -> list[str]:
    """Return lines to paste into a shell, and comments that name the assets and objects."""
    return [
        f"export MEDIAINTEL_BASE_URL={simulator.url}",
        f"export NCLOUD_ACCESS_KEY_ID={simulator.access_key}",
        f"export NCLOUD_SECRET_ACCESS_KEY={simulator.secret_key}",
        f"# bucket {BUCKET}: sample-video.mp4 blurred-video.mp4 broken-video.mp4",
        *(f"# asset {each}" for each in wheres),
        "# Ctrl-C stops the simulator.",
    ]


if __name__ == "__main__":  # pragma: no cover - tested in a process of its own
    main()
