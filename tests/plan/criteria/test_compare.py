import ast
import math
from pathlib import Path

import pytest

from harness.plan.criteria.change import Difference, Ratio
from harness.plan.criteria.compare import Absolute, Op, limit_beside

HARNESS = Path(__file__).parents[3] / "harness"


@pytest.mark.parametrize(
    ("op", "below", "at", "above"),
    [
        (Op.LT, True, False, False),
        (Op.LE, True, True, False),
        (Op.GT, False, False, True),
        (Op.GE, False, True, True),
    ],
)
def test_each_comparison_holds_on_its_side_of_the_limit(op, below, at, above):
    assert (op.holds(0.9, 1.0), op.holds(1.0, 1.0), op.holds(1.1, 1.0)) == (below, at, above)


@pytest.mark.parametrize("op", Op)
@pytest.mark.parametrize("value", [0.9, 1.0, 1.1, math.inf])
def test_the_opposite_holds_exactly_where_a_comparison_does_not(op, value):
    assert op.opposite.holds(value, 1.0) is not op.holds(value, 1.0)
    assert op.opposite.opposite is op


@pytest.mark.parametrize("op", Op)
def test_the_limit_itself_is_not_beyond_the_limit(op):
    assert not op.beyond.holds(1.0, 1.0)
    assert op.beyond.holds(1.1 if op.bounds_above else 0.9, 1.0)


@pytest.mark.parametrize("op", Op)
def test_nothing_holds_for_nan_or_against_a_limit_that_is_not_finite(op):
    assert not op.holds(math.nan, 1.0)
    assert not any(op.holds(1.0, limit) for limit in (math.nan, math.inf, -math.inf))


def test_a_request_never_answered_is_above_every_limit():
    assert Op.GT.holds(math.inf, 1.0)
    assert not Op.LT.holds(math.inf, 1.0)


def test_a_limit_is_a_number_of_its_own_or_the_baselines_value_changed():
    assert limit_beside(Absolute(0.15), None) == 0.15
    assert limit_beside(Ratio(0.25), 0.1) == pytest.approx(0.125)
    assert limit_beside(Difference(0.005), 0.1) == pytest.approx(0.105)


@pytest.mark.parametrize("baseline", [None, math.nan, math.inf])
def test_without_a_finite_baseline_there_is_no_relative_limit(baseline):
    assert limit_beside(Ratio(0.25), baseline) is None
    assert limit_beside(Difference(0.005), baseline) is None


def test_no_other_module_tells_the_comparisons_apart():
    """A `match` or a comparison on the members of `Op` elsewhere would be a second copy of the rule."""
    elsewhere = [path for path in HARNESS.rglob("*.py") if path.name != "compare.py"]
    found = [
        f"{path.relative_to(HARNESS)}:{node.lineno}"
        for path in elsewhere
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.MatchValue | ast.Compare)
        and any(isinstance(part, ast.Name) and part.id == "Op" for part in ast.walk(node))
    ]
    assert found == []
