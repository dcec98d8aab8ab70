import ast
import subprocess
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

import mediaintel_async

SOURCE = ast.parse(Path(mediaintel_async.__file__).read_text("utf-8"))

PROMISED = [
    "MediaIntelligence",
    "Credentials",
    "CredentialsProvider",
    "Request",
    "Clock",
    "AssetRef",
    "ProjectRef",
    "Jobs",
    "Job",
    "JobStatus",
    "Cancellation",
    "Timeouts",
    "RetryPolicy",
    "RateLimit",
    "Rate",
    "IndexOptions",
    "SceneRange",
    "ConfidenceLevel",
    "SceneSummary",
    "SceneSummaryState",
    "SceneSummaryStatus",
    "Index",
    "IndexState",
    "IndexStatus",
    "Workspace",
    "CreatedWorkspace",
    "Project",
    "Asset",
    "Person",
    "PersonQuery",
    "PersonTag",
    "NewThumbnail",
    "ImportState",
    "ImportStatus",
    "PipelineStatus",
    "SearchHit",
    "SearchQuery",
    "SearchRequested",
    "SearchResult",
    "SearchState",
    "SearchStatus",
    "UploadAddress",
    "UploadState",
    "UploadStatus",
    "LegacyApiWarning",
    "MediaIntelligenceError",
    "UsageError",
    "ConfigurationError",
    "InvalidArgument",
    "ClientClosed",
    "TransportError",
    "NotSent",
    "ConnectTimeout",
    "AnswerLost",
    "RequestTimeout",
    "ApiError",
    "InvalidRequest",
    "AuthenticationFailed",
    "PermissionDenied",
    "NotFound",
    "Conflict",
    "RequestTooLarge",
    "TooManyRequests",
    "QuotaExceeded",
    "ServerError",
    "InvalidAnswer",
    "JobError",
    "JobFailed",
    "JobCanceled",
    "JobNeverStarted",
    "JobSuperseded",
    "OutcomeUnknown",
    "Detached",
    "StillRunning",
]


def run_python(code):
    """What a fresh Python prints when it runs *code*."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def names_for_type_checkers():
    """Each name that the block for type checkers imports, with the module it comes from."""
    [block] = [
        one for one in SOURCE.body if isinstance(one, ast.If) and one.test.id == "TYPE_CHECKING"
    ]
    return {alias.asname: (one.module, alias.name) for one in block.body for alias in one.names}


def names_loaded_lazily():
    """Each name that is loaded when it is asked for, with the module it comes from."""
    return {
        name: (f"mediaintel_async.{module}", name)
        for module, names in mediaintel_async._HOMES.items()
        for name in names
    }


@pytest.mark.parametrize("name", PROMISED)
def test_a_promised_name_is_there(name):
    """
    Every name of the public API can be imported from the package.
    """
    assert getattr(mediaintel_async, name)


@pytest.mark.parametrize("name", mediaintel_async.__all__)
def test_a_public_name_is_the_thing_itself(name):
    """
    The package and the module that a name lives in give the same object.
    """
    module = import_module(f"mediaintel_async.{mediaintel_async._HOME[name]}")

    assert getattr(module, name) is getattr(mediaintel_async, name)


def test_all_lists_the_public_names_in_order():
    """
    `__all__` is sorted, and is what is loaded lazily: no more, no less, none twice.
    """
    listed = [name for names in mediaintel_async._HOMES.values() for name in names]

    assert sorted(listed) == list(mediaintel_async.__all__)
    assert len(listed) == len(set(listed))


def test_type_checkers_see_what_is_there():
    """
    The names for type checkers and those loaded lazily come from the same modules.
    """
    assert names_for_type_checkers() == names_loaded_lazily()


def test_homes_are_listed_in_order():
    """
    A new name has one obvious place in the table.
    """
    assert [
        (module, sorted(names)) for module, names in sorted(mediaintel_async._HOMES.items())
    ] == [(module, list(names)) for module, names in mediaintel_async._HOMES.items()]


def test_dir_shows_every_public_name():
    """
    Completion in a shell offers names that nobody has asked for yet.
    """
    spec = spec_from_file_location("fresh", mediaintel_async.__file__)
    fresh = module_from_spec(spec)
    spec.loader.exec_module(fresh)

    assert set() == set(mediaintel_async.__all__) - set(dir(fresh))


def test_an_unknown_name_is_an_attribute_error():
    """
    A misspelt name fails like that of any module.
    """
    with pytest.raises(AttributeError, match="module 'mediaintel_async' has no attribute 'Asse'"):
        mediaintel_async.Asse  # noqa: B018 - asking is the act


def test_importing_the_package_loads_none_of_it():
    """
    `import mediaintel_async` costs nothing: neither dependencies nor modules of ours.
    """
    loaded = run_python(
        "import sys; before = set(sys.modules); import mediaintel_async;"
        "print(*sorted(name for name in set(sys.modules) - before if name.partition('.')[0] in"
        " {'mediaintel_async', 'aiohttp', 'attrs', 'attr', 'cattrs', 'tenacity', 'orjson'}))"
    )

    assert "mediaintel_async" == loaded


def test_a_star_import_brings_every_public_name():
    """
    `from mediaintel_async import *` brings the public names, and nothing else.
    """
    brought = run_python(
        "before = set(globals()); from mediaintel_async import *;"
        "print(*sorted(set(globals()) - before - {'before'}))"
    )

    assert list(mediaintel_async.__all__) == brought.split()


def test_the_package_says_that_it_is_typed():
    """
    `py.typed` lets type checkers use the annotations.
    """
    assert (Path(mediaintel_async.__file__).parent / "py.typed").exists()
