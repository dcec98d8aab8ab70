"""A job as a short text that any process can resume, on any day; it holds no secrets.

`mi1.` and base64url of JSON, under 1 KiB. The keys are single letters to keep it short; they and
their meaning never change, since tokens of older versions stay readable.
"""

import base64
import binascii
import math
from datetime import datetime
from typing import Any

import orjson
from attrs import evolve, frozen

from mediaintel_async.decisions.next_step import Intent, Stage
from mediaintel_async.decisions.whose_run import Baseline, Run
from mediaintel_async.errors import InvalidArgument
from mediaintel_async.models.indexes import IndexOptions
from mediaintel_async.models.scene_summaries import SceneSummaryOptions
from mediaintel_async.refs import AssetRef, Id, as_id

_VERSION = "mi1."
_LONGEST = 1024
_MOST_SCENES = 100_000
"""A forged range of scenes, such as 1-999999999, must not fill the memory."""

_PENDING, _OWN, _SEEN_GOING = 1, 2, 4


@frozen(kw_only=True)
class Token:
    """What a token carries."""

    kind: str
    origin: str
    workspace: str
    ids: tuple[Id, ...]
    """The project's, the asset's, and what else a kind needs; for a search its own."""

    run: Run | None = None
    """The run as far as it is known; None: nothing was started yet."""

    intent: Intent
    stage: Stage | None = None
    """The stage of a pipeline that *run* belongs to."""

    started_stages: frozenset[Stage] = frozenset()
    """The stages in which the pipeline has started a run."""

    def asset_ref(self, more_ids: int = 0) -> AssetRef:
        """Return the asset that the job is about.

        Raises:
            InvalidArgument: There are not exactly *more_ids* ids beyond those of the asset.
        """
        if len(self.ids) != 2 + more_ids:
            raise InvalidArgument("token is damaged: it does not name an asset")
        return AssetRef(self.workspace, self.ids[0], self.ids[1])


def encode(token: Token) -> str:
    """Write *token* with letters, digits, `-`, `_` and `.` only.

    Raises:
        InvalidArgument: Scene ids, extra fields or names make it longer than 1 KiB, or *token*
            has a value that JSON cannot write.
    """
    fields = {
        "k": token.kind,
        "o": token.origin,
        "w": token.workspace,
        "x": list(token.ids),
        "r": None if token.run is None else _run_fields(token.run),
        "n": token.stage,
        "d": sorted(token.started_stages),
        **_intent_fields(token.intent),
    }
    given = {name: value for name, value in fields.items() if value not in (None, [], {})}
    try:
        text = _VERSION + base64.urlsafe_b64encode(orjson.dumps(given)).rstrip(b"=").decode()
    except TypeError as error:
        raise InvalidArgument(
            f"extra, a name or a number cannot be written as JSON: {error}"
        ) from error
    if len(text) >= _LONGEST:
        raise InvalidArgument(
            "scene_ids, extra or names are too long for the token of the job, which has"
            f" {len(text)} characters and may have {_LONGEST - 1}; ask for fewer scenes at a time"
        )
    return text


def check_fits(token: Token) -> None:
    """Make sure that *token* stays under 1 KiB, whatever the service will show of its run.

    Raises:
        InvalidArgument: With the longest run it would not.
    """
    time = datetime(2026, 11, 20, 10, 30, 0, 123456)  # noqa: DTZ001 - the service's have no zone
    baseline = Baseline(
        was_final=True, requested_time=time, marks=("SUMMARIZE_COMPLETED", "1" * 18, str(time))
    )
    run = Run(
        since=1234567890.123,
        sends=2,
        is_pending=True,
        is_own=True,
        requested_time=time,
        baseline=baseline,
    )
    stages = frozenset({Stage.INDEX, Stage.SUMMARY})
    encode(evolve(token, run=run, stage=Stage.SUMMARY, started_stages=stages))


def decode_token(text: object) -> Token:
    """Read what `encode()` wrote.

    Raises:
        InvalidArgument: *text* is not a token of this library, of a newer version, or damaged.
    """
    if not isinstance(text, str):
        raise InvalidArgument(f"token is of type {type(text).__name__}; expected a str")
    version, dot, data = text.strip().partition(".")
    if len(text) > _LONGEST:
        raise InvalidArgument(
            f"token has {len(text)} characters, which is longer than any token of this library;"
            f" expected fewer than {_LONGEST}"
        )
    if version + dot != _VERSION:
        if dot and version[:2] == "mi" and version[2:].isdecimal():
            raise InvalidArgument(
                f"token is of version {version[2:6]}, of a newer library; expected version 1"
            )
        raise InvalidArgument("token is not one of this library's, which begin with mi1.")
    try:
        padded = data + "=" * (-len(data) % 4)
        fields = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        return _token(fields)
    except (binascii.Error, ValueError, TypeError, LookupError, AttributeError, OverflowError):
        pass
    # Raised outside `except`: `__context__` would repeat what a stranger sent.
    raise InvalidArgument("token is damaged: it begins with mi1. but cannot be read")


