"""Every coroutine of the client, compared with the operation that its docstring names."""

import inspect
import re
import typing
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from contract import CONTRACT, OPERATIONS
from every_call import (
    CALLS,
    COMPOSED,
    COROUTINES,
    SEARCH_ID,
    methods,
    operation_id_of,
    requests_of,
)

from mediaintel_async import (
    LegacyApiWarning,
)
from mediaintel_async.simulator.operations.catalogue import OPERATIONS as SERVED

README = Path(__file__).parents[2] / "README.md"
PARTS = {
    "workspace_name": "my-workspace",
    "project_id": "1234",
    "asset_id": "5678",
    "video_asset_id": "5678",
    "index_id": "1001",
    "scene_summary_id": "101",
    "person_id": "77",
    "search_id": "JtWJKTDCKknMHP8Id4Gt",
    "searchId": "JtWJKTDCKknMHP8Id4Gt",
    "tag_id": "101",
}
# The parts of JSON Schema that the contract uses.

KINDS = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "array": list,
    "object": dict,
    "null": type(None),
}
BOUNDS = [
    ("minimum", lambda value, bound: value >= bound),
    ("maximum", lambda value, bound: value <= bound),
    ("minLength", lambda value, bound: len(value) >= bound),
    ("maxLength", lambda value, bound: len(value) <= bound),
    ("maxItems", lambda value, bound: len(value) <= bound),
]


def faults(schema, value, where="$"):
    """The differences between *value* and its *schema*; parts marked as unseen are tolerated."""
    if "$ref" in schema:
        schema = CONTRACT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "type" not in schema:
        return []
    named = schema["type"]
    kinds = [KINDS[name] for name in ([named] if isinstance(named, str) else named)]
    kind = next((kind for kind in kinds if isinstance(value, kind)), None)
    if kind is None or (isinstance(value, bool) and kind is int):
        return [f"{where} is no {named}"]
    if value not in schema.get("enum", [value]):
        return [f"{where} is none of {schema['enum']}"]
    out = [
        n for n, fits in BOUNDS if value is not None and n in schema and not fits(value, schema[n])
    ]
    if out:
        return [f"{where} is beyond {', '.join(out)}"]
    if kind is list and "x-discrepancy" not in schema:
        return [fault for item in value for fault in faults(schema["items"], item, f"{where}[]")]
    return member_faults(schema, value, where) if kind is dict else []


def member_faults(schema, value, where):
    """The differences between the members of an object and its schema."""
    known = schema.get("properties", {})
    missing = [name for name in schema.get("required", []) if name not in value]
    unknown = [name for name in value if name not in known and "x-unseen" not in schema]
    wrong = [
        fault
        for name in value.keys() & known.keys()
        for fault in faults(known[name], value[name], f"{where}.{name}")
    ]
    return [
        *(f"{where}.{name} is missing" for name in missing),
        *(f"{where}.{name} is unknown" for name in unknown),
        *wrong,
    ]


# The values of a query, by the types of its parameters.
READ = {"string": str, "integer": int, "array": lambda text: [int(one) for one in text.split(",")]}


def query_faults(operation, query):
    """The differences between a query and the parameters of the operation."""
    taken = {one["name"]: one for one in operation.get("parameters", []) if one["in"] == "query"}
    found = [f"{name} is unknown" for name in query if name not in taken]
    for name, one in taken.items():
        if name in query:
            found += faults(one["schema"], READ[one["schema"]["type"]](query[name]), name)
        elif one["required"]:
            found.append(f"{name} is missing")
    return found


def body_faults(operation, body):
    """The differences between a body and the body of the operation."""
    taken = operation.get("requestBody")
    if taken is None:
        return [] if body is None else ["there is a body"]
    if body is None:
        return ["there is no body"] if taken["required"] else []
    return faults(taken["content"]["application/json"]["schema"], body)


EVERY_CALL = [(name, arguments) for name, several in CALLS.items() for arguments in several]


def test_every_coroutine_is_called_here():
    """
    The table of calls above lists all of the client's coroutines and no others.
    """
    assert set(CALLS) == set(COROUTINES)


@pytest.mark.parametrize("name", sorted(COMPOSED))
def test_what_is_made_of_several_calls_names_each(name):
    """
    The last line of an upload's docstring names two operations that have coroutines above.
    """
    last_line = inspect.getdoc(methods()[name]).splitlines()[-1]

    named = set(re.fullmatch(r"Operations: (\w+), (\w+)", last_line).groups())
    assert 2 == len(named & {operation_id_of(one) for one in COROUTINES})


