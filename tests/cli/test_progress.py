import io
import sys

import pytest
from rich.console import Console

from mediaintel_async.cli.output.console import console
from mediaintel_async.cli.output.progress import display
from mediaintel_async.decisions.next_step import Stage
from mediaintel_async.decisions.pipeline_status import PipelineStatus
from mediaintel_async.models.indexes import IndexState, IndexStatus
from mediaintel_async.models.scene_summaries import SceneSummaryState, SceneSummaryStatus
from mediaintel_async.refs import ProjectRef

PROJECT = ProjectRef("my-workspace", 1234)
ASSET = PROJECT.asset(5678)
ANALYZING = PipelineStatus(stage=Stage.INDEX, index=IndexStatus(state=IndexState.ANALYZING))
WAITING = PipelineStatus(stage=Stage.INDEX, index=IndexStatus(state=IndexState.WAIT_ANALYZE))


def summarizing(done):
    """A status with *done* of ten scenes."""
    return PipelineStatus(
        stage=Stage.SUMMARY,
        summary=SceneSummaryStatus(
            state=SceneSummaryState.SUMMARIZING, analyzed_scene_count=done, total_scene_count=10
        ),
    )


@pytest.fixture
def terminal(monkeypatch):
    """A terminal of 80 by 6 characters."""
    monkeypatch.setenv("TERM", "xterm")
    return Console(file=io.StringIO(), force_terminal=True, width=80, height=6)


@pytest.fixture
def file():
    """A console that is no terminal."""
    return Console(file=io.StringIO(), force_terminal=False, width=40)


def test_lines_show_new_states(file):
    """
    A new state prints a line; a waiting state, or the same state again, prints nothing.
    """
    with display(file, 30) as shown:
        shown.show(ASSET, WAITING)
        shown.show(ASSET, ANALYZING)
        shown.show(ASSET, summarizing(4))
        shown.show(ASSET, summarizing(5))

        shown.end(ASSET, "summarised, 10 scenes")

    assert [
        "0/30 my-workspace/1234/5678 ANALYZING 20 %",
        "0/30 my-workspace/1234/5678 SUMMARIZING 70 %",
        "1/30 my-workspace/1234/5678 summarised, 10 scenes",
    ] == file.file.getvalue().splitlines()


def test_lines_if_bars_are_not_allowed(terminal):
    """
    A terminal gets lines if bars are not allowed.
    """
    with display(terminal, 30, bars_allowed=False) as shown:
        shown.show(ASSET, ANALYZING)

    assert "0/30 my-workspace/1234/5678 ANALYZING 20 %\n" == terminal.file.getvalue()


def test_an_estimate_is_shown(file, terminal):
    """
    Lines and bars show the estimated time left.
    """
    with display(file, 1) as lines, display(terminal, 1) as bars:
        lines.show(ASSET, ANALYZING, seconds_left=3723.4)

        bars.show(ASSET, ANALYZING, seconds_left=3723.4)

    assert "0/1 my-workspace/1234/5678 ANALYZING 20 % 1:02:03 left\n" == file.file.getvalue()
    assert "1:02:03 left" in terminal.file.getvalue()


def test_an_estimate_that_has_passed_is_not_shown(terminal):
    """
    A job that takes longer than estimated shows no time left.
    """
    with display(terminal, 1) as shown:
        shown.show(ASSET, ANALYZING, seconds_left=0)

    assert "ANALYZING" in terminal.file.getvalue()
    assert "left" not in terminal.file.getvalue()


def test_a_bar_without_counts(terminal):
    """
    A run that ends without scene counts fills its bar.
    """
    with display(terminal, 1) as shown:
        shown.show(ASSET, SceneSummaryStatus(state=SceneSummaryState.SUMMARIZE_COMPLETED))

    assert "SUMMARIZE_COMPLETED" in terminal.file.getvalue()
    assert "None" not in terminal.file.getvalue()


