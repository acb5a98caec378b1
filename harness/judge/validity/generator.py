"""Whether the generator was on time and delivered the planned load, by its own records."""

from __future__ import annotations

import math

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.planning.causes import NothingMeasured
from harness.judge.planning.users import users_needed
from harness.judge.validity.accounts import requests_by_variant
from harness.judge.view import StageView
from harness.judge.windows.block import Block
from harness.judge.windows.lateness import LEVEL, Lateness
from harness.judge.words import MILLISECONDS, PERCENT
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import EVERY_REQUEST, LATENESS_SENT

ON_TIME = Subject.of_check("on-time", "generator on time")
DELIVERED = Subject.of_check("delivered", "load delivered")
# Less is usual on a machine that does anything else.
_NOTABLE = 0.05


def generator_on_time(view: StageView) -> Finding:
    """Judge how late the pacing timer fired (p99) and how busy the generator's core was (mean)."""
    limit_s = view.plan.generator.lateness_p99_s
    hub = view.aggregate.lateness.hub
    if not hub.total:
        return Result.plain(Outcome.INVALID, _unrecorded(view)).of(ON_TIME)
    late_s = hub.quantile_us(LEVEL) / 1e6
    was, limit = MILLISECONDS.spoken(late_s), MILLISECONDS.spoken(limit_s)
    late = f"The generator's own lateness was {was} at p99 (limit {limit})"
    outcome, busy = _busy(view)
    reason = f"{late}, {busy}."
    if late_s > limit_s:
        outcome = Outcome.INVALID
        reason += _withheld(view.aggregate.lateness)
    return Result.fact(outcome, reason, late_s * 1e3, limit_s * 1e3, "ms", hub.total, "lower").of(ON_TIME)


def _unrecorded(view: StageView) -> str:
    clock = view.clock
    if clock.left_out_intervals >= clock.intervals:
        warmup_s, lasts_s = view.plan.warmup_of(view.stage), view.stage.duration_s
        nothing = NothingMeasured(warmup_s, lasts_s, view.design.has_level_rates)
        return f"Nothing was judged: {nothing.why}; {nothing.remedy}."
    return "The generator did not record its own lateness."


def _busy(view: StageView) -> tuple[Outcome, str]:
    limit, lateness, intervals = view.plan.generator.cpu, view.aggregate.lateness, len(view.aggregate.numbers)
    mean = lateness.cpu.value
    if mean is None:
        return (
            Outcome.INCONCLUSIVE,
            f"and its CPU use was not recorded (limit {PERCENT.spoken(limit)} of a core)",
        )
    words = f"and it used {PERCENT.spoken(mean)} of a core (limit {PERCENT.spoken(limit)})"
    if mean > limit:
        return Outcome.INVALID, words
    if (recorded := lateness.cpu.number) < intervals:
        return Outcome.INCONCLUSIVE, f"{words}, recorded in {recorded:,} of {intervals:,} intervals"
    return Outcome.PASS, words


def _withheld(lateness: Lateness) -> str:
    """Say whether other programs, or the host of a virtual machine, had the core it needed."""
    waited, stolen = lateness.waited.value or 0.0, lateness.stolen.value or 0.0
    causes = []
    if waited >= _NOTABLE:
        causes.append(f"for {PERCENT.spoken(waited)} of the time it was ready to run and had no core")
    if stolen >= _NOTABLE:
        causes.append(f"the host of this virtual machine took {PERCENT.spoken(stolen)} of a core away")
    if not causes:
        return ""
    return f" Others slowed it down: {', and '.join(causes)}. Send from a machine with cores to spare."


def load_delivered(view: StageView, until_s: float = math.inf) -> Finding:
    """Judge the arrivals sent against those planned; of a stage that ended early, those that were due."""
    least = view.plan.generator.achieved
    is_whole = until_s >= view.stage.duration_s or view.aggregate.has_reached_the_end
    planned, achieved = planned_arrivals(view, is_whole=is_whole), sent_arrivals(view)
    share = achieved / planned if planned else 0.0
    dropped = dropped_arrivals(view)
    what = "planned arrivals" if is_whole else "arrivals due before it ended early"
    reason = (
        f"{achieved:,} of {planned:,.0f} {what} were sent ({PERCENT.spoken(share)}, "
        f"limit {PERCENT.spoken(least)}), {dropped:,} dropped."
    )
    outcome = Outcome.PASS if planned and share >= least else Outcome.INVALID
    needed = 0 if outcome is Outcome.PASS or view.aggregate.lateness.is_late else _users_needed(view)
    if needed > view.plan.sent.max_in_flight:
        reason += f" Raise `load.max_in_flight` from {view.plan.sent.max_in_flight:,} to {needed:,}."
    return Result.fact(outcome, reason, share * 100, least * 100, "%", achieved, "higher").of(DELIVERED)


def _users_needed(view: StageView) -> int:
    """Return how many users the load needed, by what its requests took; 0 if unknown."""
    blocks, sent = view.blocks.blocks, view.aggregate.sent.histogram
    if not blocks or not sent.total or view.plan.rate_of(view.stage) is None:
        return 0
    merged = Block.merge(blocks)
    took = Histogram.merge(held[kind] for held in merged.variants.values() for kind in EVERY_REQUEST)
    if not took.total:
        return 0
    service_s = max(took.mean_us - sent.mean_us, 0.0) / 1e6
    return users_needed(view.design, service_s)


def planned_arrivals(view: StageView, *, is_whole: bool = True) -> float:
    """Count the arrivals the stage should have: by its rates, or those drawn at random or recorded."""
    finished = view.evidence.finished
    if finished is not None and (view.plan.sent.is_drawn or not is_whole):
        return float(finished.due)
    return view.design.planned_arrivals


def dropped_arrivals(view: StageView) -> int:
    """Count the arrivals given up because no user was free in time."""
    return view.evidence.finished.dropped if view.evidence.finished else 0


def achieved_per_s(view: StageView) -> float:
    """Return the arrivals sent, or the requests seen, per second of recorded time, until the load stopped."""
    loaded_s, finished = view.aggregate.recorded_s, view.evidence.finished
    if not view.evidence.source.sends:
        return sum(requests_by_variant(view).values()) / loaded_s if loaded_s else 0.0
    if finished is not None and not view.aggregate.has_reached_the_end and view.design.rates:
        # The last window of a stage that was cut short is as long as the others, but the load was not.
        loaded_s = min(loaded_s, view.design.due_s(finished.due))
    return sent_arrivals(view) / loaded_s if loaded_s else 0.0


def sent_arrivals(view: StageView) -> int:
    """Count the arrivals sent."""
    return view.aggregate.counts[LATENESS_SENT]


def lateness_us(view: StageView) -> dict[str, int]:
    """Summarise due to sent of the whole stage, waiting for a free user included."""
    sent = view.aggregate.sent.histogram
    if not sent.total:
        return {"p50": 0, "p95": 0, "p99": 0, "max": 0}
    return {
        "p50": sent.quantile_us(0.5),
        "p95": sent.quantile_us(0.95),
        "p99": sent.quantile_us(0.99),
        "max": sent.max_us,
    }
