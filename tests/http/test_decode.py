import logging
import pickle
import pkgutil
import traceback
from datetime import datetime
from importlib import import_module
from types import NoneType
from typing import Any, Generic, TypeVar

import attrs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mediaintel_async
from mediaintel_async import (
    Asset,
    ImportState,
    ImportStatus,
    Index,
    IndexRequested,
    IndexState,
    IndexStatus,
    InvalidAnswer,
    InvalidArgument,
    Page,
    PersonThumbnails,
    SceneSummary,
    SceneSummaryRequested,
    SceneSummaryState,
    SceneSummaryStatus,
    SearchState,
    UploadState,
)
from mediaintel_async.http.decode import check_returns, decode, read_json
from mediaintel_async.models import common
from mediaintel_async.models.common import Id, OpenEnum
from mediaintel_async.models.spelling import camel


def models_of_answers():
    """Every model that is made from an answer: those that keep what they do not know."""
    modules = [
        import_module(module.name)
        for module in pkgutil.walk_packages(mediaintel_async.__path__, "mediaintel_async.")
        if ".models" in module.name
    ]
    models = dict.fromkeys(
        one
        for module in modules
        for one in vars(module).values()
        if attrs.has(one) and hasattr(one, "extra") and not hasattr(one, "body")
    )
    return [Page[Asset] if one is Page else one for one in models]


ANSWERS = models_of_answers()
T = TypeVar("T")


@attrs.frozen(kw_only=True)
class OneOfEach:
    """A model with a field of every primitive kind, each of which may be missing."""

    text: str = ""
    count: int = 0
    share: float = 0.0
    is_on: bool = False
    at: datetime = datetime.min  # noqa: DTZ901 - times carry no zone
    id: Id = 0
    maybe_id: Id | None = None
    maybe_text: str | None = None
    state: IndexState = IndexState.ANALYZING
    words: tuple[str, ...] = ()
    counts: list[int] = attrs.field(factory=list)
    shares: dict[str, int] = attrs.field(factory=dict)
    anything: Any = None


def refused(returns, result):
    """Where and why *result* cannot be a model."""
    with pytest.raises(InvalidAnswer) as caught:
        decode("GET /a", returns, result)
    return caught.value.where, caught.value.problem


# Primitives.


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("text", 5, "expected text, found a number"),
        ("text", ["a"], "expected text, found a list"),
        ("maybe_text", 5, "expected text, found a number"),
        ("count", True, "expected a whole number, found true or false"),
        ("count", 1.9, "expected a whole number, found a number"),
        ("count", 1.0, "expected a whole number, found a number"),
        ("count", "1", "expected a whole number, found text"),
        ("share", "1.5", "expected a number, found text"),
        ("share", True, "expected a number, found true or false"),
        ("is_on", "false", "expected true or false, found text"),
        ("is_on", 0, "expected true or false, found a number"),
        ("at", 5, "expected an ISO 8601 time, found a number"),
        ("at", "yesterday", "expected an ISO 8601 time, found other text"),
        ("at", "", "expected an ISO 8601 time, found other text"),
        ("at", "2026-13-01T00:00:00", "expected an ISO 8601 time, found other text"),
        ("at", "0001-01-01T00:00:00+14:00", "expected an ISO 8601 time, found other text"),
        ("id", True, "expected an id, found true or false"),
        ("id", -1, "expected an id, found a number"),
        ("id", 2**63, "expected an id, found a number"),
        ("maybe_id", 2**63, "expected an id, found a number"),
        ("id", 1.5, "expected an id, found a number"),
        ("id", "", "expected an id, found text"),
        ("id", "..", "expected an id, found text"),
        ("maybe_id", {}, "expected an id, found an object"),
        ("state", 5, "expected a word, found a number"),
        ("words", "abc", "expected a list, found text"),
        ("words", {"0": "a"}, "expected a list, found an object"),
        ("counts", "12", "expected a list, found text"),
        ("shares", [], "not what is documented"),
    ],
)
def test_nothing_is_bent_until_it_fits(field, value, problem):
    """
    A value of another kind is refused where it stands; it is never converted.
    """
    assert (f"$.result.{camel(field)}", problem) == refused(OneOfEach, {camel(field): value})


