"""The generator's confession: whether it was on time and delivered the load it promised."""

from __future__ import annotations

from harness.judge.outcome import Outcome
from harness.judge.verdict import Finding
from harness.judge.view import StageView
from harness.judge.words import MILLISECONDS, PERCENT
from harness.record.histogram import Histogram
from harness.record.tag import LATENESS_HUB, LATENESS_SENT, Tag

ON_TIME = "generator on time"
DELIVERED = "load delivered"


def generator_on_time(view: StageView) -> Finding:
    """Judge how late the pacing timer fired (p99) and how busy the generator's core was (mean)."""
    limit_s = view.plan.generator.lateness_p99_s
    hub = _merged(view, LATENESS_HUB, view.clock.warmup_intervals)
    if not hub.total:
        return Finding.plain(ON_TIME, Outcome.INVALID, "The generator did not record its own lateness.")
    late_s = hub.quantile_us(0.99) / 1e6
    was, limit = MILLISECONDS.spoken(late_s), MILLISECONDS.spoken(limit_s)
    late = f"The generator's own lateness was {was} at p99 (limit {limit})"
    outcome, busy = _busy(view)
    if late_s > limit_s:
        outcome = Outcome.INVALID
    return Finding(
        ON_TIME,
        outcome,
        late_s * 1e3,
        limit_s * 1e3,
        "ms",
        late_s * 1e3,
        late_s * 1e3,
        hub.total,
        f"{late}, {busy}.",
    )


def _busy(view: StageView) -> tuple[Outcome, str]:
    limit = view.plan.generator.cpu
    records = view.probes("generator", stage=view.stage.name)
    seen = [float(record["cpu"]) for record in records if record["cpu"] is not None]
    if not seen:
        return Outcome.INCONCLUSIVE, f"and its CPU was not recorded (limit {PERCENT.spoken(limit)} of a core)"
    mean = sum(seen) / len(seen)
    words = f"and it used {PERCENT.spoken(mean)} of a core (limit {PERCENT.spoken(limit)})"
    return (Outcome.INVALID if mean > limit else Outcome.PASS), words


def load_delivered(view: StageView) -> Finding:
    """Judge the arrivals sent against those planned."""
    least = view.plan.generator.achieved
    planned, achieved = planned_arrivals(view), _merged(view, LATENESS_SENT).total
    share = achieved / planned if planned else 0.0
    dropped = dropped_arrivals(view)
    reason = (
        f"{achieved:,} of {planned:,.0f} planned arrivals were sent ({PERCENT.spoken(share)}, "
        f"limit {PERCENT.spoken(least)}), {dropped:,} dropped."
    )
    outcome = Outcome.PASS if planned and share >= least else Outcome.INVALID
    return Finding(
        DELIVERED, outcome, share * 100, least * 100, "%", share * 100, share * 100, achieved, reason
    )


def planned_arrivals(view: StageView) -> float:
    """Count the arrivals the stage should have: rate times duration, or those drawn if drawn at random."""
    finished = view.evidence.finished
    if view.plan.load.arrivals == "poisson" and finished is not None:
        return float(finished["due"])
    return view.planned_per_s * view.stage.duration_s


def dropped_arrivals(view: StageView) -> int:
    """Count the arrivals given up because no user was free in time."""
    return int(view.evidence.finished["dropped"]) if view.evidence.finished else 0


def achieved_per_s(view: StageView) -> float:
    """Return the arrivals sent per second of recorded time."""
    recorded_s = sum(interval.length_s for interval in view.evidence.intervals)
    return _merged(view, LATENESS_SENT).total / recorded_s if recorded_s else 0.0


def lateness_us(view: StageView) -> dict[str, int]:
    """Summarise due to sent of the whole stage, waiting for a free user included."""
    sent = _merged(view, LATENESS_SENT)
    if not sent.total:
        return {"p50": 0, "p95": 0, "p99": 0, "max": 0}
    return {
        "p50": sent.quantile_us(0.5),
        "p95": sent.quantile_us(0.95),
        "p99": sent.quantile_us(0.99),
        "max": sent.max_us,
    }


def _merged(view: StageView, tag: Tag, first_interval: int = 0) -> Histogram:
    return Histogram.merge(
        interval.histograms[tag]
        for interval in view.evidence.intervals
        if tag in interval.histograms and view.clock.number_of(interval) >= first_interval
    )
