"""Models as JSON: written, stored, and read again by this or another version of the library."""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mediaintel_async
from mediaintel_async import (
    Asset,
    AssetMetaData,
    AssetRef,
    ImportState,
    ImportStatus,
    IndexState,
    IndexStatus,
    InvalidArgument,
    Page,
    PersonTag,
    PipelineStatus,
    Project,
    ProjectRef,
    RegisteredAsset,
    SceneSummary,
    SceneSummaryInfo,
    SceneSummaryState,
    SceneSummaryStatus,
    SearchHit,
    Stage,
    UploadAddress,
    legacy,
)
from mediaintel_async.models.model import Model
from mediaintel_async.models.projects import ProjectPage
from mediaintel_async.models.spelling import spellings_of
from mediaintel_async.refs import LARGEST_NUMBER, as_id

IDS = (st.integers(0, LARGEST_NUMBER) | st.text(min_size=1).filter(lambda it: "." not in it)).map(
    as_id
)
NUMBERS = st.integers(-(2**63), 2**64 - 1)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | NUMBERS
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
PRIMITIVES = {
    str: st.text(),
    bool: st.booleans(),
    int: NUMBERS,
    float: st.floats(allow_nan=False, allow_infinity=False),
    datetime: st.datetimes(),
    Any: JSON,
}
MODELS = [
    one
    for package in (mediaintel_async, legacy)
    for name in package.__all__
    if isinstance(one := getattr(package, name), type) and issubclass(one, Model)
]
KINDS = [*(Page[Asset] if one is Page else one for one in MODELS), ProjectPage]


def values(kind):  # noqa: PLR0911 - one return for each kind
    """Values of a field's type, as an answer can bring them."""
    origin, arguments = get_origin(kind) or kind, get_args(kind)
    if {*arguments} - {NoneType} == {int, str}:
        return IDS | st.none() if NoneType in arguments else IDS
    if origin in (Union, UnionType):
        return st.one_of(*map(values, arguments))
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    if origin is Mapping:
        return st.dictionaries(st.text(), JSON, max_size=3)
    if origin is NoneType:
        return st.none()
    if attrs.has(origin):
        return models(kind)
    if issubclass(origin, Enum):
        return st.sampled_from(origin)
    return PRIMITIVES[kind]


def models(kind):
    """Models with any values, and undocumented fields."""
    model, arguments = get_origin(kind) or kind, get_args(kind)
    known = {name for names in spellings_of(model).values() for name in names}
    fields = {
        field.alias: values(
            field.type[arguments] if arguments and "~" in str(field.type) else field.type
        )
        for field in attrs.fields(model)
        if field.name not in ("extra", "ref")
    }
    if hasattr(model, "extra"):
        names = st.text().filter(lambda name: name not in known)
        fields["extra"] = st.dictionaries(names, JSON, max_size=3)
    return st.builds(model, **fields)


def read(kind, data):
    """Read a model of that kind."""
    return kind.from_dict(data, *get_args(kind))


def test_every_model_can_travel():
    """
    Every public class that an answer is read into has `to_dict()` and `from_dict()`.
    """
    kept = {
        getattr(package, name)
        for package in (mediaintel_async, legacy)
        for name in package.__all__
        if hasattr(getattr(package, name), "extra") and not hasattr(getattr(package, name), "body")
    }

    assert {*MODELS} == {*kept, PipelineStatus}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_a_model_survives_being_a_dict(kind, data):
    """
    Reading what a model became gives an equal model, also by way of JSON text.
    """
    model = data.draw(models(kind))

    written = model.to_dict()

    assert model == read(kind, written)
    assert written == json.loads(json.dumps(written))


def test_a_dict_has_the_spelling_of_the_service():
    """
    A dict has the service's names, times, words and lists, and no field that is None.
    """
    model = SceneSummaryStatus(
        state=SceneSummaryState.SUMMARIZING,
        target_scene_ids=(1, "a"),
        requested_time=datetime(2026, 4, 17, 10, 30),
        extra={"neverSeen": {"a": None}},
    )

    assert {
        "status": "SUMMARIZING",
        "targetSceneIds": [1, "a"],
        "requestedTime": "2026-04-17T10:30:00",
        "neverSeen": {"a": None},
    } == model.to_dict()


def test_models_inside_models_are_dicts():
    """
    A model inside a model, or in a page, becomes a dict inside the dict, with its own extra.
    """
    page = Page(items=(Asset(asset_id=1, meta_data=AssetMetaData(size=5, extra={"fps": 25})),))

    assert {"content": [{"assetId": 1, "metaData": {"size": 5, "fps": 25}}]} == page.to_dict()


def test_a_field_of_two_spellings_is_written_in_one():
    """
    A field that the service spells in two ways is read in either, and written in the first.
    """
    status = IndexStatus.from_dict({"status": "ANALYZE_FAIL", "analysisStatusMessage": "too dark"})

    assert {"status": "ANALYZE_FAIL", "analyzeStatusMessage": "too dark"} == status.to_dict()


def test_a_dict_is_a_copy():
    """
    Changing a dict, or what a model was read from, does not change the model.
    """
    given_scene = {"words": ["a"]}
    summary = SceneSummary.from_dict({"sceneSummaries": [given_scene]})

    given_scene["words"].append("b")
    summary.to_dict()["sceneSummaries"][0]["words"].append("c")

    assert ({"words": ["a"]},) == summary.scenes


