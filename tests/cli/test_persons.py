import re

import pytest
from served_commands import (
    W,
    lines_of_json,
    run,
)


def test_persons_are_listed(populated):
    """
    `persons list` prints a row per person, with a dash for a missing name or tag.
    """
    done = run("persons", "list", W)

    assert 0 == done.exit_code
    assert re.search(r"^1001 +2 +Actor, Anchor +Gildong Hong *$", done.stdout, re.MULTILINE)
    assert re.search(r"^1003 +0 +- +- *$", done.stdout, re.MULTILINE)


def test_persons_are_listed_by_name_and_tag(populated):
    """
    `persons list --name --tag --json` prints an object per matching person.
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
def test_a_person_is_shown_without_addresses(populated, form):
    """
    `persons get` prints thumbnail ids, and never their signed addresses.
    """
    done = run("persons", "get", W, "1001", *form)

    assert 0 == done.exit_code
    assert "Gildong Hong" in done.stdout
    assert "http" not in done.output


def test_a_person_is_shown_as_a_table(populated):
    """
    `persons get` marks the main thumbnail, and prints a dash for a missing value.
    """
    named, nameless = run("persons", "get", W, "1001"), run("persons", "get", W, "1003")

    assert re.search(r"^thumbnails +1 \(main\), 2 *$", named.stdout, re.MULTILINE)
    assert re.search(r"^thumbnails +- *$", nameless.stdout, re.MULTILINE)
    assert re.search(r"^name +- *$", nameless.stdout, re.MULTILINE)


def test_a_person_is_created(populated):
    """
    `persons create` prints the id; the first thumbnail is the main one.
    """
    done = run(
        *["persons", "create", W, "--name", "Sun-sin Yi", "--description", "An admiral."],
        *["--thumbnail", "a.jpg", "--thumbnail", "b.jpg"],
    )

    person = populated.workspace(W).people.person(1004)
    assert (0, "1004\n") == (done.exit_code, done.stdout)
    assert ("Sun-sin Yi", "An admiral.") == (person.name, person.description)
    assert [3001, 3002] == person.thumbnail_ids
    assert 3001 == person.primary_id


def test_an_anonymous_person_is_created(populated):
    """
    `persons create --json` prints an object; neither name nor thumbnail is needed.
    """
    done = run("persons", "create", W, "--json")

    assert [{"person": 1004}] == lines_of_json(done.stdout)


def test_a_person_is_changed(populated):
    """
    `persons update` prints the changed person.
    """
    done = run("persons", "update", W, "1001", "--name", "Hong", "--primary-thumbnail", "2")

    assert 0 == done.exit_code
    assert re.search(r"^name +Hong *$", done.stdout, re.MULTILINE)
    assert re.search(r"^thumbnails +1, 2 \(main\) *$", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("kind", "number"), [("person", 1003), ("tag", 100)], ids=["person", "tag"]
)
def test_ids_are_numbers_in_json(populated, kind, number):
    """
    `persons delete --json` and `tags delete --json` print ids as numbers, as listings do.
    """
    done = run(f"{kind}s", "delete", W, str(number), "--yes", "--json")

    assert [{kind: number, "deleted": True}] == lines_of_json(done.stdout)


def test_help_says_that_an_update_leaves_the_name(populated):
    """
    The help of `persons update` says that a name that is not given stays.
    """
    assert "without one, the name stays" in " ".join(
        run("persons", "update", "--help").stdout.split()
    )


def test_persons_are_merged(populated):
    """
    `persons merge` prints how much it moved.
    """
    done = run("persons", "merge", W, "1001", "1002", "1003", "--yes")

    assert "1001 got 5 assets and 1 thumbnails.\n" == done.stdout
    assert [1001] == list(populated.workspace(W).people.persons)


def test_persons_are_merged_as_json(populated):
    """
    `persons merge --json` prints an object.
    """
    done = run("persons", "merge", W, "1001", "1002", "--yes", "--json")

    (line,) = lines_of_json(done.stdout)
    assert [1001, 5, 1] == [*line.values()][:3]


@pytest.mark.parametrize(("form", "expected"), [([], "1002\n"), (["--json"], '{"person": 1002}\n')])
def test_similar_persons_are_listed(populated, form, expected):
    """
    `persons similar` prints a line per person.
    """
    done = run("persons", "similar", W, "1001", "--count", "1", "--threshold", "90", *form)

    assert (0, expected) == (done.exit_code, done.stdout)


def test_a_person_is_tagged(populated):
    """
    `persons tag` and `persons untag` print the tags that the person has afterwards.
    """
    tagged = run("persons", "tag", W, "1003", "100", "200", "--json")
    left = run("persons", "untag", W, "1003", "100")

    assert [100, 200] == [line["tag"] for line in lines_of_json(tagged.stdout)]
    assert re.search(r"^200 +Anchor *$", left.stdout, re.MULTILINE)
    assert [200] == populated.workspace(W).people.person(1003).tag_ids
