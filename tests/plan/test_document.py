"""Plans to values and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.plan.document import plan_from_document, plan_or_violations, plan_text
from harness.plan.loader import parse_plan
from harness.plan.model import Plan
from harness.plan.yaml.problem import PlanError
from tests.plan.strategies import documents


@given(documents())
def test_a_plan_survives_the_way_through_its_document_exactly(document):
    plan = plan_from_document(document)
    assert plan_from_document(json.loads(json.dumps(plan.to_document()))) == plan


@given(documents())
def test_a_plan_survives_the_way_through_a_file(document):
    plan = plan_from_document(document)
    assert parse_plan(plan_text(plan)) == plan


@given(documents())
def test_a_document_says_every_default(document):
    written = plan_from_document(document).to_document()
    assert written == plan_from_document(written).to_document()
    assert written["load"]["timeout"] == "10s"
    assert written["judge"]["alpha"] == "1%"
    assert {stage["interval"] for stage in written["stages"]}


KEYS = st.sampled_from(
    [
        "service",
        "targets",
        "embedded",
        "load",
        "levels",
        "p95",
        "target",
        "stages",
        "probes",
        "prometheus",
        "queries",
        "rollback",
        "criteria",
        "judge",
        "allow_hosts",
        "router",
        "envoy",
        "deploy",
        "baseline",
        "{x}",
    ]
)
ANYTHING = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just("p95 < 3ms")
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.one_of(KEYS, st.text()), inner)),
    max_leaves=15,
)


@given(ANYTHING)
def test_whatever_the_values_are_flaws_are_found_and_nothing_is_raised(values):
    violations = plan_or_violations(values)
    assert not isinstance(violations, Plan)
    assert all(violation.what for violation in violations)


@given(documents(), st.data())
def test_a_plan_with_one_part_replaced_by_anything_raises_nothing(document, data):
    part = data.draw(st.sampled_from(sorted(document)))
    found = plan_or_violations({**document, part: data.draw(ANYTHING)})
    assert isinstance(found, Plan) or found


def test_a_stored_plan_that_is_wrong_names_the_place():
    with pytest.raises(PlanError) as error:
        plan_from_document({"service": "x", "stages": [{"name": "a", "weight": "500%"}]}, "run.json")
    assert "run.json: in the plan at stages.0.weight: weight: `500%` is out of range" in str(error.value)


@pytest.mark.parametrize(
    "plan",
    [
        {"stages": [{"name": number} for number in range(100_000)]},
        {"stages": [{"criteria": [0] * 100_000}]},
        {str(number): {} for number in range(100_000)},
    ],
    ids=["stages", "criteria", "keys"],
)
def test_a_document_no_plan_is_like_is_refused_in_one_line(plan):
    (violation,) = plan_or_violations(plan)
    assert "20,000 values" in violation.what


def test_of_too_many_stages_it_is_said_once():
    stages = [{"name": number} for number in range(5000)]
    found = plan_or_violations({"stages": stages})
    assert len({each.place[1] for each in found if len(each.place) > 1}) <= 100
