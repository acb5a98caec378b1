"""What fails on both variants alike, from the errors that the run recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from harness.plan.variant import Variant
from harness.record.events.stage import RequestErrors


def shared_failure(errors: Iterable[RequestErrors]) -> str | None:
    """Say in a sentence which failure is the most frequent one of both variants; None if they differ."""
    counts: dict[str, Counter[tuple[str, str]]] = {str(variant): Counter() for variant in Variant}
    for each in errors:
        counts.setdefault(each.variant, Counter())[each.endpoint, each.kind] += each.count
    most = {max(kinds, key=lambda one: (kinds[one], one), default=None) for kinds in counts.values()}
    match list(most):
        case [(endpoint, kind)]:
            return f"both variants respond to {endpoint} with {kind}. Is the load test right?"
        case _:
            return None
