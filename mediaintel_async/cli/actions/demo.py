"""What `mediaintel demo` does: many assets at once, over HTTP, against the simulator."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen
from rich.console import Console
from rich.table import Table
from rich.text import Text

from mediaintel_async import (
    AssetRef,
    Clock,
    Credentials,
    MediaIntelligence,
    MediaIntelligenceError,
)
from mediaintel_async.cli.output.printing import first_words
from mediaintel_async.cli.output.progress import Bars, Lines, display
from mediaintel_async.simulator import Received, Simulator, Timings, World

KINDS = ("news", "lecture", "match", "interview", "trailer", "concert")


@frozen(kw_only=True)
class Result:
    """What an asset came to."""

    asset: AssetRef
    seconds: float
    """By the service's clock."""

    scenes: Sequence[Mapping[str, Any]] = ()
    failure: str | None = None
    """What went wrong; None: nothing."""


async def demonstrate(clock: Clock, console: Console, *, assets: int, seed: int) -> bool:
    """Summarise *assets* assets of a simulated service; return whether all went well."""
    world = World(clock, seed)
    refs = fill(world, assets, seed)
    began, began_really = clock.monotonic(), time.monotonic()
    async with (
        Simulator(clock, world) as simulator,
        MediaIntelligence(
            Credentials(simulator.access_key, simulator.secret_key),
            base_url=simulator.url,
            clock=clock,
        ) as client,
    ):
        console.print(
            f"A stand-in for the service, at {simulator.url}, holds {assets} assets.",
            soft_wrap=True,
        )
        with display(console, assets) as shown:
            results = await summarize_all(client, refs, shown, clock)
    seconds, real_seconds = clock.monotonic() - began, time.monotonic() - began_really
    console.print(table_of(results, looks_at_each(simulator.requests)))
    billed = Counter(work for _, work in world.bill.elements())
    console.print(
        f"{count_ends(results)}, {billed['index']} indexes and {billed['summary']} summaries"
        f" billed, {real_seconds:.0f} seconds ({seconds:.0f} of the service's)",
        soft_wrap=True,
    )
    return all(each.failure is None for each in results)


def fill(world: World, count: int, seed: int) -> list[AssetRef]:
    """Put in assets of uneven lengths; the third is summarised already, each sixth indexed."""
    dice = random.Random(seed)  # noqa: S311 - not a secret
    refs = []
    for number in range(1, count + 1):
        scenes = dice.randint(4, 60)
        where = world.add_asset(
            file_name=f"{KINDS[number % len(KINDS)]}-{number}.mp4",
            scenes=scenes,
            indexed=number % 6 == 0,
            summarized=number == 3,  # noqa: PLR2004 - any one
            timings=Timings(index_seconds=20 + 3 * scenes, scene_seconds=dice.uniform(6, 14)),
        )
        refs.append(AssetRef.parse(str(where)))
    return refs


async def summarize_all(
    client: MediaIntelligence, assets: Iterable[AssetRef], shown: Bars | Lines, clock: Clock
) -> list[Result]:
    """Summarise all at once; return the results in the order of the assets.

    One failure does not stop the others.
    """

    async def summarize(asset: AssetRef) -> Result:
        began = clock.monotonic()
        try:
            summary = await client.summarize(
                asset, on_progress=lambda status: shown.show(asset, status)
            )
        except MediaIntelligenceError as error:
            shown.end(asset, f"failed: {error}")
            return Result(asset=asset, seconds=clock.monotonic() - began, failure=str(error))
        shown.end(asset, f"summarised, {len(summary.scenes)} scenes")
        return Result(asset=asset, seconds=clock.monotonic() - began, scenes=summary.scenes)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(summarize(asset)) for asset in assets]
    except* OSError as unwritable:
        # Nobody reads what is shown any more; one of the many says it.
        raise unwritable.exceptions[0] from None
    return [task.result() for task in tasks]


def looks_at_each(requests: Iterable[Received]) -> Counter[str]:
    """Count the looks at the status of each asset, by its id."""
    return Counter(
        each.target.partition("/assets/")[2].partition("/")[0]
        for each in requests
        if each.target.endswith("/status")
    )


def table_of(results: Sequence[Result], looks: Mapping[str, int]) -> Table:
    """Lay out what each asset came to."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("asset", no_wrap=True)
    table.add_column("scenes", justify="right", no_wrap=True)
    table.add_column("looks", justify="right", no_wrap=True)
    table.add_column("seconds", justify="right", no_wrap=True)
    # The only column that may wrap is the one that is made narrower; its cells are cut then.
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


def count_ends(results: Sequence[Result]) -> str:
    """Say how many assets came to a summary, and how many did not."""
    failed = sum(each.failure is not None for each in results)
    failures = f", {failed} failed" if failed else ""
    return f"{len(results) - failed} summaries{failures}"
