"""The commands that keep workspaces, projects, assets, persons and tags."""

import re
import subprocess
import sys

import pytest
from served_commands import lines_of_json, run, serving

from mediaintel_async.cli.commands import confirm
from mediaintel_async.clock import FastClock
from mediaintel_async.simulator import Simulator, World

CANARY = "canary-secret-key"
CLOCK = FastClock(100)
W = "my-workspace"


@pytest.fixture
def simulator(monkeypatch):
    """A service in another thread, named by the environment."""
    with serving(Simulator(CLOCK, World(CLOCK), secret_key=CANARY), CLOCK, monkeypatch) as service:
        yield service


@pytest.fixture
def world(simulator):
    """The state behind the service: a project with an asset, three persons and two tags."""
    simulator.world.add_asset(W, 1234, 5678)
    simulator.world.add_project(W, 4321)
    simulator.world.add_person_tag(W, 100, "Actor")
    simulator.world.add_person_tag(W, 200, "Anchor")
    simulator.world.add_person(W, 1001, [1, 2], name="Gildong Hong", tag_ids=[100, 200])
    simulator.world.add_person(W, 1002, [3], name="Jae-suk Yoo", tag_ids=[200], asset_count=5)
    simulator.world.add_person(W, 1003)
    return simulator.world


@pytest.fixture
def terminal(monkeypatch):
    """Somebody at a terminal, who answers what is given."""
    monkeypatch.setattr(confirm, "is_answered", lambda: True)


# Each that cannot be undone, with how it is asked for, and what it asks of the service.
DEEDS = {
    "delete_workspace": (["workspaces", "delete", W], f"Delete the workspace {W} and all"),
    "delete_project": (["projects", "delete", f"{W}/4321"], f"Delete the project {W}/4321"),
    "delete_asset": (["assets", "delete", f"{W}/1234/5678"], f"Delete the asset {W}/1234/5678"),
    "delete_person": (["persons", "delete", W, "1001"], f"Delete the person 1001 of {W}"),
    "merge_persons": (["persons", "merge", W, "1001", "1002", "1003"], "Fold 1002, 1003 of"),
    "delete_person_tag": (["tags", "delete", W, "100"], f"Delete the tag 100 of {W}"),
}
EACH_DEED = pytest.mark.parametrize(
    ("operation", "words", "question"), [(name, *deed) for name, deed in DEEDS.items()]
)


@EACH_DEED
def test_what_cannot_be_undone_is_asked_for_first(
    simulator, world, terminal, operation, words, question
):
    """
    At a terminal the deed is named, and done after a yes.
    """
    done = run(*words, given="y\n")

    assert 0 == done.exit_code
    assert question in done.stderr
    assert "This cannot be undone. [y/N] " in done.stderr
    assert [operation] == [one.operation for one in simulator.requests]


@EACH_DEED
@pytest.mark.parametrize("answer", ["n\n", "\n", "", "yesterday\n"])
def test_a_no_is_a_no(simulator, world, terminal, operation, words, question, answer):
    """
    Anything but a yes leaves all as it is, and exits with 1.
    """
    done = run(*words, given=answer)

    assert (1, "") == (done.exit_code, done.stdout)
    assert "Nothing was done." in done.stderr
    assert [] == simulator.requests


@EACH_DEED
def test_without_a_terminal_nobody_is_asked(simulator, world, operation, words, question):
    """
    Where nobody can be asked, and --yes is not given, nothing is done, and the exit code is 2.
    """
    done = run(*words, given="y\n")

    assert 2 == done.exit_code
    told = " ".join(done.stderr.split())
    assert "nothing was done, as nobody is at a terminal to be asked" in told
    assert "--yes says that it is meant" in told
    assert [] == simulator.requests


@EACH_DEED
def test_yes_is_a_yes(simulator, world, operation, words, question):
    """
    With --yes nothing is asked.
    """
    done = run(*words, "--yes")

    assert (0, "") == (done.exit_code, done.stderr)
    assert [operation] == [one.operation for one in simulator.requests]


@pytest.mark.parametrize("answer", ["y\n", "Yes \n", "y"])
def test_a_yes_has_several_forms(simulator, world, terminal, answer):
    """
    A yes may be short or long, and needs no end of the line.
    """
    done = run("tags", "delete", W, "100", given=answer)

    assert (0, "100 is deleted.\n") == (done.exit_code, done.stdout)


