"""Whether the load test itself worked, and what it says that the answers do not.

It may call a failed answer a success, and a good one a failure: either is its own word.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.sequential.watch import GROSS_REGRESSION
from harness.judge.validity.accounts import requests_by_variant
from harness.judge.validity.apart import are_apart
from harness.judge.view import StageView
from harness.judge.words import PERCENT, counted
from harness.plan.criteria.measure import MeasureKind
from harness.plan.variant import Variant
from harness.record.events.stage import FailuresAccepted, LoadTestErrors, RequestErrors

LOAD_TEST = Subject.of_check("load-test", "load test")
WORD = Subject.of_check("load-tests-word", "failures called a success")
WORD_NOTED = Subject.of_note("load-tests-word", "failures called a success")
# A load test may call failures a success, such as the 404 of what was deleted: alike on both variants.
_APART = 0.01


def load_test_works(view: StageView) -> Iterator[Finding]:
    """Report errors that are not the service's; yields nothing where there were none."""
    counts: Counter[tuple[str, str, str]] = Counter()
    for event in view.events(LoadTestErrors):
        counts[event.blame, event.kind, event.where] += event.count
    if not counts:
        return
    (blame, kind, where), number = max(counts.items(), key=lambda item: (item[1], item[0]))
    others = f", and {counted(len(counts) - 1, 'other error')}" if len(counts) > 1 else ""
    reason = (
        f"An error of the {blame}, not of the service: {kind} at {where}, {counted(number, 'time')}{others}."
    )
    yield Result.count(Outcome.INVALID, counts.total(), reason, counts.total()).of(LOAD_TEST)


def load_tests_word(view: StageView) -> Iterator[Finding]:
    """Tell of failed answers that the load test calls a success, if one variant has far more of them.

    More of them on the canary leave its errors unknown: a word of the load test is no evidence of a pass.
    """
    requests, reference = requests_by_variant(view), view.design.reference
    counts: Counter[str] = Counter()
    for event in view.events(FailuresAccepted):
        counts[event.variant] += event.count
    pair = (Variant.CANARY, reference)
    for more, less in (pair, pair[::-1]):
        here, there = ((counts[variant], requests.get(variant, 0)) for variant in (more, less))
        if not are_apart(here, there, by=_APART):
            continue
        share, other = here[0] / here[1], there[0] / there[1]
        reason = (
            f"{PERCENT.spoken(share)} of the {more}'s requests failed and were called a success by the load "
            f"test ({_most(_accepted(view, more))}), against {PERCENT.spoken(other)} of the {less}'s. "
        )
        numbers = (100 * share, 100 * other, "%", counts[more])
        if more is Variant.CANARY:
            reason += "Whether that is a success is not known: do not call `success()` for these."
            yield Result.fact(Outcome.INCONCLUSIVE, reason, *numbers, "lower").of(WORD)
        else:
            reason += f"What the canary is compared with is not well: look at the {more}."
            yield Result.fact(Outcome.PASS, reason, *numbers).of(WORD_NOTED)


def told_by_the_load_test(view: StageView, findings: Iterable[Finding]) -> Iterator[Finding]:
    """Say of each finding that failures decided how many of the canary's are the load test's own word.

    They stand: its checks are evidence. But the service's answers were good, which nothing else would show.
    """
    for finding in findings:
        said = _own_word(view, finding.endpoint) if _is_of_failures(finding) else None
        yield replace(finding, reason=f"{finding.reason} {said}") if said else finding


def _is_of_failures(finding: Finding) -> bool:
    if finding.outcome is Outcome.PASS:
        return False
    never_answered = finding.observed == math.inf
    return finding.measure == MeasureKind.ERROR_RATE or finding.id == GROSS_REGRESSION.id or never_answered


def _own_word(view: StageView, endpoint: str | None) -> str | None:
    """Count the failures that only the load test calls so, of all endpoints or one; None without any."""
    events = [event for event in view.events(RequestErrors) if endpoint in {None, event.endpoint}]
    failed, declared = Counter[str](), Counter[str]()
    for event in events:
        failed[event.variant] += event.count
        declared[event.variant] += event.declared or 0
    canary, reference = Variant.CANARY, view.design.reference
    if not declared[canary]:
        return None
    kinds = Counter[tuple[str, str]]()
    for event in events:
        if event.variant == canary and event.declared:
            kinds[f'"{event.kind}"', event.endpoint] += event.declared
    return (
        f"Of the canary's {counted(failed[canary], 'failure')}, {declared[canary]:,} are the load test's own "
        f"word ({_most(kinds)}), and of the {reference}'s {failed[reference]:,}, {declared[reference]:,}."
    )


def _accepted(view: StageView, variant: str) -> Counter[tuple[str, str]]:
    kinds = Counter[tuple[str, str]]()
    for event in view.events(FailuresAccepted):
        if event.variant == variant:
            kinds[event.kind, event.endpoint] += event.count
    return kinds


def _most(kinds: Counter[tuple[str, str]]) -> str:
    """Say which of these failures is the most frequent one, and how many others there are."""
    (kind, endpoint), number = max(kinds.items(), key=lambda item: (item[1], item[0]))
    others = f", and {counted(kinds.total() - number, 'other')}" if kinds.total() > number else ""
    return f"{kind} of {endpoint}, {counted(number, 'time')}{others}"
