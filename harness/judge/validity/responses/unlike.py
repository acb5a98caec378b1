"""Responses of one variant that are unlike the other's: it may not do the same work.

If they are the canary's, it is not known whether it does its own: there is no evidence of a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from harness.judge.finding import Finding, Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.validity.apart import are_apart
from harness.judge.view import StageView
from harness.judge.words import PERCENT, counted
from harness.plan.variant import Variant

_APART: Final = 0.05


class Unlike(NamedTuple):
    """An endpoint, and how many responses of one variant and of the other are so, each (of these, of all).

    `what` says how they are, after "the canary's"; `other` what the other's are, after "the baseline's".
    Without `is_doubt` the state of the variants may explain it.
    """

    endpoint: str
    here: tuple[int, int]
    there: tuple[int, int]
    what: str
    other: str = ""
    is_doubt: bool = True

    @property
    def share(self) -> float:
        """The share of the one's responses."""
        return self.here[0] / self.here[1]

    @property
    def other_share(self) -> float:
        """The share of the other's responses."""
        return self.there[0] / self.there[1]

    def is_apart(self, tries: int) -> bool:
        """Whether that is far more than the other's, one of so many questions."""
        return are_apart(self.here, self.there, by=_APART, tries=tries)


Compare = Callable[[StageView, Variant, Variant], Iterable[Unlike]]
"""Counts what is so of the first variant's responses and of the second's, at each endpoint."""


def unlike(view: StageView, check: Subject, note: Subject, compare: Compare) -> Iterator[Finding]:
    """Report the endpoint at which most of one variant's responses are unlike the other's; nothing without.

    They are a doubt if they are the canary's and the plan does not expect it, else a note.
    """
    mode, reference = view.plan.judge.unlike_responses, view.design.reference
    if mode == "off":
        return
    for variant, other in ((Variant.CANARY, reference), (reference, Variant.CANARY)):
        compared = list(compare(view, variant, other))
        apart = [each for each in compared if each.is_apart(len(compared))]
        if not apart:
            continue
        most = max(apart, key=lambda each: (each.is_doubt, each.share, each.here[1], each.endpoint))
        is_doubt = most.is_doubt and variant is Variant.CANARY and mode == "inconclusive"
        outcome, subject = (Outcome.INCONCLUSIVE, check) if is_doubt else (Outcome.PASS, note)
        reason = _reason(most, len(apart) - 1, variant, other)
        share, limit, n = 100 * most.share, 100 * most.other_share, most.here[1]
        yield Result.fact(outcome, reason, share, limit, "%", n, "lower").of(subject)


def _reason(most: Unlike, further: int, variant: Variant, other: Variant) -> str:
    more = f" The same is so of {counted(further, 'other endpoint')}." if further else ""
    seen = (
        f"{PERCENT.spoken(most.share)} of the {variant}'s {most.what}, against "
        f"{PERCENT.spoken(most.other_share)} of the {other}'s{most.other}.{more} "
    )
    if variant is not Variant.CANARY:
        return f"{seen}What the canary is compared with may not do its work: look at the {variant}."
    if not most.is_doubt:
        return f"{seen}Where the variants hold unlike amounts of data, their times cannot be compared."
    return (
        f"{seen}Whether the canary does its work is not known: look at what it responds. If that is meant, "
        "write `unlike_responses: note` under `judge`."
    )