def test_ctrl_c_at_the_question_is_an_interrupt(simulator, world, terminal, monkeypatch):
    """
    Ctrl-C instead of an answer does nothing, and exits with 130.
    """

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(confirm, "print", interrupted, raising=False)

    done = run("tags", "delete", W, "100")

    assert 130 == done.exit_code
    assert [] == simulator.requests


def test_a_closed_input_is_nobody():
    """
    A process without any standard input is refused like one without a terminal.
    """
    script = "from mediaintel_async.cli import main; main()"
    words = ["workspaces", "delete", W, "--base-url", "http://127.0.0.1:1"]

    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$@" <&-', "sh", sys.executable, "-c", script, *words],
        capture_output=True,
        text=True,
        check=False,
    )

    assert 2 == done.returncode
    assert "--yes" in done.stderr


# workspaces


def test_a_workspace_is_created(simulator):
    """
    `workspaces create` prints the name.
    """
    done = run("workspaces", "create", W, "--bucket", "my-bucket")

    assert (0, f"{W}\n") == (done.exit_code, done.stdout)
    assert "my-bucket" == simulator.world.workspace(W).bucket


def test_a_workspace_is_created_as_json(simulator):
    """
    `workspaces create --json` prints an object.
    """
    done = run("workspaces", "create", W, "--json")

    (line,) = lines_of_json(done.stdout)
    assert [("workspace", W), "created_time"] == [("workspace", line["workspace"]), [*line][1]]


def test_a_workspace_is_deleted(world):
    """
    `workspaces delete` says what is gone.
    """
    done = run("workspaces", "delete", W, "--yes")

    assert (0, f"{W} is deleted.\n") == (done.exit_code, done.stdout)
    assert [] == world.workspaces()


@pytest.mark.parametrize(
    "words",
    [
        ["workspaces"],
        ["workspaces", "list"],
        ["projects", W],
        ["projects", "list", W],
    ],
)
def test_a_listing_goes_without_its_word(world, words):
    """
    `workspaces` is `workspaces list`, and `projects W` is `projects list W`.
    """
    done = run(*words)

    assert 0 == done.exit_code
    assert re.search(rf"^{W}(/4321)? ", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    "words",
    [
        ["workspaces", "--json"],
        ["workspaces", "list", "--json"],
        ["projects", "--json", W],
        ["projects", "list", "--json", W],
    ],
)
def test_options_of_a_listing_go_without_its_word(world, words):
    """
    What stands before or after the name of the workspace belongs to the listing.
    """
    done = run(*words)

    assert 0 == done.exit_code
    assert lines_of_json(done.stdout)


def test_a_workspace_may_be_called_like_a_word(world):
    """
    With `list` before it, a workspace called `create` is listed.
    """
    world.add_project("create", 1)

    done = run("projects", "list", "create", "--json")

    assert "create/1" == lines_of_json(done.stdout)[1]["project"]


@pytest.mark.parametrize("group", ["workspaces", "projects"])
def test_help_is_of_the_group(group):
    """
    `--help` shows all words of a group, and not those of its listing.
    """
    done = run(group, "--help")

    assert 0 == done.exit_code
    assert "create" in done.stdout
    assert "delete" in done.stdout


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["projects"], "WORKSPACE"),
        (["workspaces", "delte", W], "unexpected"),
        (["workspaces", "create", "My Workspace"], "3 to 63"),
        (["workspaces", "--json", "delete", W], "unexpected"),
        (["projects", "create", W, "a;b"], "1 to 100"),
        (["projects", "delete", W, "--yes"], "workspace/project_id"),
        (["assets", "move", f"{W}/1234/5678", "another/1"], "expected a project of the workspace"),
        (["assets", "move", f"{W}/1234/5678"], "WORKSPACE/PROJECT"),
        (["assets", "delete", W], "workspace/project_id/asset_id"),
        (["persons", "list", W, "--tag", "Actor"], "tag_ids"),
        (["persons", "list", W, "--name", "a"], "2 to 50"),
        (["persons", "merge", W, "1001", "--yes"], "OTHER"),
        (["persons", "merge", W, "1001", "1001", "--yes"], "absorbed_ids"),
        (["persons", "update", W, "1001"], "expected at least one of them"),
        (["persons", "similar", W, "1001", "--count", "11"], "person_count"),
        (["persons", "tag", W, "1001", "Actor"], "tag_ids"),
        (["tags", "create", W, ""], "1 to 30"),
        (["tags", "delete", W, "Actor", "--yes"], "tag_id"),
    ],
)
def test_what_makes_no_sense_is_refused(simulator, world, words, complaint):
    """
    What cannot be meant exits with 2 before anything is sent.
    """
    done = run(*words)

    assert (2, "") == (done.exit_code, done.stdout)
    assert complaint in done.stderr
    assert [] == simulator.requests


