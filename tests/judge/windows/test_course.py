"""When in its stage something was beyond a limit, in words."""

import numpy as np
import pytest

from harness.judge.stats.limit_test import MeanTest
from harness.judge.stats.shares import Share, ShareTest
from harness.judge.windows.block import Block
from harness.judge.windows.blocks import StageBlocks
from harness.judge.windows.clock import StageClock
from harness.judge.windows.course import Course, course_of
from tests.judge.stats.test_trend import series

CLOCK = StageClock(10.0, 2, 1, 32)


def course(*parts, above=True):
    values = series(*parts)
    return course_by(MeanTest(float(values.mean()), values - values.mean()), above=above)


def course_by(test, above=True):
    blocks = tuple(Block(20.0 + 10.0 * (place + 1), 10.0, {}) for place in range(len(test)))
    return course_of(test, StageBlocks(CLOCK, blocks), above=above)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([(10, -1), (20, 1)], Course(120.0, None)),
        ([(6, 2), (24, -1)], Course(None, 80.0)),
        ([(8, -1), (7, 2), (15, -1)], Course(100.0, 170.0)),
    ],
)
def test_a_course_is_in_seconds_of_the_stage_with_its_warm_up(parts, expected):
    assert course(*parts) == expected


def test_a_lower_limit_is_broken_from_above():
    assert course((10, 1), (20, -1), above=False) == Course(120.0, None)


def test_what_was_so_all_along_has_no_course():
    assert course((30, 1)) is None


def test_where_the_start_alone_was_bad_the_sentence_proposes_a_warm_up():
    assert "write `warmup: 80s`" in Course(None, 80.0).spoken
    assert "began about 2 min into the stage" in Course(120.0, None).spoken
    assert "from about 100s to 170s" not in Course(None, 80.0).spoken
    assert "ended then" in Course(100.0, 170.0).spoken


@pytest.mark.parametrize("first", [0, 12, 24])
def test_time_in_which_nothing_was_answered_did_not_keep_a_limit(first):
    sizes = np.full(36, 15.0)
    sizes[first : first + 12] = 0.0
    assert course_by(ShareTest(Share(0.98 * sizes, sizes), 0.01)) is None


def test_where_requests_kept_it_time_without_requests_hides_no_course():
    sizes = np.array([15.0] * 12 + [0.0] * 4 + [15.0] * 20)
    hits = np.array([9.0] * 12 + [0.0] * 24)
    assert course_by(ShareTest(Share(hits, sizes), 0.01)).since_s is None