@pytest.mark.parametrize("field", [one.name for one in attrs.fields(OneOfEach)])
def test_null_is_the_same_as_nothing(field):
    """
    A field that is null is read as one that is not there: every model has a default for it.
    """
    assert OneOfEach() == decode("GET /a", OneOfEach, {camel(field): None})


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("text", "", ""),
        ("count", 2**63, 2**63),
        ("share", 2, 2.0),
        ("share", 1.5, 1.5),
        ("is_on", True, True),
        ("id", 0, 0),
        ("id", 5, 5),
        ("id", 2**63 - 1, 2**63 - 1),
        ("id", "5", 5),
        ("id", "abc-5", "abc-5"),
        ("maybe_id", None, None),
        ("maybe_id", "7", 7),
        ("maybe_text", None, None),
        ("words", ["a", "b"], ("a", "b")),
        ("counts", [1, 2], [1, 2]),
        ("shares", {"a": 1}, {"a": 1}),
        ("anything", [{"a": None}], [{"a": None}]),
        ("at", "2026-04-17T10:30:00", datetime.fromisoformat("2026-04-17T10:30:00")),
        ("at", "2026-04-17T10:30:00.25", datetime.fromisoformat("2026-04-17T10:30:00.250000")),
        ("at", "2026-04-17T01:30:00Z", datetime.fromisoformat("2026-04-17T10:30:00")),
        ("at", "2026-04-17T01:30:00.5+00:00", datetime.fromisoformat("2026-04-17T10:30:00.500000")),
        ("at", "2026-04-17T10:30:00+09:00", datetime.fromisoformat("2026-04-17T10:30:00")),
        ("at", "2026-04-16T20:30:00-05:00", datetime.fromisoformat("2026-04-17T10:30:00")),
    ],
)
def test_values_of_the_right_kind_are_kept(field, value, expected):
    """
    Ids may be text or numbers, and times with a zone are converted to Korean time.
    """
    decoded = getattr(decode("GET /a", OneOfEach, {camel(field): value}), field)

    assert (type(expected), expected) == (type(decoded), decoded)


@attrs.frozen
class Box(Generic[T]):
    """A user's own model with one thing of any kind."""

    thing: T


@pytest.mark.parametrize(
    ("returns", "thing", "expected"),
    [(Box[int], 5, 5), (Box[Id], "5", 5), (Box[list[int]], [5], [5])],
)
def test_a_model_of_anything_is_read_as_what_it_is_of(returns, thing, expected):
    """
    A field whose kind is left open has the kind that `returns` names.
    """
    assert expected == decode("GET /a", returns, {"thing": thing}).thing
    assert "$.result.thing" == refused(returns, {"thing": {}})[0]


# Places.


@pytest.mark.parametrize(
    ("returns", "result", "where"),
    [
        (SceneSummaryStatus, {}, "$.result.status"),
        (SceneSummaryStatus, None, "$.result.status"),
        (SceneSummaryStatus, {"status": 5}, "$.result.status"),
        (
            SceneSummaryStatus,
            {"status": "SUMMARIZING", "targetSceneIds": [1, 2, {}]},
            "$.result.targetSceneIds[2]",
        ),
        (IndexStatus, {"status": "ANALYZING", "analyzeStatusMessage": 5}, "analyzeStatusMessage"),
        (IndexStatus, {"status": "ANALYZING", "analysisStatusMessage": 5}, "analysisStatusMessage"),
        (Page[Asset], {"content": [{"assetId": 1}, {}]}, "$.result.content[1].assetId"),
        (
            Page[Asset],
            {"content": [{"assetId": 1, "metaData": {"durationMs": "1"}}]},
            "$.result.content[0].metaData.durationMs",
        ),
        (PersonThumbnails, {"thumbnailList": [{"id": None}]}, "$.result.thumbnailList[0].id"),
        (SceneSummary, {"sceneSummaryInfo": {"analyzedSceneIds": "1"}}, "analyzedSceneIds"),
        (SceneSummary, {"sceneSummaries": [{}, None]}, "$.result.sceneSummaries[1]"),
        (SceneSummary, [], "$.result"),
        (dict, [], "$.result"),
        (list, {}, "$.result"),
    ],
)
def test_the_place_of_a_fault_is_told_in_the_spelling_of_the_service(returns, result, where):
    """
    The error says where in the answer the fault is, by the names that the answer uses.
    """
    assert refused(returns, result)[0].endswith(where)


