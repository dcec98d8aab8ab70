import json
import re

import pytest
from arrivals import sent
from attrs import evolve
from served_commands import CLOCK, RESUME, W, lines_of_json, press_ctrl_c_at, run, serving

from mediaintel_async.simulator import Fault, Simulator, Timings, World


@pytest.fixture
def simulator(monkeypatch):
    """A simulator with quick searches and two indexed assets."""
    world = World(CLOCK, timings=Timings(search_seconds=0.5))
    world.add_asset(W, 1234, 5678, scenes=70, indexed=True)
    world.add_asset(W, 1235, 5679, scenes=4, indexed=True)
    with serving(Simulator(CLOCK, world), CLOCK, monkeypatch) as service:
        yield service


@pytest.fixture
def endless(simulator):
    """The same simulator, whose searches never end."""
    simulator.world.timings = evolve(simulator.world.timings, search_seconds=1e9)
    return simulator


def filter_of(simulator):
    """The filter of the search request."""
    (search,) = [one for one in simulator.requests if one.operation == "search_assets"]
    return search.body["filter"]


def test_hits_are_a_table(simulator):
    """
    Fifty hits are shown best first, each with its asset; the last line counts all hits.
    """
    done = run("search", W, "a red car")

    assert 0 == done.exit_code
    assert re.match(r"asset +hit *\n", done.stdout)
    assert re.search(
        rf"^{W}/1235/5679 +sceneId: \d, score: 0\.\d+, text: ", done.stdout, re.MULTILINE
    )
    assert done.stdout.endswith("\n50 of 74\n")
    assert 50 == done.stdout.count(f"{W}/123")


def test_hits_are_lines_of_json(simulator):
    """
    With `--json` each hit is an object with its asset and what the service sent.
    """
    done = run("search", W, "a red car", "--json", "--limit", "3")

    hits = lines_of_json(done.stdout)
    assert (0, 3) == (done.exit_code, len(hits))
    assert f"{W}/{hits[0]['hit']['projectId']}/{hits[0]['hit']['assetId']}" == hits[0]["asset"]
    assert hits[0]["hit"]["score"] > hits[2]["hit"]["score"]


def test_all_projects_are_searched(simulator):
    """
    Without `--project` the search names every project of the workspace.
    """
    run("search", W, "a red car")

    assert {1234, 1235} < set(filter_of(simulator)["projectIds"])


@pytest.mark.parametrize("project", ["1235", f"{W}/1235"])
def test_one_project_is_searched(simulator, project):
    """
    `--project` takes an id or a reference, and no project is listed then.
    """
    done = run("search", W, "a red car", "--project", project)

    assert {"projectIds": [1235]} == filter_of(simulator)
    assert done.stdout.endswith("\n4 of 4\n")
    assert 0 == sent(simulator, "list_projects")


def test_an_image_is_searched_for(simulator, tmp_path):
    """
    `--image` uploads a file and searches with its key.
    """
    image = tmp_path / "car.webp"
    image.write_bytes(b"picture")

    done = run("search", W, "--image", str(image))

    assert 0 == done.exit_code
    assert [b"picture"] == [one.content for one in simulator.world.storage.received]
    assert done.stdout.endswith("\n50 of 74\n")


def test_a_failed_upload_exits_with_1(simulator, tmp_path):
    """
    If an upload fails, the advice is about the image, and no search is started.
    """
    image = tmp_path / "car.webp"
    image.write_bytes(b"picture")
    answer = {"assetFileKey": "k", "url": f"{simulator.url}/storage/k"}
    body = json.dumps({"code": "0", "result": answer}).encode()
    simulator.faults.add("issue_search_image_upload_url", Fault.BODY(body))

    done = run("search", W, "--image", str(image))

    assert (1, "") == (done.exit_code, done.stdout)
    assert "upload of car.webp: the storage refused the address" in done.stderr
    assert "No search was started: try again" in done.stderr
    assert 0 == sent(simulator, "search_assets")


