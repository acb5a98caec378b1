"""Why a trigger can never fire, whatever the service does."""

from __future__ import annotations

from collections.abc import Sequence

from harness.judge.planning.causes import Cause, NeverBeyond, NoBaseline, NoCanary, NotProbed, WindowTooLong
from harness.judge.planning.needs import ROUNDING, not_probed
from harness.judge.windows.design import StageDesign
from harness.plan.criteria.compare import Absolute
from harness.plan.criteria.criterion import Criterion, NamedCriterion, Trigger
from harness.plan.criteria.measure import MeasureKind


def why_never_fires(designs: Sequence[StageDesign], trigger: Trigger, *, of_run: bool) -> Cause | None:
    """Return why a trigger of a stage, or of a run with these stages, can't fire; None if it can."""
    causes = [_out_of_sight(design, trigger) for design in designs]
    seen = [design for design, cause in zip(designs, causes, strict=True) if cause is None]
    return _too_long(seen, trigger, of_run=of_run) if seen else causes[0]


def _out_of_sight(design: StageDesign, trigger: Trigger) -> Cause | None:
    """Return why the condition can't hold in any interval of a stage."""
    stage = design.stage
    if isinstance(trigger, NamedCriterion):
        return None if stage.weight or _checks_health(design) else NotProbed(("probes.health",))
    if not trigger.measure.is_of_requests:
        return None if design.measures(trigger.measure) else not_probed(trigger.measure)
    if trigger.measure.kind is MeasureKind.THROUGHPUT:
        return None
    if not stage.weight:
        return NoCanary()
    if trigger.is_relative and not design.has_both:
        return NoBaseline()
    return NeverBeyond() if _is_beyond_everything(trigger) else None


def _is_beyond_everything(trigger: Criterion) -> bool:
    of_errors = trigger.measure.kind is MeasureKind.ERROR_RATE
    if not of_errors or not isinstance(trigger.limit, Absolute):
        return False
    return not trigger.op.holds(1.0, trigger.limit.value)


def _too_long(designs: Sequence[StageDesign], trigger: Trigger, *, of_run: bool) -> WindowTooLong | None:
    """Compare the window with the time in which its intervals can follow each other.

    They are counted anew in every stage, but an outage that health checks show goes on between stages.
    """
    lengths_s = [design.longest.stage.duration_s for design in designs]
    goes_on = isinstance(trigger, NamedCriterion) and any(map(_checks_health, designs))
    lasts_s = sum(lengths_s) if goes_on else max(lengths_s)
    if trigger.for_s is None or trigger.for_s <= lasts_s + ROUNDING:
        return None
    return WindowTooLong(
        trigger.for_s, lasts_s, "stage" if not of_run else "run" if goes_on else "longest stage"
    )


def _checks_health(design: StageDesign) -> bool:
    probes = design.plan.probes
    return probes is not None and probes.health is not None
