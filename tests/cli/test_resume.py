from served_commands import (
    ENDLESS,
    REF,
    RESUME,
    lines_of_json,
    run,
)


def test_an_index_is_resumed(world):
    """
    `resume` waits for an index whose command timed out.
    """
    where = world.add_asset(timings=ENDLESS)
    left = run("index", REF, "--timeout", "0")
    world.finish(where, "index")

    done = run(*RESUME.findall(left.stdout)[0].split(), "--json")

    assert 3 == left.exit_code
    assert 0 == done.exit_code
    assert 1001 == lines_of_json(done.stdout)[0]["index_id"]


def test_a_token_of_another_service_is_refused(simulator, where):
    """
    A token is accepted only for the address it was made for.
    """
    made = run("summarize", REF, "--json")
    token = lines_of_json(made.stdout)[0]["token"]

    done = run("resume", token, "--base-url", "http://127.0.0.1:1")

    assert 2 == done.exit_code
    assert f"token is of {simulator.url}" in done.stderr


def test_a_token_of_no_asset_is_refused(simulator):
    """
    A token that names no asset exits with 2.
    """
    done = run("resume", "mi1.eyJrIjoiaW5kZXgiLCJvIjoiaHR0cDovL2EiLCJ3IjoiYSIsIngiOlsxXX0")

    assert 2 == done.exit_code
    assert "does not name an asset" in done.stderr
