"""What a look at a stage costs after a day of it; figures for docs/judge.md, asserted nowhere."""

from itertools import islice

import pytest

from harness.judge.sequential.aggregate import StageAggregate
from harness.judge.windows.design import StageDesign
from harness.plan.loader import parse_plan
from tests.benchmarks.day import DAY_S, ENDPOINTS, plan_of, windows


@pytest.fixture(scope="module", params=[10, 60])
def day(request):
    """A stage after a day, and the windows that come next."""
    plan = parse_plan(plan_of(request.param, 2 * DAY_S))
    aggregate, coming = StageAggregate(StageDesign(plan, plan.stages[0])), windows(plan)
    for interval in islice(coming, DAY_S // request.param):
        aggregate.take(interval)
    assert aggregate.watch.early_fail is None
    return aggregate, coming


def test_looking_at_the_next_interval_after_a_day(benchmark, day):
    aggregate, coming = day
    before = len(aggregate.numbers)
    benchmark.pedantic(aggregate.take, setup=lambda: ((next(coming),), {}), rounds=300)
    benchmark.extra_info["ms_per_endpoint"] = (
        1e3 * benchmark.stats["max"] / (len(ENDPOINTS) + 1) if benchmark.stats else None
    )
    assert len(aggregate.numbers) > before
