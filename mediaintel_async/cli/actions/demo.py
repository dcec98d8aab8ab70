"""`mediaintel demo`: summarises many assets at once, over HTTP, against the simulator."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

import typer
from attrs import frozen
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mediaintel_async import (
    AssetRef,
    Clock,
    Credentials,
    FastClock,
    MediaIntelligence,
    MediaIntelligenceError,
)
from mediaintel_async.cli.output.advice import FAILED
from mediaintel_async.cli.output.console import console
from mediaintel_async.cli.output.printing import first_words
from mediaintel_async.cli.output.progress import Bars, Lines, display
from mediaintel_async.simulator import Received, Simulator, Timings, World

KINDS = ("news", "lecture", "match", "interview", "trailer", "concert")


@frozen(kw_only=True)
class Result:
    """The result of one asset."""

    asset: AssetRef
    seconds: float
    """Duration by the simulator's clock."""

    scenes: Sequence[Mapping[str, Any]] = ()
    failure: str | None = None
    """None: the asset was summarised."""


def run_demo(*, speed: float, assets: int, seed: int) -> NoReturn:
    """Run the demo on standard output, and exit."""
    is_ok = asyncio.run(demonstrate(FastClock(speed), console(), assets=assets, seed=seed))
    raise typer.Exit(0 if is_ok else FAILED)


async def demonstrate(clock: Clock, output: Console, *, assets: int, seed: int) -> bool:
    """Summarise *assets* assets of a simulator; return whether all of them were summarised."""
    world = World(clock, seed)
    refs = add_assets(world, assets, seed)
    began, began_really = clock.monotonic(), time.monotonic()
    async with (
        Simulator(clock, world) as simulator,
        MediaIntelligence(
            Credentials(simulator.access_key, simulator.secret_key),
            base_url=simulator.url,
            clock=clock,
        ) as client,
    ):
        output.print(
            f"A simulator of the service, at {simulator.url}, holds {assets} assets.",
            soft_wrap=True,
        )
        with display(output, assets) as progress:
            results = await summarize_all(client, refs, progress, clock)
    seconds, real_seconds = clock.monotonic() - began, time.monotonic() - began_really
    output.print(table_of(results, count_looks(simulator.requests)))
    billed = Counter(work for _, work in world.bill.elements())
    output.print(
        f"{describe_results(results)}, {billed['index']} indexes and {billed['summary']} summaries"
        f" billed, {real_seconds:.0f} seconds ({seconds:.0f} simulated)",
        soft_wrap=True,
    )
    return all(each.failure is None for each in results)


def add_assets(world: World, count: int, seed: int) -> list[AssetRef]:
    """Add assets of different lengths; the third has a summary, and every sixth an index."""
    dice = random.Random(seed)  # noqa: S311 - not a secret
    refs = []
    for number in range(1, count + 1):
        scenes = dice.randint(4, 60)
        where = world.add_asset(
            file_name=f"{KINDS[number % len(KINDS)]}-{number}.mp4",
            scenes=scenes,
            indexed=number % 6 == 0,
            summarized=number == 3,  # noqa: PLR2004 - any number would do
            timings=Timings(index_seconds=20 + 3 * scenes, scene_seconds=dice.uniform(6, 14)),
        )
        refs.append(AssetRef.parse(str(where)))
    return refs


async def summarize_all(
    client: MediaIntelligence, assets: Iterable[AssetRef], progress: Bars | Lines, clock: Clock
) -> list[Result]:
    """Summarise all assets at once; return the results in the order of *assets*.

    One failure does not stop the others.
    """

    async def summarize(asset: AssetRef) -> Result:
        began = clock.monotonic()
        try:
            summary = await client.summarize(
                asset, on_progress=lambda status: progress.show(asset, status)
            )
        except MediaIntelligenceError as error:
            progress.end(asset, f"failed: {error}")
            return Result(asset=asset, seconds=clock.monotonic() - began, failure=str(error))
        progress.end(asset, f"summarised, {len(summary.scenes)} scenes")
        return Result(asset=asset, seconds=clock.monotonic() - began, scenes=summary.scenes)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(summarize(asset)) for asset in assets]
    except* OSError as unwritable:
        # The output is closed or full. Each task fails with it; one error is enough.
        raise unwritable.exceptions[0] from None
    return [task.result() for task in tasks]


def count_looks(requests: Iterable[Received]) -> Counter[str]:
    """Count the status requests for each asset, by its id."""
    return Counter(
        each.target.partition("/assets/")[2].partition("/")[0]
        for each in requests
        if each.target.endswith("/status")
    )


def table_of(results: Sequence[Result], looks: Mapping[str, int]) -> Table:
    """Lay out the results."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("asset", no_wrap=True)
    table.add_column("scenes", justify="right", no_wrap=True)
    table.add_column("looks", justify="right", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    # Rich narrows this column alone, as it alone may wrap; its cells are cut instead.
    table.add_column("first scene")
    for each in results:
        words = first_words(each.scenes) if each.failure is None else f"failed: {each.failure}"
        table.add_row(
            str(each.asset),
            str(len(each.scenes)),
            str(looks[str(each.asset.asset_id)]),
            f"{each.seconds:.0f}",
            Text(words, no_wrap=True, overflow="ellipsis"),
        )
    return table


def describe_results(results: Sequence[Result]) -> str:
    """Return how many assets were summarised, and how many failed."""
    failed = sum(each.failure is not None for each in results)
    failures = f", {failed} failed" if failed else ""
    return f"{len(results) - failed} summaries{failures}"
