"""The arrows of the design, held against the imports of every module."""

import ast
from pathlib import Path

import pytest

import mediaintel_async

ROOT = Path(mediaintel_async.__file__).parent

# Each module or folder may use those it points at, and all that these may use. What stands
# further down is never used by what stands above it.
ARROWS = {
    # Values.
    "public": [],
    "errors": ["public"],
    "clock": ["public"],
    "refs": ["errors"],
    "request": ["refs"],
    "settings": ["request"],
    "models": ["refs"],
    # One call.
    "server_role": ["errors", "clock"],
    "credentials": ["server_role", "errors", "clock"],
    "signing": ["credentials", "clock"],
    "decode": ["models"],
    "rate_limit": ["settings", "clock"],
    "deadlines": [],
    "presigned": ["errors"],
    "transport": [
        "presigned",
        "signing",
        "deadlines",
        "decode",
        "rate_limit",
        "settings",
        "request",
    ],
    "endpoints": ["models", "request"],
    # Decisions, which know neither time nor network.
    "runs": ["models"],
    "pipeline": ["runs"],
    "expecting": [],
    "cadence": ["expecting", "models", "settings"],
    "tokens": ["pipeline"],
    # Waiting.
    "polling": ["cadence", "rate_limit", "runs"],
    "starting": ["polling"],
    "job": ["starting", "tokens"],
    "run_job": ["job"],
    "run_kinds": ["run_job", "endpoints"],
    "pipeline_job": ["run_job"],
    "importing": ["job", "endpoints"],
    "search_job": ["job", "endpoints"],
    "jobs": ["pipeline_job", "run_kinds", "importing", "search_job", "endpoints"],
    "legacy": ["jobs"],
    # Everything together.
    "client": ["legacy", "jobs", "transport"],
    # The other end of the socket.
    "simulator": ["clock"],
    "simulator.pytest_plugin": ["client", "simulator"],
    "cli": ["client", "simulator"],
}

PUBLIC_NAMES = "mediaintel_async"


def module_of(path):
    """The dotted name of a file of the package."""
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TREES = {module_of(path): ast.parse(path.read_text("utf-8")) for path in ROOT.rglob("*.py")}
MODULES = sorted(TREES.keys() - {PUBLIC_NAMES})
HOMES = {
    alias.name: node.module.removeprefix("mediaintel_async.")
    for node in ast.walk(TREES[PUBLIC_NAMES])
    if isinstance(node, ast.ImportFrom)
    for alias in node.names
    if node.module != "typing"
}


def place_of(module):
    """The row of the table that a module of ours, or a public name, belongs to."""
    folder, *rest = module.split(".")[1:]
    folder, *rest = HOMES.get(folder, folder).split(".") + rest
    file = ".".join([folder, *rest[:1]])
    return file if file in ARROWS else folder


def names_imported_by(module):
    """The dotted names of all that a module imports, wherever in it that stands."""
    nodes = list(ast.walk(TREES[module]))
    plain = {alias.name for one in nodes if isinstance(one, ast.Import) for alias in one.names}
    return plain | {
        f"{'.' * one.level}{one.module}.{alias.name}"
        for one in nodes
        if isinstance(one, ast.ImportFrom)
        for alias in one.names
    }


def places_used_by(module):
    """The rows of the table that a module imports from, but for its own."""
    names = names_imported_by(module)
    ours = {place_of(name) for name in names if name.startswith(f"{PUBLIC_NAMES}.")}
    return ours - {place_of(module)}


def places_open_to(place):
    """The rows that a row points at, directly or through others."""
    direct = set(ARROWS[place])
    return direct.union(*(places_open_to(one) for one in direct))


def modules_that_call(function):
    """The modules that call a function by a name with that ending."""
    return {
        module
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(function)
    }


def test_every_module_has_its_place():
    """
    A new module is placed in the table before it is used, and an old one leaves it.
    """
    assert set(ARROWS) == {place_of(module) for module in MODULES}


def test_the_arrows_point_one_way():
    """
    The table lists everything above what uses it, so that nothing leads back to itself.
    """
    order = list(ARROWS)

    assert [] == [
        f"{place} -> {used}"
        for place, uses in ARROWS.items()
        for used in uses
        if order.index(used) >= order.index(place)
    ]


@pytest.mark.parametrize("module", MODULES)
def test_imports_follow_the_arrows(module):
    """
    A module uses only what the table opens to it.
    """
    assert set() == places_used_by(module) - places_open_to(place_of(module))


@pytest.mark.parametrize("module", sorted(TREES))
def test_imports_name_the_whole_module(module):
    """
    No import is relative: a reader, and this test, can find what it names.
    """
    assert [] == [name for name in names_imported_by(module) if name.startswith(".")]


@pytest.mark.parametrize(
    ("package", "users"),
    [
        ("cattrs", {"decode"}),
        ("hmac", {"credentials", "simulator"}),
        ("typer", {"cli"}),
        ("rich", {"cli"}),
    ],
)
def test_a_dependency_comes_in_by_its_door(package, users):
    """
    What changes in a dependency touches only the modules that are meant to know it.
    """
    assert users == {
        place_of(module)
        for module in MODULES
        if package in {name.partition(".")[0] for name in names_imported_by(module)}
    }


def test_only_the_transport_makes_a_session():
    """
    `aiohttp.ClientSession` is called by the transport, and for the metadata of the server.
    """
    # A server's metadata is no part of the service: nothing that is sent there may be signed,
    # carry the gateway's headers, or go by the session, and the proxy, of the caller.
    assert {
        "mediaintel_async.transport",
        "mediaintel_async.server_role",
    } == modules_that_call("ClientSession")


@pytest.mark.parametrize("function", ["time.time", "asyncio.sleep", "time.sleep"])
def test_the_clock_is_the_only_door_to_time(function):
    """
    Nothing but the clock asks for the time or sleeps.
    """
    assert set() == modules_that_call(function) - {"mediaintel_async.clock"}


@pytest.mark.parametrize("function", ["datetime.now", "datetime.today", "datetime.utcnow"])
def test_no_module_asks_for_the_date(function):
    """
    Times of the service are compared with each other, never with the date here.
    """
    assert set() == modules_that_call(function)