def test_standard_error_is_a_console_too(monkeypatch):
    """
    Progress can go to standard error, without control codes if that is no terminal.
    """
    monkeypatch.setattr(sys, "stderr", io.StringIO())

    console(of_errors=True).print("[red]words")

    assert "words\n" == sys.stderr.getvalue()


def test_a_terminal_without_abilities_gets_lines(monkeypatch, terminal):
    """
    A terminal that cannot move its cursor gets lines, not bars.
    """
    monkeypatch.setenv("TERM", "dumb")

    with display(terminal, 30) as shown:
        shown.show(ASSET, ANALYZING)

    assert "0/30 my-workspace/1234/5678 ANALYZING 20 %\n" == terminal.file.getvalue()


def test_a_bar_shows_the_scenes(terminal):
    """
    A bar counts scenes once there are counts, and the last bar counts assets.
    """
    with display(terminal, 30) as shown:
        shown.show(ASSET, ANALYZING)

        shown.show(ASSET, summarizing(4))

    picture = terminal.file.getvalue()
    assert "my-workspace/1234/5678" in picture
    assert "SUMMARIZING" in picture
    assert "4/10" in picture
    assert "0/30" in picture


def test_a_bar_leaves_with_its_asset(terminal):
    """
    An asset that has ended advances the total, even if it never had a bar.
    """
    with display(terminal, 30) as shown:
        shown.show(ASSET, summarizing(4))

        shown.end(ASSET, "summarised")
        shown.end(PROJECT.asset(5679), "summarised")

    picture = terminal.file.getvalue()
    assert "4/10" not in picture.rpartition("total")[0].rpartition("total")[2]
    assert "2/30" in picture


def test_a_low_terminal_shows_what_it_has_room_for(terminal):
    """
    Bars that do not fit into the terminal are counted in one line.
    """
    with display(terminal, 30) as shown:
        shown.show(PROJECT.asset(1), ANALYZING)
        shown.show(PROJECT.asset(2), ANALYZING)
        shown.show(PROJECT.asset(3), ANALYZING)
        shown.show(PROJECT.asset(4), ANALYZING)
        shown.show(PROJECT.asset(5), ANALYZING)

    picture = terminal.file.getvalue()
    assert "my-workspace/1234/3" in picture
    assert "and 2 more in progress" in picture
    assert "my-workspace/1234/4 " not in picture.rpartition("total")[0].rpartition("total")[2]


@pytest.mark.parametrize("width", [1, 5, 20, 500])
def test_any_width_will_do(monkeypatch, width):
    """
    The narrowest and the widest terminal get bars.
    """
    monkeypatch.setenv("TERM", "xterm")
    terminal = Console(file=io.StringIO(), force_terminal=True, width=width, height=1)

    with display(terminal, 30) as shown:
        shown.show(ASSET, summarizing(4))

    assert terminal.file.getvalue()


def test_forced_colours_stay_out_of_files(monkeypatch):
    """
    Standard output that is no terminal gets no control codes, whatever the environment says.
    """
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(sys, "stdout", io.StringIO())

    console().print("[red]words")

    assert "words\n" == sys.stdout.getvalue()


def test_letters_that_cannot_be_shown_are_replaced(monkeypatch):
    """
    An output that knows only ASCII shows a question mark for every other letter.
    """
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))

    console().print("장면 1")

    assert b"?? 1\n" == written.getvalue()


def test_no_output_at_all_will_do(monkeypatch):
    """
    A process without standard output has a console too.
    """
    monkeypatch.setattr(sys, "stdout", None)

    assert not console().is_terminal


def test_a_reader_that_has_left_is_an_error(monkeypatch):
    """
    A closed pipe raises `BrokenPipeError`, and does not exit in the middle of a task.
    """

    class Left(io.StringIO):
        def write(self, _):
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Left())

    with pytest.raises(BrokenPipeError):
        console().print("words")
