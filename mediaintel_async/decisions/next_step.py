"""What a pipeline does next for its asset: `next_step(intent, facts)`, without any I/O.

An asset needs an index before it can have a summary; an object of a bucket is imported before
both. A pipeline goes through these stages, and asks here again after each look, start and end.
Summaries and indexes that are there, or in progress, are used instead of paid for again.
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
    """One of the three parts of a pipeline."""

    IMPORT = "import"
    """The object becomes an asset. Only in a pipeline that began with an object of a bucket."""

    INDEX = "index"
    SUMMARY = "summary"


@frozen(kw_only=True)
class Intent:
    """What the caller wants for one asset."""

    reuse: bool = True
    """Whether a summary that is complete, or in progress, will do; False asks for a new run."""

    summary: SceneSummaryOptions = field(factory=SceneSummaryOptions)
    index: IndexOptions | None = field(factory=IndexOptions)
    """How to index an asset that has no index; None: never index."""


@frozen(kw_only=True)
class Facts:
    """What the pipeline knows about its asset so far."""

    importing: ImportStatus | None = None
    """The last look at its import; None if the pipeline began with an asset."""

    summary: SceneSummaryStatus | None = None
    """The last look at its summary; None before the first."""

    index: IndexStatus | None = None
    """The last look at its index; None before the first."""

    waiting_for: Stage | None = None
    """The stage whose run the pipeline has started or joined, and which has not ended yet."""

    started: frozenset[Stage] = frozenset()
    """The stages of which this pipeline has started a run."""

    ended: frozenset[Stage] = frozenset()
    """The stages whose run, started or joined by this pipeline, has ended."""

    summary_refused: bool = False
    """Whether the service refused to summarise the asset with its present index."""


@frozen
class LookAt:
    """Ask for the status of *stage*: once, or until its run has ended."""

    stage: Stage
    until_ended: bool = False


@frozen
class Start:
    """Start a run of *stage*, which is billed."""

    stage: Stage


@frozen
class Fetch:
    """Read the summary, which is complete."""


@frozen
class Done:
    """End without a summary; the last status, or the service's refusal, says why."""


Step: TypeAlias = LookAt | Start | Fetch | Done


def next_step(intent: Intent, facts: Facts) -> Step:  # noqa: PLR0911 - one return for each case
    """Return the step that brings the asset nearer to its summary.

    After each step the caller adds what it learnt to *facts* and asks again, until the answer is
    `Fetch` or `Done`.
    """
    if facts.waiting_for is not None:
        return LookAt(facts.waiting_for, until_ended=True)
    if facts.importing is not None and not facts.importing.succeeded:
        return Done()
    if facts.summary is None:
        return LookAt(Stage.SUMMARY)
    if Stage.SUMMARY in facts.started and is_going(facts.summary):
        return LookAt(Stage.SUMMARY, until_ended=True)
    if Stage.SUMMARY in facts.ended | facts.started:
        # The summary run that this pipeline paid for, or joined: however it ended, that was it.
        return Fetch() if facts.summary.succeeded else Done()
    if intent.reuse and facts.summary.succeeded:
        return Fetch()
    if intent.reuse and is_going(facts.summary):
        return LookAt(Stage.SUMMARY, until_ended=True)
    return _step_to_new_run(intent, facts)


def present_stage(intent: Intent, facts: Facts) -> Stage:
    """Return the stage that an asset has come to, as far as *facts* tell; it never goes back.

    A look at the summary that shows none does not tell; then it is the index. While a summary is
    tried with an index that failed, it is the index as well: the index may have to be made anew.
    """
    step = next_step(intent, facts)
    if isinstance(step, Fetch):
        return Stage.SUMMARY
    if isinstance(step, LookAt):
        return step.stage if step.until_ended else Stage.INDEX
    if isinstance(step, Start):
        is_indexed = facts.index is not None and facts.index.succeeded
        return step.stage if is_indexed or intent.index is None else Stage.INDEX
    if facts.importing is not None and not facts.importing.succeeded:
        return Stage.IMPORT
    if Stage.SUMMARY in facts.ended | facts.started:
        return Stage.SUMMARY
    is_indexed = facts.index is not None and facts.index.succeeded
    return Stage.SUMMARY if is_indexed else Stage.INDEX


def _step_to_new_run(intent: Intent, facts: Facts) -> Step:  # noqa: PLR0911 - likewise
    """Return the step towards a new run of the summary, with an index before it if need be."""
    if facts.index is None:
        return LookAt(Stage.INDEX)
    if is_going(facts.index):
        return LookAt(Stage.INDEX, until_ended=True)
    if facts.index.succeeded:
        return Done() if facts.summary_refused else Start(Stage.SUMMARY)
    if Stage.INDEX in facts.started:
        # The index run that this pipeline paid for failed: a second one would be billed again.
        return Done()
    may_index = intent.index is not None
    if facts.index.is_before:
        return _start_unless_refused(facts, Stage.INDEX if may_index else Stage.SUMMARY)
    # Indexing failed earlier, but an older index may still serve: try the summary first.
    if may_index and facts.summary_refused:
        return Start(Stage.INDEX)
    return _start_unless_refused(facts, Stage.SUMMARY)


def _start_unless_refused(facts: Facts, stage: Stage) -> Step:
    if stage is Stage.SUMMARY and facts.summary_refused:
        return Done()
    return Start(stage)