def test_nothing_of_search_and_uploads_is_missing():
    """
    Every operation tagged `search`, and every one of a presigned upload, has a coroutine.
    """
    wanted = {
        name
        for name, operation in OPERATIONS.items()
        if "search" in operation["tags"] or "/uploads/" in operation["path"]
    }

    assert 8 == len(wanted)
    assert set() == wanted - {operation_id_of(name) for name in COROUTINES}


@pytest.mark.parametrize("name", COROUTINES)
def test_every_coroutine_names_an_operation_of_the_contract(name):
    """
    The last line of each docstring is an operation id that the contract has.
    """
    assert operation_id_of(name) in OPERATIONS


@pytest.mark.parametrize("name", COROUTINES)
def test_every_coroutine_is_one(name):
    """
    Every public method of an endpoint group can be awaited or iterated.
    """
    function = inspect.unwrap(COROUTINES[name])

    returned = typing.get_origin(typing.get_type_hints(function)["return"])
    assert inspect.iscoroutinefunction(function) or returned is AsyncIterator


def test_no_operation_is_claimed_twice():
    """
    Each operation has one coroutine; only `iterate()` shares the operation of its `list_page()`.
    """
    claimed = [operation_id_of(name) for name in COROUTINES if ".iterate" not in name]

    assert sorted(set(claimed)) == sorted(claimed)


PAGES = {".iterate": ".list_page", ".iterate_search": ".search_page"}


@pytest.mark.parametrize("name", [name for name in COROUTINES if ".iterate" in name])
def test_iterating_asks_for_the_pages_of_the_listing(name):
    """
    An `iterate()` names the operation of the `list_page()` beside it.
    """
    group, method = name.split(".")

    page = group + PAGES[f".{method}"]

    assert operation_id_of(page) == operation_id_of(name)


# The operations of search and uploads.


def test_the_readme_lists_every_operation_without_a_coroutine():
    """
    The README says what to use instead of each operation that only `client.send()` reaches.
    """
    claimed = {operation_id_of(name) for name in COROUTINES}
    project = "/api/v1/workspaces/{workspace_name}/projects/{project_id}"
    rows = re.findall(
        r"^\| `([A-Z]+ /[^`]*)` \| `client\.", README.read_text("utf-8"), re.MULTILINE
    )

    left = [one for name, one in OPERATIONS.items() if name not in claimed]
    assert 11 == len(left)
    assert {f"{one['method']} {one['path'].removeprefix(project)}" for one in left} == set(rows)


def test_every_operation_in_force_has_its_coroutine():
    """
    Each operation of the service's current generation has a coroutine.
    """
    in_force = {name for name, one in OPERATIONS.items() if one["x-generation"] == "current"}

    assert in_force == in_force & {operation_id_of(name) for name in COROUTINES}


def test_every_operation_with_a_coroutine_is_served_by_the_stand_in():
    """
    The simulator serves each operation that has a coroutine, and no other.
    """
    served = {one.operation_id for one in SERVED}

    assert served == {operation_id_of(name) for name in COROUTINES}


@pytest.mark.parametrize("one", SERVED, ids=lambda one: one.operation_id)
def test_the_stand_in_serves_an_operation_where_the_contract_has_it(one):
    """
    The simulator serves each operation by the method and the path of the contract.
    """
    operation = OPERATIONS[one.operation_id]

    assert (operation["method"], operation["path"]) == (one.method, one.path)


@pytest.mark.parametrize("name", COROUTINES)
def test_what_ends_is_under_legacy_and_nothing_else_is(name):
    """
    An operation is deprecated if, and only if, its coroutine belongs to `client.legacy`.
    """
    operation = OPERATIONS[operation_id_of(name)]

    assert name.startswith("legacy.") == operation.get("deprecated", False)
    assert ("2027-01" if name.startswith("legacy.") else None) == operation.get("x-removal")


@pytest.mark.parametrize(
    ("generation", "expected"), [("asset-analyze", 8), ("video-assets", 3), ("scene-search", 2)]
)
def test_the_older_calls_that_start_follow_and_cancel_are_all_there(generation, expected):
    """
    Thirteen operations of the older generations have coroutines, as designed.
    """
    assert expected == len(
        {
            operation_id_of(name)
            for name in COROUTINES
            if OPERATIONS[operation_id_of(name)]["x-generation"] == generation
        }
    )


