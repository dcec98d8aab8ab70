import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaintel_async import AssetRef, InvalidArgument, ProjectRef
from mediaintel_async.refs import as_id

names = st.text(min_size=1).filter(lambda name: name not in {".", ".."})
ids = st.integers(0, 2**63 - 1) | names.filter(lambda name: "/" not in name)


@given(names, ids, ids)
def test_an_asset_reference_reads_back_what_it_printed(workspace, project_id, asset_id):
    """
    Any workspace, and any id without a slash in it, survives printing and parsing.
    """
    ref = AssetRef(workspace, project_id, asset_id)

    assert ref == AssetRef.parse(str(ref))


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


@pytest.mark.parametrize("text", ["x", "", "a/b", "/1/2", "a//2", "a/1/", "a/1/..", None, 5])
def test_an_impossible_asset_reference_is_refused(text):
    """
    A text that is not an asset reference raises InvalidArgument.
    """
    with pytest.raises(InvalidArgument):
        AssetRef.parse(text)


@pytest.mark.parametrize("text", ["x", "", "/1", "a/", "./1", None])
def test_an_impossible_project_reference_is_refused(text):
    """
    A text that is not a project reference raises InvalidArgument.
    """
    with pytest.raises(InvalidArgument):
        ProjectRef.parse(text)


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
