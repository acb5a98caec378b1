"""Percentiles of durations that a router rounded to milliseconds."""

import numpy as np
import pytest

from harness.observe.access_log.resolution import spread_s
from tests.observe.access_log.logs import NGINX, nginx_line, reader_of


def rounded_difference(true_s):
    """What nginx logs: the difference of two times of a clock of whole milliseconds, at any phase of it."""
    begin_s = np.linspace(0, 1e-3, 5_000, endpoint=False)
    return np.floor((begin_s + true_s) * 1e3 + 1e-9) / 1e3


def spread(durations_s, ended_s=None, *, rounds_down=False):
    """At some thousand moments of ten seconds, in milliseconds, unless others are given."""
    if ended_s is None:
        ended_s = np.random.default_rng(1).integers(0, 10_000, len(durations_s)) / 1e3
    return durations_s + spread_s(durations_s, ended_s, rounds_down=rounds_down)


@pytest.mark.parametrize("true_s", [0.0016, 0.002, 0.0024, 0.0155])
def test_the_median_lies_within_a_step(true_s):
    assert np.median(spread(rounded_difference(true_s))) == pytest.approx(true_s, abs=1.7e-4)


def test_a_difference_within_a_step_is_seen():
    slow, fast = rounded_difference(0.0024), rounded_difference(0.0016)
    assert np.median(slow) == np.median(fast)
    assert np.median(spread(slow)) / np.median(spread(fast)) > 1.3


def test_durations_whose_fractions_were_cut_off_lie_in_the_step_that_begins_with_them():
    true_s = np.linspace(0.002, 0.004, 4_000)
    logged = np.floor(true_s * 1e3) / 1e3
    assert np.mean(spread(logged, rounds_down=True)) == pytest.approx(np.mean(true_s), rel=2e-3)


def test_finer_durations_are_left_as_they_are():
    assert spread(np.array([0.00213, 0.0000004]), np.array([1.0, 1.001])).tolist() == [0.00213, 0.0000004]


def test_in_whatever_order_and_pieces_lines_are_read_each_gets_the_same():
    durations_s, ended_s = rounded_difference(0.0024), np.linspace(0, 300, 5_000)
    order = np.random.default_rng(2).permutation(5_000)
    pieces = [spread(durations_s[part], ended_s[part]) for part in np.array_split(order, 7)]
    assert np.concatenate(pieces).tolist() == spread(durations_s, ended_s)[order].tolist()


@pytest.mark.parametrize("step_s", [1.0, 0.5, 0.02, 0.001])
def test_requests_that_end_in_the_same_rhythm_are_spread_evenly_all_the_same(step_s):
    ended_s = 1_796_000_000 + np.arange(300) * step_s
    within = spread(np.full(300, 0.002), ended_s, rounds_down=True) - 0.002
    assert np.histogram(within, bins=5, range=(0, 1e-3))[0] == pytest.approx(60, abs=12)


def test_no_duration_is_negative_and_one_without_an_upstream_stays_unknown():
    lines = b"".join(nginx_line(1.0, took_s=0.0) for _ in range(100))
    read = reader_of(**NGINX).read(lines.replace(b'"0.000"', b'"-"'))
    assert (read.response_s >= 0).all()
    assert np.isnan(read.service_s).all()


def test_whole_seconds_cannot_be_read_until_a_log_shows_that_it_has_fractions():
    fields = {"time": "t", "duration": "d", "status": "s", "path": "p"}
    reader = reader_of(json=fields, variant={"field": "v", "canary": ["v2"]})
    line = '{"t":1796000000,"d":%s,"s":200,"p":"/","v":"v2"}\n'
    assert reader.read((line % 0 + line % 3).encode()).unread == 2
    assert reader.read((line % 0.25 + line % 3).encode()).unread == 0
    assert reader.read((line % 3).encode()).unread == 0
