import pytest

from harness.plan.loader import parse_plan
from harness.plan.variant import Variant
from harness.record.histograms.account import Account
from harness.record.window_source import LoadSnapshot
from harness.rollout.stage.totals import StageTotals
from tests.rollout.scripted import plan_text

STAGE = parse_plan(plan_text()).stages[0]


def part(baseline, canary):
    return {
        Variant.BASELINE: Account(due=baseline, completed=baseline),
        Variant.CANARY: Account(due=canary, completed=canary - 1, failed=1),
    }


def test_an_extension_adds_to_what_came_before_it():
    totals = StageTotals(STAGE, is_routed=False)
    totals.add(LoadSnapshot(part(10, 20), 0, 2), {"baseline": 10, "canary": 40}, 3)
    totals.add(LoadSnapshot(part(1, 2), 0, 3), {"baseline": 1, "canary": 4}, 4)
    finished = totals.finished(1.0)
    assert totals.saturated == 5
    assert (finished.duration_s, finished.due, finished.failed) == (20.0, 33, 2)
    assert finished.requests == {"baseline": 11, "canary": 44}
    assert finished.accepted == 7


def test_a_part_under_load_is_seen_but_not_counted():
    totals = StageTotals(STAGE, is_routed=False)
    totals.add(LoadSnapshot(part(10, 20), 0, 0), {}, 0)
    assert totals.plus(part(1, 2))[Variant.CANARY].due == 22
    assert totals.plus({})[Variant.CANARY].due == 20


@pytest.mark.parametrize(("is_routed", "due"), [(False, 25), (True, 20)])
def test_behind_a_router_only_responses_say_whose_an_arrival_was(is_routed, due):
    totals = StageTotals(STAGE, is_routed=is_routed)
    accounts = {Variant.BASELINE: Account(), Variant.CANARY: Account(due=25, completed=18, failed=2)}
    totals.add(LoadSnapshot(accounts, 0, 0), {}, 0)
    assert totals.finished(1.0).by_variant["canary"].due == due
