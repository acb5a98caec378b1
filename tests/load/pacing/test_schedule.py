"""The schedule is arithmetic: exact, seeded, and the same however it is cut."""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.load.pacing.schedule import Schedule
from harness.plan.rates.shape import Climb, Hold
from harness.plan.rates.stage_rates import level_rates, rates_of
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
BOTH = (Variant.BASELINE, Variant.CANARY)
SHARES = [shares_of(weight, variants) for variants in (BOTH, tuple(Variant)) for weight in WEIGHTS]
NO_CANARY = shares_of(Fraction(0), BOTH)


def split(one_in):
    return shares_of(Fraction(1, one_in), BOTH)


def level(per_s, duration_s, shares, key, **more):
    return Schedule(level_rates(per_s, duration_s, shares), tuple(shares.values()), key, **more)


schedules = st.builds(
    level,
    per_s=st.floats(1, 3000),
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
    np.testing.assert_allclose(due_s, np.arange(len(due_s)) / schedule.rates.total.mean_per_s)
    assert abs(len(due_s) - schedule.rates.total.mean_per_s * schedule.duration_s) < 1.001


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
    again = replace(schedule)
    for mine, same in zip(joined(schedule, 0.5), joined(again, 0.5), strict=True):
        assert np.array_equal(mine, same)


def test_another_seed_places_the_canary_elsewhere():
    one, other = (level(1000, 2, split(20), (seed,)) for seed in (1, 2))
    assert not np.array_equal(joined(one, 1)[1], joined(other, 1)[1])


def test_the_variants_do_not_depend_on_the_length_of_the_slices():
    schedule = level(1000, 4, split(4), (7,))
    assert np.array_equal(joined(schedule, 0.3)[1], joined(schedule, 1.7)[1])


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_poisson_arrivals_come_at_the_planned_rate_with_exponential_gaps(seed):
    due_s, _, _ = joined(level(2000, 20, NO_CANARY, (seed,), poisson=True), 0.25)
    gaps = np.diff(due_s) * 2000
    assert len(due_s) == pytest.approx(40_000, abs=6 * 200)
    assert gaps.std() == pytest.approx(1, abs=0.05)


def test_user_classes_are_drawn_by_weight():
    _, _, user_class = joined(level(5000, 8, NO_CANARY, (3,), class_weights=(3.0, 1.0)), 0.5)
    assert user_class.mean() == pytest.approx(0.25, abs=0.01)


def climb(to_per_s, over_s):
    return Climb(to_per_s=to_per_s, over_s=over_s)


def hold(at_per_s, for_s):
    return Hold(at_per_s=at_per_s, for_s=for_s)


# `builds` would add what a signature requires, and that of a part names its keys or its attributes.
pieces = st.one_of(
    st.builds(climb, st.integers(0, 900), st.sampled_from([0, 0.1, 0.25, 1, 1.37])),
    st.builds(hold, st.integers(0, 900), st.sampled_from([0.05, 0.5, 1.2])),
)


@st.composite
def changing(draw, *, may_be_poisson=False):
    """A schedule of pieces, or with a ramp from another weight and rate."""
    shares, before = (draw(st.sampled_from(SHARES[7:])) for _ in range(2))
    per_s = Fraction(draw(st.integers(0, 900)))
    sent = {variant: share * per_s for variant, share in before.items()}
    if draw(st.booleans()):
        rates = rates_of(tuple(draw(st.lists(pieces, min_size=1, max_size=6))), shares, 3.0, before=sent)
    else:
        ramp_s, routed = draw(st.sampled_from([0.3, 1.0, 2.9])), draw(st.booleans())
        to_per_s = draw(st.integers(1, 900))
        rates = rates_of(to_per_s, shares, 3.0, before=sent, ramp_s=ramp_s, is_routed=routed)
    return Schedule(
        rates, tuple(shares.values()), (draw(st.integers(0, 99)),), may_be_poisson and draw(st.booleans())
    )


def area_until(curve, at):
    """The slow twin: the area under a rate by adding trapezes of fractions."""
    area = Fraction(0)
    for lasts, from_per_s, to_per_s in curve.segments:
        part = max(min(at, lasts), Fraction(0))
        area += part * (from_per_s + from_per_s + (to_per_s - from_per_s) * part / lasts) / 2
        at -= lasts
    return area


@given(changing(), st.floats(0.03, 1))
def test_an_arrival_is_due_when_the_exact_area_under_the_rate_reaches_its_number(schedule, length_s):
    due_s, _, _ = joined(schedule, length_s)
    curve = schedule.rates.total
    assert len(due_s) == math.ceil(area_until(curve, Fraction(3)))
    for number in {0, len(due_s) // 2, len(due_s) - 1} & set(range(len(due_s))):
        soon, late = (Fraction(float(due_s[number])) + Fraction(step, 10**7) for step in (-1, 1))
        assert area_until(curve, soon) <= number <= area_until(curve, late)


@given(changing(), st.floats(0.03, 1), st.floats(0.03, 1))
def test_a_changing_schedule_is_the_same_however_it_is_cut(schedule, one_s, other_s):
    for mine, same in zip(joined(schedule, one_s), joined(schedule, other_s), strict=True):
        assert np.array_equal(mine, same)


@given(changing(may_be_poisson=True), st.floats(0.03, 1), st.integers(1, 5))
def test_workers_together_send_every_arrival_of_a_changing_schedule_once(schedule, length_s, workers):
    for part in schedule.slices(length_s):
        assert np.all(np.diff(part.due_s) >= 0)
        shares = [part.share(k, workers) for k in range(workers)]
        assert np.array_equal(np.sort(np.concatenate([s.due_s for s in shares])), part.due_s)
        assert sum(s.variant.sum() for s in shares) == part.variant.sum()


@given(changing(), st.floats(0.03, 1))
def test_the_variants_of_a_ramp_follow_the_areas_under_their_own_rates_to_one_arrival(schedule, length_s):
    due_s, variant, _ = joined(schedule, length_s)
    climb_s = schedule.rates.climb_s
    climbed = variant[: schedule.rates.total.count_until(float(climb_s))]
    for number, curve in enumerate(schedule.rates.by_variant.values()):
        got = np.cumsum(climbed == number)
        for at in range(0, len(climbed), 37):
            until = min(Fraction(float(due_s[at + 1])) if at + 1 < len(due_s) else climb_s, climb_s)
            assert abs(got[at] - float(area_until(curve, until))) <= 1.5 + 1e-6
        rest = variant[len(climbed) :]
        blocks = rest[: len(rest) // schedule.block * schedule.block].reshape(-1, schedule.block)
        assert np.all((blocks == number).sum(axis=1) == schedule.shares[number] * schedule.block)


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_poisson_arrivals_of_a_climb_come_at_the_rate_of_the_moment(seed):
    rates = rates_of((Climb(to_per_s=4000, over_s=10),), NO_CANARY, 10, before={})
    due_s, _, _ = joined(Schedule(rates, tuple(NO_CANARY.values()), (seed,), True), 0.25)
    first, later = (due_s < 5).sum(), (due_s >= 5).sum()
    assert first == pytest.approx(5_000, abs=6 * 71)
    assert later == pytest.approx(15_000, abs=6 * 123)