def test_a_missing_field_is_called_missing():
    """
    A field without which nothing makes sense is the only kind that has to be there.
    """
    assert ("$.result.assetId", "missing") == refused(Asset, {})


def test_null_where_a_field_has_to_be_is_not_called_missing():
    """
    The error tells a null of the service from a field that it left out.
    """
    assert ("$.result.assetId", "expected an id, found null") == refused(Asset, {"assetId": None})


def test_an_error_prints_what_was_attempted_and_where_it_failed():
    """
    The text of the error names the call, the place and the problem.
    """
    with pytest.raises(InvalidAnswer) as caught:
        decode("GET /a", ImportStatus, {"uploadStatus": []})

    assert "GET /a: unexpected answer at $.result.uploadStatus: expected a word, found a list" == (
        caught.value.what_happened
    )


@attrs.frozen
class Fussy:
    """A user's own model, with a rule of its own."""

    even: int = attrs.field()

    @even.validator
    def _check(self, _, value):
        if value % 2:
            error = AttributeError(f"{value} is odd")
            error.add_note("which it should not be")
            raise error


def test_a_model_of_a_user_may_refuse_an_answer():
    """
    What a user's own model does not accept is an answer that is not as documented.
    """
    assert ("$.result", "not what is documented") == refused(Fussy, {"even": 1})


@attrs.frozen
class Folder:
    """A user's own model, which refers to itself, and has fields that nobody is given."""

    name: "str"
    inside: "tuple[Folder, ...]" = ()
    label: str = attrs.Factory(lambda self: self.name.upper(), takes_self=True)
    depth: int = attrs.field(default=7, init=False)


@attrs.frozen
class Lost:
    """A user's own model, with a mistake in an annotation."""

    name: "Nowhere"  # noqa: F821 - the mistake


def test_a_model_of_a_user_may_refer_to_itself():
    """
    A user's own model may do whatever attrs allows: name itself, derive defaults, keep fields.
    """
    read = decode("GET /a", Folder, {"name": "a", "inside": [{"name": "b", "label": "c"}]})

    assert Folder("a", (Folder("b", label="c"),)) == read
    assert ("A", 7) == (read.label, read.depth)


def test_a_fault_in_a_model_of_a_user_has_its_place():
    """
    The place of a fault is told within a user's own models, too.
    """
    answer = {"name": "a", "inside": [{"name": "b", "inside": [{"name": 1}]}]}

    assert ("$.result.inside[0].inside[0].name", "expected text, found a number") == (
        refused(Folder, answer)
    )


@pytest.mark.parametrize("returns", [Lost, common.Page])
def test_a_model_that_names_what_is_nowhere_is_refused(returns):
    """
    A model with an annotation that cannot be resolved is refused before anything is sent.
    """
    with pytest.raises(InvalidArgument):
        check_returns(returns)


