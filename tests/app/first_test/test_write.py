"""A first load test runs as it was written."""

import ast
import json

import pytest

from harness.app.first_test.known_traffic import KnownEndpoint, KnownRequest, KnownTraffic
from harness.app.first_test.write import plan, users, write_first_test
from harness.plan.loader import load_plan, parse_plan
from harness.starter import StarterError
from tests.judge.judged import certain_limitations

ENDPOINTS = [
    KnownEndpoint("GET", "/items/{id}", 750, [KnownRequest("/items/7")]),
    KnownEndpoint("POST", '/odd"""path\\', 250, [KnownRequest("/odd", {"a": 1})]),
]
KNOWN = KnownTraffic(ENDPOINTS, 'a """ log', 173.4, 0.0413, 0.004, left_out=["1% were\nDELETE"])


def test_the_plan_has_the_measured_rate_and_limits_a_little_above_todays():
    made = parse_plan(plan(KNOWN, None))
    assert made.sent.arrival_rate_per_s == 180
    criteria = {criterion.text for stage in made.stages for criterion in stage.criteria}
    assert criteria == {"error rate < 0.8%", "p95 < 50ms", "p95 < baseline + 20%"}
    assert [float(stage.weight) for stage in made.stages] == [0.05, 0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize("rate_per_s", [2, 20, 200, 2000, None])
def test_every_criterion_of_the_plan_can_be_decided_at_its_rate(rate_per_s):
    known = KnownTraffic(ENDPOINTS, "a log", rate_per_s)
    assert certain_limitations(parse_plan(plan(known, None))) == []


def test_the_user_is_python_whatever_the_traffic_was_called():
    tree = ast.parse(users(KNOWN))
    (user,) = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    tasks = [node.name for node in user.body if isinstance(node, ast.FunctionDef)]
    assert tasks == ["send", "get_items_id", "post_odd_path"]


def test_the_files_lie_where_a_run_looks_for_them_and_replace_nothing(tmp_path):
    write_first_test(tmp_path, KNOWN, "http://127.0.0.1:8080")
    made = load_plan(tmp_path / "loadtests/plans/canary.yaml")
    assert made.targets.urls["canary"] == "http://127.0.0.1:8080"
    data = json.loads((tmp_path / "loadtests/service_requests.json").read_text())
    assert data["GET /items/{id}"] == [["/items/7"]]
    with pytest.raises(StarterError, match="exists already; nothing was written"):
        write_first_test(tmp_path, KNOWN, None)
