"""Whether the load test itself worked, and what it says that the answers do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.validity.accounts import requests_by_variant
from harness.judge.validity.apart import are_apart
from harness.judge.view import StageView
from harness.judge.words import PERCENT, counted
from harness.plan.variant import Variant
from harness.record.events.stage import FailuresAccepted, LoadTestErrors

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
            f"test ({_most(view, more)}), against {PERCENT.spoken(other)} of the {less}'s. "
        )
        numbers = (100 * share, 100 * other, "%", counts[more])
        if more is Variant.CANARY:
            reason += "Whether that is a success is not known: do not call `success()` for these."
            yield Result.fact(Outcome.INCONCLUSIVE, reason, *numbers, "lower").of(WORD)
        else:
            reason += f"What the canary is compared with is not well: look at the {more}."
            yield Result.fact(Outcome.PASS, reason, *numbers).of(WORD_NOTED)


def _most(view: StageView, variant: str) -> str:
    kinds: Counter[tuple[str, str]] = Counter()
    for event in view.events(FailuresAccepted):
        if event.variant == variant:
            kinds[event.kind, event.endpoint] += event.count
    (kind, endpoint), number = max(kinds.items(), key=lambda item: (item[1], item[0]))
    others = f", and {counted(kinds.total() - number, 'other')}" if kinds.total() > number else ""
    return f"{kind} of {endpoint}, {counted(number, 'time')}{others}"