@pytest.mark.parametrize(
    ("returns", "result"),
    [
        (SceneSummaryStatus, {"status": ["canary"]}),
        (SceneSummaryStatus, {"status": "ANALYZING", "requestedTime": "canary"}),
        (PersonThumbnails, {"thumbnailList": [{"id": 1, "url": ["https://h/?canary"]}]}),
        (PersonThumbnails, {"thumbnailList": "canary"}),
        (Asset, {"assetId": ["canary"]}),
        (Asset, {"canary": 1}),
        (Fussy, {"even": "canary"}),
    ],
)
def test_an_error_does_not_quote_the_answer(returns, result):
    """
    Neither text, traceback nor pickle of the error holds a value of the answer.
    """
    with pytest.raises(InvalidAnswer) as caught:
        decode("GET /a", returns, result)

    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert "canary" not in shown.replace('"canary', "")
    assert b"canary" not in pickle.dumps(caught.value)
    assert None is caught.value.__cause__


# Open answers.


@pytest.mark.parametrize("returns", ANSWERS)
def test_unknown_fields_are_kept_unchanged(returns):
    """
    Undocumented fields, even those called extra, ref or items, are in `extra` unchanged.
    """
    needed = {
        "status": "X",
        "uploadStatus": "X",
        "workspaceName": "w",
        "projectId": 4,
        "assetId": 1,
        "indexId": 2,
        "id": 3,
        "searchId": "s",
        "assetFileKey": "k",
    }
    unknown = {
        "extra": {"extra": 1},
        "ref": None,
        "\0extra": {"a": 1},
        "state": "x",
        "newField": [1, {"deep": True}],
    }

    decoded = decode("GET /a", returns, {**needed, **unknown})

    assert unknown == {name: decoded.extra[name] for name in decoded.extra if name not in needed}


def test_known_fields_are_not_kept_twice():
    """
    `extra` holds only what no field of the model holds, under either of its names.
    """
    result = {"status": "ANALYZING", "analyzeStatusMessage": None, "analysisStatusMessage": "why"}

    assert {} == decode("GET /a", IndexStatus, result).extra


@attrs.frozen
class Open:
    """A user's own model, which keeps unknown fields, too."""

    b: int
    extra: dict[str, Any]


@pytest.mark.parametrize("more", [{}, {"\0extra": {"x": 1}}, {"extra": 5, "\0extra": None}])
def test_a_model_of_a_user_keeps_unknown_fields(more):
    """
    A user's own model with a field `extra` keeps there all fields that it does not know.
    """
    assert Open(2, more) == decode("GET /a", Open, {"b": 2, **more})


@pytest.mark.parametrize("returns", [dict, Any])
def test_an_answer_may_be_taken_undecoded(returns):
    """
    `dict` returns the result as it came.
    """
    assert {"a": [1, None]} == decode("GET /a", returns, {"a": [1, None]})


@pytest.mark.parametrize("result", [None, {}, {"a": 1}, [], "x"])
def test_a_result_that_nobody_asked_for_is_ignored(result):
    """
    `NoneType` returns None, whatever came.
    """
    assert None is decode("GET /a", NoneType, result)


@pytest.mark.parametrize("returns", [Index, IndexRequested, SceneSummary, SceneSummaryRequested])
def test_an_answer_without_result_is_an_empty_one(returns):
    """
    A model without required fields is made of a missing result.
    """
    assert returns() == decode("GET /a", returns, None)


@pytest.mark.parametrize(
    ("returns", "result", "field", "expected"),
    [
        (IndexStatus, {"analyzeStatusMessage": "why"}, "message", "why"),
        (IndexStatus, {"analysisStatusMessage": "why"}, "message", "why"),
        (
            IndexStatus,
            {"analyzeStatusMessage": None, "analysisStatusMessage": "why"},
            "message",
            "why",
        ),
        (
            IndexStatus,
            {"analyzeStatusMessage": "table", "analysisStatusMessage": "example"},
            "message",
            "table",
        ),
        (IndexStatus, {"analysisStatusMessage": None}, "message", None),
        (IndexStatus, {}, "message", None),
        (Asset, {"createUserName": "u"}, "created_user_name", "u"),
        (Asset, {"createdUserName": "u"}, "created_user_name", "u"),
        (Index, {"createUserName": "u"}, "created_user_name", "u"),
        (Index, {"createdUserName": "u"}, "created_user_name", "u"),
        (Page[Asset], {"pageNo": 2}, "page_number", 2),
        (Page[Asset], {"pageNum": 2}, "page_number", 2),
    ],
)
def test_both_spellings_of_a_contradicted_field_are_read(returns, result, field, expected):
    """
    Where the documentation has two spellings, the first that is not null counts.
    """
    decoded = decode("GET /a", returns, {"status": "ANALYZING", "assetId": 1, **result})

    assert expected == getattr(decoded, field)


