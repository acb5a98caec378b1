"""Whether the service is down, by health probes alone: the only trigger there is without load."""

from __future__ import annotations

from collections.abc import Iterable

from harness.plan.criteria.criterion import Named, NamedCriterion
from harness.plan.model import Plan
from harness.plan.variant import Variant
from harness.record.probes import HealthProbe, Probe


def down_for_s(probes: Iterable[Probe], variant: Variant = Variant.CANARY) -> float:
    """Return for how long every health check of a variant has failed; 0 when the last one passed."""
    of_variant = (probe for probe in probes if isinstance(probe, HealthProbe) and probe.variant == variant)
    checks = sorted(of_variant, key=lambda check: check.t_s)
    if not checks:
        return 0.0
    since_s = checks[-1].t_s
    for check in reversed(checks):
        if check.ok:
            break
        since_s = check.t_s
    return checks[-1].t_s - since_s


def outage_trigger(plan: Plan, probes: Iterable[Probe]) -> str | None:
    """Return the plan's `service down` trigger that fires, if one does.

    None does while what the canary is compared with is down, too.
    """
    checks = tuple(probes)
    down_s = 0.0 if down_for_s(checks, plan.reference) else down_for_s(checks)
    for trigger in plan.rollback:
        is_outage = isinstance(trigger, NamedCriterion) and trigger.name is Named.SERVICE_DOWN
        if is_outage and trigger.for_s is not None and down_s >= trigger.for_s:
            return trigger.text
    return None
