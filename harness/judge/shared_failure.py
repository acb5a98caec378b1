"""What fails on both variants alike, from the errors that the run recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from harness.plan.variant import Variant
from harness.record.events.stage import RequestErrors


def shared_failure(errors: Iterable[RequestErrors], reference: Variant) -> str | None:
    """Say in a sentence which failure is the most frequent one of all; None if they differ.

    The canary and the `reference` it is compared with must both have it.
    """
    counts: dict[str, Counter[tuple[str, str]]] = {
        str(variant): Counter() for variant in (Variant.CANARY, reference)
    }
    for each in errors:
        counts.setdefault(each.variant, Counter())[each.endpoint, each.kind] += each.count
    most = {max(kinds, key=lambda one: (kinds[one], one), default=None) for kinds in counts.values()}
    match list(most):
        case [(endpoint, kind)]:
            return f"both variants respond to {endpoint} with {kind}. Is the load test right?"
        case _:
            return None
