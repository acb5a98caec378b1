import json
import math
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.cli.production import monitor, rollback
from harness.live.monitor import own_lateness
from harness.record.events.release import RollbackFailed, RolledBack
from harness.record.probes import HealthProbe
from harness.record.run_directory import RunDirectory
from harness.rollout.exit_code import ExitCode
from tests.cli.written_plan import written
from tests.rollout.probes.answering import answering
from tests.rollout.scripted import Rollout, Router, plan_text


@pytest.fixture(autouse=True)
def punctual(monkeypatch):
    """Have the monitor take itself for punctual, however busy the machine of the test is."""
    monkeypatch.setattr(own_lateness, "_USUAL_S", math.inf)


def watch(run_verb, plan, url, *more):
    return run_verb(monitor, plan, "--url", url, "--duration", 0.005, "--interval", 0.1, *more)


def test_a_healthy_service_is_watched_with_one_readable_line_an_interval(run_verb, tmp_path, service):
    result = watch(run_verb, written(tmp_path), service["canary"])
    assert result.exit_code == 0, result.output
    *lines, summary = result.output.splitlines()
    assert len(lines) == 3
    assert all(len(line) <= 80 and " ok " in line and " up " in line for line in lines)
    assert summary.startswith("3 looks, worst level ok; kept in ")


def test_a_plan_that_is_given_twice_is_refused(run_verb, tmp_path):
    assert run_verb(monitor, tmp_path / "one.yaml", "--plan", tmp_path / "two.yaml").exit_code == 2


def test_a_slow_service_ends_with_10(run_verb, tmp_path, slow):
    result = watch(run_verb, written(tmp_path), slow)
    assert result.exit_code == ExitCode.FAIL
    assert "critical up" in result.output
    assert re.search(r"p95 > 200ms: \d\d\d\.?\d* ms", result.output)


def test_a_dead_service_ends_with_10_and_fires_its_trigger(run_verb, tmp_path):
    plan = written(tmp_path)
    result = run_verb(
        monitor, "--plan", plan, "--url", "http://127.0.0.1:9", "--duration", 1, "--interval", 0.5
    )
    assert result.exit_code == ExitCode.FAIL
    assert "DOWN" in result.output
    assert "trigger fired: service down for 1s" in result.output
    run = RunDirectory.open(tmp_path / "reports/monitor/latest")
    assert [event.event for event in run.events().records] == ["level_reached", "trigger_fired"]
    assert not any(probe.ok for probe in run.probes().records if isinstance(probe, HealthProbe))


def test_a_service_that_is_down_ends_with_10_although_no_trigger_fired(run_verb, tmp_path):
    result = watch(run_verb, written(tmp_path, levels="{}"), "http://127.0.0.1:9")
    assert result.exit_code == ExitCode.FAIL
    assert "critical DOWN" in result.output
    assert "worst level critical" in result.output


def test_what_was_never_seen_ends_with_11_and_is_named(run_verb, tmp_path, service):
    probes = (
        '{health: /health, prometheus: {url: "http://127.0.0.1:9", alerts: "a=\'b\'", queries: {depth: q}}}'
    )
    plan = written(tmp_path, probes=probes, levels='{depth: {critical: "> 100"}}')
    result = watch(run_verb, plan, service["canary"])
    assert result.exit_code == ExitCode.INCONCLUSIVE
    assert "unknown  up" in result.output
    assert "not seen: alerts, depth; kept in" in result.output


def test_a_trigger_can_roll_back_by_itself(run_verb, tmp_path):
    plan = written(tmp_path, back="open('back', 'w')")
    words = ("--plan", plan, "--url", "http://127.0.0.1:9", "--duration", 1, "--interval", 0.5, "--rollback")
    assert run_verb(monitor, *words).exit_code == ExitCode.ROLLED_BACK
    assert (tmp_path / "back").exists()


def test_machines_get_one_object_a_line(run_verb, tmp_path, service):
    result = watch(run_verb, written(tmp_path), service["canary"], "--json")
    looks = [json.loads(line) for line in result.output.splitlines()]
    assert [look["level"] for look in looks] == ["ok", "ok", "ok"]
    assert all(look["healthy"] for look in looks)


