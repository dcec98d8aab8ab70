import pytest
from served_commands import (
    ENDLESS,
    REF,
    lines_of_json,
    run,
)

from mediaintel_async.simulator import Fault


@pytest.mark.parametrize(
    ("work", "words"), [("summary", ["cancel", REF]), ("index", ["cancel", REF, "--index"])]
)
def test_cancelling_stops_the_run(world, work, words):
    """
    `cancel` cancels a run that somebody else started, and prints CANCELED.
    """
    where = world.add_asset(indexed=True, timings=ENDLESS)
    world.start_elsewhere(where, work)

    done = run(*words)

    assert (0, "CANCELED\n") == (done.exit_code, done.stdout)
    assert "CANCELED" == world.look(where, work).state.name


def test_cancelling_what_has_ended(world):
    """
    `cancel` of a run that has ended prints FINISHED_FIRST, and exits with 0.
    """
    world.add_asset(summarized=True)

    done = run("cancel", REF, "--json")

    assert 0 == done.exit_code
    assert [{"asset": REF, "cancellation": "FINISHED_FIRST"}] == lines_of_json(done.stdout)


def test_cancelling_that_does_not_show(simulator, world):
    """
    `cancel` of a run that continues nevertheless prints UNKNOWN, and exits with 1.
    """
    where = world.add_asset(indexed=True, timings=ENDLESS)
    world.start_elsewhere(where, "summary")
    simulator.faults.add("cancel_scene_summary", Fault.BODY(b'{"code": "0"}'))

    done = run("cancel", REF)

    assert (1, "UNKNOWN\n") == (done.exit_code, done.stdout)


def test_cancelling_nothing(where):
    """
    `cancel` of an asset without a summary exits with 1, and says that there is nothing to cancel.
    """
    done = run("cancel", REF)

    assert (1, "") == (done.exit_code, done.stdout)
    assert f"mediaintel: {REF} is BEFORE_SUMMARIZE: there is nothing to cancel\n" in done.stderr