# Words.


@pytest.fixture
def unknown_words(monkeypatch):
    """The table of unknown words, empty and small."""
    words = {}
    monkeypatch.setattr(common, "_unknown_words", words)
    monkeypatch.setattr(common, "_MOST_UNKNOWN_WORDS", 3)
    return words


@pytest.mark.parametrize("kind", [SceneSummaryState, IndexState, ImportState])
def test_an_unknown_word_is_kept_as_it_came(kind, unknown_words):
    """
    A word that the service learnt later is a member like the others, and says it is unknown.
    """
    word = kind("PAUSED")

    assert "PAUSED" == word == word.value == word.name == f"{word}"
    assert kind is type(word)
    assert word is kind("PAUSED")
    assert not word.is_known
    assert "PAUSED" not in kind.__members__


@pytest.mark.parametrize("word", SceneSummaryState)
def test_the_words_of_the_documentation_are_known(word):
    """
    A documented word is the member that it names.
    """
    assert word is SceneSummaryState(word.value)
    assert word.is_known


def test_an_unknown_word_is_logged_once(caplog, unknown_words):
    """
    The log tells of a new word the first time it comes, and not with every look.
    """
    caplog.set_level(logging.WARNING)

    decode("GET /a", IndexStatus, {"status": "PAUSED"})
    decode("GET /a", IndexStatus, {"status": "PAUSED"})

    assert ["IndexState: the service used the unknown word 'PAUSED'"] == caplog.messages


def test_unknown_words_do_not_fill_the_memory(caplog, unknown_words):
    """
    Beyond a bound new words are still understood, but neither kept nor logged.
    """
    words = [IndexState(f"NEW_{number}") for number in range(10)]

    assert [f"NEW_{number}" for number in range(10)] == words
    assert words[9] == IndexState("NEW_9")
    assert 3 == len(unknown_words) == len(caplog.messages)


def test_a_long_unknown_word_is_shortened_in_the_log(caplog, unknown_words):
    """
    A page-long word does not fill the log.
    """
    IndexState("X" * 10_000)

    assert 150 > len(caplog.messages[0])


@pytest.mark.parametrize("word", ["PAUSED", "SUMMARIZING"])
def test_words_pickle(word, unknown_words):
    """
    A word, known or not, comes out of a pickle as the same member.
    """
    pickled = pickle.dumps(SceneSummaryState(word))
    unknown_words.clear()

    assert word == pickle.loads(pickled)
    assert SceneSummaryState(word) is pickle.loads(pickled)


def test_only_text_is_a_word():
    """
    A word that is not text raises Python's own ValueError.
    """
    with pytest.raises(ValueError, match="5 is not a valid IndexState"):
        IndexState(5)


# Anything at all.

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text()
)
json = st.recursive(
    scalars, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)


def spellings(returns):
    """The names in answers that mean something to a model."""
    model = getattr(returns, "__origin__", returns)
    return [
        name
        for field in attrs.fields(model)
        for name in field.metadata.get("names", (camel(field.name),))
    ]


def outcome(call, *arguments):
    """What a call comes to: its value, or the error that says that the answer is wrong."""
    try:
        return call("GET /a", *arguments)
    except InvalidAnswer as error:
        return error


