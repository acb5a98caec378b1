"""The schedule is arithmetic: exact, seeded, and the same however it is cut."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.load.pacing.schedule import Schedule
from harness.plan.variant import Variant, shares_of

WEIGHTS = [
    Fraction(0),
    Fraction(1, 20),
    Fraction(1, 4),
    Fraction(1, 2),
    Fraction(1, 3),
    Fraction(3, 4),
    Fraction(1),
]
SHARES = [
    *((1 - weight, weight) for weight in WEIGHTS),
    *(tuple(shares_of(weight, Variant).values()) for weight in WEIGHTS),
]

NO_CANARY = (Fraction(1), Fraction(0))


def split(one_in):
    return 1 - Fraction(1, one_in), Fraction(1, one_in)


schedules = st.builds(
    Schedule,
    rate_per_s=st.floats(1, 3000),
    duration_s=st.floats(0.05, 3),
    shares=st.sampled_from(SHARES),
    key=st.tuples(st.integers(0, 2**32), st.integers(0, 9)),
    poisson=st.booleans(),
    class_weights=st.sampled_from([(1.0,), (3.0, 1.0)]),
)


def joined(schedule, length_s):
    parts = list(schedule.slices(length_s))
    return tuple(
        np.concatenate([getattr(p, name) for p in parts]) for name in ("due_s", "variant", "user_class")
    )


@given(schedules, st.floats(0.03, 1))
def test_arrivals_are_sorted_and_inside_the_stage(schedule, length_s):
    due_s, _, _ = joined(schedule, length_s)
    assert np.all(np.diff(due_s) >= 0)
    assert np.all((due_s >= 0) & (due_s < schedule.duration_s))


@given(schedules, st.floats(0.03, 1))
def test_every_arrival_lies_in_its_slice(schedule, length_s):
    for part in schedule.slices(length_s):
        assert np.all(
            (part.due_s >= part.start_s - 1e-9) & (part.due_s < part.start_s + part.length_s + 1e-9)
        )


@given(schedules.filter(lambda s: not s.poisson), st.floats(0.03, 1))
def test_a_constant_schedule_is_arrival_number_over_rate_however_it_is_cut(schedule, length_s):
    due_s, _, _ = joined(schedule, length_s)
    np.testing.assert_allclose(due_s, np.arange(len(due_s)) / schedule.rate_per_s)
    assert abs(len(due_s) - schedule.rate_per_s * schedule.duration_s) < 1.001


@given(schedules, st.floats(0.03, 1))
def test_every_whole_block_has_exactly_the_share_of_each_variant(schedule, length_s):
    _, variant, _ = joined(schedule, length_s)
    blocks = variant[: len(variant) // schedule.block * schedule.block].reshape(-1, schedule.block)
    for number, share in enumerate(schedule.shares):
        assert np.all((blocks == number).sum(axis=1) == share * schedule.block)


@given(schedules, st.floats(0.03, 1), st.integers(1, 5))
def test_workers_together_send_what_one_alone_would(schedule, length_s, workers):
    for part in schedule.slices(length_s):
        shares = [part.share(k, workers) for k in range(workers)]
        assert np.array_equal(np.sort(np.concatenate([s.due_s for s in shares])), part.due_s)
        assert sum(s.variant.sum() for s in shares) == part.variant.sum()


@given(schedules)
def test_equal_seeds_give_equal_arrivals_and_other_seeds_other_ones(schedule):
    again = Schedule(**vars(schedule))
    for mine, same in zip(joined(schedule, 0.5), joined(again, 0.5), strict=True):
        assert np.array_equal(mine, same)


def test_another_seed_places_the_canary_elsewhere():
    one, other = (Schedule(1000, 2, split(20), (seed,)) for seed in (1, 2))
    assert not np.array_equal(joined(one, 1)[1], joined(other, 1)[1])


def test_the_variants_do_not_depend_on_the_length_of_the_slices():
    schedule = Schedule(1000, 4, split(4), (7,))
    assert np.array_equal(joined(schedule, 0.3)[1], joined(schedule, 1.7)[1])


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_poisson_arrivals_come_at_the_planned_rate_with_exponential_gaps(seed):
    due_s, _, _ = joined(Schedule(2000, 20, NO_CANARY, (seed,), poisson=True), 0.25)
    gaps = np.diff(due_s) * 2000
    assert len(due_s) == pytest.approx(40_000, abs=6 * 200)
    assert gaps.std() == pytest.approx(1, abs=0.05)


def test_user_classes_are_drawn_by_weight():
    _, _, user_class = joined(Schedule(5000, 8, NO_CANARY, (3,), class_weights=(3.0, 1.0)), 0.5)
    assert user_class.mean() == pytest.approx(0.25, abs=0.01)