@pytest.mark.parametrize(
    "words",
    [
        ["workspaces", "delete", "another", "--yes"],
        ["projects", "create", W, "my-project"],
        ["assets", "move", f"{W}/1234/404", f"{W}/4321"],
        ["persons", "get", W, "404"],
        ["persons", "tag", W, "1001", "404"],
        ["tags", "create", W, "Actor"],
    ],
)
def test_what_the_service_refuses_is_one_line_and_advice(world, words):
    """
    A refusal of the service exits with 1, and says what was attempted and what to do.
    """
    done = run(*words)

    assert (1, "") == (done.exit_code, done.stdout)
    assert "HTTP 40" in done.stderr
    assert 2 == done.stderr.count("\n")
    assert CANARY not in done.output


# projects and assets


def test_a_project_is_created(world):
    """
    `projects create` prints the reference that other commands take.
    """
    done = run("projects", "create", W, "Another project")

    assert (0, f"{W}/900002\n") == (done.exit_code, done.stdout)
    assert "Another project" == world.project(W, 900002).name


def test_a_project_is_created_as_json(world):
    """
    `projects create --json` prints an object, as the listing does.
    """
    done = run("projects", "create", W, "Another project", "--json")

    (line,) = lines_of_json(done.stdout)
    assert (f"{W}/900002", "Another project") == (line["project"], line["name"])


def test_a_project_is_deleted_as_json(world):
    """
    `projects delete --json` says what is gone as an object.
    """
    done = run("projects", "delete", f"{W}/4321", "--yes", "--json")

    assert [{"project": f"{W}/4321", "deleted": True}] == lines_of_json(done.stdout)


def test_an_asset_is_moved(world):
    """
    `assets move` prints the new reference.
    """
    done = run("assets", "move", f"{W}/1234/5678", f"{W}/4321")

    assert (0, f"{W}/4321/5678\n") == (done.exit_code, done.stdout)
    assert [5678] == list(world.assets(W, 4321))


def test_an_asset_is_moved_as_json(world):
    """
    `assets move --json` prints an object, as the listing does.
    """
    done = run("assets", "move", f"{W}/1234/5678", f"{W}/4321", "--json")

    (line,) = lines_of_json(done.stdout)
    assert (f"{W}/4321/5678", "sample-video.mp4") == (line["asset"], line["file_name"])


# persons


def test_persons_are_listed(world):
    """
    `persons list` prints a row a person, with a dash where there is no name or tag.
    """
    done = run("persons", "list", W)

    assert 0 == done.exit_code
    assert re.search(r"^1001 +2 +Actor, Anchor +Gildong Hong *$", done.stdout, re.MULTILINE)
    assert re.search(r"^1003 +0 +- +- *$", done.stdout, re.MULTILINE)


def test_persons_are_listed_by_name_and_tag(world):
    """
    `persons list --name --tag --json` prints an object a person that fits.
    """
    done = run("persons", "list", W, "--name", "Yoo", "--tag", "100", "--tag", "200", "--json")

    assert [
        {
            "person": 1002,
            "name": "Jae-suk Yoo",
            "description": None,
            "tags": [{"tag": 200, "name": "Anchor"}],
            "thumbnails": [{"id": 3, "is_primary_thumbnail": True}],
        }
    ] == lines_of_json(done.stdout)


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_a_person_is_shown_without_addresses(world, form):
    """
    `persons get` tells the thumbnails by their ids: their addresses are as good as a key.
    """
    done = run("persons", "get", W, "1001", *form)

    assert 0 == done.exit_code
    assert "Gildong Hong" in done.stdout
    assert "http" not in done.output


