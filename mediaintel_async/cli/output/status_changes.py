"""Changes of the status of one asset: lines, a bar in a terminal, or JSON lines."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

from mediaintel_async import AssetRef, JobStatus
from mediaintel_async.cli.output.printing import print_json, printable
from mediaintel_async.cli.output.progress import Bars, describe


@contextmanager
def status_changes(
    console: Console, asset: AssetRef, *, as_json: bool
) -> "Iterator[StatusChanges]":
    """Show status changes of *asset* until the block is left."""
    if as_json or not console.is_terminal or console.is_dumb_terminal:
        yield StatusChanges(console, asset, as_json=as_json)
        return
    bars = Bars(console, 1)
    with bars.live():
        yield StatusChanges(console, asset, bars=bars)


class StatusChanges:
    """Prints a line for each change, or, beside a bar that shows progress, for each new state."""

    def __init__(
        self,
        console: Console,
        asset: AssetRef,
        *,
        as_json: bool = False,
        bars: Bars | None = None,
    ) -> None:
        self._console = console
        self._asset = asset
        self._as_json = as_json
        self._bars = bars
        self.last: JobStatus | None = None
        """The status shown last; None: none yet."""

    def show(self, kind: str, status: JobStatus, *, seconds_left: float | None = None) -> None:
        """Show a change of the index or the summary; *kind* is "index" or "summary"."""
        is_new_state = self.last is None or self.last.state != status.state
        self.last = status
        if self._as_json:
            print_json(
                {
                    "asset": str(self._asset),
                    "kind": kind,
                    "state": status.state,
                    "progress": status.progress,
                    "message": status.message,
                }
            )
            return
        if self._bars is not None:
            self._bars.show(self._asset, status, seconds_left=seconds_left)
        if is_new_state or self._bars is None:
            description = describe(status, seconds_left)
            line = printable(f"{self._asset} {kind} {description} {status.message or ''}")
            self._console.print(Text(line), soft_wrap=True)
