import contextlib
import pickle
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaintel_async import AssetRef, InvalidArgument, ProjectRef
from mediaintel_async.refs import as_id

# What the service's rules allow and much more, but no piece of JSON, of CSV or of an address.
names = st.text(min_size=1).filter(
    lambda name: (
        name not in {".", ".."}
        and name == name.strip()
        and "://" not in name
        and not re.search(r"""["'`{}\\\x00-\x1f\x7f-\x9f\u2028\u2029]""", name)
    )
)
ids = st.integers(0, 2**63 - 1) | names.filter(lambda name: "/" not in name)


@given(names, ids, ids)
def test_an_asset_reference_reads_back_what_it_printed(workspace, project_id, asset_id):
    """
    Any workspace, and any id without a slash in it, survives printing and parsing.
    """
    ref = AssetRef(workspace, project_id, asset_id)

    assert ref == AssetRef.parse(str(ref))


@given(
    st.text(alphabet=[*"/.: \t\n\"'{}\\", "a", "1", "0", "\u2028", "\xa0"], max_size=12)
    | st.text(max_size=12)
)
def test_whatever_is_read_prints_as_it_was_read(text):
    """
    A text that parsing accepts is what the reference prints, but for ids of several spellings.
    """
    for kind in (AssetRef, ProjectRef):
        with contextlib.suppress(InvalidArgument):
            ref = kind.parse(text)
            assert text == str(ref)
            assert ref == kind.parse(str(ref))


@given(names, ids)
def test_a_project_reference_reads_back_what_it_printed(workspace, project_id):
    """
    Any project reference survives printing and parsing, too.
    """
    ref = ProjectRef(workspace, project_id)

    assert ref == ProjectRef.parse(str(ref))


def test_a_reference_prints_as_its_parts():
    """
    A reference prints as workspace, project and asset with slashes between them.
    """
    assert "my-workspace/1234/5678" == str(AssetRef("my-workspace", 1234, 5678))
    assert "my-workspace/1234" == str(ProjectRef("my-workspace", 1234))


def test_parsing_splits_from_the_right():
    """
    In a parsed reference, only the workspace can have slashes in its name.
    """
    assert AssetRef("a/b", 1, 2) == AssetRef.parse("a/b/1/2")


def test_projects_and_assets_lead_to_each_other():
    """
    A project makes references to its assets, and an asset has a reference to its project.
    """
    project = ProjectRef("my-workspace", 1234)

    asset = project.asset(5678)

    assert AssetRef("my-workspace", 1234, 5678) == asset
    assert project == asset.project


@pytest.mark.parametrize(
    ("given_id", "expected"),
    [
        ("5678", 5678),
        (5678, 5678),
        ("0", 0),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", "9223372036854775808"),
        ("007", "007"),
        ("+1", "+1"),
        (" 1", " 1"),
        ("1_0", "1_0"),
        ("१२", "१२"),
        ("..x", "..x"),
        ("1/2", "1/2"),
    ],
)
def test_only_plain_decimals_become_numbers(given_id, expected):
    """
    An id becomes a number if its text survives the round trip, and stays text otherwise.
    """
    found = as_id(given_id)

    assert (type(expected), expected) == (type(found), found)


@pytest.mark.parametrize("value", [None, True, -1, 1.5, "", ".", "..", b"1", [], 2**63], ids=repr)
@pytest.mark.parametrize("name", ["project_id", "asset_id"])
def test_an_impossible_id_is_refused_by_its_name(name, value):
    """
    An invalid id raises InvalidArgument, whose text has the argument's name and what is expected.
    """
    arguments = {"workspace": "w", "project_id": 1, "asset_id": 2, name: value}

    with pytest.raises(InvalidArgument, match=f"^{name} is .*; expected a whole number"):
        AssetRef(**arguments)


@pytest.mark.parametrize("value", [None, 1234, "", ".", "..", b"w"], ids=repr)
@pytest.mark.parametrize("kind", [AssetRef, ProjectRef])
def test_an_impossible_workspace_is_refused(kind, value):
    """
    A workspace that is empty, `.`, `..` or not text raises InvalidArgument.
    """
    with pytest.raises(InvalidArgument, match=r"^workspace is .*; expected the name"):
        kind(value, *[1, 2][: len(kind.__attrs_attrs__) - 1])


IMPOSSIBLE = [
    *("{'asset': 'w", "w'", '"w"', "`w`", "{w}", "w\\", "w\n", "\x7fw", "w\u2028w"),
    *(" w", "w ", "\tw", "\xa0w", "https://w", "s3://w/x", ".", "..", ""),
]


@pytest.mark.parametrize(
    "text",
    [
        *("x", "", "a/b", "/1/2", "a//2", "a/1/", "a/1/..", None, 5, '{"asset": "w/1234/5678"}'),
        *(f"{name}/1/2" for name in IMPOSSIBLE),
        *(f"w/{name}/2" for name in IMPOSSIBLE if "/" not in name),
        *(f"w/1/{name}" for name in IMPOSSIBLE if "/" not in name),
    ],
)
def test_an_impossible_asset_reference_is_refused(text):
    """
    A text that is not an asset reference raises InvalidArgument, which says what one looks like.
    """
    with pytest.raises(InvalidArgument) as caught:
        AssetRef.parse(text)

    expected = "is not an asset reference; expected workspace/project_id/asset_id"
    assert f"{text!r} {expected}" == str(caught.value)


@pytest.mark.parametrize(
    "text", ["x", "", "/1", "a/", "./1", None, *(f"{name}/1" for name in IMPOSSIBLE)]
)
def test_an_impossible_project_reference_is_refused(text):
    """
    A text that is not a project reference raises InvalidArgument, which says what one looks like.
    """
    with pytest.raises(InvalidArgument) as caught:
        ProjectRef.parse(text)

    assert f"{text!r} is not a project reference; expected workspace/project_id" == str(
        caught.value
    )


@pytest.mark.parametrize("name", ["it's", "a b ", "{w}"])
def test_the_constructor_takes_names_that_parsing_refuses(name):
    """
    Whatever the service calls a thing, a reference can be made of it, though not from text.
    """
    assert f"{name}/1/2" == str(AssetRef(name, 1, 2))


def test_the_refusal_says_what_a_reference_looks_like():
    """
    The error has the text that is not a reference, and the form that is expected.
    """
    with pytest.raises(
        InvalidArgument,
        match=r"^'x' is not an asset reference; expected workspace/project_id/asset_id$",
    ):
        AssetRef.parse("x")


def test_references_are_values():
    """
    Equal references are one key of a dict, and pickle to an equal one.
    """
    ref = AssetRef("w", "1", "2")

    assert 1 == len({ref, AssetRef("w", 1, 2)})
    assert ref == pickle.loads(pickle.dumps(ref))
