import io
import re

import pytest
from rich.console import Console
from served_commands import (
    ENDLESS,
    REF,
    lines_of_json,
    run,
)

from mediaintel_async.cli.actions import watch
from mediaintel_async.cli.output import status_changes
from mediaintel_async.models.scene_summaries import SceneSummaryStatus
from mediaintel_async.refs import AssetRef
from mediaintel_async.simulator import Fault, Timings

LEFT = re.compile(r"SUMMARIZING.* \d:\d\d:\d\d left")


@pytest.fixture
def terminal(monkeypatch):
    """A terminal of 100 by 20 characters."""
    monkeypatch.setenv("TERM", "xterm")
    return Console(file=io.StringIO(), force_terminal=True, width=100, height=20)


def finish_at_look(simulator, number, where, work):
    """Finish the run when its status is requested for the *number*-th time."""

    class Finishing(list):
        def append(self, one):
            super().append(one)
            looks = [each for each in self if each.operation == "get_scene_summary_status"]
            if len(looks) == number and looks[-1] is one:
                simulator.world.finish(where, work)

    simulator.requests = Finishing()


def test_watching_follows_a_run(world, where):
    """
    `watch` follows a run that somebody else started, and bills nothing.
    """
    world.start_elsewhere(where, "index")

    done = run("watch", REF)

    assert 0 == done.exit_code
    assert f"{REF} index ANALYZE_COMPLETED 100 %" == done.stdout.splitlines()[-1]
    assert 0 == world.bill[where, "index"]


def test_watching_prints_lines_of_json(simulator, world):
    """
    `watch --json` prints one object per change.
    """
    where = world.add_asset(indexed=True, scenes=4, timings=ENDLESS)
    world.start_elsewhere(where, "summary")
    finish_at_look(simulator, 3, where, "summary")

    done = run("watch", REF, "--json")

    lines = lines_of_json(done.stdout)
    assert 0 == done.exit_code
    assert ["asset", "kind", "state", "progress", "message"] == list(lines[0])
    assert {"summary"} == {line["kind"] for line in lines}
    assert 1 < len(lines)
    assert ("SUMMARIZE_COMPLETED", 1.0) == (lines[-1]["state"], lines[-1]["progress"])


def test_watching_a_failure_exits_with_1(world, where):
    """
    `watch` of a run that fails exits with 1, and prints its reason.
    """
    world.fail_next(where, "index", "The video is damaged.")
    world.start_elsewhere(where, "index")

    done = run("watch", REF)

    assert 1 == done.exit_code
    assert f"{REF} index ANALYZE_FAIL The video is damaged." in done.stdout


def test_watching_a_finished_asset_prints_both_states(world):
    """
    `watch` of an asset without a run in progress prints both states, and exits.
    """
    world.add_asset(summarized=True)

    done = run("watch", REF)

    assert 0 == done.exit_code
    assert [
        f"{REF} index ANALYZE_COMPLETED 100 %",
        f"{REF} summary SUMMARIZE_COMPLETED 100 %",
    ] == done.stdout.splitlines()


def test_watching_an_asset_without_an_index(where):
    """
    `watch` of an asset that was never indexed prints one line.
    """
    done = run("watch", REF)

    assert 0 == done.exit_code
    assert f"{REF} index BEFORE_ANALYZE\n" == done.stdout


def test_watching_an_asset_whose_statuses_are_404s(simulator, where):
    """
    `watch` of an asset whose statuses are 404s prints nothing, and exits with 0.
    """
    simulator.faults.add("get_index_status", Fault.STATUS(404, "404"))
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(404, "404"))

    done = run("watch", REF)

    assert (0, "") == (done.exit_code, done.stdout)


def test_watching_in_a_terminal_draws_a_bar(world, terminal, monkeypatch):
    """
    In a terminal `watch` draws a bar, and prints each new state once.
    """
    where = world.add_asset(indexed=True, scenes=4)
    world.start_elsewhere(where, "summary")
    monkeypatch.setattr(watch, "console", lambda: terminal)

    done = run("watch", REF)

    shown = terminal.file.getvalue()
    assert 0 == done.exit_code
    assert "━" in shown
    assert 1 == shown.count(f"{REF} summary SUMMARIZE_COMPLETED")


def test_watching_prints_the_estimated_time_left(world):
    """
    `watch` prints the estimated time left with each change.
    """
    where = world.add_asset(scenes=5, indexed=True, timings=Timings(scene_seconds=20))
    world.start_elsewhere(where, "summary")

    done = run("watch", REF)

    assert 0 == done.exit_code
    assert LEFT.search(done.stdout)


def test_a_bar_replaces_lines(terminal):
    """
    Beside a bar, a change without a new state prints no line.
    """
    where = AssetRef("my-workspace", 1234, 5678)
    status = SceneSummaryStatus(state="SUMMARIZING", analyzed_scene_count=1, total_scene_count=4)
    with status_changes.status_changes(terminal, where, as_json=False) as shown:
        shown.show("summary", status)

        shown.show("summary", status)

    assert 1 == terminal.file.getvalue().count(f"{REF} summary SUMMARIZING")
