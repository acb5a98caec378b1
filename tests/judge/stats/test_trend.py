"""When in a series something was beyond its limit."""

import numpy as np
import pytest

from harness.judge.stats.trend import Span, span_beyond


def series(*parts, noise=0.2, seed=1):
    levels = np.concatenate([np.full(blocks, float(level)) for blocks, level in parts])
    return levels + noise * np.random.default_rng(seed).standard_normal(len(levels))


@pytest.mark.parametrize(
    ("parts", "span"),
    [
        ([(10, -1), (20, 1)], Span(10, 30)),
        ([(6, 2), (24, -1)], Span(0, 6)),
        ([(8, -1), (7, 2), (15, -1)], Span(8, 15)),
    ],
)
def test_the_blocks_that_alone_are_beyond_the_limit_are_found(parts, span):
    assert span_beyond(series(*parts)) == span


@pytest.mark.parametrize(
    "parts", [[(30, 1)], [(30, -1)], [(15, 1), (15, 2)], [(15, -2), (15, -1)], [(4, -1), (3, 1)]]
)
def test_a_series_on_one_side_of_the_limit_or_too_short_has_no_such_blocks(parts):
    assert span_beyond(series(*parts)) is None


def test_noise_alone_is_seldom_taken_for_a_change():
    rng = np.random.default_rng(2)
    found = [span_beyond(rng.standard_normal(28)) is not None for _ in range(300)]
    assert np.mean(found) <= 0.06


def test_a_change_without_noise_is_found_and_a_constant_series_has_none():
    assert span_beyond(series((10, -1), (10, 1), noise=0)) == Span(10, 20)
    assert span_beyond(np.zeros(20)) is None
