"""Which run is ours, and has it ended: decisions about looks, without any I/O.

The service keeps one latest run per asset and names none of them reliably, so a run is told
from the one before it by what a look showed before the start: the baseline. Times of the
service are compared only with times of the service. Rules 2 to 4 of the design.
"""

from datetime import datetime
from enum import Enum
from typing import Any, Protocol, Self

from attrs import evolve, frozen

from mediaintel_async.models.common import JobStatus


class RunStatus(JobStatus, Protocol):
    """What a status must say for its run to be judged."""

    @property
    def is_before(self) -> bool:
        """Whether no run was ever asked for."""
        ...

    @property
    def canceled(self) -> bool:
        """Whether the run was cancelled."""
        ...


def requested_time(status: RunStatus) -> datetime | None:
    """When the run of *status* was asked for; None where the service does not say."""
    return getattr(status, "requested_time", None)


def is_going(status: RunStatus) -> bool:
    """Whether a run waits or runs. A word this version does not know counts as running."""
    return not status.is_final and not status.is_before


@frozen(kw_only=True)
class Baseline:
    """What a look showed just before a start, small enough for a token."""

    was_final: bool
    requested_time: datetime | None
    marks: tuple[str | None, ...]
    """What else tells runs apart: the state, the index it came to, when it was completed."""

    @classmethod
    def of(cls, status: RunStatus) -> Self:
        """Keep what is needed of *status*."""
        return cls(
            was_final=status.is_final,
            requested_time=requested_time(status),
            marks=_marks(status),
        )

    def differs(self, status: RunStatus) -> bool:
        """Whether *status* is about another run than this baseline, as far as it shows.

        Where both have a time, only a newer one counts. Where one has none, the marks do, as
        far as both have them: the service may leave fields out, and unknown ones may change
        from look to look.
        """
        time = requested_time(status)
        if time is not None and self.requested_time is not None:
            return time > self.requested_time
        return any(
            one != other
            for one, other in zip(self.marks, _marks(status), strict=True)
            if one is not None and other is not None
        )


def _marks(status: RunStatus) -> tuple[str | None, ...]:
    # Not the summary's id: its meaning in a final answer is contradicted (seed 001).
    values = (
        status.state,
        getattr(status, "index_id", None),
        getattr(status, "completed_time", None),
    )
    return tuple(None if value is None else str(value) for value in values)


@frozen(kw_only=True)
class Run:
    """The run that a job is about, as far as it is known."""

    baseline: Baseline | None = None
    """None for a run that was joined or attached to: whatever ends there is its end."""

    since: float
    """Seconds since 1970, here: when the start was accepted, or the run was joined."""

    is_pending: bool = False
    """Whether it is unknown so far that the service accepted the start."""

    sends: int = 0
    """How often the start was sent; never more than twice."""

    is_own: bool = False
    """Whether this library started it."""

    requested_time: datetime | None = None
    """The run's own, once a look has shown it."""

    seen_going: bool = False
    """Whether a look since the start has shown it waiting or running."""

    gone_at: float | None = None
    """Its age when looks began to show no run at all; None while the last one showed one."""


class Verdict(Enum):
    """What one look means for one run."""

    GOING = "going"
    ENDED = "ended"
    NEVER_STARTED = "never started"
    SUPERSEDED = "superseded"


@frozen
class Judgement:
    """A verdict, and the run with what the look has taught about it."""

    verdict: Verdict
    run: Run
    only_by_grace: bool = False
    """Whether nothing but the grace period says so; worth a log line."""


def judge(  # noqa: PLR0911 - one return for each line of rule 2
    run: Run, status: RunStatus, *, age_seconds: float, grace_seconds: float
) -> Judgement:
    """Decide what *status* means for *run*, which was accepted *age_seconds* ago."""
    in_grace = age_seconds < grace_seconds
    if status.is_before:
        gone_at = age_seconds if run.gone_at is None else run.gone_at
        # What was seen going was started, whatever one stale look says; but it may be gone, or
        # have been another thing than a run.
        is_gone = age_seconds - gone_at >= grace_seconds if run.seen_going else not in_grace
        verdict = Verdict.NEVER_STARTED if is_gone else Verdict.GOING
        return Judgement(verdict, evolve(run, gone_at=gone_at), only_by_grace=is_gone)
    if run.gone_at is not None:
        run = evolve(run, gone_at=None)
    time = requested_time(status)
    if run.baseline is None:
        if status.is_final:
            is_stale = _is_newer(run.requested_time, time)
            return Judgement(Verdict.GOING if is_stale else Verdict.ENDED, run)
        return Judgement(Verdict.GOING, _seen_going(run, time))

    if _is_newer(time, run.requested_time):
        return Judgement(Verdict.SUPERSEDED, run)
    if not status.is_final:
        # A stale look at the run before ours shows nothing about ours.
        if _is_of_the_past(run, time):
            return Judgement(Verdict.GOING, run)
        return Judgement(Verdict.GOING, _seen_going(run, time))
    if _is_newer(run.requested_time, time):
        # However late: an end from before our own run is not the end of it.
        return Judgement(Verdict.GOING, run)
    if run.baseline.differs(status) or (run.seen_going and not _is_of_the_past(run, time)):
        return Judgement(Verdict.ENDED, run)
    verdict = Verdict.GOING if in_grace else Verdict.ENDED
    return Judgement(verdict, run, only_by_grace=not in_grace)


def _seen_going(run: Run, time: datetime | None) -> Run:
    if run.seen_going and (run.requested_time is not None or time is None):
        return run
    return evolve(run, seen_going=True, requested_time=run.requested_time or time)


def _is_newer(time: datetime | None, other: datetime | None) -> bool:
    return time is not None and other is not None and time > other


def _is_of_the_past(run: Run, time: datetime | None) -> bool:
    """Whether *time* says that a look is about a run from before our start."""
    before = run.baseline.requested_time if run.baseline is not None else None
    if time is None or before is None:
        return False
    return time <= before


def is_of_another_run(run: Run, status: RunStatus) -> bool:
    """Whether *status* shows a run going that was asked for after *run*."""
    return is_going(status) and _is_newer(requested_time(status), run.requested_time)


class StartEvidence(Enum):
    """What a look shows of a start whose answer was lost or that was refused."""

    OURS = "ours"
    NONE = "none"
    SOMEBODY_ELSES = "somebody else's"


def evidence_of_start(
    baseline: Baseline, status: RunStatus, wanted_scenes: tuple[int, ...] | None
) -> StartEvidence:
    """Look for our start in *status*: anything newer than *baseline* is taken for it.

    A run over other scenes than *wanted_scenes* is not, where the service tells.
    """
    if status.is_before or not baseline.differs(status):
        return StartEvidence.NONE
    if covers(status, wanted_scenes):
        return StartEvidence.OURS
    return StartEvidence.SOMEBODY_ELSES


def covers(status: RunStatus, wanted_scenes: tuple[int, ...] | None) -> bool:
    """Whether the run of *status* is about just *wanted_scenes*; None means all scenes.

    A service that does not tell which scenes a run is about is given the benefit.
    """
    targets: Any = getattr(status, "target_scene_ids", None)
    if wanted_scenes is None:
        return targets is None
    return targets is None or {str(one) for one in targets} == {str(one) for one in wanted_scenes}
