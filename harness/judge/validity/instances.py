"""What instances may explain: a fresher canary, a process replaced in mid-stage, one for both variants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.sequential.watch import GROSS_REGRESSION
from harness.judge.view import StageView
from harness.judge.words import counted, duration
from harness.plan.client.resolve import addresses_for
from harness.plan.targets import Direct
from harness.plan.variant import Variant
from harness.record.probes import MetricsProbe

NO_CONTROL = Subject.of_note("no-control", "no control")


def fresh_instances(view: StageView, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Note that a canary that looks worse than the baseline may only be fresher than it."""
    worse = sum(map(_looks_worse, findings))
    if view.design.reference is Variant.CONTROL or not worse:
        return
    reason = (
        f"{counted(worse, 'comparison')} found the canary worse. "
        "The baseline has run for longer than the canary: cold caches, few open connections and code that is "
        "not compiled yet look like a slower version. Only a `control`, fresh instances of the baseline's "
        "version, tells these apart; name one in the plan."
    )
    yield Result.count(Outcome.PASS, worse, reason, worse).of(NO_CONTROL)


def replaced_processes(view: StageView) -> Iterator[Finding]:
    """Note each variant whose process was replaced in the stage: what was measured is of both processes."""
    for variant in view.plan.variants:
        counted_at = [
            probe
            for probe in view.probes.of(MetricsProbe)
            if probe.variant == variant and probe.restarts is not None
        ]
        later = [after for before, after in pairwise(counted_at) if after.restarts != before.restarts]
        if not later:
            continue
        after_s = max(view.probes.into_stage_s(later[0]), 0.0)
        reason = (
            f"The {variant}'s process was replaced {counted(len(later), 'time')} in the stage, first seen "
            f"{duration(after_s)} into it. Whether it crashed, was restarted or is another build now cannot "
            "be told; requests before and after it count alike."
        )
        subject = Subject.of_note(f"replaced-{variant}", f"{variant} replaced")
        yield Result.count(Outcome.PASS, len(later), reason, len(counted_at)).of(subject)


def compared_with_itself(view: StageView) -> Iterator[Finding]:
    """Note that the canary is what it is compared with, as far as addresses and processes tell."""
    for other in view.plan.variants:
        if other is Variant.CANARY:
            continue
        shared = []
        if (address := _address(view, other)) is not None and address == _address(view, Variant.CANARY):
            shared.append("have the same address")
        if _is_one_process(_said_of_itself(view, other), _said_of_itself(view, Variant.CANARY)):
            shared.append("report the same start and memory of their process")
        if shared:
            reason = (
                f"The canary and the {other} {' and '.join(shared)}: one version was compared with itself, "
                "as in a run that calibrates. If a release was to be judged, it has not been."
            )
            subject = Subject.of_note(f"same-as-{other}", f"canary is the {other}")
            yield Result.count(Outcome.PASS, len(shared), reason, len(shared)).of(subject)


def _address(view: StageView, variant: Variant) -> object:
    """Return what load for a variant is sent to, None where the plan does not say."""
    if not isinstance(view.plan.targets, Direct) or (url := view.plan.targets.urls.get(variant)) is None:
        return None
    return url.lower(), addresses_for(view.plan.resolve, variant)


def _said_of_itself(view: StageView, variant: Variant) -> Counter[tuple[float, float]]:
    """Count what the processes of a variant said of their start and their memory, in one answer each."""
    return Counter(
        (probe.started_epoch_s, probe.memory_bytes)
        for probe in view.probes.of(MetricsProbe)
        if probe.variant == variant and probe.started_epoch_s is not None and probe.memory_bytes is not None
    )


def _is_one_process(one: Counter[tuple[float, float]], other: Counter[tuple[float, float]]) -> bool:
    """Whether half of the answers are the same; the start alone is not enough.

    Processes that are started together have the same start, which is told in hundredths of a second or worse.
    """
    return 0 < min(one.total(), other.total()) <= 2 * (one & other).total()


def _looks_worse(finding: Finding) -> bool:
    if finding.outcome is Outcome.PASS or finding.observed is None or finding.limit is None:
        return False
    if not finding.relative and finding.id != GROSS_REGRESSION.id:
        return False
    is_above = finding.observed > finding.limit
    return is_above if finding.better == "lower" else not is_above
