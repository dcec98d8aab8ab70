"""Whether a status is about our run, and whether that run has ended, without any I/O.

The service shows one status per asset, that of its latest run, and gives no reliable name to a
run. So a look just before the start is kept as the *baseline*: what differs from it afterwards
is about a later run. `requestedTime`, the service's time of a start, is compared only with other
times of the service, never with a clock of ours.

- `judge()` says what one look means for our run: in progress, ended, superseded, never started.
- `evidence_of_start()` says whether a start took effect whose answer was lost or a refusal.
"""

from datetime import datetime
from enum import Enum
from typing import Any, Protocol, Self

from attrs import evolve, frozen

from mediaintel_async.models.common import JobStatus


class RunStatus(JobStatus, Protocol):
    """What a status must have for its run to be judged."""

    @property
    def is_before(self) -> bool:
        """Whether the asset never had a run."""
        ...

    @property
    def canceled(self) -> bool:
        """Whether the run was cancelled."""
        ...


def requested_time(status: RunStatus) -> datetime | None:
    """Return when the run of *status* was requested; None if the service does not say."""
    return getattr(status, "requested_time", None)


def is_going(status: RunStatus) -> bool:
    """Whether a run waits or works. A state that this version does not know counts as working."""
    return not status.is_final and not status.is_before


@frozen(kw_only=True)
class Baseline:
    """What a look showed just before a start; small, since a token carries it."""

    was_final: bool
    requested_time: datetime | None
    marks: tuple[str | None, ...]
    """What else differs between runs: the state, the index id, the time of completion."""

    @classmethod
    def of(cls, status: RunStatus) -> Self:
        """Return the baseline that *status* makes."""
        return cls(
            was_final=status.is_final,
            requested_time=requested_time(status),
            marks=_marks(status),
        )

    def differs(self, status: RunStatus) -> bool:
        """Whether *status* shows another run than this baseline does.

        If both have a requested time, it decides: a newer time is another run, an older one is a
        stale look. Times have whole seconds, so the state decides between equal ones: a run in
        progress is another run than one that had ended. Without two times the marks decide. A
        mark that one of the two lacks is no evidence, since the service may leave fields out; nor
        are fields that this version does not know, which may change from look to look.
        """
        time = requested_time(status)
        if time is not None and self.requested_time is not None:
            return time > self.requested_time or (
                time == self.requested_time and self.was_final and is_going(status)
            )
        return any(
            one != other
            for one, other in zip(self.marks, _marks(status), strict=True)
            if one is not None and other is not None
        )


def _marks(status: RunStatus) -> tuple[str | None, ...]:
    # Not sceneSummaryId: the API's pages contradict each other about it in a final status.
    values = (
        status.state,
        getattr(status, "index_id", None),
        getattr(status, "completed_time", None),
    )
    return tuple(None if value is None else str(value) for value in values)


@frozen(kw_only=True)
class Run:
    """The run that a job waits for, as far as it is known."""

    baseline: Baseline | None = None
    """None for a run that was joined or attached to: any final status is its end."""

    since: float
    """When the start was accepted or the run joined: seconds since 1970 by this machine's clock."""

    is_pending: bool = False
    """Whether it is still unknown that the service accepted the start."""

    sends: int = 0
    """How often the POST of the start was sent; never more than twice."""

    is_own: bool = False
    """Whether this library started it."""

    requested_time: datetime | None = None
    """The service's time of this run's start, once a look has shown it."""

    seen_going: bool = False
    """Whether a look after the start has shown the run waiting or working."""

    gone_at: float | None = None
    """How old the run was, in seconds, when looks began to show no run at all; None while the last
    look showed one."""


class Verdict(Enum):
    """What one look means for one run."""

    GOING = "going"
    """The run is in progress, or the look is no evidence that it has ended."""

    ENDED = "ended"
    NEVER_STARTED = "never started"
    """The service still shows no run at all when the grace period is over."""

    SUPERSEDED = "superseded"
    """A later run has taken its place; how ours ended will never be shown."""


@frozen
class Judgement:
    """A verdict about a run, and the run with what the look has shown of it."""

    verdict: Verdict
    run: Run
    only_by_grace: bool = False
    """Whether only the end of the grace period decided this, without any evidence: worth a log
    line."""


