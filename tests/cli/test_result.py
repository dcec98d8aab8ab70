import re

from served_commands import (
    MISSING,
    REF,
    lines_of_json,
    run,
)


def test_the_result_is_every_scene(world):
    """
    `result` prints the words of each scene.
    """
    world.add_asset(scenes=4, summarized=True)

    done = run("result", REF)

    assert 0 == done.exit_code
    assert 5 == done.stdout.count("\n")
    assert re.search(r"^4 +Scene 4 of sample-video\.mp4", done.stdout, re.MULTILINE)


def test_the_result_is_a_line_of_json(world):
    """
    `result --json` prints the scenes as the service sent them.
    """
    world.add_asset(scenes=4, summarized=True)

    done = run("result", REF, "--json")

    (line,) = lines_of_json(done.stdout)
    assert ["asset", "index_id", "scenes"] == list(line)
    assert [1, 2, 3, 4] == [scene["sceneId"] for scene in line["scenes"]]


def test_no_result_yet(world, where):
    """
    `result` without a summary names the command that makes one, and starts nothing.
    """
    done = run("result", REF)

    assert (1, "") == (done.exit_code, done.stdout)
    assert "summarising the asset makes one. `mediaintel summarize REF`" in done.stderr
    assert 0 == world.bill[where, "summary"]


def test_no_result_of_a_missing_asset(where):
    """
    `result` of a missing asset exits with 1 and the 404 of the asset.
    """
    done = run("result", MISSING)

    assert 1 == done.exit_code
    assert "assets/404: Not Found" in done.stderr
    assert "Check that each thing in this path exists" in done.stderr
