import re

from served_commands import (
    MISSING,
    REF,
    lines_of_json,
    run,
)

from mediaintel_async.simulator import Fault


def operations(simulator):
    """The operations that the simulator was asked for."""
    return {each.operation for each in simulator.requests}


def test_the_status_is_a_table(world):
    """
    `status` shows the index and the summary.
    """
    world.add_asset(indexed=True)

    done = run("status", REF)

    assert 0 == done.exit_code
    assert re.search(r"^index +ANALYZE_COMPLETED +100 %", done.stdout, re.MULTILINE)
    assert re.search(r"^summary +BEFORE_SUMMARIZE +-", done.stdout, re.MULTILINE)


def test_the_status_is_a_line_of_json(simulator):
    """
    `status --json` prints one object with both, and sends one request for each.
    """
    simulator.world.add_asset(scenes=4, summarized=True)

    done = run("status", REF, "--json")

    (line,) = lines_of_json(done.stdout)
    assert 0 == done.exit_code
    assert REF == line["asset"]
    assert ("ANALYZE_COMPLETED", 1.0) == (line["index"]["state"], line["index"]["progress"])
    assert "SUMMARIZE_COMPLETED" == line["summary"]["state"]
    assert {"get_index_status", "get_scene_summary_status"} == operations(simulator)


def test_a_missing_asset_is_an_error(simulator, where):
    """
    `status` of a missing asset prints the failed request and advice.
    """
    done = run("status", MISSING)

    assert 1 == done.exit_code
    assert "" == done.stdout
    assert "GET /api/v1/workspaces/my-workspace/projects/1234/assets/404: Not Found" in done.stderr
    assert "mediaintel assets list" in done.stderr


def test_a_status_that_is_a_404_is_a_dash(simulator, where):
    """
    A 404 for a status of an existing asset is shown as a dash.
    """
    simulator.faults.add("get_index_status", Fault.STATUS(404, "404"))
    simulator.faults.add("get_scene_summary_status", Fault.STATUS(404, "404"))

    done = run("status", REF)

    assert 0 == done.exit_code
    assert re.search(r"^index +- +-", done.stdout, re.MULTILINE)
    assert re.search(r"^summary +- +-", done.stdout, re.MULTILINE)


def test_a_status_that_is_a_404_is_null(simulator, where):
    """
    With `--json` a status that the service answers with 404 is null.
    """
    simulator.faults.add("get_index_status", Fault.STATUS(404, "404"))

    done = run("status", REF, "--json")

    assert lines_of_json(done.stdout)[0]["index"] is None


def test_a_status_call_the_gateway_does_not_know_is_an_error(simulator, where):
    """
    A 404 of the gateway is an error: it does not mean that there is no index.
    """
    simulator.faults.add("get_index_status", Fault.STATUS(404, "300"))

    done = run("status", REF)

    assert 1 == done.exit_code
    assert "The gateway does not know this call" in done.stderr