def test_another_path_is_watched_too(run_verb, tmp_path, service):
    result = watch(run_verb, written(tmp_path), service["canary"], "--path", "/no/such/path")
    assert result.exit_code == ExitCode.FAIL
    assert "DOWN" in result.output


def killed_run(tmp_path, back):
    text = plan_text(extra=f"deploy: {{rollback: {{command: [{sys.executable}, -c, {json.dumps(back)}]}}}}\n")
    return Rollout(tmp_path / "reports", text).run.path


def test_harness_rollback_shows_its_commands_and_does_nothing_where_nobody_can_be_asked(run_verb, tmp_path):
    run = killed_run(tmp_path, "open('back', 'w')")
    result = run_verb(rollback, run)
    assert result.exit_code == ExitCode.BAD_USAGE
    assert f"rollback: run {sys.executable} -c " in result.output
    assert "add --yes" in result.output
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize(("answer", "code"), [("y\n", ExitCode.PASS), ("n\n", ExitCode.INTERRUPTED)])
def test_harness_rollback_asks_on_a_terminal(tmp_path, monkeypatch, answer, code):
    monkeypatch.chdir(tmp_path)
    run = killed_run(tmp_path, "open('back', 'w')")
    monkeypatch.setattr("harness.cli.production.can_ask", lambda: True)
    result = CliRunner().invoke(main, ["rollback", str(run)], input=answer)
    assert "do this [y/N]" in result.output
    assert result.exit_code == code
    assert (tmp_path / "back").exists() == (code is ExitCode.PASS)


def test_harness_rollback_works_on_a_run_that_was_killed(run_verb, tmp_path):
    back = "open('weight', 'w').write(__import__('os').environ['HARNESS_STAGE'])"
    text = plan_text(extra=f"deploy: {{rollback: {{command: [{sys.executable}, -c, {json.dumps(back)}]}}}}\n")
    rollout = Rollout(tmp_path / "reports", text, router=Router(), failing={1: 0.5})
    with (rollout.run.path / "events.jsonl").open("ab") as events:
        events.write(b'{"t_s":1.0,"event":"weight_set","stage":"half","weight":0.5}\n{"t_s":2.0,"ev')
    result = run_verb(rollback, rollout.run.path, "--yes")
    assert result.exit_code == 0, result.output
    assert Path("weight").read_text() == "half"
    [event] = rollout.events(RolledBack)
    assert (event.stage, event.reason) == ("half", "by hand")


def test_a_rollback_that_fails_says_so(run_verb, tmp_path):
    text = plan_text(extra="deploy: {rollback: {command: [/no/such/program]}}\n")
    rollout = Rollout(tmp_path / "reports", text)
    result = run_verb(rollback, rollout.run.path, "--yes")
    assert result.exit_code == ExitCode.FAIL
    assert "cannot start /no/such/program" in result.output
    assert len(rollout.events(RollbackFailed)) == 1


AT_THE_LIMIT = """
probes:
  health: /health
  interval: 100ms
  prometheus: {{url: {url}, queries: {{restarts: sum(restarts)}}}}
levels: {{restarts: {{critical: ">= 1"}}}}
rollback: [restarts >= 1 for 100ms]
"""


def test_a_value_exactly_at_its_limit_is_critical_and_fires_its_trigger(run_verb, tmp_path, service):
    text = written(tmp_path).read_text().replace("interval: 1s, criteria", "interval: 100ms, criteria")
    kept = [line for line in text.splitlines() if not line.startswith(("probes", "levels", "rollback"))]
    path = tmp_path / "plan.yaml"
    with answering("1") as url:
        path.write_text("\n".join(kept) + AT_THE_LIMIT.format(url=url))
        result = watch(run_verb, path, service["canary"])
    assert result.exit_code == ExitCode.FAIL, result.output
    assert "critical" in result.output
    assert "trigger fired: restarts >= 1 for 100ms" in result.output
