"""What to do next for one asset: decisions about a pipeline, without any I/O.

From an asset to its summary there are two stages: the index and the summary. One that comes of
an object has its import before them. Rules 1 and 5 of the design.
"""

from enum import StrEnum
from typing import TypeAlias

from attrs import field, frozen

from mediaintel_async.decisions.whose_run import is_going
from mediaintel_async.models.assets import ImportStatus
from mediaintel_async.models.indexes import IndexOptions, IndexStatus
from mediaintel_async.models.scene_summaries import (
    SceneSummaryOptions,
    SceneSummaryStatus,
)
from mediaintel_async.public import public


@public
class Stage(StrEnum):
    """A part of the way from an asset to its summary."""

    IMPORT = "import"
    """Only of a pipeline that began with an object of a bucket."""

    INDEX = "index"
    SUMMARY = "summary"


@frozen(kw_only=True)
class Intent:
    """What the caller wants of one asset."""

    reuse: bool = True
    """Whether a summary that is there, or on its way, will do; False asks for a new run."""

    summary: SceneSummaryOptions = field(factory=SceneSummaryOptions)
    index: IndexOptions | None = field(factory=IndexOptions)
    """How to index an asset that needs it; None: never index."""


@frozen(kw_only=True)
class Facts:
    """What is known of the asset so far."""

    importing: ImportStatus | None = None
    """The last look at its import; None where the pipeline began with the asset."""

    summary: SceneSummaryStatus | None = None
    """The last look at its summary; None before the first."""

    index: IndexStatus | None = None
    """The last look at its index; None before the first."""

    waiting_for: Stage | None = None
    """The stage whose run is ours, or was joined, and has not ended yet."""

    started: frozenset[Stage] = frozenset()
    """The stages in which this pipeline asked for a run."""

    ended: frozenset[Stage] = frozenset()
    """The stages whose run, ours or joined, has ended."""

    summary_refused: bool = False
    """Whether the service refused to summarise with the index there is."""


@frozen
class LookAt:
    """Look at *stage*: once, or until its run has ended."""

    stage: Stage
    until_ended: bool = False


@frozen
class Start:
    """Ask for a run of *stage*."""

    stage: Stage


@frozen
class Fetch:
    """The summary is there: read it."""


@frozen
class Done:
    """There is nothing left to do; the last status, or the refusal, says why."""


Step: TypeAlias = LookAt | Start | Fetch | Done


def next_step(intent: Intent, facts: Facts) -> Step:  # noqa: PLR0911 - one return for each case
    """Decide what brings the asset nearer to its summary."""
    if facts.waiting_for is not None:
        return LookAt(facts.waiting_for, until_ended=True)
    if facts.importing is not None and not facts.importing.succeeded:
        return Done()
    if facts.summary is None:
        return LookAt(Stage.SUMMARY)
    if Stage.SUMMARY in facts.ended:
        return Fetch() if facts.summary.succeeded else Done()
    if intent.reuse and facts.summary.succeeded:
        return Fetch()
    if intent.reuse and is_going(facts.summary):
        return LookAt(Stage.SUMMARY, until_ended=True)
    return _towards_a_new_run(intent, facts)


def _towards_a_new_run(intent: Intent, facts: Facts) -> Step:  # noqa: PLR0911 - likewise
    if facts.index is None:
        return LookAt(Stage.INDEX)
    if is_going(facts.index):
        return LookAt(Stage.INDEX, until_ended=True)
    if facts.index.succeeded:
        return Done() if facts.summary_refused else Start(Stage.SUMMARY)
    if Stage.INDEX in facts.started:
        # Our own indexing failed, or was cancelled: doing it again would be paid again.
        return Done()
    may_index = intent.index is not None
    if facts.index.is_before:
        return _start_or_done(facts, Stage.INDEX if may_index else Stage.SUMMARY)
    # An older index may have survived the failure, so the summary is tried first.
    if may_index and facts.summary_refused:
        return Start(Stage.INDEX)
    return _start_or_done(facts, Stage.SUMMARY)


def _start_or_done(facts: Facts, stage: Stage) -> Step:
    if stage is Stage.SUMMARY and facts.summary_refused:
        return Done()
    return Start(stage)
