"""Whether evidence lasts."""

import numpy as np
import pytest

from harness.judge.stats.disturbance import explanation, lasts
from harness.judge.stats.shares import Share, ShareTest


def share_test(hits):
    return ShareTest(Share(np.array(hits, dtype=float), np.full(len(hits), 1000.0)), 0.01)


@pytest.mark.parametrize(
    ("hits", "count", "first"),
    [
        ([5] * 10 + [500] * 2 + [5] * 10, 2, 10),
        ([30] * 22, 2, None),
        ([30] * 4, 3, 0),
    ],
    ids=["one burst", "all along", "nearly all there is"],
)
def test_evidence_lasts_where_no_stretch_explains_it(hits, count, first):
    test = share_test(hits)
    assert explanation(test, count, above=True) == first
    assert lasts(test, count, above=True) is (first is None)
