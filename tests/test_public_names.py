import ast
import subprocess
import sys
from pathlib import Path

import pytest

import mediaintel_async

SOURCE = ast.parse(Path(mediaintel_async.__file__).read_text("utf-8"))

OF_VERSION_0_1 = """
    AnswerLost ApiError Asset AssetMetaData AssetRef AuthenticationFailed Cancellation
    ClientClosed Clock ConfidenceLevel ConfigurationError Conflict ConnectTimeout CreatedWorkspace
    Credentials CredentialsProvider Detached FastClock ImportState ImportStatus Index IndexOptions
    IndexRequested IndexState IndexStatus InvalidAnswer InvalidArgument InvalidRequest Job
    JobCanceled JobError JobFailed JobNeverStarted JobStatus JobSuperseded Jobs LegacyApiWarning
    ManualClock MediaIntelligence MediaIntelligenceError MergedPersons NewThumbnail NotFound
    NotSent OutcomeUnknown Page PermissionDenied Person PersonNameType PersonQuery
    PersonSortColumn PersonTag PersonTags PersonThumbnail PersonThumbnails PipelineStatus Project
    ProjectRef QuotaExceeded Rate RateLimit RecommendedPersons RegisteredAsset Request
    RequestTimeout RequestTooLarge RetryPolicy SceneRange SceneSummary SceneSummaryInfo
    SceneSummaryRequested SceneSummaryState SceneSummaryStatus SearchHit SearchQuery
    SearchRequested SearchResult SearchState SearchStatus ServerError SimilarPerson SimilarPersons
    SortType Stage StillRunning SystemClock Timeouts TooManyRequests TransportError UploadAddress
    UploadState UploadStatus UsageError Workspace wait_until_likely_done
"""


def run_python(code):
    """The standard output of a new Python process that runs *code*."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def names_for_type_checkers():
    """The names that the block for type checkers imports, in its order."""
    [block] = [one for one in SOURCE.body if isinstance(one, ast.If)]
    return [alias.asname for one in block.body for alias in one.names]


def test_a_public_name_is_the_thing_itself():
    """
    Every public name can be imported from the package, and is the name of the object.
    """
    things = {name: getattr(mediaintel_async, name) for name in mediaintel_async.__all__}

    assert [] == [
        name for name, one in things.items() if isinstance(one, type) and one.__name__ != name
    ]


def test_all_lists_the_names_that_type_checkers_see():
    """
    `__all__` is sorted, and has exactly the names that type checkers see.
    """
    assert sorted(names_for_type_checkers()) == list(mediaintel_async.__all__)


def test_public_names_stay():
    """
    The names of version 0.1.0 are all still there.
    """
    assert set() == set(OF_VERSION_0_1.split()) - set(mediaintel_async.__all__)


def test_without_its_source_the_package_imports_everything_at_once():
    """
    In a frozen program without source files, the package has every public name, too.
    """
    assert "MediaIntelligence True" == run_python(
        "from pathlib import Path; Path.read_text = lambda *_: open('no such file');"
        "import sys; from mediaintel_async import MediaIntelligence;"
        "print(MediaIntelligence.__name__, 'mediaintel_async.client' in sys.modules)"
    )


def test_dir_shows_every_public_name():
    """
    `dir()` has public names that are not loaded yet, for completion in a shell.
    """
    missing = run_python("import mediaintel_async as m; print(*set(m.__all__) - set(dir(m)))")

    assert "" == missing


def test_an_unknown_name_is_an_attribute_error():
    """
    An unknown name raises AttributeError, as for any module.
    """
    with pytest.raises(AttributeError, match="module 'mediaintel_async' has no attribute 'Asse'"):
        mediaintel_async.Asse  # noqa: B018 - asking is the act


def test_importing_the_package_loads_none_of_it():
    """
    `import mediaintel_async` loads neither dependencies nor modules of the client.
    """
    loaded = run_python(
        "import sys; before = set(sys.modules); import mediaintel_async;"
        "names = {one.__name__ for name, one in sys.modules.items() if name not in before};"
        "print(*sorted(name for name in names if name.partition('.')[0] in"
        " {'mediaintel_async', 'aiohttp', 'attrs', 'attr', 'cattrs', 'tenacity', 'orjson'}))"
    )

    assert "mediaintel_async mediaintel_async.public" == loaded


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
