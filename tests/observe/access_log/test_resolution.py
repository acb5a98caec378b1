"""Percentiles of durations that a router rounded to milliseconds."""

import numpy as np
import pytest

from harness.observe.access_log.resolution import Resolution
from tests.observe.access_log.logs import NGINX, nginx_line, reader_of


def rounded_difference(true_s):
    """What nginx logs: the difference of two times of a clock of whole milliseconds, at any phase of it."""
    begin_s = np.linspace(0, 1e-3, 5_000, endpoint=False)
    return np.floor((begin_s + true_s) * 1e3 + 1e-9) / 1e3


def at(seconds):
    return np.asarray(seconds, dtype=float)


def spread(durations_s, **how):
    return durations_s + Resolution(**how).offsets_s(durations_s, np.zeros(len(durations_s)))


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
    assert np.mean(spread(logged, rounds_down=True)) == pytest.approx(np.mean(true_s), rel=1e-3)


def test_finer_durations_are_left_as_they_are_however_some_of_them_look():
    resolution = Resolution()
    resolution.offsets_s(at([0.002, 0.00213]), at([1, 1]))
    assert resolution.offsets_s(at([0.002, 0.003]), at([1, 1])).tolist() == [0, 0]


def test_how_the_lines_were_read_makes_no_difference():
    durations_s, ended_s = rounded_difference(0.0024), np.linspace(0, 300, 5_000)
    pieces = Resolution()
    in_pieces = [
        pieces.offsets_s(durations_s[numbers], ended_s[numbers])
        for numbers in np.array_split(np.arange(5_000), 7)
    ]
    assert np.concatenate(in_pieces).tolist() == Resolution().offsets_s(durations_s, ended_s).tolist()


def test_what_was_read_before_a_minute_makes_no_difference_to_it():
    durations_s, ended_s = rounded_difference(0.0024), np.linspace(0, 300, 5_000)
    later = ended_s >= 60
    whole = Resolution().offsets_s(durations_s, ended_s)
    assert whole[later].tolist() == Resolution().offsets_s(durations_s[later], ended_s[later]).tolist()


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
