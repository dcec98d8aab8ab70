"""The arrows of the design, held against the imports of every module."""

import ast
from functools import cache
from pathlib import Path

import pytest

import mediaintel_async

ROOT = Path(mediaintel_async.__file__).parent
PACKAGE = "mediaintel_async"

# Each room (a folder, or a file at the top) may import those it points at, and all that these
# may import.
VALUES = ["errors", "refs", "request", "settings", "clock", "public"]
ARROWS = {
    # Values that every room shares import one another only.
    **dict.fromkeys(VALUES, VALUES),
    "models": VALUES,
    "decisions": ["models"],
    "http": ["models"],
    "endpoints": ["http"],
    "waiting": ["decisions"],
    "jobs": ["waiting", "endpoints", "decisions"],
    "legacy": ["jobs"],
    "client": ["legacy", "jobs"],
    # The other end of the socket shares no signing, decoding or model with the client.
    "simulator": ["clock", "public"],
    "simulator.pytest_plugin": ["client", "simulator"],
    "cli": ["client", "simulator"],
}


def module_of(path):
    """The dotted name of a file of the package."""
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


TREES = {module_of(path): ast.parse(path.read_text("utf-8")) for path in ROOT.rglob("*.py")}
PUBLIC = {
    alias.name: node.module
    for node in ast.walk(TREES[PACKAGE])
    if isinstance(node, ast.ImportFrom)
    for alias in node.names
}


def room_of(module):
    """The row of the table that a module belongs to."""
    folder, *rest = module.removeprefix(f"{PACKAGE}.").split(".")
    file = ".".join([folder, *rest[:1]])
    return file if file in ARROWS else folder


# Reading a model needs cattrs, which only the http room knows, and that room imports the models.
# So `from_dict()` imports it when it is called, by which time both are there.
WHEN_CALLED = {"mediaintel_async.models.model": {"mediaintel_async.http.decode"}}


def names_imported_when_called(module):
    """The dotted names that a module gives to `import_module()`, as far as they are constant."""
    return {
        node.args[0].value
        for node in ast.walk(TREES[module])
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module")
        if isinstance(node.args[0], ast.Constant)
    } - WHEN_CALLED.get(module, set())


@cache
def names_imported_by(module):
    """The dotted names of all that a module imports, at the top or inside functions."""
    nodes = list(ast.walk(TREES[module]))
    plain = {alias.name for one in nodes if isinstance(one, ast.Import) for alias in one.names}
    return (
        plain
        | names_imported_when_called(module)
        | {
            f"{'.' * one.level}{one.module}.{alias.name}"
            for one in nodes
            if isinstance(one, ast.ImportFrom)
            for alias in one.names
        }
    )


@cache
def modules_used_by(module):
    """The modules of ours that a module imports; a public name counts as the file it is in."""
    names = [one for one in names_imported_by(module) if one.startswith(f"{PACKAGE}.")]
    return {module_with(name) for name in names} - {module}


def module_with(name):
    """The module of ours that an imported dotted name is, or is in."""
    home, _, last = name.rpartition(".")
    if name in TREES:
        return name
    return PUBLIC[last] if home == PACKAGE else home


def circle_through(module):
    """A way along the imports that leads from a module back to itself; empty if none does."""
    ways = [[one] for one in modules_used_by(module)]
    seen = set()
    for way in ways:
        if way[-1] == module:
            return [module, *way]
        if way[-1] not in seen:
            seen.add(way[-1])
            ways.extend([*way, one] for one in sorted(modules_used_by(way[-1])))
    return []


def rooms_open_to(room):
    """The rooms that a room may import: its own, and those the arrows lead to."""
    rooms = [room, *ARROWS[room]]
    for one in rooms:
        if one not in VALUES:
            rooms += [more for more in ARROWS[one] if more not in rooms]
    return rooms


def modules_that_call(function):
    """The modules that call a function by a name with that ending."""
    return {
        module
        for module, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(function)
    }


def test_imports_follow_the_arrows():
    """
    A room imports only the rooms that the table opens to it, by their whole names.
    """
    modules = TREES.keys() - {PACKAGE}

    assert set(ARROWS) == {room_of(module) for module in modules}
    assert [] == [
        f"{module} imports {used}"
        for module in sorted(modules)
        for used in sorted(modules_used_by(module) - {PACKAGE})
        if room_of(used) not in rooms_open_to(room_of(module))
    ]
    assert [] == [name for one in TREES for name in names_imported_by(one) if name[0] == "."]


def test_no_import_leads_back_to_itself():
    """
    There is no circle of imports, at any depth, imports inside functions included.
    """
    # The package itself only lists the public names, which are loaded when asked for.
    assert [] == [
        circle for one in sorted(TREES.keys() - {PACKAGE}) if (circle := circle_through(one))
    ]


@pytest.mark.parametrize(
    ("package", "users"),
    [
        ("cattrs", {"mediaintel_async.http.decode"}),
        ("hmac", {"mediaintel_async.http.credentials", "mediaintel_async.simulator.server"}),
        ("typer", {"cli"}),
        ("rich", {"cli"}),
        ("pydantic_core", {"mediaintel_async.models.model"}),
    ],
)
def test_a_dependency_comes_in_by_its_door(package, users):
    """
    What changes in a dependency touches only the modules that are meant to know it.
    """
    modules = {
        module
        for module in TREES
        if package in {name.partition(".")[0] for name in names_imported_by(module)}
    }

    assert users == modules or users == {room_of(module) for module in modules}


@pytest.mark.parametrize("module", ["asyncio", "aiohttp", "time", "random"])
def test_decisions_are_pure(module):
    """
    What decides about runs knows no event loop, no network and no clock.
    """
    rooms = {
        room_of(one)
        for one in TREES
        if module in {name.partition(".")[0] for name in names_imported_by(one)}
    }

    assert "decisions" not in rooms


def test_only_the_http_room_makes_a_session():
    """
    `aiohttp.ClientSession` is called in one file for requests, and for the metadata of the server.
    """
    # A server's metadata is no part of the service: nothing that is sent there may be signed,
    # carry the gateway's headers, or go by the session, and the proxy, of the caller.
    assert {
        "mediaintel_async.http.session",
        "mediaintel_async.http.server_role",
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
