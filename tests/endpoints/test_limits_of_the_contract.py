"""Limits that the contract sets, and that client and simulator set alike."""

import pytest
from contract import CONTRACT, OPERATIONS
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mediaintel_async import IndexOptions, InvalidArgument
from mediaintel_async.legacy import AnalysisOptions
from mediaintel_async.simulator.operations.indexes import check_setting
from mediaintel_async.simulator.world.refusals import Refused


def of_the_contract(name):
    """What holds a body to a schema of the contract."""
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": CONTRACT["components"]}
    )


INDEX_BODY, ANALYSIS_BODY = (
    of_the_contract("RequestIndexBody"),
    of_the_contract("RequestAnalysisBody"),
)
SCENES = st.fixed_dictionaries(
    {},
    optional={
        "scene_range": st.sampled_from(["SHORT", "LONG", "NONE"]),
        "min_scene_duration_sec": st.integers(9, 31),
        "max_scene_duration_sec": st.integers(31, 60),
    },
)
SPELLED = {
    "scene_range": "sceneRange",
    "min_scene_duration_sec": "minSceneDurationSec",
    "max_scene_duration_sec": "maxSceneDurationSec",
}


def is_accepted(call, refusal):
    """Whether a call does not raise a refusal."""
    try:
        call()
    except refusal:
        return False
    return True


@given(SCENES)
@example({"min_scene_duration_sec": 10})
@example({"max_scene_duration_sec": 40})
@example({"min_scene_duration_sec": 10, "max_scene_duration_sec": 40})
@example({"min_scene_duration_sec": 9, "max_scene_duration_sec": 40})
@example({"scene_range": "SHORT", "min_scene_duration_sec": 10, "max_scene_duration_sec": 40})
@example({"scene_range": "SHORT"})
def test_client_and_simulator_accept_the_scenes_that_the_contract_accepts(scenes):
    """
    Scene durations come in pairs and exclude a scene range: contract, client, simulator agree.
    """
    body = {SPELLED[name]: value for name, value in scenes.items()}
    accepted = INDEX_BODY.is_valid(body)

    assert accepted == is_accepted(lambda: IndexOptions(**scenes), InvalidArgument)
    assert accepted == is_accepted(lambda: check_setting(body), Refused)


@pytest.mark.parametrize("tags", [[], [101], ["203"], [101, "203"], [1.5], [True], [None], "a", 5])
def test_client_and_simulator_accept_the_tags_that_the_contract_accepts(tags):
    """
    A tag is a string or an integer: contract, older client calls and simulator agree.
    """
    accepted = ANALYSIS_BODY.is_valid({"analysisPersonCount": 1, "tagIdList": tags})

    assert accepted == is_accepted(
        lambda: AnalysisOptions(analysis_person_count=1, tag_id_list=tags), InvalidArgument
    )
    assert accepted == is_accepted(lambda: check_setting({"tagIdList": tags}), Refused)


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("list_workspaces", ""),
        ("list_assets", "/my-workspace/projects/1234/assets"),
        ("list_persons", "/my-workspace/persons"),
        ("list_person_tags", "/my-workspace/person-tags"),
    ],
)
async def test_pages_count_from_one(calls, fresh, operation, path):
    """
    The simulator refuses the page 0 of every listing, as the contract says.
    """
    listing = CONTRACT["paths"][OPERATIONS[operation]["path"]]["get"]
    [number] = [each for each in listing["parameters"] if each["name"] == "pageNum"]

    zeroth = await calls.get(f"/api/v1/workspaces{path}?pageNum=0")
    first = await calls.get(f"/api/v1/workspaces{path}?pageNum=1")

    assert 1 == number["schema"]["minimum"]
    assert ((400, "10001"), 200) == (zeroth.refusal, first.status)
