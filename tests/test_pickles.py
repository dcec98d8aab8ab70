import base64
import pickle
import pickletools

import pytest

import mediaintel_async
from mediaintel_async import (
    Cancellation,
    ImportState,
    ImportStatus,
    IndexState,
    IndexStatus,
    MediaIntelligenceError,
    PipelineStatus,
    SceneSummaryState,
    SceneSummaryStatus,
    SearchState,
    SearchStatus,
    Stage,
    StillRunning,
    UploadState,
    UploadStatus,
    legacy,
    simulator,
)

SUMMARY = SceneSummaryStatus(state=SceneSummaryState.SUMMARIZING)
INDEX = IndexStatus(state=IndexState.ANALYZE_COMPLETED)
PIPELINE = PipelineStatus(stage=Stage.SUMMARY, index=INDEX, summary=SUMMARY)
STATUSES = [
    SUMMARY,
    INDEX,
    PIPELINE,
    ImportStatus(state=ImportState.COMPLETED),
    SearchStatus(state=SearchState.COMPLETED),
    UploadStatus(state=UploadState.COMPLETED),
]

OF_VERSION_0_1 = (
    "gASVwgIAAAAAAACMF21lZGlhaW50ZWxfYXN5bmMuZXJyb3JzlIwMU3RpbGxSdW5uaW5nlJOUKIwadGhlIHRpbWVvdXQg"
    "b2YgMjAgcyBwYXNzZWSUjAVtaTEudJSMGW1lZGlhaW50ZWxfYXN5bmMucGlwZWxpbmWUjA5QaXBlbGluZVN0YXR1c5ST"
    "lCmBlH2UKIwFc3RhZ2WUaAWMBVN0YWdllJOUjAdzdW1tYXJ5lIWUUpSMCWltcG9ydGluZ5ROjAVpbmRleJSMH21lZGlh"
    "aW50ZWxfYXN5bmMubW9kZWxzLmluZGV4ZXOUjAtJbmRleFN0YXR1c5STlCmBlH2UKIwFc3RhdGWUaBKMCkluZGV4U3Rh"
    "dGWUk5SMEUFOQUxZWkVfQ09NUExFVEVElIWUUpSMB21lc3NhZ2WUTowIaW5kZXhfaWSUTowFZXh0cmGUfZR1YmgNjCdt"
    "ZWRpYWludGVsX2FzeW5jLm1vZGVscy5zY2VuZV9zdW1tYXJpZXOUjBJTY2VuZVN1bW1hcnlTdGF0dXOUk5QpgZR9lCho"
    "F2ghjBFTY2VuZVN1bW1hcnlTdGF0ZZSTlIwLU1VNTUFSSVpJTkeUhZRSlGgdTowQc2NlbmVfc3VtbWFyeV9pZJROjBB0"
    "YXJnZXRfc2NlbmVfaWRzlE6MFGFuYWx5emVkX3NjZW5lX2NvdW50lE6MEXRvdGFsX3NjZW5lX2NvdW50lE6MDnJlcXVl"
    "c3RlZF90aW1llE6MDmNvbXBsZXRlZF90aW1llE5oH32UdWKMCGlzX2ZpbmFslImMBXRva2VulIwAlHVijBRtZWRpYWlu"
    "dGVsX2FzeW5jLmpvYpSMDENhbmNlbGxhdGlvbpSTlIwHdW5rbm93bpSFlFKUdJRSlH2UKGgdaANoM2gEjAtsYXN0X3N0"
    "YXR1c5RoCIwMY2FuY2VsbGF0aW9ulGg6dWIu"
)
"""A `StillRunning` with a `PipelineStatus`, pickled before the files had folders."""


def error_classes(root=MediaIntelligenceError):
    """Every error class, each before those below it."""
    return [root, *(one for below in root.__subclasses__() for one in error_classes(below))]


def modules_named_in(pickled):
    """The modules of this package that a pickle names."""
    texts = [argument for _, argument, _ in pickletools.genops(pickled)]
    return {one for one in texts if isinstance(one, str) and one.startswith("mediaintel_async")}


@pytest.mark.parametrize("kind", error_classes(), ids=lambda kind: kind.__name__)
def test_a_pickled_error_names_no_private_module(kind):
    """
    A pickled error names no private module, so that another version of the library can read it.
    """
    fields = [one.name for one in getattr(kind, "__attrs_attrs__", ())] or ["message"]
    values = {"last_status": PIPELINE, "cancellation": Cancellation.UNKNOWN, "status": 500}
    error = kind(*(values.get(name, "text") for name in fields))

    assert {"mediaintel_async"} == modules_named_in(pickle.dumps(error))


@pytest.mark.parametrize("status", STATUSES, ids=lambda status: type(status).__name__)
def test_a_pickled_status_names_no_private_module(status):
    """
    A pickled status, with the words in it, names no private module.
    """
    assert {"mediaintel_async"} == modules_named_in(pickle.dumps(status))
    assert status == pickle.loads(pickle.dumps(status))


def test_a_pickle_of_version_0_1_is_read():
    """
    An error that version 0.1.0 pickled, before files moved, can be read.
    """
    error = pickle.loads(base64.b64decode(OF_VERSION_0_1))

    assert StillRunning is type(error)
    assert ("mi1.t", PIPELINE, Cancellation.UNKNOWN) == (
        error.token,
        error.last_status,
        error.cancellation,
    )


@pytest.mark.parametrize("package", [mediaintel_async, simulator, legacy])
def test_a_public_class_belongs_to_its_package(package):
    """
    A public class names the package that it is imported from, not the file that defines it.
    """
    public = {name: getattr(package, name) for name in package.__all__}
    classes = {name: one for name, one in public.items() if isinstance(one, type)}

    # LegacyApiWarning is a public name of two packages.
    assert {} == {
        name: one.__module__
        for name, one in classes.items()
        if one.__module__ not in (package.__name__, "mediaintel_async")
    }