@pytest.mark.filterwarnings("ignore::mediaintel_async.LegacyApiWarning")
@pytest.mark.parametrize(("name", "arguments"), EVERY_CALL)
async def test_requests_are_what_the_contract_says(name, arguments):
    """
    Method, path, query and body of each call are those of the operation it names.
    """
    operation = OPERATIONS[operation_id_of(name)]

    [request] = await requests_of(name, arguments)

    assert operation["method"] == request.method
    assert operation["path"].format(**PARTS) == unquote(request.path)
    assert [] == query_faults(operation, request.query)
    assert [] == body_faults(operation, request.body)


# The answers of the simulator.


def stage(world):
    """Create everything that the calls above need, but for runs to cancel."""
    world.add_asset(summarized=True)
    world.add_project("my-workspace", 4321)
    world.put_object("my-storage-bucket", "a/sample-video.mp4")
    world.add_person_tag("my-workspace", 100, "Actor")
    world.add_person_tag("my-workspace", 101, "Anchor")
    world.add_person("my-workspace", 77, [1234, 3002], name="Gildong Hong", tag_ids=[100])
    world.add_person("my-workspace", 1, [1])


ANSWERED = [name for name in CALLS if not name.startswith("legacy.") and "cancel" not in name]


@pytest.mark.parametrize("name", [name for name in ANSWERED if name != "workspaces.create"])
async def test_the_stand_in_answers_as_the_contract_says(name, simulator, calls):
    """
    The simulator's answers have the members that the contract lists, of their types, and no others.
    """
    stage(simulator.world)
    search = simulator.world.searches.start([], seconds=0)
    [request] = await requests_of(name, CALLS[name][0])

    target = request.target.replace(SEARCH_ID, search.search_id)
    got = await calls.send(request.method, target, request.body)

    assert 200 == got.status
    assert [] == answer_faults(operation_id_of(name), got.json)


async def test_the_creation_of_a_workspace_is_answered_as_the_contract_says(calls):
    """
    The simulator's receipt for a new workspace has the members of the contract.
    """
    got = await calls.post("/api/v1/workspaces", {"workspaceName": "my-workspace"})

    assert [] == answer_faults("create_workspace", got.json)


def answer_faults(operation_id, envelope):
    """The differences between a successful answer and the contract of its operation."""
    content = OPERATIONS[operation_id]["responses"]["200"]["content"]
    return faults(content["application/json"]["schema"], envelope)


# By the rules of the contract, repeating these calls has no further effect.
REPEATABLE = {
    "search_persons",
    "recommend_persons_by_thumbnail",
    "add_person_tags",
    "remove_person_tags",
    "remove_person_tags_by_post",
    "remove_person_thumbnails",
    "remove_person_thumbnails_by_post",
    # A check is a POST that only reads; an issued address has no effect until it is used.
    "check_search_image_upload",
    "check_person_thumbnail_upload",
    "issue_search_image_upload_url",
    "issue_person_thumbnail_upload_url",
}


@pytest.mark.filterwarnings("ignore::mediaintel_async.LegacyApiWarning")
@pytest.mark.parametrize(("name", "arguments"), EVERY_CALL)
async def test_documented_limits_have_their_lane(name, arguments):
    """
    A call that the contract limits to 1,000 a minute is in the lane `search`, and no other is.
    """
    rules = OPERATIONS[operation_id_of(name)].get("x-rules", [])

    [request] = await requests_of(name, arguments)

    is_limited = any("At most 1,000 calls a minute" in rule for rule in rules)
    assert ("search" if is_limited else None) == request.lane


@pytest.mark.filterwarnings("ignore::mediaintel_async.LegacyApiWarning")
@pytest.mark.parametrize(("name", "arguments"), EVERY_CALL)
async def test_only_what_may_be_repeated_says_so(name, arguments):
    """
    Reads, and operations that ignore a repetition, are repeatable; no start is.
    """
    [request] = await requests_of(name, arguments)

    expected = request.method == "GET" or operation_id_of(name) in REPEATABLE
    assert expected is request.repeatable


@pytest.mark.parametrize("name", [name for name in CALLS if name.startswith("legacy.")])
async def test_the_successor_is_the_one_that_the_contract_names(name):
    """
    The warning of an older call names the coroutine of the operation that replaces it.
    """
    with pytest.warns(LegacyApiWarning) as caught:
        await requests_of(name, CALLS[name][0])

    successor = re.search(r"use client\.([\w.]+)\(\)$", str(caught[0].message))[1]
    assert OPERATIONS[operation_id_of(name)]["x-replaced-by"] == operation_id_of(successor)
