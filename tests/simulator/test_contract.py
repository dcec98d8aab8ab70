"""The simulator's answers, checked against the contract; `conftest.py` does so in every test."""

import aiohttp
import pytest
from contract import CONTRACT
from contract_check import complaints
from hypothesis import given, settings
from hypothesis import strategies as st
from simulator_calls import Calls
from yarl import URL

from mediaintel_async.simulator import Simulator
from mediaintel_async.simulator.answers import Answer
from mediaintel_async.simulator.operations.catalogue import OPERATIONS

WORKSPACE = "my-workspace"
KNOWN = {
    "workspace_name": [WORKSPACE],
    "project_id": ["1234"],
    "asset_id": ["1", "2", "3", "4", "5"],
    "video_asset_id": ["1", "2", "3", "4", "5"],
    "index_id": ["1001", "1002", "1003"],
    "scene_summary_id": ["101", "102"],
    "person_id": ["77"],
}
UNKNOWN = ["1", "0", "-1", "001", "x", "my-other-workspace", "%2F", "99999999999999999999"]
SCHEMAS = CONTRACT["components"]["schemas"]
TAKES = {
    operation["operationId"]: operation
    for methods in CONTRACT["paths"].values()
    for operation in methods.values()
    if isinstance(operation, dict)
}
ANYTHING = st.sampled_from(
    [None, True, 0, 1, 77, -1, 1.5, "", "name", [], [1], ["1"], {}, {"a": 1}]
)


def values(schema):
    """Values that the contract allows by *schema*, and some that it does not allow."""
    schema = SCHEMAS[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    if isinstance(schema.get("type"), list):
        return st.one_of(values({**schema, "type": kind}) for kind in schema["type"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"]) | ANYTHING
    if schema.get("type") == "object":
        members = {name: values(one) for name, one in schema.get("properties", {}).items()}
        needed = {name: members.pop(name) for name in schema.get("required", []) if name in members}
        return st.fixed_dictionaries(needed, optional=members)
    if schema.get("type") == "array":
        return st.lists(values(schema.get("items", {})), max_size=3) | ANYTHING
    plain = {
        "integer": st.integers(schema.get("minimum", 0), schema.get("maximum", 1000)),
        "boolean": st.booleans(),
        "string": st.sampled_from(
            ["name", "my-workspace", "sample-video.mp4", "a/b", "ko", "x" * 200]
        ),
    }
    return plain.get(schema.get("type"), ANYTHING)


def parts(operation):
    """The variable parts of the path of an operation, mostly of things that exist."""
    names = [part[1:-1] for part in operation.parts if part.startswith("{")]
    return st.fixed_dictionaries(
        {
            name: st.sampled_from(KNOWN.get(name, ["1"]))
            | st.sampled_from(KNOWN.get(name, UNKNOWN))
            | st.sampled_from(UNKNOWN)
            for name in names
        }
    )


def queries(operation):
    """The query that an operation takes, with or without its required parameters."""
    taken = [
        one for one in TAKES[operation.operation_id].get("parameters", []) if one["in"] == "query"
    ]
    members = {one["name"]: values(one["schema"]).map(str) for one in taken}
    return st.fixed_dictionaries({}, optional=members) | st.fixed_dictionaries(members)


def bodies(operation):
    """The body that an operation takes, and others."""
    taken = TAKES[operation.operation_id].get("requestBody")
    if taken is None:
        return st.none() | ANYTHING
    return values(taken["content"]["application/json"]["schema"]) | ANYTHING


@st.composite
def requests(draw):
    """A request of an operation, as `Calls.send()` takes it."""
    operation = draw(st.sampled_from(OPERATIONS))
    path = operation.path.format(**draw(parts(operation)))
    query = draw(queries(operation))
    target = str(URL(path, encoded=True).with_query(query)) if query else path
    return operation.operation_id, operation.method, target, draw(bodies(operation))


def set_the_stage(world):
    """Add assets in every state, a bucket, and a person."""
    world.add_workspace(WORKSPACE, "my-bucket")
    world.put_object("my-bucket", "sample-video.mp4")
    world.add_asset(asset_id=1)
    world.add_asset(asset_id=2, indexed=True)
    world.add_asset(asset_id=3, summarized=True)
    world.fail_next(world.add_asset(asset_id=4, indexed=True), "summary", "out of luck")
    world.fail_next(world.add_asset(asset_id=5, file_name="a.png"), "index", "out of luck")
    world.add_person(WORKSPACE, 77, [1, 77])


WALKS = st.lists(st.tuples(requests(), st.sampled_from([0, 0, 3, 30])), min_size=5, max_size=30)


async def walk(clock, steps):
    """Send the requests of a walk; return how they were answered, by operation and status."""
    answered = []
    async with Simulator(clock) as simulator, aiohttp.ClientSession() as session:
        set_the_stage(simulator.world)
        for (_, method, target, body), pause in steps:
            got = await Calls(simulator, session).send(method, target, body)
            answered.append((simulator.requests[-1].operation, got.status))
            await clock.sleep(pause)
    return answered


@given(steps=WALKS)
async def test_every_answer_is_of_the_contract(clock, steps):
    """
    Every request, in every order, gets an answer that the contract allows, and never a 500.
    """
    answered = await walk(clock, steps)

    assert max(status for _, status in answered) < 500


@pytest.mark.thorough
@settings(settings.get_profile("thorough"), max_examples=1500)
@given(steps=WALKS)
async def test_very_many_answers_are_of_the_contract(clock, steps):
    """
    Every request, in every order, gets an answer that the contract allows, and never a 500.
    """
    answered = await walk(clock, steps)

    assert max(status for _, status in answered) < 500


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.operation_id)
def test_an_answer_that_is_not_of_the_contract_is_noticed(operation):
    """
    Every operation of the simulator is in the contract, and the check notices a wrong answer to it.
    """
    answer = Answer(status=200, body=b"[]")

    noticed = complaints(operation.operation_id, answer)

    assert [f"{operation.operation_id}, 200: $: [] is not of type 'object'"] == noticed