@pytest.mark.parametrize("returns", ANSWERS)
@given(st.data())
def test_any_answer_makes_a_model_or_an_error_of_ours(returns, data):
    """
    Whatever JSON comes, each model is made of it or refuses it; nothing else ever happens.
    """
    names = st.sampled_from([*spellings(returns), "extra", "unknown"])
    words = st.sampled_from(["ANALYZING", "2026-04-17T10:30:00", 1, [1], [{"assetId": 1}]])
    result = data.draw(json | st.dictionaries(names, json | words))

    found = outcome(decode, returns, result)

    assert isinstance(found, getattr(returns, "__origin__", returns) | InvalidAnswer)
    assert str(found) == str(pickle.loads(pickle.dumps(found)))


@given(st.binary() | json.map(orjson.dumps) | json.map(lambda value: orjson.dumps(value)[:-1]))
def test_any_bytes_are_json_or_an_error_of_ours(body):
    """
    Bytes are read as JSON or refused as a whole; nothing else ever happens.
    """
    found = outcome(read_json, body)

    assert isinstance(found, dict | list | str | int | float | NoneType | InvalidAnswer)


@pytest.mark.parametrize(
    ("opening", "closing", "times"),
    [(b"[", b"]", 99), (b'{"a":', b"}", 99), (b'[1,{"a":', b"},2]", 49)],
)
@pytest.mark.parametrize("returns", [dict, IndexRequested])
def test_a_hundred_levels_are_read(returns, opening, closing, times):
    """
    What is new in an answer may be nested a hundred levels deep.
    """
    result = {"new": orjson.loads(opening * times + b"0" + closing * times)}

    read = decode("GET /a", returns, result)

    assert result == getattr(read, "extra", read)


@pytest.mark.parametrize(
    ("opening", "closing", "times"),
    [(b"[", b"]", 100), (b'{"a":', b"}", 100), (b'[1,{"a":', b"},2]", 50)],
)
@pytest.mark.parametrize("returns", [dict, IndexRequested])
def test_a_level_more_is_refused(returns, opening, closing, times):
    """
    One level more than a hundred, of lists, objects or both, is an InvalidAnswer.
    """
    result = {"new": orjson.loads(opening * times + b"0" + closing * times)}

    with pytest.raises(InvalidAnswer, match="100 levels"):
        decode("GET /a", returns, result)


@pytest.mark.parametrize("returns", [SceneSummary, Folder])
def test_a_result_is_as_deep_as_its_deepest_part(returns):
    """
    A scene, or a model within a model, that is nested too deeply is an InvalidAnswer.
    """
    deep = orjson.loads(b'{"name":"a","inside":[' * 50 + b"0" + b"]}" * 50)

    with pytest.raises(InvalidAnswer, match="100 levels"):
        decode("GET /a", returns, {"name": "a", "inside": [deep], "sceneSummaries": [deep]})


def test_many_shallow_things_are_not_deep():
    """
    It is the depth that counts, not the number of lists and objects.
    """
    result = {"new": [[{}]] * 500}

    assert result == decode("GET /a", dict, result)


@pytest.mark.parametrize(
    "body", [b"", b"{", b"<html>canary</html>", b"\xff", b'{"a": NaN}', b"[" * 100_000]
)
def test_what_is_no_json_is_refused(body):
    """
    Half an answer, a page or bytes that are no text are not what the API documents.
    """
    with pytest.raises(InvalidAnswer, match=r"at \$: no JSON") as caught:
        read_json("GET /a", body)

    assert "canary" not in "".join(traceback.format_exception(caught.value))


def test_an_enum_of_the_service_is_open():
    """
    Every enum that stands in an answer can learn new words.
    """
    enums = [one for one in OpenEnum.__subclasses__() if one.__module__.startswith("mediaintel")]

    states = {ImportState, IndexState, SceneSummaryState, SearchState, UploadState}
    assert states == set(enums)
