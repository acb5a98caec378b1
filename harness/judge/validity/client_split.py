"""Whether a router that keeps sessions at one version has split its clients as it was set.

The requests of one client all go the same way, so their share scatters far more than that of as many requests
that are sent anywhere; clients are drawn one by one.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.judge.finding import Finding, Result
from harness.judge.outcome import Outcome
from harness.judge.stats.special import bdtr
from harness.judge.validity.accounts import SPLIT, SPLIT_RISK
from harness.judge.validity.traffic_split import FINE_SHARE
from harness.judge.view import StageView
from harness.judge.words import PERCENT, counted, duration
from harness.plan.variant import Variant
from harness.record.probes import LogProbe


def split_of_clients(view: StageView) -> Finding | None:
    """Judge the canary's share of the clients, of the stage and in each interval after the warm-up.

    Returns None where the plan does not say what tells a client.
    """
    log = view.plan.traffic.access_log if view.plan.traffic else None
    if log is None or log.client is None:
        return None
    probes = [probe for probe in view.probes.of(LogProbe) if probe.clients and probe.new_clients]
    canary = sum(_canary(probe.new_clients) for probe in probes)
    total = sum(_all(probe.new_clients) for probe in probes)
    if not total:
        nothing = f"No client was seen after the warm-up: `{log.client}` was empty in every line."
        return Result.plain(Outcome.INCONCLUSIVE, nothing).of(SPLIT)
    weight, share = float(view.stage.weight), canary / total
    outcome = Outcome.PASS if _is_chance(canary, total, weight, 1) else Outcome.INVALID
    moved = ""
    for probe in probes:
        got, of = _canary(probe.clients), _all(probe.clients)
        if of and not _is_chance(got, of, weight, len(probes)):
            outcome = Outcome.INVALID
            at = duration(max(probe.t_s - (view.evidence.started_s or 0.0), 0.0))
            moved = f"; it was {PERCENT.spoken(got / of)} in the interval that ended {at} into the stage"
            break
    reason = (
        f"The canary got {canary:,} of {counted(total, 'client')} ({100 * share:.4g}%), "
        f"set to {100 * weight:.4g}%{moved}."
    )
    return Result.fact(outcome, reason, 100 * share, 100 * weight, "%", total).of(SPLIT)


def _canary(clients: Mapping[str, int] | None) -> int:
    return (clients or {}).get(Variant.CANARY, 0)


def _all(clients: Mapping[str, int] | None) -> int:
    return sum((clients or {}).values())


def _is_chance(got: int, of: int, weight: float, looks: int) -> bool:
    """Whether a draw of so many clients gives the canary such a share, looked at so often."""
    if abs(got / of - weight) <= max(FINE_SHARE, 1 / of):
        return True
    fewer, more = bdtr(got, of, weight), 1.0 - (bdtr(got - 1, of, weight) if got else 0.0)
    return min(fewer, more) >= SPLIT_RISK / 2 / looks
