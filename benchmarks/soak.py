"""Runs ten thousand jobs with injected faults, at a sped-up clock, and counts broken guarantees.

The client and the simulator share a process. Each job takes an asset without an index to its
summary. Waits time out, tasks are cancelled and clients are closed under load; each time the job is
resumed from its token. The faults are those of soak.toml.

    python benchmarks/soak.py [--jobs 10000] [--at-once 1000] [--speed 60] [--faults FILE]
"""

import argparse
import asyncio
import gc
import logging
import os
import platform
import random
import time
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from attrs import define, field

from mediaintel_async import (
    AssetRef,
    Credentials,
    JobNeverStarted,
    MediaIntelligence,
    MediaIntelligenceError,
    OutcomeUnknown,
    Timeouts,
)
from mediaintel_async.clock import FastClock
from mediaintel_async.simulator import Fault, Faults, Simulator, Timings, World
from mediaintel_async.simulator.fault import NONE

MOST_TRIES = 500
"""A job counts as lost after so many interrupted waits."""

TIMEOUTS = Timeouts(connect=2, read=2, request=4, unreachable=3600)
"""The first three are in real time, whatever the speed of the clock."""

CLOSINGS = 10
"""How often the client is closed under load, and another one opened."""


class CountedFaults(Faults):
    """Faults that count how many requests met one."""

    met = 0

    def take(self, operation: str) -> Fault:
        """Use up and return the fault for the next request of *operation*."""
        fault = super().take(operation)
        self.met += fault is not NONE
        return fault


@define
class Soak:
    """A run of the benchmark, with its counts."""

    simulator: Simulator
    clock: FastClock
    client: MediaIntelligence
    dice: random.Random
    finished: int = 0
    early_megabytes: float = 0.0
    """Memory in use when an eleventh of the jobs was done, in MiB."""

    lost: int = 0
    requests: int = 0
    interruptions: Counter[str] = field(factory=Counter)
    foreign: list[BaseException] = field(factory=list)

    def open(self) -> MediaIntelligence:
        """Make a client of the simulator."""
        return connect(self.simulator, self.clock)

    async def job(self) -> None:
        """Take one asset to its summary, however often a wait is interrupted."""
        where = self.simulator.world.add_asset(scenes=3)
        ref = AssetRef(where.workspace, where.project_id, where.asset_id)
        token = self.client.jobs.pipeline(ref).token
        for _ in range(MOST_TRIES):
            try:
                await self._wait(token)
            except asyncio.CancelledError as error:
                self.interruptions["CancelledError"] += 1
                token = getattr(error, "token", None) or token
            except (OutcomeUnknown, JobNeverStarted) as error:
                # Whether that start took effect is unknown, so begin a new job. It looks first,
                # and joins the run if there is one.
                self.interruptions[type(error).__name__] += 1
                token = self.client.jobs.pipeline(ref).token
            except MediaIntelligenceError as error:
                self.interruptions[type(error).__name__] += 1
                token = error.token or token
            except Exception as error:  # noqa: BLE001 - such errors are what the soak counts
                self.foreign.append(error)
            else:
                self.finished += 1
                # Delete the asset in the simulator, so that the figure of memory shows what the
                # client keeps.
                del self.simulator.world.assets(*where.project)[where.asset_id]
                return
            await self.clock.sleep(5)
        self.lost += 1

    async def _wait(self, token: str) -> None:
        timeout = self.dice.choice([30, 300, 3600, None])
        task = asyncio.ensure_future(self.client.jobs.resume(token).result(timeout=timeout))
        if self.dice.random() < 0.1:  # noqa: PLR2004 - one wait in ten is cancelled
            await asyncio.wait({task}, timeout=self.dice.random())
            task.cancel()
        summary = await task
        if len(summary.scenes) != 3:  # noqa: PLR2004 - as many as the asset has
            raise AssertionError("a summary that is not of this asset")

    async def close_now_and_then(self, jobs: int) -> None:
        """Close the client under load, and open another, a few times during the run."""
        for number in range(1, CLOSINGS + 1):
            while self.finished < number * jobs / (CLOSINGS + 1):
                await asyncio.sleep(0.2)
                self.forget_requests()
            self.early_megabytes = self.early_megabytes or megabytes()
            former, self.client = self.client, self.open()
            await former.aclose()

    def forget_requests(self) -> None:
        """Count the requests that arrived at the simulator, and free their memory."""
        self.requests += len(self.simulator.requests)
        self.simulator.requests.clear()


