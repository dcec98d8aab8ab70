"""How far many assets have come: as bars in a terminal, as plain lines anywhere else."""

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from mediaintel_async import AssetRef, IndexState, PipelineStatus, SceneSummaryState

_NOT_WORTH_A_LINE = {
    IndexState.BEFORE_ANALYZE,
    IndexState.WAIT_ANALYZE,
    IndexState.ANALYZE_COMPLETED,
    SceneSummaryState.BEFORE_SUMMARIZE,
    SceneSummaryState.WAIT_SUMMARIZE,
    SceneSummaryState.SUMMARIZE_COMPLETED,
}
"""States in which an asset waits for something, or has just ended, which is told by itself."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        # Rich would exit right here, inside a task, where asyncio calls that a lost exception.
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def console() -> Console:
    """Return standard output: in colours if it is a terminal, without control codes if not."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that cannot show every letter still gets the others.
        sys.stdout.reconfigure(errors="replace")
    # Environment variables that force colours would also force moving bars into a file.
    force_terminal = None if sys.stdout is not None and sys.stdout.isatty() else False
    return _Console(force_terminal=force_terminal, highlight=False)


@contextmanager
def display(console: Console, total: int) -> "Iterator[Bars | Lines]":
    """Show *total* assets on *console* until the block is left."""
    if not console.is_terminal or console.is_dumb_terminal:
        yield Lines(console, total)
        return
    bars = Bars(console, total)
    with bars.live():
        yield bars


class Lines:
    """One line when the service takes up work on an asset, and one when its asset has ended."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._ended = 0
        self._states: dict[AssetRef, str] = {}

    def show(self, asset: AssetRef, status: PipelineStatus) -> None:
        """Tell a new state of *asset*."""
        if status.state in {*_NOT_WORTH_A_LINE, self._states.get(asset)}:
            return
        self._states[asset] = status.state
        done = "" if status.progress is None else f" {100 * status.progress:.0f} %"
        self._say(f"{asset} {status.state}{done}")

    def end(self, asset: AssetRef, words: str) -> None:
        """Tell what *asset* came to."""
        self._ended += 1
        self._states.pop(asset, None)
        self._say(f"{asset} {words}")

    def _say(self, words: str) -> None:
        line = f"{self._ended}/{self._total} {words}"
        self._console.print(Text(line), soft_wrap=True)


class Bars:
    """A bar for each asset under way, and one for all of them; they vanish in the end."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            TextColumn("{task.fields[state]}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[count]}", markup=False, justify="right"),
            console=console,
            expand=True,
        )
        self._tasks: dict[AssetRef, TaskID] = {}
        self._total = total
        self._ended = 0
        self._all = self._progress.add_task("total", total=total, state="", count=f"0/{total}")

    def live(self) -> Live:
        """Return the context in which the bars are on the screen, and move."""
        return Live(
            get_renderable=self._picture,
            console=self._console,
            refresh_per_second=10,
            transient=True,
        )

    def show(self, asset: AssetRef, status: PipelineStatus) -> None:
        """Move the bar of *asset*; without counts it only pulses."""
        if asset not in self._tasks:
            self._tasks[asset] = self._progress.add_task(str(asset), total=None, state="", count="")
        task, summary = self._tasks[asset], status.summary
        self._progress.update(task, state=status.state)
        if status.progress is not None and summary is not None:
            self._progress.update(
                task,
                completed=status.progress,
                total=1,
                count=f"{summary.analyzed_scene_count}/{summary.total_scene_count}",
            )

    def end(self, asset: AssetRef, words: str) -> None:  # noqa: ARG002 - Lines tells them
        """Take the bar of *asset* away, and move that of all."""
        if asset in self._tasks:
            self._progress.remove_task(self._tasks.pop(asset))
        self._ended += 1
        self._progress.update(self._all, advance=1, count=f"{self._ended}/{self._total}")

    def _picture(self) -> RenderableType:
        """Draw no more bars than the terminal has room for."""
        total, *each = self._progress.tasks
        # The total and a line about the rest need room as well, and so does the cursor.
        room = max(0, self._console.height - 3)
        bars = self._progress.make_tasks_table([*each[:room], total])
        if not each[room:]:
            return bars
        return Group(bars, Text(f"and {len(each) - room} more under way", style="dim"))
