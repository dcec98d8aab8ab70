import base64
import json
import re
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediaintel_async import IndexOptions, InvalidArgument, Stage
from mediaintel_async.decisions.next_step import Intent
from mediaintel_async.decisions.whose_run import Baseline, Run
from mediaintel_async.jobs.token import Token, check_fits, decode_token, encode
from mediaintel_async.models.scene_summaries import SceneSummaryOptions

ORIGIN = "https://mi.apigw.ntruss.com"
PLAIN = Token(
    kind="summary", origin=ORIGIN, workspace="my-workspace", ids=(1234, 5678), intent=Intent()
)

times = st.none() | st.integers(0, 10**6).map(
    lambda seconds: datetime(2026, 4, 17) + timedelta(seconds=seconds)
)
baselines = st.builds(
    Baseline,
    was_final=st.booleans(),
    requested_time=times,
    marks=st.tuples(
        st.sampled_from(["SUMMARIZE_COMPLETED", "BEFORE_ANALYZE"]),
        st.none() | st.integers(0, 9).map(str),
        st.none() | st.just("2026-04-17 10:30:00"),
    ),
)
runs = st.builds(
    Run,
    baseline=baselines,
    since=st.integers(0, 2 * 10**9).map(float),
    is_pending=st.booleans(),
    sends=st.integers(0, 2),
    is_own=st.booleans(),
    requested_time=times,
    seen_going=st.booleans(),
)
extras = st.dictionaries(st.text(max_size=5), st.integers(0, 9) | st.text(max_size=5), max_size=2)
intents = st.builds(
    Intent,
    reuse=st.booleans(),
    summary=st.one_of(
        st.builds(
            SceneSummaryOptions,
            scene_ids=st.none() | st.lists(st.integers(0, 999), min_size=1, max_size=20),
            extra=extras,
        ),
        st.builds(SceneSummaryOptions, locale=st.sampled_from(["ko", "en"])),
    ),
    index=st.none()
    | st.just(IndexOptions())
    | st.builds(IndexOptions, scene_range=st.sampled_from(["SHORT", "LONG"]), extra=extras)
    | st.just(IndexOptions(min_scene_duration_sec=10, max_scene_duration_sec=60)),
)
tokens = st.builds(
    Token,
    kind=st.sampled_from(["summary", "index", "pipeline", "legacy summary"]),
    origin=st.just(ORIGIN),
    workspace=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20),
    ids=st.tuples(st.integers(0, 10**9), st.integers(0, 10**9) | st.just("a b")),
    run=st.none() | runs | st.just(Run(since=1.0)),
    intent=intents,
    stage=st.none() | st.sampled_from(Stage),
    started_stages=st.frozensets(st.sampled_from(Stage)),
)


@given(token=tokens)
def test_a_token_says_what_was_put_into_it(token):
    """
    Reading a token gives back the kind, place, run and intent it was made of.
    """
    assert token == decode_token(encode(token))


@given(token=tokens)
def test_a_token_survives_a_url_a_shell_and_a_json_field(token):
    """
    A token is under 1 KiB and has letters, digits, dot, dash and underscore only.
    """
    text = encode(token)

    assert re.fullmatch(r"mi1\.[A-Za-z0-9_-]+", text)
    assert len(text) < 1024


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "begin with mi1"),
        ("x", "begin with mi1"),
        ("mi2.e30", "version 2"),
        ("mi99999999.e30", "version 9999"),
        ("mi1.", "damaged"),
        ("mi1.e30", "damaged"),
        ("mi1.!!!!", "damaged"),
        ("mi1.한글", "damaged"),
        ("mi1.bnVsbA", "damaged"),
        ("mi1.W10", "damaged"),
        (None, "expected a str"),
        (b"mi1.e30", "expected a str"),
    ],
)
def test_what_is_no_token_is_refused(text, words):
    """
    Garbage and tokens of another version are an InvalidArgument that says which it is.
    """
    with pytest.raises(InvalidArgument, match=words):
        decode_token(text)


def altered(**fields):
    """A token with other fields than the library would write."""
    said = json.loads(base64.urlsafe_b64decode(encode(PLAIN)[4:] + "=="))
    run = {"t": 1.0, "f": 1, "b": [0, None, "SUMMARIZE_FAIL", None, None]}
    data = json.dumps({**said, "r": run, **fields})
    return "mi1." + base64.urlsafe_b64encode(data.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "fields",
    [
        {"k": 1},
        {"k": ""},
        {"o": None},
        {"w": ""},
        {"x": 5},
        {"x": [True, 1]},
        {"x": [{}, 1]},
        {"r": []},
        {"r": {"t": "x", "f": 1}},
        {"r": {"t": 1, "f": True}},
        {"r": {"t": 1, "f": 1, "b": [0]}},
        {"r": {"t": 1, "f": 1}},
        {"s": "0-60000,0-60000"},
        {"r": {"t": 1, "f": 1, "b": [0, "yesterday", "X", None, None]}},
        {"r": {"t": 1, "f": 1, "b": [0, None, "X", None]}},
        {"r": {"t": 1, "f": 1, "b": [0, None, None, None, None]}},
        {"r": {"t": 1, "f": 0, "c": 3}},
        {"r": {"t": 1, "f": 0, "c": True}},
        {"n": "nowhere"},
        {"d": ["nowhere"]},
        {"s": "1-99999999"},
        {"s": "x"},
        {"l": 5},
        {"e": 5},
        {"i": [1]},
        {"i": ["NONE", None, None, {}]},
    ],
)
def test_a_token_that_was_tampered_with_is_refused(fields):
    """
    Each field of a token is checked like any input from outside.
    """
    assert decode_token(altered())

    with pytest.raises(InvalidArgument):
        decode_token(altered(**fields))


def test_a_text_longer_than_any_token_is_refused_unread():
    """
    What is longer than 1 KiB is none of ours, whatever it begins with.
    """
    with pytest.raises(InvalidArgument, match="longer"):
        decode_token("mi1." + "A" * 2000)


@given(data=st.binary(max_size=60))
def test_no_bytes_make_resuming_fail_otherwise(data):
    """
    Whatever stands behind the version, the error is an InvalidArgument.
    """
    text = "mi1." + base64.urlsafe_b64encode(data).decode().rstrip("=")

    with pytest.raises(InvalidArgument):
        decode_token(text)


def test_scene_ids_in_a_row_cost_little():
    """
    Ten thousand scenes in a row fit into a token.
    """
    intent = Intent(reuse=False, summary=SceneSummaryOptions(scene_ids=range(10_000)))
    token = Token(kind="summary", origin=ORIGIN, workspace="w", ids=(1, 2), intent=intent)

    check_fits(token)

    assert token == decode_token(encode(token))


def test_scene_ids_too_many_for_a_token_are_refused():
    """
    A thousand scattered scenes are an InvalidArgument that names scene_ids.
    """
    intent = Intent(reuse=False, summary=SceneSummaryOptions(scene_ids=range(0, 2000, 2)))
    token = Token(kind="summary", origin=ORIGIN, workspace="w", ids=(1, 2), intent=intent)

    with pytest.raises(InvalidArgument, match="scene_ids"):
        check_fits(token)
