"""The stages of a release, found in its log."""

import numpy as np
import pytest

from harness.observe.past.weight_changes import CanaryShare, count_shares, stretches
from tests.observe.past.past import past_log

WEIGHTS = [0.05, 0.25, 1.0]


def counts(*parts, rate=100, seed=1):
    draw = np.random.default_rng(seed)
    canary = np.concatenate([draw.binomial(rate, weight, length) for length, weight in parts])
    return np.stack([rate - canary, canary], axis=1)


def found(*parts, rate=100):
    return [(one.starts_s, one.ends_s) for one in stretches(0, counts(*parts, rate=rate), WEIGHTS)]


def test_every_stage_is_found_to_the_second_without_the_seconds_of_change():
    assert found((100, 0.0), (200, 0.05), (200, 0.25), (300, 1.0)) == [(101, 299), (301, 499), (501, 800)]


def test_a_release_that_was_taken_back_ends_where_the_canary_does():
    assert found((100, 0.0), (200, 0.05), (200, 0.25), (300, 0.0)) == [(101, 299), (301, 499)]


def test_a_log_that_begins_within_the_first_stage_has_no_change_there():
    assert found((200, 0.05), (200, 0.25))[0] == (0, 199)


@pytest.mark.parametrize("rate", [5, 1000])
def test_few_requests_and_many_show_the_same_stages(rate):
    for (starts_s, ends_s), (begins, stops) in zip(
        found((400, 0.0), (600, 0.05), (600, 0.25), (600, 1.0), rate=rate),
        [(401, 999), (1001, 1599), (1601, 2200)],
        strict=True,
    ):
        assert abs(starts_s - begins) <= 200 / rate
        assert abs(ends_s - stops) <= 200 / rate


def test_without_a_canary_nothing_is_found():
    assert found((500, 0.0)) == []
    assert stretches(0, CanaryShare().series()[1], WEIGHTS) == []


def test_seconds_are_counted_by_the_end_of_requests(tmp_path, logs_of):
    (tmp_path / "access.log").write_bytes(past_log(1_767_880_800.0, [(20, 0.0, 1.0), (20, 1.0, 1.0)]))
    shares = count_shares(logs_of(tmp_path / "access.log").until(float("inf")))
    first, series = shares.series()
    assert first == 1_767_880_800
    assert series.sum(axis=0).tolist() == [600, 600]
    assert len(shares.series(first + 20)[1]) == 20