def judge(  # noqa: PLR0911 - one return for each case
    run: Run, status: RunStatus, *, age_seconds: float, grace_seconds: float
) -> Judgement:
    """Decide what *status* means for *run*.

    A final status may be that of the run before ours, since looks lag behind starts. It is the end
    of our run if one of these holds:

    - its requested time is newer than the baseline's;
    - a look after the start has shown our run waiting or working;
    - there is no requested time to compare, and the status differs from the baseline;
    - the grace period is over.

    A run without baseline was joined or attached to: any final status is its end, unless its
    requested time is older than the one that this run has shown.

    Args:
        run: The run, as known before this look.
        status: What the look has shown.
        age_seconds: How long ago the start of the run was accepted.
        grace_seconds: How long looks may lag behind a start.
    """
    in_grace = age_seconds < grace_seconds
    if status.is_before:
        gone_at = age_seconds if run.gone_at is None else run.gone_at
        # Once seen running, one look that shows no run is stale; if that lasts for the grace
        # period, the run is gone.
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
        # A stale look, at the run before ours, is no evidence that ours is in progress.
        if _is_of_the_past(run, status):
            return Judgement(Verdict.GOING, run)
        return Judgement(Verdict.GOING, _seen_going(run, time))
    if _is_newer(run.requested_time, time):
        # The end of an older run than ours does not end ours, not even after the grace period.
        return Judgement(Verdict.GOING, run)
    if run.baseline.differs(status) or (run.seen_going and not _is_of_the_past(run, status)):
        return Judgement(Verdict.ENDED, run)
    verdict = Verdict.GOING if in_grace else Verdict.ENDED
    return Judgement(verdict, run, only_by_grace=not in_grace)


def _seen_going(run: Run, time: datetime | None) -> Run:
    if run.seen_going and (run.requested_time is not None or time is None):
        return run
    return evolve(run, seen_going=True, requested_time=run.requested_time or time)


def _is_newer(time: datetime | None, other: datetime | None) -> bool:
    return time is not None and other is not None and time > other


def _is_of_the_past(run: Run, status: RunStatus) -> bool:
    """Whether the time of *status* shows that it is about a run from before our start.

    Times have whole seconds, so that a run that had ended before our start may share its second
    with ours. A status in progress with that time is about ours, and so is a final one once our
    run has been seen with that time.
    """
    time, baseline = requested_time(status), run.baseline
    if time is None or baseline is None or baseline.requested_time is None:
        return False
    if time != baseline.requested_time:
        return time < baseline.requested_time
    return not baseline.was_final or (status.is_final and run.requested_time != time)


def is_of_another_run(run: Run, status: RunStatus) -> bool:
    """Whether *status* shows a run in progress that was requested later than *run*."""
    return is_going(status) and _is_newer(requested_time(status), run.requested_time)


class StartEvidence(Enum):
    """What a look says about a start that was refused, or whose answer was lost."""

    OURS = "ours"
    """The start took effect: a newer run than the baseline's is over the scenes we wanted."""

    NONE = "none"
    """The status still shows the run of the baseline, or no run."""

    SOMEBODY_ELSES = "somebody else's"
    """A newer run is over other scenes."""


def evidence_of_start(
    baseline: Baseline, status: RunStatus, wanted_scenes: tuple[int, ...] | None
) -> StartEvidence:
    """Return whether *status* shows the run of our start.

    Any run newer than *baseline* is taken for ours, unless the service says that it is over other
    scenes than *wanted_scenes*.
    """
    if status.is_before or not baseline.differs(status):
        return StartEvidence.NONE
    if covers(status, wanted_scenes):
        return StartEvidence.OURS
    return StartEvidence.SOMEBODY_ELSES


def covers(status: RunStatus, wanted_scenes: tuple[int, ...] | None) -> bool:
    """Whether the run of *status* is over exactly *wanted_scenes*; None means all scenes.

    True for chosen scenes if the service does not say which scenes the run is over.
    """
    targets: Any = getattr(status, "target_scene_ids", None)
    if wanted_scenes is None:
        return targets is None
    return targets is None or {str(one) for one in targets} == {str(one) for one in wanted_scenes}
