"""Everything that could fail a good canary by chance, counted, with its risk."""

from __future__ import annotations

from collections.abc import Iterator

from harness.judge.verdict import ErrorBudget, RiskShare
from harness.judge.windows.boundary import LATENCIES
from harness.judge.windows.budget import GROWTH_TESTS
from harness.judge.windows.design import StageDesign


def error_budget(design: StageDesign) -> ErrorBudget:
    """Return how the risk of a stage is shared."""
    budget = design.budget
    shares = tuple(share for share in _shares(design) if share.tests)
    at_the_end = budget.at_the_end(LATENCIES)
    return ErrorBudget(budget.alpha, budget.criteria, budget.ends, budget.whole, at_the_end, shares)


def _shares(design: StageDesign) -> Iterator[RiskShare]:
    budget, ends = design.budget, design.budget.ends
    yield RiskShare("criteria, all looks and the whole stage", budget.criteria, budget.whole)
    yield RiskShare("criteria, last parts of the stage", budget.criteria * ends, budget.last_parts)
    yield RiskShare("built-in alarm", int(budget.uses.gross_alarm), budget.gross)
    yield RiskShare("every endpoint, together", ends if budget.uses.endpoints else 0, budget.endpoint(1))
    yield RiskShare(
        "growth of memory and p95", GROWTH_TESTS * ends if budget.uses.growth else 0, budget.growth
    )
