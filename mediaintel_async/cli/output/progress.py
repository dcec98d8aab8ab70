"""How far many assets have come: as bars in a terminal, as plain lines anywhere else."""

import errno
import io
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.text import Text

from mediaintel_async import (
    AssetRef,
    ImportState,
    IndexState,
    JobStatus,
    PipelineStatus,
    SceneSummaryState,
    SceneSummaryStatus,
)

_NOT_WORTH_A_LINE = {
    IndexState.BEFORE_ANALYZE,
    IndexState.WAIT_ANALYZE,
    IndexState.ANALYZE_COMPLETED,
    ImportState.COMPLETED,
    SceneSummaryState.BEFORE_SUMMARIZE,
    SceneSummaryState.WAIT_SUMMARIZE,
    SceneSummaryState.SUMMARIZE_COMPLETED,
}
"""States in which an asset waits for something, or has just ended, which is told by itself."""

_WIDTH_OF_A_FILE = 200


class _Console(Console):
    def on_broken_pipe(self) -> None:
        # Rich would exit right here, inside a task, where asyncio calls that a lost exception.
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def console(*, of_errors: bool = False) -> Console:
    """Return standard output, or standard error: control codes only if it is a terminal."""
    stream = sys.stderr if of_errors else sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        # A terminal that cannot show every letter still gets the others.
        stream.reconfigure(errors="replace")
    is_terminal = stream is not None and stream.isatty()
    return _Console(
        stderr=of_errors,
        # Environment variables that force colours would also force moving bars into a file.
        force_terminal=None if is_terminal else False,
        # A file has room for a reference of any length, and for some words of the summary.
        width=None if is_terminal else _WIDTH_OF_A_FILE,
        highlight=False,
    )


@contextmanager
def display(console: Console, total: int, *, bars_allowed: bool = True) -> "Iterator[Bars | Lines]":
    """Show *total* assets on *console* until the block is left."""
    if not bars_allowed or not console.is_terminal or console.is_dumb_terminal:
        yield Lines(console, total)
        return
    bars = Bars(console, total)
    with bars.live():
        yield bars


def how_far(status: JobStatus, seconds_left: float | None = None) -> str:
    """Say what *status* shows: its state, how much is done, and when the end is expected."""
    done = "" if status.progress is None else f"{100 * status.progress:.0f} %"
    return " ".join(part for part in (status.state, done, _time_left(seconds_left)) if part)


def _scenes_done(status: JobStatus) -> str:
    summary = status.summary if isinstance(status, PipelineStatus) else status
    if not isinstance(summary, SceneSummaryStatus) or summary.total_scene_count is None:
        return ""
    return f"{summary.analyzed_scene_count or 0}/{summary.total_scene_count}"


def _time_left(seconds: float | None) -> str:
    return "" if seconds is None else f"{timedelta(seconds=round(seconds))} left"


class Lines:
    """One line when the service takes up work on an asset, and one when its asset has ended."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._ended = 0
        self._states: dict[AssetRef, str] = {}

    def show(
        self, asset: AssetRef, status: JobStatus, *, seconds_left: float | None = None
    ) -> None:
        """Tell a new state of *asset*."""
        if status.state in {*_NOT_WORTH_A_LINE, self._states.get(asset)}:
            return
        self._states[asset] = status.state
        self._say(f"{asset} {how_far(status, seconds_left)}")

    def end(self, asset: AssetRef, words: str) -> None:
        """Tell what *asset* came to."""
        self._ended += 1
        self._states.pop(asset, None)
        self._say(f"{asset} {words}")

    def _say(self, words: str) -> None:
        line = f"{self._ended}/{self._total} {words}"
        self._console.print(Text(line), soft_wrap=True)


class _TimeLeftColumn(ProgressColumn):
    """Counts down to the likely end, and falls silent when that has passed."""

    def render(self, task: Task) -> Text:
        ends: float | None = task.fields["ends"]
        left = None if ends is None else ends - time.monotonic()
        return Text(_time_left(left if left is not None and left > 0 else None))


class Bars:
    """A bar for each asset under way, and one for all of them; they vanish in the end."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            TextColumn("{task.fields[state]}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[count]}", markup=False, justify="right"),
            _TimeLeftColumn(),
            console=console,
            expand=True,
        )
        self._tasks: dict[AssetRef, TaskID] = {}
        self._total = total
        self._ended = 0
        self._all = self._progress.add_task(
            "total", total=total, state="", count=f"0/{total}", ends=None
        )

    def live(self) -> Live:
        """Return the context in which the bars are on the screen, and move."""
        return Live(
            get_renderable=self._picture,
            console=self._console,
            refresh_per_second=10,
            transient=True,
        )

    def show(
        self, asset: AssetRef, status: JobStatus, *, seconds_left: float | None = None
    ) -> None:
        """Move the bar of *asset*; without counts it only pulses."""
        if asset not in self._tasks:
            self._tasks[asset] = self._progress.add_task(
                str(asset), total=None, state="", count="", ends=None
            )
        task = self._tasks[asset]
        ends = None if seconds_left is None else time.monotonic() + seconds_left
        self._progress.update(task, state=status.state, ends=ends)
        if status.progress is not None:
            self._progress.update(
                task, completed=status.progress, total=1, count=_scenes_done(status)
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