def test_a_model_of_another_version_is_read():
    """
    Fields and words that this version does not know are kept, and written again.
    """
    of_the_future = {
        "status": "SUMMARIZE_PAUSED",
        "pausedBy": {"name": "Kim"},
        "statusMessage": None,
    }

    status = SceneSummaryStatus.from_dict(of_the_future)

    assert ("SUMMARIZE_PAUSED", False) == (status.state, status.is_final)
    assert {"status": "SUMMARIZE_PAUSED", "pausedBy": {"name": "Kim"}} == status.to_dict()


@pytest.mark.parametrize(
    "model",
    [
        Asset(asset_id=5, ref=AssetRef("w", 1, 5)),
        RegisteredAsset(asset_id=5, ref=AssetRef("w", 1, 5)),
        Project(project_id=1, ref=ProjectRef("w", 1)),
        SearchHit(ref=AssetRef("w", 1, 5)),
    ],
    ids=lambda model: type(model).__name__,
)
def test_a_reference_stays_behind(model):
    """
    The `ref` of a model is in no dict, and models that differ in it alone are equal.
    """
    again = type(model).from_dict(model.to_dict())

    assert None is again.ref
    assert model == again
    assert "ref" not in model.to_dict()


def test_the_status_of_a_pipeline_has_names_of_its_own():
    """
    The dict of a pipeline's status has the library's names, with the service's inside the looks.
    """
    index = IndexStatus(state=IndexState.ANALYZING, index_id=7)
    imported = ImportStatus(state=ImportState.COMPLETED)
    status = PipelineStatus(stage=Stage.INDEX, importing=imported, index=index, token="mi1.x")

    written = status.to_dict()

    assert {
        "stage": "index",
        "importing": {"uploadStatus": "COMPLETED"},
        "index": {"status": "ANALYZING", "indexId": 7},
        "is_final": False,
        "token": "mi1.x",
        "state": "ANALYZING",
    }.items() <= written.items()
    again = PipelineStatus.from_dict(written)
    assert ("mi1.x", status) == (again.token, again)
    assert Stage.INDEX is again.stage


def test_a_mapping_of_any_kind_is_read():
    """
    A model is read from any mapping, with tuples, dates and words of enums in it.
    """
    data = MappingProxyType(
        {"lastAnalyzedAt": datetime(2026, 4, 17, 10, 30), "analyzedSceneIds": (1, 2)}
    )

    assert SceneSummaryInfo(
        last_analyzed_at=datetime(2026, 4, 17, 10, 30), analyzed_scene_ids=(1, 2)
    ) == SceneSummaryInfo.from_dict(data)


@pytest.mark.parametrize(
    ("kind", "data", "problem"),
    [
        (Asset, None, "from NoneType; expected a dict"),
        (Asset, [], "from list; expected a dict"),
        (Asset, "canary", "from str; expected a dict"),
        (Asset, {}, "at assetId: missing"),
        (
            SceneSummary,
            {"sceneSummaries": [{}, "canary"]},
            "at sceneSummaries[1]: expected an object, found text",
        ),
        (SceneSummaryStatus, {"status": 5}, "at status: expected a word, found a number"),
        (
            PipelineStatus,
            {"stage": "canary"},
            "at stage: expected one of import, index, summary, found other text",
        ),
        (PipelineStatus, {"stage": ["canary"]}, "import, index, summary, found a list"),
        (Page[PersonTag], {"content": [{"name": "canary"}]}, "at content[0].id: missing"),
        (Asset, {"assetId": {"canary"}}, "Type is not JSON serializable: set"),
    ],
)
def test_nonsense_is_refused_where_it_stands(kind, data, problem):
    """
    What is no model raises InvalidArgument, which says where it is wrong and shows no value.
    """
    with pytest.raises(InvalidArgument) as caught:
        read(kind, data)

    assert f"{kind.__name__} cannot be read" in str(caught.value)
    assert problem in str(caught.value)
    assert "canary" not in str(caught.value)


def test_too_deep_a_dict_is_refused():
    """
    A dict that is nested deeper than an answer may be is refused, and no recursion error.
    """
    deep = []
    for _ in range(120):
        deep = [deep]

    with pytest.raises(InvalidArgument, match="at the top: nested more than 100 levels deep"):
        Asset.from_dict({"assetId": 1, "deep": deep})


def test_a_page_is_read_with_the_class_of_its_items():
    """
    `Page.from_dict()` needs the class of the items; a page that knows its own needs none.
    """
    assert (Project(project_id=1),) == ProjectPage.from_dict({"projects": [{"projectId": 1}]}).items
    with pytest.raises(InvalidArgument, match=r"^item is None; expected the class of the items"):
        Page.from_dict({"content": []})


async def test_a_page_of_projects_is_read_as_any_page(client, world):
    """
    The page of projects, which the service spells in its own way, keeps its items as others do.
    """
    world.add_project("my-workspace", 1234)
    page = await client.projects.list_page("my-workspace")

    written = page.to_dict()

    assert ["projects"] == list(written)
    assert 2 == len(page.items)
    assert page.items == Page[Project].from_dict(written, Project).items
    assert page == type(page).from_dict(written)


def test_a_model_made_of_something_else_is_no_json():
    """
    A model that a program put something else than JSON into raises TypeError.
    """
    with pytest.raises(TypeError, match="not JSON serializable: set"):
        UploadAddress(key="k", extra={"a": {1}}).to_dict()


def test_models_are_read_without_a_client():
    """
    A program that only reads stored models loads neither the client nor aiohttp.
    """
    code = (
        "import sys; from mediaintel_async import SceneSummary;"
        "print(SceneSummary.from_dict({'indexId': 5}).index_id,"
        " 'aiohttp' in sys.modules, 'pydantic' in sys.modules)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "5 False False" == done.stdout.strip()
