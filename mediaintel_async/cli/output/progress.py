"""Progress of many assets: bars in a terminal, plain lines anywhere else."""

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

_STATES_WITHOUT_A_LINE = {
    IndexState.BEFORE_ANALYZE,
    IndexState.WAIT_ANALYZE,
    IndexState.ANALYZE_COMPLETED,
    ImportState.COMPLETED,
    SceneSummaryState.BEFORE_SUMMARIZE,
    SceneSummaryState.WAIT_SUMMARIZE,
    SceneSummaryState.SUMMARIZE_COMPLETED,
}
"""States in which an asset waits, or has just ended; `end()` prints a line for the latter."""


@contextmanager
def display(console: Console, total: int, *, bars_allowed: bool = True) -> "Iterator[Bars | Lines]":
    """Show the progress of *total* assets on *console* until the block is left."""
    if not bars_allowed or not console.is_terminal or console.is_dumb_terminal:
        yield Lines(console, total)
        return
    bars = Bars(console, total)
    with bars.live():
        yield bars


def describe(status: JobStatus, seconds_left: float | None = None) -> str:
    """Return the state, the share that is done and the estimated time left, as far as known."""
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
    """One line when the service starts to work on an asset, and one when its job has ended."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._ended = 0
        self._states: dict[AssetRef, str] = {}

    def show(
        self, asset: AssetRef, status: JobStatus, *, seconds_left: float | None = None
    ) -> None:
        """Print a new state of *asset*."""
        if status.state in {*_STATES_WITHOUT_A_LINE, self._states.get(asset)}:
            return
        self._states[asset] = status.state
        self._print(f"{asset} {describe(status, seconds_left)}")

    def end(self, asset: AssetRef, outcome: str) -> None:
        """Count *asset* as ended, and print its outcome."""
        self._ended += 1
        self._states.pop(asset, None)
        self._print(f"{asset} {outcome}")

    def _print(self, text: str) -> None:
        line = f"{self._ended}/{self._total} {text}"
        self._console.print(Text(line), soft_wrap=True)


class _TimeLeftColumn(ProgressColumn):
    """Counts down to the estimated end, and is empty once that has passed."""

    def render(self, task: Task) -> Text:
        ends: float | None = task.fields["ends"]
        left = None if ends is None else ends - time.monotonic()
        return Text(_time_left(left if left is not None and left > 0 else None))


class Bars:
    """A bar for each job in progress, and one for the total; all disappear at the end."""

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
        """Return the context in which the bars are on the screen and are redrawn."""
        return Live(
            get_renderable=self._picture,
            console=self._console,
            refresh_per_second=10,
            transient=True,
        )

    def show(
        self, asset: AssetRef, status: JobStatus, *, seconds_left: float | None = None
    ) -> None:
        """Update the bar of *asset*; a bar without counts pulses."""
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

    def end(self, asset: AssetRef, outcome: str) -> None:  # noqa: ARG002 - only Lines prints it
        """Remove the bar of *asset*, and advance the bar of the total."""
        if asset in self._tasks:
            self._progress.remove_task(self._tasks.pop(asset))
        self._ended += 1
        self._progress.update(self._all, advance=1, count=f"{self._ended}/{self._total}")

    def _picture(self) -> RenderableType:
        """Draw as many bars as fit into the terminal."""
        total, *each = self._progress.tasks
        # Three lines stay free: the total, the count of hidden bars, and the cursor.
        room = max(0, self._console.height - 3)
        bars = self._progress.make_tasks_table([*each[:room], total])
        if not each[room:]:
            return bars
        return Group(bars, Text(f"and {len(each) - room} more in progress", style="dim"))