def connect(simulator: Simulator, clock: FastClock) -> MediaIntelligence:
    """Make a client of the simulator."""
    keys = Credentials(simulator.access_key, simulator.secret_key)
    return MediaIntelligence(keys, base_url=simulator.url, clock=clock, timeouts=TIMEOUTS)


def sockets() -> int:
    """Return how many sockets this process has open."""
    folder = Path("/proc/self/fd")
    return sum(_target(each).startswith("socket:") for each in folder.iterdir())


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


def megabytes() -> float:
    """Return the resident memory of this process, in MiB."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def run(jobs: int, at_once: int, speed: float, faults: str) -> list[tuple[str, object]]:
    """Run all jobs, and return the rows of the table."""
    clock = FastClock(speed)
    timings = Timings(index_queue_seconds=5, index_seconds=20, scene_seconds=10)
    simulator = Simulator(clock, World(clock, timings=timings))
    simulator.faults = planned = CountedFaults.load(faults)
    before, tasks_before = sockets(), len(asyncio.all_tasks())
    began, memory = time.monotonic(), megabytes()
    async with simulator:
        soak = Soak(simulator, clock, connect(simulator, clock), random.Random(jobs))  # noqa: S311 - not a secret
        slots = asyncio.Semaphore(at_once)

        async def job_in_slot() -> None:
            async with slots:
                await soak.job()

        closing = asyncio.ensure_future(soak.close_now_and_then(jobs))
        watching = asyncio.ensure_future(watch(soak, jobs))
        await asyncio.gather(*(job_in_slot() for _ in range(jobs)))
        closing.cancel()
        watching.cancel()
        await asyncio.wait({closing, watching})
        await soak.client.aclose()
        soak.forget_requests()
    bill = simulator.world.bill
    seconds = time.monotonic() - began
    await asyncio.sleep(0.5)
    gc.collect()
    kinds = ", ".join(f"{name} {count}" for name, count in soak.interruptions.most_common())
    return [
        ("jobs finished", f"{soak.finished} of {jobs}"),
        ("jobs lost", soak.lost),
        ("runs billed", sum(bill.values())),
        ("runs billed twice", sum(count - 1 for count in bill.values())),
        ("foreign exceptions", len(soak.foreign)),
        ("sockets left over", sockets() - before),
        ("tasks left over", len(asyncio.all_tasks()) - tasks_before),
        ("memory at start", f"{memory:.0f} MiB"),
        ("memory after 1/11 of jobs", f"{soak.early_megabytes:.0f} MiB"),
        ("memory at end", f"{megabytes():.0f} MiB"),
        ("requests", soak.requests),
        ("faults met", planned.met),
        ("clients closed under load", CLOSINGS),
        ("interrupted and resumed", sum(soak.interruptions.values())),
        ("interruptions", kinds),
        ("seconds", f"{seconds:.0f}"),
        *(("foreign", repr(each)) for each in soak.foreign[:5]),
    ]


async def watch(soak: Soak, jobs: int) -> None:
    """Print the progress every 20 seconds."""
    while True:
        await asyncio.sleep(20)
        soak.forget_requests()
        print(f"... {soak.finished} of {jobs}, {soak.requests} requests, {megabytes():.0f} MiB")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, default=1000)
    parser.add_argument("--speed", type=float, default=60.0)
    parser.add_argument("--faults", default=str(Path(__file__).with_name("soak.toml")))
    arguments = parser.parse_args()
    logging.getLogger("mediaintel_async").addHandler(logging.NullHandler())
    rows = asyncio.run(run(arguments.jobs, arguments.at_once, arguments.speed, arguments.faults))
    print(f"mediaintel-async {version('mediaintel-async')}, Python {platform.python_version()}")
    for name, value in rows:
        print(f"{name:26} {value}")


if __name__ == "__main__":
    main()