def _token(fields: dict[str, Any]) -> Token:
    run = fields.get("r")
    stage = fields.get("n")
    return Token(
        kind=_str(fields["k"]),
        origin=_str(fields["o"]),
        workspace=_str(fields["w"]),
        ids=tuple(as_id(one) for one in fields["x"]),
        run=None if run is None else _run(run),
        intent=_intent(fields),
        stage=None if stage is None else Stage(stage),
        started_stages=frozenset(Stage(one) for one in fields.get("d", ())),
    )


def _run_fields(run: Run) -> dict[str, Any]:
    flags = _PENDING * run.is_pending + _OWN * run.is_own + _SEEN_GOING * run.seen_going
    base = run.baseline
    return {
        "t": round(run.since, 3),
        "f": flags,
        "c": run.sends,
        "q": run.requested_time,
        "b": None if base is None else [int(base.was_final), base.requested_time, *base.marks],
    }


def _run(fields: dict[str, Any]) -> Run:
    flags, base, since = fields["f"], fields.get("b"), float(fields["t"])
    if type(flags) is not int or not math.isfinite(since) or (flags & _PENDING and not base):
        raise ValueError
    return Run(
        since=since,
        is_pending=bool(flags & _PENDING),
        is_own=bool(flags & _OWN),
        seen_going=bool(flags & _SEEN_GOING),
        sends=_sends(fields.get("c", 0)),
        requested_time=_time(fields.get("q")),
        baseline=None
        if base is None
        else Baseline(
            was_final=bool(base[0]),
            requested_time=_time(base[1]),
            marks=_marks(base[2:]),
        ),
    )


def _sends(value: object) -> int:
    if value not in (0, 1, 2) or isinstance(value, bool):
        raise ValueError
    return int(str(value))


def _marks(values: list[object]) -> tuple[str | None, ...]:
    state, index_id, completed = values
    others = (None if value is None else _str(value) for value in (index_id, completed))
    return (_str(state), *others)


def _intent_fields(intent: Intent) -> dict[str, Any]:
    index, summary = intent.index, intent.summary
    return {
        "u": None if intent.reuse else 0,
        "s": None if summary.scene_ids is None else _ranges(summary.scene_ids),
        "l": summary.locale,
        "e": dict(summary.extra),
        "i": 0
        if index is None
        else [
            index.scene_range,
            index.min_scene_duration_sec,
            index.max_scene_duration_sec,
            dict(index.extra),
        ]
        if index != IndexOptions()
        else None,
    }


def _intent(fields: dict[str, Any]) -> Intent:
    index = fields.get("i")
    scenes = fields.get("s")
    summary = SceneSummaryOptions(
        scene_ids=None if scenes is None else _unranged(scenes),
        locale=fields.get("l"),
        extra=dict(fields.get("e", {})),
    )
    options: IndexOptions | None = IndexOptions()
    if index == 0:
        options = None
    elif index is not None:
        scene_range, shortest, longest, extra = index
        options = IndexOptions(
            scene_range=scene_range,
            min_scene_duration_sec=shortest,
            max_scene_duration_sec=longest,
            extra=dict(extra),
        )
    return Intent(reuse="u" not in fields, summary=summary, index=options)


def _ranges(ids: tuple[int, ...]) -> str:
    """Write scene ids as `1-5,8`, in their order."""
    ranges: list[list[int]] = []
    for one in ids:
        if ranges and one == ranges[-1][1] + 1:
            ranges[-1][1] = one
        else:
            ranges.append([one, one])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)


def _unranged(text: str) -> tuple[int, ...]:
    ids: list[int] = []
    for piece in text.split(","):
        first, _, last = piece.partition("-")
        low, high = int(first), int(last or first)
        if high - low + len(ids) > _MOST_SCENES:
            raise ValueError
        ids.extend(range(low, high + 1))
    return tuple(ids)


def _str(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _time(value: object) -> datetime | None:
    if value is None:
        return None
    time = datetime.fromisoformat(_str(value))
    return time.replace(tzinfo=None)
