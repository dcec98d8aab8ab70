"""Public names: each belongs to its package, whichever file defines it, and is loaded lazily."""

import ast
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def public_in(package: str) -> Callable[[T], T]:
    """Return a decorator that makes a class or function a name of *package*.

    Pickles, tracebacks and documentation then name *package* instead of a private file. So the
    file can move, and workers of an older version can still read the pickles of a newer one.
    """

    def move(thing: T) -> T:
        thing.__module__ = package
        return thing

    return move


def public(thing: T) -> T:
    """Make *thing*, a class or function, a public name of `mediaintel_async`."""
    return public_in("mediaintel_async")(thing)


def load_lazily(package: dict[str, Any]) -> bool:
    """Make *package* load each of its public names when the name is first used (PEP 562).

    The only list of public names is the block that calls this function:

        if TYPE_CHECKING or not load_lazily(globals()):
            from mediaintel_async.client import MediaIntelligence as MediaIntelligence

    Type checkers read the block as it stands. At run time this function reads the names from the
    source of the block and returns True, so that the block is not executed. Without a source file
    (in a frozen program) it returns False, and the block imports everything at once.
    """
    name = package["__name__"]
    try:
        source = Path(package["__file__"]).read_text("utf-8")
    except OSError:
        return False
    homes = {
        alias.name: node.module
        for block in ast.parse(source).body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }

    def load(wanted: str) -> Any:
        if wanted not in homes:
            raise AttributeError(f"module {name!r} has no attribute {wanted!r}")
        package[wanted] = getattr(import_module(homes[wanted]), wanted)
        return package[wanted]

    package |= {
        "__all__": sorted(homes),
        "__dir__": lambda: sorted({*package, *homes}),
        "__getattr__": load,
    }
    return True