def test_a_person_is_shown_as_a_table(world):
    """
    `persons get` marks the main thumbnail, and prints a dash for what is not there.
    """
    named, nameless = run("persons", "get", W, "1001"), run("persons", "get", W, "1003")

    assert re.search(r"^thumbnails +1 \(main\), 2 *$", named.stdout, re.MULTILINE)
    assert re.search(r"^thumbnails +- *$", nameless.stdout, re.MULTILINE)
    assert re.search(r"^name +- *$", nameless.stdout, re.MULTILINE)


def test_a_person_is_created(world):
    """
    `persons create` prints the id; the first thumbnail is the main one.
    """
    done = run(
        *["persons", "create", W, "--name", "Sun-sin Yi", "--description", "An admiral."],
        *["--thumbnail", "a.jpg", "--thumbnail", "b.jpg"],
    )

    person = world.workspace(W).people.person(1004)
    assert (0, "1004\n") == (done.exit_code, done.stdout)
    assert ("Sun-sin Yi", "An admiral.") == (person.name, person.description)
    assert [3001, 3002] == person.thumbnail_ids
    assert 3001 == person.primary_id


def test_an_anonymous_person_is_created(world):
    """
    `persons create --json` prints an object; neither name nor thumbnail is needed.
    """
    done = run("persons", "create", W, "--json")

    assert [{"person": 1004}] == lines_of_json(done.stdout)


def test_a_person_is_changed(world):
    """
    `persons update` prints what is known then.
    """
    done = run("persons", "update", W, "1001", "--name", "Hong", "--primary-thumbnail", "2")

    assert 0 == done.exit_code
    assert re.search(r"^name +Hong *$", done.stdout, re.MULTILINE)
    assert re.search(r"^thumbnails +1, 2 \(main\) *$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("kind", "number"), [("person", 1003), ("tag", 100)], ids=["person", "tag"]
)
def test_ids_are_numbers_in_json(world, kind, number):
    """
    `persons delete --json` and `tags delete --json` tell an id as the listings do.
    """
    done = run(f"{kind}s", "delete", W, str(number), "--yes", "--json")

    assert [{kind: number, "deleted": True}] == lines_of_json(done.stdout)


def test_help_tells_that_an_update_leaves_a_name(world):
    """
    `persons update` does not take away a name that is not given.
    """
    assert "without one, it stays" in " ".join(run("persons", "update", "--help").stdout.split())


def test_persons_are_merged(world):
    """
    `persons merge` tells what it moved.
    """
    done = run("persons", "merge", W, "1001", "1002", "1003", "--yes")

    assert "1001 got 5 assets and 1 thumbnails.\n" == done.stdout
    assert [1001] == list(world.workspace(W).people.persons)


def test_persons_are_merged_as_json(world):
    """
    `persons merge --json` prints an object.
    """
    done = run("persons", "merge", W, "1001", "1002", "--yes", "--json")

    (line,) = lines_of_json(done.stdout)
    assert [1001, 5, 1] == [*line.values()][:3]


@pytest.mark.parametrize(("form", "expected"), [([], "1002\n"), (["--json"], '{"person": 1002}\n')])
def test_similar_persons_are_listed(world, form, expected):
    """
    `persons similar` prints a line a person.
    """
    done = run("persons", "similar", W, "1001", "--count", "1", "--threshold", "90", *form)

    assert (0, expected) == (done.exit_code, done.stdout)


# tags


def test_tags_are_listed(world):
    """
    `tags list` prints a row a tag.
    """
    done = run("tags", "list", W, "--name", "An")

    assert 0 == done.exit_code
    assert re.search(r"^200 +Anchor *$", done.stdout, re.MULTILINE)
    assert "Actor" not in done.stdout


def test_a_tag_is_created(world):
    """
    `tags create` prints the id, and with --json an object.
    """
    plain, as_json = run("tags", "create", W, "Singer"), run("tags", "create", W, "MC", "--json")

    assert "101\n" == plain.stdout
    assert [{"tag": 102, "name": "MC"}] == lines_of_json(as_json.stdout)


def test_a_person_is_tagged(world):
    """
    `persons tag` and `persons untag` print the tags that are there afterwards.
    """
    tagged = run("persons", "tag", W, "1003", "100", "200", "--json")
    left = run("persons", "untag", W, "1003", "100")

    assert [100, 200] == [line["tag"] for line in lines_of_json(tagged.stdout)]
    assert re.search(r"^200 +Anchor *$", left.stdout, re.MULTILINE)
    assert [200] == world.workspace(W).people.person(1003).tag_ids
