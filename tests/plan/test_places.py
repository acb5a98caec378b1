"""Every criterion and trigger of a plan is found on its line, also when the plan was cut or scaled."""

import pytest

from harness.plan.loader import parse_plan_file
from harness.plan.places import CriterionPlace, criteria_of, triggers_of

TEXT = """\
service: tasks
targets: embedded
load: {arrival_rate: 7000/s}
rollback:
  - error rate > 10% for 1m
  - service down for 1m
stages:
  - {name: a, weight: 5%, duration: 15m, criteria: [p95 < 150ms]}
  - name: b
    weight: 50%
    duration: 15m
    criteria:
      - p95 < 150ms
      - stable for 10m
    endpoints:
      GET /tasks:
        - p95 < 80ms
    rollback: [p95 > 1s for 1m]
"""


@pytest.mark.parametrize(("stages", "time_scale"), [((), 1.0), (("b",), 1.0), (("b",), 3.0)])
def test_each_criterion_is_on_its_line(stages, time_scale):
    file = parse_plan_file(TEXT, "plan.yaml", stages, time_scale)
    b = file.plan.stage_named("b")
    lines = [file.lines.of(place) for place, _ in (*criteria_of(b), *triggers_of(b), *triggers_of(file.plan))]
    assert lines == [13, 14, 17, 18, 5, 6]


def test_what_the_file_does_not_have_is_on_the_line_of_what_should_hold_it():
    lines = parse_plan_file(TEXT).lines
    assert lines.of(CriterionPlace("b", "criteria", 7)) == 12
    assert lines.of(CriterionPlace("a", "endpoints", 0, "GET /")) == 8


def test_a_stage_the_file_does_not_have_has_no_line():
    lines = parse_plan_file(TEXT).lines
    assert lines.of(CriterionPlace("c", "criteria", 0)) is None


def test_a_criterion_or_trigger_is_found_by_its_text_else_the_line_is_that_of_its_stage():
    lines = parse_plan_file(TEXT).lines
    assert lines.of_text("b", "stable for 10m") == 14
    assert lines.of_text("b", "p95 < 80ms", "GET /tasks") == 17
    assert lines.of_text("b", "p95 > 1s for 1m") == 18
    assert lines.of_text("b", "service down for 1m") == 6
    assert lines.of_text("b", "p95 < 80ms") == lines.of_text("b", "p95 < 80ms", "GET /none") == 9
    assert lines.of_text("c", "p95 < 150ms") is None
