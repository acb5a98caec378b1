"""The seeded draws of one variant."""

from collections.abc import Sequence

import pytest

from harness.demo.behaviour.behaviour import Behaviour
from harness.plan.faults import Faults
from harness.plan.variant import Variant

BOTH = (Variant.BASELINE, Variant.CANARY)


def behaviour(seed: int = 1, variant: Variant = Variant.BASELINE, *faults: str) -> Behaviour:
    return Behaviour(seed, variant, Faults.parse(*faults), now_s=100.0)


def service_times_s(drawn_from: Behaviour) -> Sequence[float]:
    return [drawn_from.service_time_s(100.0) for _ in range(50)]


def test_the_same_seed_gives_the_same_service_times() -> None:
    assert service_times_s(behaviour(7)) == service_times_s(behaviour(7))
    assert service_times_s(behaviour(7)) != service_times_s(behaviour(8))


def test_the_two_variants_draw_independently_from_one_seed() -> None:
    baseline, canary = (service_times_s(behaviour(7, variant)) for variant in BOTH)

    assert not set(baseline) & set(canary)


def test_injected_errors_do_not_move_the_service_times() -> None:
    failing = behaviour(7, Variant.BASELINE, "errors=50%")
    times_s = []
    for _ in range(50):
        times_s.append(failing.service_time_s(100.0))
        failing.fails(100.0)

    assert times_s == service_times_s(behaviour(7))


@pytest.mark.parametrize("fault", ["errors=10%", "bursty_errors=10%"])
def test_errors_come_in_the_share_asked_for(fault: str) -> None:
    failing = behaviour(1, Variant.CANARY, fault)

    failed = sum(failing.fails(100.0 + request / 1000) for request in range(100_000))

    assert failed == pytest.approx(10_000, rel=0.05)


def test_bursty_errors_vary_more_from_second_to_second_than_independent_ones() -> None:
    def most_in_a_second(fault: str) -> int:
        failing = behaviour(1, Variant.CANARY, fault)
        return max(
            sum(failing.fails(100.0 + second + request / 1000) for request in range(1000))
            for second in range(60)
        )

    assert most_in_a_second("bursty_errors=1%") > 2 * most_in_a_second("errors=1%")


@pytest.mark.parametrize(
    "fault", ["latency=+25%", "latency=+5ms", "tail_latency=+100%", "tail_latency=+50ms", "slow_start=500s"]
)
def test_each_fault_of_latency_reaches_the_draws_that_follow_and_moves_none(fault: str) -> None:
    changed, well_s = behaviour(1), service_times_s(behaviour(1))
    times_s = [changed.service_time_s(100.0)]
    changed.set(Faults.parse(fault), now_s=100.0)
    slower_s = [changed.service_time_s(100.0) for _ in range(48)]
    changed.set(Faults.parse(), now_s=100.0)
    times_s.append(changed.service_time_s(100.0))

    assert times_s == [well_s[0], well_s[-1]]
    assert any(slower > well for slower, well in zip(slower_s, well_s[1:-1], strict=True))


def test_times_of_faults_count_from_the_moment_they_are_set() -> None:
    changed = behaviour(1, Variant.CANARY, "slow_start=5s")
    changed.set(Faults.parse("slow_start=10s"), now_s=160.0)

    assert changed.age_s(163.0) == 3.0
    assert changed.faults == Faults.parse("slow_start=10s")
