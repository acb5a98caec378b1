from pathlib import Path

from harness.live.snapshot import LiveSnapshot, Rates
from harness.live.stage_now import stage_now
from harness.plan.variant import Variant
from harness.record.histograms.account import Account, new_accounts
from tests.live.windows import PLAN, figures_of, window


def now_of(*windows, **accounts):
    figures = figures_of(*windows).stages[0]
    snapshot = LiveSnapshot(
        plan=PLAN,
        plan_name="plan",
        path=Path("run"),
        state="measuring",
        index=0,
        elapsed_s=60.0,
        accounts={**new_accounts(), **accounts},
        backlog=0,
        rates=Rates(),
        figures=figures,
        criteria=(),
        triggers=(),
        outcomes={},
        events=(),
        errors={},
        cpu=None,
        verdict=None,
        epoch_s=0.0,
        waiting=None,
    )
    return stage_now(snapshot, figures)


def test_only_absolute_limits_on_the_response_time_are_lines():
    assert now_of(window(0))["limits_us"] == {"p95": 150_000}


def test_a_percentile_beyond_its_limit_is_broken_on_the_canary_alone():
    slow = [window(number, (200,) * 500, (200,) * 500) for number in range(4)]
    variants = now_of(*slow)["variants"]
    assert variants[Variant.CANARY]["broken"] == ["p95"]
    assert variants[Variant.BASELINE]["broken"] == []


def test_the_load_is_that_of_all_owners_together():
    each = Account(due=10, completed=5, dropped=2, open=3)
    now = now_of(window(0), baseline=each, canary=each)
    assert (now["in_flight"], now["dropped"]) == (6, 4)
