"""What `harness check` finds, beyond what the plan alone tells."""

import json
import sys

import pytest

from harness.app.verbs.check import check_plan
from harness.app.verbs.input_file import InputError
from harness.plan.loader import parse_plan_file

PLAN = """service: shop
targets: embedded
load: {arrival_rate: 500/s}
stages:
  - name: canary
    weight: 50%
    duration: 10m
    criteria: [p95 < 150ms]
    endpoints:
      /api/tasks: [p95 < 100ms]
      GET /api/tasks: [p95 < 100ms]
"""
USER = "class Shop(GateUser):\n    @task\n    def read(self):\n        self.client.get('/api/tasks')\n"


@pytest.fixture
def users(tmp_path):
    (tmp_path / "shop.py").write_text(USER)
    return tmp_path


def test_an_endpoint_that_no_task_sends_to_is_named_at_its_line_with_the_nearest(users):
    found = check_plan(parse_plan_file(PLAN, "plan.yaml"), None, users)
    assert [str(one) for one in found.warnings] == [
        "plan.yaml:10: warning: stage canary: no task sends to `/api/tasks`; did you mean `GET /api/tasks`?"
    ]
    assert not found.can_pass


def test_where_no_name_is_near_it_says_what_the_tasks_send_to(users):
    text = PLAN.replace("/api/tasks: [p95 < 100ms]\n      GET", "POST /cart: [p95 < 100ms]\n      GET")
    [warning] = check_plan(parse_plan_file(text, "plan.yaml"), None, users).warnings
    assert str(warning).endswith("no task sends to `POST /cart`; they send to `GET /api/tasks`")


def test_without_users_the_plan_alone_is_checked():
    found = check_plan(parse_plan_file(PLAN, "plan.yaml"), None, None)
    assert (found.unsent, found.can_pass) == ((), True)


def test_a_user_that_cannot_be_read_is_named_with_its_line(users):
    (users / "shop.py").write_text("x = (\n")
    with pytest.raises(InputError, match=r"shop\.py:1: "):
        check_plan(parse_plan_file(PLAN, "plan.yaml"), None, users)


def test_what_is_not_installed_here_is_a_warning_at_its_line_and_no_reason_to_fail(monkeypatch, tmp_path):
    monkeypatch.setattr("harness.notify.installed.find_spec", lambda name: None)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    text = f"""{PLAN}notify: [{{to: "json://127.0.0.1/x"}}]
tls: {{ca_file: {tmp_path}/missing.pem}}
router: {{envoy: {{admin: "http://127.0.0.1:1", start: true}}}}
"""
    found = check_plan(parse_plan_file(text, "plan.yaml"), None, None)
    said = [str(one) for one in found.warnings][-3:]
    assert said[0].startswith("plan.yaml:12: warning: the plan's `notify` needs apprise: pip install")
    assert said[1].startswith("plan.yaml:14: warning: envoy is not installed; try `pip install")
    assert said[2].startswith(f"plan.yaml:13: warning: ca_file {tmp_path}/missing.pem: ")
    assert found.can_pass


def test_the_document_has_every_stage_with_what_it_detects_and_every_warning(users):
    document = check_plan(parse_plan_file(PLAN, "plan.yaml"), None, users).to_document()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    [stage] = document["stages"]
    assert (stage["name"], stage["weight"], stage["duration_s"]) == ("canary", 0.5, 600.0)
    assert stage["criteria"][1] == {"endpoint": "/api/tasks", "criterion": "p95 < 100ms"}
    assert stage["smallest_slowdowns"]["p95"] > 0
    assert [warning["line"] for warning in document["warnings"]] == [10]


@pytest.mark.filterwarnings("ignore::DeprecationWarning:apprise")
def test_a_receiver_whose_address_names_no_service_is_a_warning_at_its_line():
    known, unknown = "json://127.0.0.1:9/hook", "https://old.webhook.office.com/webhookb2/s3cret"
    text = f'{PLAN}notify:\n  - {{to: "{known}"}}\n  - {{to: "{unknown}"}}\n'
    said = [str(one) for one in check_plan(parse_plan_file(text, "plan.yaml"), None, None).warnings]
    assert said[-1] == "plan.yaml:14: warning: apprise does not know the service of this address"
    assert not any("plan.yaml:13" in one or "s3cret" in one for one in said)
