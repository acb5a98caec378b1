"""What the load generator says about itself: rates, lateness, CPU."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from math import nan

from harness.judge.windows.design import StageDesign
from harness.plan.model import Plan
from harness.plan.variant import Variant
from harness.record.evidence import StageEvidence
from harness.record.histograms.tag import GENERATOR, LATENESS_HUB, LATENESS_SENT
from harness.record.probes import GeneratorProbe
from harness.report.data.series import Curve, curve_of, thinned
from harness.report.data.window import Window, quantile_ms
from harness.report.plots.axes import LimitLine
from harness.report.plots.delivery import Delivery
from harness.report.wording import latency


def delivery_of(plan: Plan, evidence: StageEvidence, run: Sequence[Window]) -> Delivery:
    """Return the curves of one stage."""
    late_s, cpu = plan.generator.lateness_p99_s, plan.generator.cpu
    return Delivery(
        planned=_planned(plan, evidence, run),
        offered=_in_whole_windows(evidence, run, _probed(evidence, "due", _due_per_s)),
        achieved=_in_whole_windows(evidence, run, curve_of(run, "achieved", GENERATOR, _finished_per_s)),
        sends_late=_lateness(run, "sends", LATENESS_SENT.endpoint),
        timer_late=_lateness(run, "timer", LATENESS_HUB.endpoint),
        lateness_limit=LimitLine(late_s * 1000, f"timer p99 ≤ {latency(late_s * 1e6)}"),
        cpu=_probed(evidence, "cpu", _cpu_percent),
        cpu_limit=LimitLine(cpu * 100, f"{cpu * 100:g}%"),
    )


def _planned(plan: Plan, evidence: StageEvidence, run: Sequence[Window]) -> Curve:
    """Return the planned rate as far as the stage was recorded."""
    rates = StageDesign(plan, evidence.stage, evidence.source).rates
    if rates is None:
        return Curve("planned", GENERATOR, [0.0], [0.0])
    end_s = run[-1].start_s + run[-1].length_s if run else 0.0
    corners = [corner for corner in rates.total.corners if corner[0] < end_s]
    corners.append((end_s, rates.total.at_per_s(end_s)))
    return Curve("planned", GENERATOR, [at_s for at_s, _ in corners], [per_s for _, per_s in corners])


def _in_whole_windows(evidence: StageEvidence, run: Sequence[Window], rates: Curve) -> Curve:
    """Leave out the last rates of a stage that was ended within a window: the load filled a part of it."""
    if not run or evidence.finished is None:
        return rates
    last = run[-1]
    if last.start_s + last.length_s > evidence.stage.duration_s * (1 - 1e-6):
        return rates
    kept = [at for at, x in enumerate(rates.x) if x < last.start_s]
    return replace(rates, x=[rates.x[at] for at in kept], y=[rates.y[at] for at in kept])


def _finished_per_s(window: Window) -> float:
    return sum(window.requests(variant) for variant in Variant) / window.length_s


def _lateness(run: Sequence[Window], name: str, endpoint: str) -> Curve:
    return curve_of(
        run, name, GENERATOR, lambda window: quantile_ms(window.histogram(GENERATOR, endpoint), 0.99)
    )


def _due_per_s(probe: GeneratorProbe) -> float:
    return probe.due / max(probe.interval_s, 1e-9)


def _cpu_percent(probe: GeneratorProbe) -> float:
    return nan if probe.cpu is None else probe.cpu * 100


def _probed(evidence: StageEvidence, what: str, number: Callable[[GeneratorProbe], float]) -> Curve:
    """Return a number of the generator's own probes, each at the middle of its window."""
    x, y = [], []
    for probe in evidence.probes:
        if not isinstance(probe, GeneratorProbe):
            continue
        x.append(probe.t_s - probe.interval_s / 2 - (evidence.started_s or 0.0))
        y.append(number(probe))
    return thinned(Curve(what, GENERATOR, x, y))
