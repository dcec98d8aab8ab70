import re

from served_commands import (
    OTHER,
    REF,
    RESUME,
    W,
    lines_of_json,
    press_ctrl_c_at,
    run,
)

from mediaintel_async.cli.actions import run_with_client
from mediaintel_async.clock import FastClock
from mediaintel_async.simulator import Fault, Timings


def test_assets_are_listed(world, where, other):
    """
    `assets list` prints a row per asset.
    """
    done = run("assets", "list", "my-workspace/1234")

    assert 0 == done.exit_code
    assert re.search(rf"^{REF} +0:01:00 +1280x720 +sample-video.mp4", done.stdout, re.MULTILINE)
    assert OTHER in done.stdout


def test_assets_are_listed_as_json(world, where, other):
    """
    `assets list --json` prints an object per asset.
    """
    done = run("assets", "list", "my-workspace/1234", "--json")

    assert 0 == done.exit_code
    assert [REF, OTHER] == [line["asset"] for line in lines_of_json(done.stdout)]
    assert 60_000 == lines_of_json(done.stdout)[0]["duration_ms"]


def test_an_asset_is_shown(where):
    """
    `assets get` prints what the service knows of an asset.
    """
    done = run("assets", "get", REF)

    assert 0 == done.exit_code
    assert re.search(rf"^asset +{REF}", done.stdout)
    assert re.search(r"^duration +0:01:00", done.stdout, re.MULTILINE)


def test_an_asset_is_shown_as_json(where):
    """
    `assets get --json` prints one object.
    """
    done = run("assets", "get", REF, "--json")

    (line,) = lines_of_json(done.stdout)
    assert 0 == done.exit_code
    assert (REF, "sample-video.mp4", "mp4") == (line["asset"], line["key"], line["format"])


def test_registering_leaves_a_line_to_wait(world, where):
    """
    `assets register` prints the new asset, and the line that waits for its import.
    """
    world.put_object("my-bucket", "new.mp4")

    done = run("assets", "register", "my-workspace/1234", "--bucket=my-bucket", "--key=new.mp4")
    waited = run(*RESUME.findall(done.stdout)[0].split())

    assert 0 == done.exit_code
    assert re.search(rf"^{OTHER} +new.mp4", done.stdout, re.MULTILINE)
    assert 0 == waited.exit_code
    assert re.search(rf"^{OTHER} +COMPLETED +new.mp4", waited.stdout, re.MULTILINE)
    assert 1 == world.bill[where.project, "import"]


def test_registering_prints_json(world, where):
    """
    `assets register --json` prints the asset and the token of its import.
    """
    world.put_object("my-bucket", "new.mp4")

    done = run(
        *["assets", "register", "my-workspace/1234", "--bucket=my-bucket", "--key=new.mp4"],
        "--json",
    )

    (line,) = lines_of_json(done.stdout)
    assert ["asset", "token"] == list(line)
    assert OTHER == line["asset"]


def test_registering_can_wait(world, where):
    """
    `assets register --wait --json` prints the asset once it is imported.
    """
    world.put_object("my-bucket", "new.mp4")

    done = run(
        *["assets", "register", "my-workspace/1234", "--bucket=my-bucket", "--key=new.mp4"],
        *["--wait", "--json"],
    )

    (line,) = lines_of_json(done.stdout)
    assert 0 == done.exit_code
    assert (OTHER, "COMPLETED", "new.mp4") == (line["asset"], line["state"], line["file_name"])


def test_a_file_that_is_not_in_the_bucket(where):
    """
    An import of a missing file exits with 1, and says what to check.
    """
    done = run(
        *["assets", "register", "my-workspace/1234", "--bucket=my-bucket", "--key=none.mp4"],
        "--wait",
    )

    assert 1 == done.exit_code
    assert "FILE_NOT_EXIST" in done.stdout
    assert "no such file is there" in done.stderr


def test_a_lost_registration_names_its_candidates(simulator, where):
    """
    A registration whose response is lost names the assets that it may have created.
    """
    simulator.faults.add("register_asset", Fault.DROP_AFTER)

    done = run("assets", "register", "my-workspace/1234", "--bucket=my-bucket", "--key=new.mp4")

    assert 1 == done.exit_code
    assert f"It may have created {OTHER}." in done.stderr
    assert "before you repeat it" in done.stderr


def test_an_interrupted_registration_names_a_listing(where, ctrl_c_at_first_request):
    """
    Ctrl-C before a registration was sent prints where a registered asset would be listed.
    """
    done = run("assets", "register", "my-workspace/1234", "--bucket=my-bucket", "--key=new.mp4")

    assert (130, "") == (done.exit_code, done.stdout)
    assert "`mediaintel assets list my-workspace/1234` shows whether" in done.stderr


def test_a_registration_that_is_interrupted_late_is_resumed(world, where, ctrl_c_at_first_progress):
    """
    Ctrl-C during the wait for an import prints the line that resumes it.
    """
    world.put_object("my-bucket", "new.mp4")
    world.timings = Timings(import_seconds=1e6)

    done = run(
        *["assets", "register", "my-workspace/1234", "--bucket=my-bucket", "--key=new.mp4"],
        "--wait",
    )

    assert 130 == done.exit_code
    assert 1 == len(RESUME.findall(done.stdout))


def test_a_registration_that_was_in_flight_is_resumed(simulator, where, monkeypatch):
    """
    Ctrl-C before the response to a registration arrives prints the line that resumes it.
    """
    simulator.faults.add("register_asset", Fault.SLOW(30))
    # The client waits for the response by this clock, which must not be the quicker one.
    monkeypatch.setattr(run_with_client, "CLOCK", FastClock(1))

    press_ctrl_c_at(simulator, "register_asset")

    done = run("assets", "register", "my-workspace/1234", "--bucket=my-bucket", "--key=new.mp4")

    assert 130 == done.exit_code
    assert 1 == len(RESUME.findall(done.stderr))


def test_an_asset_is_moved(populated):
    """
    `assets move` prints the new reference.
    """
    done = run("assets", "move", f"{W}/1234/5678", f"{W}/4321")

    assert (0, f"{W}/4321/5678\n") == (done.exit_code, done.stdout)
    assert [5678] == list(populated.assets(W, 4321))


def test_an_asset_is_moved_as_json(populated):
    """
    `assets move --json` prints an object, as the listing does.
    """
    done = run("assets", "move", f"{W}/1234/5678", f"{W}/4321", "--json")

    (line,) = lines_of_json(done.stdout)
    assert (f"{W}/4321/5678", "sample-video.mp4") == (line["asset"], line["file_name"])
