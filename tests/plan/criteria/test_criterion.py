"""The criterion language."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.plan.criteria.change import Difference, Ratio
from harness.plan.criteria.compare import Absolute, Op
from harness.plan.criteria.criterion import CriterionError, Named, NamedCriterion, parse_criterion, scaled
from tests.plan.strategies import QUERIES, named, promises, triggers


@pytest.mark.parametrize(
    ("text", "measure", "op", "limit", "for_s"),
    [
        ("error rate < 0.1%", "error rate", Op.LT, Absolute(0.001), None),
        ("p95 < 150ms", "p95", Op.LT, Absolute(0.15), None),
        ("throughput > 6800/s", "throughput", Op.GT, Absolute(6800.0), None),
        ("memory <= 2.4GB", "memory", Op.LE, Absolute(2.4e9), None),
        ("cpu < 250%", "cpu", Op.LT, Absolute(2.5), None),
        ("p95 < baseline", "p95", Op.LT, Ratio(0.0), None),
        ("p95 < baseline + 10%", "p95", Op.LT, Ratio(0.1), None),
        ("p95 < baseline + 5ms", "p95", Op.LT, Difference(0.005), None),
        ("p95 < baseline - 5%", "p95", Op.LT, Ratio(-0.05), None),
        ("error rate < baseline + 0.02%", "error rate", Op.LT, Difference(0.0002), None),
        ("error rate < baseline", "error rate", Op.LT, Difference(0.0), None),
        ("error rate > 10% for 5m", "error rate", Op.GT, Absolute(0.1), 300.0),
        ("queue depth < 100", "queue depth", Op.LT, Absolute(100.0), None),
        ("queue depth < 2GB", "queue depth", Op.LT, Absolute(2e9), None),
    ],
)
def test_a_criterion_is_measure_op_limit_and_window(text, measure, op, limit, for_s):
    criterion = parse_criterion(text, ["queue depth"])
    assert (criterion.measure.name, criterion.op, criterion.limit, criterion.for_s) == (
        measure,
        op,
        limit,
        for_s,
    )
    assert criterion.text == text


@pytest.mark.parametrize(
    ("text", "name", "for_s"),
    [
        ("no critical alerts", Named.NO_CRITICAL_ALERTS, None),
        ("Health checks  passing", Named.HEALTH_CHECKS_PASSING, None),
        ("system stable", Named.SYSTEM_STABLE, None),
        ("no performance degradation", Named.NO_PERFORMANCE_DEGRADATION, None),
        ("stable for 24h", Named.STABLE, 86400.0),
        ("service down for 5m", Named.SERVICE_DOWN, 300.0),
    ],
)
def test_some_criteria_have_a_name(text, name, for_s):
    criterion = parse_criterion(text)
    assert (criterion.name, criterion.for_s) == (name, for_s)


def test_spaces_and_capitals_do_not_matter():
    assert parse_criterion(" P95<150ms  FOR 5m ") == parse_criterion("p95 < 150ms for 5m")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("p59 latency < 3ms", "did you mean `p59`?"),
        ("eror rate < 1%", "unknown measure `eror rate`; did you mean `error rate`?"),
        ("p95 < 150", "`150` has no unit; write 150s or 150m or 150h or 150ms"),
        ("p95 < 5%", "`5%` is not a time"),
        ("error rate < 150%", "`150%` is more than all requests; write a share from 0% to 100%"),
        ("p95 < baseline + 10", "`+ 10` is not a change of a time; write +25% or +150ms"),
        ("p95 < baseline plus 10%", "`baseline plus 10%` is not a time"),
        ("throughput > baseline", "throughput is one number for both variants"),
        ("max < baseline + 10%", "one slowest request says nothing about a difference; compare p99.9"),
        ("queue depth < baseline", "queue depth is one number for both variants"),
        ("queue depth < many", "`many` is not a quantity"),
        ("no critical alert", "did you mean `no critical alerts`?"),
        ("p95 = 3ms", "write MEASURE < LIMIT, for example `p95 < 150ms`"),
        ("p95 < 3ms < 4ms", "write MEASURE < LIMIT"),
        ("service down", "needs a duration; write `service down for 5m`"),
        ("system stable for 4h", "takes no duration; write `system stable`"),
        ("p95 < 150ms for 5", "`5` has no unit; write for example `for 5m`"),
        ("p95 < 150ms for 0s", "the window `0s` is out of range"),
        ("p95 < 150ms for 999999h", "the window `999999h` is out of range"),
        ("", "`` is not a criterion; write for example `p95 < 150ms`"),
        ("p95 < " + "1" * 300 + "s", "is not a criterion"),
    ],
)
def test_a_mistake_in_a_criterion_says_what_to_write(text, says):
    with pytest.raises(CriterionError) as error:
        parse_criterion(text, ["queue depth"])
    assert says in str(error.value)


def test_an_error_holds_what_is_wrong_and_the_suggestion_apart():
    with pytest.raises(CriterionError) as error:
        parse_criterion("eror rate < 1%")
    assert error.value.what == "in `eror rate < 1%`: unknown measure `eror rate`"
    assert error.value.suggestion == "did you mean `error rate`?"


@given(st.one_of(promises(), named, triggers))
def test_the_text_of_a_criterion_reads_back_as_the_same_criterion(text):
    criterion = parse_criterion(text, QUERIES)
    assert parse_criterion(criterion.text, QUERIES) == criterion


@given(st.text())
def test_any_text_is_read_or_refused(text):
    with suppress(CriterionError):
        assert parse_criterion(text).text


def test_a_scaled_criterion_says_its_new_window():
    assert scaled(parse_criterion("error rate > 10% for 5m"), 60).text == "error rate > 10% for 5s"
    assert scaled(parse_criterion("stable for 24h"), 600) == NamedCriterion(
        "stable for 144s", Named.STABLE, 144.0
    )


@given(st.one_of(promises(), named, triggers), st.floats(0.5, 5000))
def test_scaling_changes_nothing_but_the_window(text, time_scale):
    criterion = parse_criterion(text, QUERIES)
    shorter = scaled(criterion, time_scale)
    assert parse_criterion(shorter.text, QUERIES) == shorter
    assert shorter.for_s == (criterion.for_s and pytest.approx(criterion.for_s / time_scale))


def test_only_a_comparison_with_the_baseline_is_relative():
    relative = ["p95 < baseline", "p95 < baseline + 5ms", "no performance degradation"]
    assert all(parse_criterion(text).is_relative for text in relative)
    assert not any(parse_criterion(text).is_relative for text in ["p95 < 5ms", "system stable"])
