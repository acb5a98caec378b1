"""What a stage's plan asks of its evidence."""

import pytest

from harness.judge.windows.design import unasked_kinds
from harness.record.histograms.tag import Kind
from tests.judge.simulator import plan_of


@pytest.mark.parametrize(
    ("criterion", "more", "unasked"),
    [
        ("p95 < 1s", {}, (Kind.TTFB,)),
        ("service p95 < 1s", {}, (Kind.TTFB,)),
        ("ttfb p95 < 1s", {}, ()),
        ("p95 < 1s", {"rollback": ["ttfb p95 > 1s for 10s"]}, ()),
        ("p95 < 1s", {"levels": {"ttfb p95": {"critical": "> 1s"}}}, ()),
    ],
)
def test_a_kind_that_nothing_asks_for_need_not_be_decoded(criterion, more, unasked):
    assert unasked_kinds(plan_of([criterion], **more)) == unasked