def test_hits_without_an_asset_are_shown(simulator):
    """
    A hit that names no asset is shown by its other fields, on one line.
    """
    hits = [{"name": "a\nb", "persons": [1, 2]}]
    answer = {"status": "COMPLETED", "results": hits}
    body = json.dumps({"code": "0", "result": answer}).encode()
    simulator.faults.add("get_asset_search_result", Fault.BODY(body), times=9)

    done = run("search", W, "a red car")

    assert re.search(r"^- +name: a b, persons: \[1, 2\] *$", done.stdout, re.MULTILINE)
    assert done.stdout.endswith("\n1 of 1\n")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "either TEXT or --image"),
        (["car", "--image", "car.png"], "either TEXT or --image"),
        (["car", "--limit", "0"], "--limit"),
        (["one;two"], "expected text of 1 to 1000 characters without"),
        (["--image", "car.gif"], "has another format"),
        (["--image", "nowhere.png"], "cannot be read"),
        (["car", "--timeout", "-1"], "--timeout"),
    ],
    ids=str,
)
def test_invalid_arguments_are_refused(simulator, words, complaint):
    """
    Invalid arguments exit with 2, and start no search.
    """
    done = run("search", W, *words)

    assert 2 == done.exit_code
    assert complaint in " ".join(done.stderr.split())
    assert 0 == sent(simulator, "search_assets")


def test_a_failed_search_exits_with_1(simulator):
    """
    A search that fails on the service exits with 1.
    """
    simulator.world.searches.fail_next()

    done = run("search", W, "a red car")

    assert (1, "") == (done.exit_code, done.stdout)
    assert "failed (FAILED)" in done.stderr


def test_a_missing_workspace_exits_with_1(simulator):
    """
    A missing workspace exits with 1 and advice.
    """
    done = run("search", "nowhere", "a red car")

    assert 1 == done.exit_code
    assert "Check that each thing in this path" in done.stderr


@pytest.mark.parametrize("as_json", [[], ["--json"]])
def test_a_timeout_prints_a_line_that_resumes(endless, as_json):
    """
    A timeout exits with 3 and prints the line that resumes, which shows the hits.
    """
    late = run("search", W, "a red car", "--timeout", "10", *as_json)
    (resume,) = RESUME.findall(late.stderr if as_json else late.stdout)
    (search,) = endless.world.searches._searches.values()
    object.__setattr__(search, "ends_at", 0)

    done = run(*resume.split(), "--json")

    assert (3, 0) == (late.exit_code, done.exit_code)
    assert 50 == len(lines_of_json(done.stdout))
    assert 1 == sent(endless, "search_assets")


@pytest.mark.parametrize("operation", ["search_assets", "get_asset_search_result"])
def test_ctrl_c_prints_a_line_that_resumes(endless, operation):
    """
    Ctrl-C during the start of a search, or during the wait for it, prints the line that resumes it.
    """
    endless.faults.add("search_assets", Fault.SLOW(5))
    press_ctrl_c_at(endless, operation)

    done = run("search", W, "a red car")

    assert 130 == done.exit_code
    assert 1 == len(RESUME.findall(done.output))


def test_ctrl_c_before_a_search_leaves_nothing(endless):
    """
    Ctrl-C before a search was sent prints no line to resume.
    """
    press_ctrl_c_at(endless, "list_projects")
    endless.faults.add("list_projects", Fault.SLOW(1e6))

    done = run("search", W, "a red car")

    assert (130, []) == (done.exit_code, RESUME.findall(done.output))


def test_ctrl_c_before_a_response_leaves_nothing(endless):
    """
    Ctrl-C prints no line to resume if the response with the search id does not arrive.
    """
    press_ctrl_c_at(endless, "search_assets")
    endless.faults.add("search_assets", Fault.SLOW(1e6))

    done = run("search", W, "a red car")

    assert (130, []) == (done.exit_code, RESUME.findall(done.output))
