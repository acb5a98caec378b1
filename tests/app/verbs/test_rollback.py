from pathlib import Path

import pytest

from harness.app.verbs.rollback import steps_of
from tests.rollout.scripted import Rollout, plan_text

INGRESS = "targets: {ingress: 'http://127.0.0.1:9', variant_header: x-variant}"


def steps(root: Path, extra: str, targets: str = "targets: embedded") -> list[str]:
    text = plan_text(extra=extra).replace("targets: embedded", targets)
    return list(steps_of(Rollout(root, text).run))


@pytest.mark.parametrize(
    ("router", "shown"),
    [
        ("{envoy: {admin: 'http://127.0.0.1:9901'}}", ["set the weights at http://127.0.0.1:9901"]),
        ("{haproxy: {socket: /run/admin.sock}}", ["set the weights at /run/admin.sock"]),
        ("{nginx: {file: /etc/canary.conf}}", ["write /etc/canary.conf", "run nginx -s reload"]),
        ("{command: {command: [./set weight.sh, --now]}}", ["run './set weight.sh' --now"]),
    ],
)
def test_everything_that_a_router_asks_writes_or_runs_is_shown_before_it_is_done(tmp_path, router, shown):
    assert steps(tmp_path, f"router: {router}\n", INGRESS) == shown


def test_a_router_that_the_run_had_started_is_left_alone(tmp_path):
    assert steps(tmp_path, "router: {envoy: {start: true}}\n") == []


def test_the_rollback_command_of_the_plan_is_shown(tmp_path):
    assert steps(tmp_path, "deploy: {rollback: {command: [kubectl, rollout, undo]}}\n") == [
        "run kubectl rollout undo"
    ]
