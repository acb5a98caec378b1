"""Facts that a run records twice: where two records of a stage contradict each other, neither is believed.

A record that nothing else repeats, such as the CPU use of a service, cannot be checked this way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.validity.accounts import request_counts, requests_by_owner
from harness.judge.view import StageView
from harness.judge.words import PER_SECOND, PERCENT, counted, duration
from harness.plan.model import Plan, Stage
from harness.record.events.release import WeightSet
from harness.record.events.stage import (
    FailuresAccepted,
    RequestErrors,
    RequestsRedirected,
    ResponseSizes,
    StageExtended,
    StageStarted,
)
from harness.record.histograms.account import OWNERS
from harness.record.histograms.tag import LATENESS_SENT, UNATTRIBUTED, Kind
from harness.record.probes import GeneratorProbe, HealthProbe

AGREE = Subject.of_check("records-agree", "records agree")
_CLOCK_S: Final = 1e-3
"""A log states its clock in milliseconds."""


class CrossCheck(NamedTuple):
    """Two records of the same fact; `contradictions` yields a sentence for each difference."""

    one: str
    other: str
    contradictions: Callable[[StageView], Iterator[str]]


def cross_checked(view: StageView) -> Iterator[Finding]:
    """Find where the records of a stage contradict each other; yields nothing where they agree."""
    found = [sentence for check in CROSS_CHECKS for sentence in check.contradictions(view)]
    if found:
        more = f" ({counted(len(found) - 1, 'more contradiction')})" if len(found) > 1 else ""
        reason = f"The records contradict each other: {found[0]}{more}."
        yield Result.count(Outcome.INVALID, len(found), reason).of(AGREE)


def _planned(view: StageView) -> tuple[Plan, Stage] | None:
    """Return the plan of the run and the stage in it; None where that plan has no such stage."""
    plan = view.evidence.ran or view.plan
    stage = next((stage for stage in plan.stages if stage.name == view.stage.name), None)
    return None if stage is None else (plan, stage)


def _start_against_plan(view: StageView) -> Iterator[str]:
    if (planned := _planned(view)) is None:
        return
    plan, stage = planned
    for event in view.events(StageStarted):
        weight, rate_per_s, index = float(stage.weight), plan.rate_of(stage), plan.stages.index(stage)
        if event.weight != weight:
            started, meant = PERCENT.spoken(event.weight), PERCENT.spoken(weight)
            yield f"the stage started with a weight of {started}, planned {meant}"
        if event.arrival_rate_per_s != rate_per_s:
            started, meant = map(_rate, (event.arrival_rate_per_s, rate_per_s))
            yield f"the stage started at {started}, planned {meant}"
        if event.index != index:
            yield f"the stage started as number {event.index + 1} of the plan and is number {index + 1}"


def _rate(per_s: float | None) -> str:
    return "no rate" if per_s is None else PER_SECOND.spoken(per_s)


def _start_against_windows(view: StageView) -> Iterator[str]:
    begins_s = view.aggregate.begins_s
    if view.evidence.started_s is not None and begins_s is not None and abs(begins_s) > _CLOCK_S:
        yield f"the first window begins {duration(abs(begins_s))} off the start of the stage"


def _weight_against_plan(view: StageView) -> Iterator[str]:
    if (planned := _planned(view)) is None:
        return
    weight = float(planned[1].weight)
    # The first sets the stage's weight; a later one is the rollback's.
    for event in view.events(WeightSet)[:1]:
        if event.weight != weight:
            yield f"the weight was set to {event.weight:g}, planned {weight:g}"


def _length_against_plan(view: StageView) -> Iterator[str]:
    finished, planned = view.evidence.finished, _planned(view)
    if finished is None or planned is None:
        return
    part_s, extensions = planned[1].duration_s, view.events(StageExtended)
    for number, length_s in enumerate([*(one.duration_s for one in extensions), finished.duration_s]):
        parts = min(number + 2, len(extensions) + 1)
        if abs(length_s - part_s * parts) > _CLOCK_S:
            yield (
                f"the stage lasted {duration(length_s)}, planned {duration(part_s)} "
                f"and {counted(parts - 1, 'extension')}"
            )


def _end_against_its_variants(view: StageView) -> Iterator[str]:
    if (finished := view.evidence.finished) is None:
        return
    if unknown := sorted(set(finished.by_variant) - {*view.plan.variants, UNATTRIBUTED}):
        yield f"arrivals are booked to {unknown[0]!r}, which is no variant of the plan"
    for name in ("due", "completed", "failed", "dropped", "open"):
        total, parts = getattr(finished, name), (getattr(one, name) for one in finished.by_variant.values())
        if total != (added := sum(parts)):
            yield f"{total:,} arrivals are {name}, and {added:,} of the variants together"


def _failures_against_histograms(view: StageView) -> Iterator[str]:
    if (finished := view.evidence.finished) is None:
        return
    counts = request_counts(view)
    recorded = {owner: counts[owner, Kind.FAILED] for owner in OWNERS}
    if view.plan.is_routed or requests_by_owner(view)[UNATTRIBUTED]:
        # Requests of one arrival may be of different variants, and each arrival is booked to one.
        yield from _failures("load", finished.failed, sum(recorded.values()))
        return
    for variant, arrivals in finished.by_variant.items():
        if variant in recorded:
            yield from _failures(variant, arrivals.failed, recorded[variant])


def _failures(whose: str, arrivals: int, requests: int) -> Iterator[str]:
    """Compare both: an arrival fails if one of its requests does, so both are zero or neither."""
    if arrivals > requests or (requests and not arrivals):
        yield (
            f"{arrivals:,} arrivals of the {whose} failed, and the histograms hold "
            f"{counted(requests, 'failed request')}"
        )


def _errors_against_histograms(view: StageView) -> Iterator[str]:
    events = view.events(RequestErrors)
    by_variant: Counter[str] = Counter()
    for event in events:
        by_variant[event.variant] += event.count
    counts = request_counts(view)
    for variant in sorted({*by_variant, *OWNERS}):
        told, recorded = by_variant[variant], counts[variant, Kind.FAILED]
        if told != recorded:
            yield (
                f"{counted(told, 'error')} of the {variant} were written, and the histograms hold "
                f"{counted(recorded, 'failed request')}"
            )


def _declared_against_errors(view: StageView) -> Iterator[str]:
    for event in view.events(RequestErrors):
        if (event.declared or 0) > event.count:
            yield (
                f"{counted(event.count, 'error')} of the {event.variant} were written, "
                f"{event.declared:,} of them the load test's own word"
            )
            return


def _accepted_against_end(view: StageView) -> Iterator[str]:
    finished, events = view.evidence.finished, view.events(FailuresAccepted)
    told = sum(event.count for event in events)
    if finished is not None and told != (finished.accepted or 0):
        yield (
            f"{counted(told, 'failure')} that the load test called a success were written, and the stage "
            f"ended with {finished.accepted or 0:,}"
        )


def _successes_against_histograms(view: StageView) -> Iterator[str]:
    told: Counter[tuple[str, str]] = Counter()
    for sizes in view.events(ResponseSizes):
        told["known sizes", sizes.variant] += sum(sizes.counts)
    for redirected in view.events(RequestsRedirected):
        told["redirects", redirected.variant] += redirected.count
    counts = request_counts(view)
    for (how, owner), number in told.items():
        # Not every success has a known size or is redirected, and none is twice.
        if number > (recorded := counts[owner, Kind.RESPONSE]):
            yield (
                f"{how} of {counted(number, 'response')} of the {owner} were written, and the histograms "
                f"hold {counted(recorded, 'successful request')}"
            )


def _sent_against_histograms(view: StageView) -> Iterator[str]:
    finished, sent = view.evidence.finished, view.aggregate.counts[LATENESS_SENT]
    if finished is not None and sent > finished.sent:
        yield f"{finished.sent:,} arrivals were sent, and {sent:,} times of sending are recorded"


def _end_against_generator(view: StageView) -> Iterator[str]:
    finished = view.evidence.finished
    windows = [probe for probe in view.evidence.probes if isinstance(probe, GeneratorProbe)]
    if finished is None or not windows:
        return
    for name in ("due", "sent", "dropped"):
        total, added = getattr(finished, name), sum(getattr(window, name) for window in windows)
        if total != added:
            yield f"{total:,} arrivals were {name}, and {added:,} by the generator's own records"


def _clock_against_run(view: StageView) -> Iterator[str]:
    off_s = view.evidence.clock_off_s
    if off_s is not None and abs(off_s) > _CLOCK_S:
        yield f"the clock of the stage's log is {duration(abs(off_s))} off that of the run"


def _health_against_itself(view: StageView) -> Iterator[str]:
    for probe in view.evidence.probes:
        if isinstance(probe, HealthProbe) and probe.ok != _is_healthy(probe):
            said = "good" if probe.ok else "bad"
            yield f"a health check of the {probe.variant} was {said} with status {probe.status}"


def _is_healthy(probe: HealthProbe) -> bool:
    return probe.error is None and probe.status is not None and 200 <= probe.status < 300


CROSS_CHECKS: Final = (
    CrossCheck("stage_started", "the plan", _start_against_plan),
    CrossCheck("stage_started", "the first window", _start_against_windows),
    CrossCheck("weight_set", "the plan", _weight_against_plan),
    CrossCheck("stage_finished", "the plan and stage_extended", _length_against_plan),
    CrossCheck("stage_finished", "its variants", _end_against_its_variants),
    CrossCheck("stage_finished", "the histograms of failed requests", _failures_against_histograms),
    CrossCheck("stage_finished", "the histogram of lateness", _sent_against_histograms),
    CrossCheck("stage_finished", "the generator's probes", _end_against_generator),
    CrossCheck("errors", "the histograms of failed requests", _errors_against_histograms),
    CrossCheck("errors", "their count", _declared_against_errors),
    CrossCheck("failures_accepted", "stage_finished", _accepted_against_end),
    CrossCheck("response_sizes and redirects", "the histograms of successes", _successes_against_histograms),
    CrossCheck("the log's BaseTime", "run.json", _clock_against_run),
    CrossCheck("a health check", "its status", _health_against_itself),
)
