"""Everything that could fail a good canary by chance, counted, with its risk."""

from __future__ import annotations

from collections.abc import Iterator

from harness.judge.sequential.watch import watched
from harness.judge.verdict import ErrorBudget, RiskShare
from harness.judge.windows.budget import GROWTH_TESTS, PARTS_LOOKED_AT
from harness.judge.windows.design import StageDesign
from harness.plan.criteria.criterion import Named, NamedCriterion

_STABLE = (Named.SYSTEM_STABLE, Named.STABLE)


def error_budget(design: StageDesign) -> ErrorBudget:
    """Return how the risk of a stage is shared."""
    budget = design.budget
    shares = tuple(share for share in _shares(design) if share.tests)
    return ErrorBudget(budget.alpha, budget.criteria, budget.ends, budget.early, budget.final, shares)


def _shares(design: StageDesign) -> Iterator[RiskShare]:
    budget = design.budget
    at_ends = budget.criteria * budget.ends
    yield RiskShare("criteria, whole stage", at_ends, budget.final)
    yield RiskShare("criteria, last parts of the stage", at_ends * PARTS_LOOKED_AT, budget.last_part)
    yield RiskShare("criteria, all looks during the stage", watched(design), budget.early)
    yield RiskShare("built-in alarm", int(design.has_both), budget.gross)
    looks_at_all = design.has_both and design.plan.judge.endpoints == "fail"
    yield RiskShare("every endpoint, together", budget.ends if looks_at_all else 0, budget.endpoint(1))
    stable = any(isinstance(one, NamedCriterion) and one.name in _STABLE for one in design.stage.criteria)
    yield RiskShare("growth of memory and p95", GROWTH_TESTS * budget.ends if stable else 0, budget.growth)
