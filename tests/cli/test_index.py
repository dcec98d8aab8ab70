import re

from served_commands import (
    REF,
    lines_of_json,
    run,
)

from mediaintel_async.simulator import Fault


def test_an_index_is_a_table(world, where):
    """
    `index` prints the id of each index.
    """
    done = run("index", REF)

    assert 0 == done.exit_code
    assert re.search(rf"^{REF} +ANALYZE_COMPLETED +1001", done.stdout, re.MULTILINE)
    assert 1 == world.bill[where, "index"]


def test_an_index_is_a_line_of_json(where):
    """
    `index --json` prints an object with the id of the index.
    """
    done = run("index", REF, "--json")

    (line,) = lines_of_json(done.stdout)
    assert 0 == done.exit_code
    assert ["asset", "state", "index_id", "token", "error"] == list(line)
    assert (REF, "ANALYZE_COMPLETED", 1001, None) == (
        line["asset"],
        line["state"],
        line["index_id"],
        line["error"],
    )


def test_an_existing_index_is_kept(world):
    """
    `index` of an asset that has an index bills nothing.
    """
    where = world.add_asset(indexed=True)

    done = run("index", REF, "--json")

    assert 0 == done.exit_code
    assert "ANALYZE_COMPLETED" == lines_of_json(done.stdout)[0]["state"]
    assert 0 == world.bill[where, "index"]


def test_a_new_index_is_billed(simulator, world):
    """
    `index --new --scene-range` replaces the index, with scenes of that length.
    """
    where = world.add_asset(indexed=True)

    done = run("index", REF, "--new", "--scene-range", "SHORT")

    assert 0 == done.exit_code
    assert 1 == world.bill[where, "index"]
    assert [{"sceneRange": "SHORT"}] == [
        each.body for each in simulator.requests if each.operation == "request_index"
    ]


def test_another_scene_range_needs_new(world):
    """
    A scene range for an asset that has an index is refused with 2, unless `--new` is given.
    """
    where = world.add_asset(indexed=True)

    done = run("index", REF, "--scene-range", "SHORT")

    assert 2 == done.exit_code
    assert "--new" in done.stderr
    assert 0 == world.bill[where, "index"]


def test_an_asset_whose_status_is_a_404_is_indexed(simulator, where):
    """
    If the service answers 404 for the status of an index that never existed, one is started.
    """
    simulator.faults.add("get_index_status", Fault.STATUS(404, "404"))

    done = run("index", REF)

    assert 0 == done.exit_code


def test_a_call_the_gateway_does_not_know_is_an_error(simulator, where):
    """
    A 404 of the gateway is an error, with advice about address and version.
    """
    simulator.faults.add("get_index_status", Fault.STATUS(404, "300"))

    done = run("index", REF)

    assert 1 == done.exit_code
    assert "The gateway does not know this call" in done.stderr
