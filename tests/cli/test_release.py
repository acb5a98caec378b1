import json
import re
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.app.verbs.preflight import SIGNATURES
from harness.cli.main import main
from harness.cli.release import golive, monitor, preflight, rollback
from harness.record.events.release import RollbackFailed, RolledBack
from harness.record.probes import HealthProbe
from harness.record.run_directory import RunDirectory
from harness.rollout.exit_code import ExitCode
from tests.rollout.probes.answering import answering
from tests.rollout.scripted import Rollout, Router, plan_text

PROBES = "{health: /health, metrics: /metrics, interval: 1s, timeout: 1s}"
LEVELS = '{error rate: {critical: "> 5%"}, p95: {warning: "> 150ms", critical: "> 200ms"}}'
PLAN = """
service: tasks
targets: {targets}
load: {{arrival_rate: 10/s, max_in_flight: 4}}
probes: {probes}
levels: {levels}
judge: {{block: 1s, warmup: 0s}}
deploy: {{rollback: {{command: [{python}, -c, {back!r}]}}}}
rollback: [service down for 1s]
stages: [{{name: one, weight: 100%, duration: 1s, interval: 1s, criteria: ["p95 < 1s"]}}]
"""


def written(tmp_path, targets="embedded", back="pass", probes=PROBES, levels=LEVELS):
    path = tmp_path / "plan.yaml"
    path.write_text(
        PLAN.format(targets=targets, python=sys.executable, back=back, probes=probes, levels=levels)
    )
    return path


@pytest.fixture
def run_verb(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return lambda verb, *words: CliRunner().invoke(main, [verb.name, *(str(word) for word in words)])


def watch(run_verb, plan, url, *more):
    return run_verb(monitor, "--plan", plan, "--url", url, "--duration", 0.004, "--interval", 0.1, *more)


def test_a_healthy_service_is_watched_with_one_readable_line_an_interval(run_verb, tmp_path, service):
    result = watch(run_verb, written(tmp_path), service["canary"])
    assert result.exit_code == 0, result.output
    *lines, summary = result.output.splitlines()
    assert len(lines) == 2
    assert all(len(line) <= 80 and " ok " in line and " up " in line for line in lines)
    assert summary.startswith("2 looks, worst level ok; kept in ")


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
    assert [look["level"] for look in looks] == ["ok", "ok"]
    assert all(look["healthy"] for look in looks)


def test_another_path_is_watched_too(run_verb, tmp_path, service):
    result = watch(run_verb, written(tmp_path), service["canary"], "--path", "/no/such/path")
    assert result.exit_code == ExitCode.FAIL
    assert "DOWN" in result.output


def signed():
    return [word for what in SIGNATURES for word in ("--sign", f"{what}=Ada Lovelace")]


def passed_run(tmp_path):
    rollout = Rollout(tmp_path / "reports", plan_text(), router=Router())
    rollout.controller.walk()
    return rollout.run


def test_a_complete_checklist_is_ready_and_kept(run_verb, tmp_path):
    result = run_verb(preflight, written(tmp_path), "--baseline", passed_run(tmp_path).path, *signed())
    assert result.exit_code == 0, result.output
    run = RunDirectory.open(tmp_path / "reports/preflight/latest")
    names = {event.name for event in run.events().records if event.event == "signed"}
    assert names == {"Ada Lovelace"}
    checks = {event.check: event.ok for event in run.events().records if event.event == "preflight_checked"}
    assert {check for check, ok in checks.items() if ok is not True} == {"targets answer", "clock is right"}
    assert "ready, 2 not checked; kept in" in result.output


def test_what_nobody_can_check_is_not_ticked(run_verb, tmp_path):
    result = run_verb(preflight, written(tmp_path), "--json")
    met = {item["what"]: item["met"] for item in json.loads(result.output)["items"]}
    assert (met["clock is right"], met["targets answer"], met["disk suffices"]) == (None, None, True)


def test_what_is_missing_is_named(run_verb, tmp_path):
    result = run_verb(preflight, written(tmp_path, back="raise SystemExit(4)"))
    assert result.exit_code == ExitCode.FAIL
    assert "✗ rollback plan ready: exit code 4" in result.output
    assert "✗ performance baseline locked: name the run that is the baseline" in result.output
    assert '✗ executive approval: add --sign "executive approval=NAME"' in result.output


def test_a_checklist_for_machines_is_one_object(run_verb, tmp_path):
    result = run_verb(preflight, written(tmp_path), "--json")
    told = json.loads(result.output)
    assert (result.exit_code, told["ready"], told["service"]) == (ExitCode.FAIL, False, "tasks")
    met = {item["what"]: item["met"] for item in told["items"]}
    assert (met["rollback plan ready"], met["performance baseline locked"]) == (True, False)
    assert RunDirectory.open(tmp_path / told["run"]).events().records


def test_the_rollback_command_learns_that_it_is_only_tried(run_verb, tmp_path):
    back = "import os; raise SystemExit(os.environ['HARNESS_DRY_RUN'] != '1')"
    assert "✓ rollback plan ready" in run_verb(preflight, written(tmp_path, back=back)).output


def test_targets_and_probes_that_do_not_answer_are_named(run_verb, tmp_path):
    targets = "{baseline: http://127.0.0.1:9, canary: http://127.0.0.1:9}"
    result = run_verb(preflight, written(tmp_path, targets))
    assert "✗ targets answer: baseline: no answer" in result.output
    assert "✗ probe answers: health of canary: no answer" in result.output


def test_targets_and_probes_that_answer_are_met(run_verb, tmp_path, service):
    targets = f"{{baseline: {service['baseline']}, canary: {service['canary']}}}"
    result = run_verb(preflight, written(tmp_path, targets))
    assert "✓ targets answer" in result.output
    assert result.output.count("✓ probe answers") == 4


@pytest.mark.parametrize("sign", ["Ada", "=Ada", "team trained=", "team trained=\x07"])
def test_a_signature_that_is_none_is_a_usage_error(run_verb, tmp_path, sign):
    assert run_verb(preflight, written(tmp_path), "--sign", sign).exit_code == ExitCode.BAD_USAGE


def test_going_live_needs_a_signature_and_then_is_declared(run_verb, tmp_path):
    run = passed_run(tmp_path)
    missing = run_verb(golive, run.path)
    assert (missing.exit_code, "✗ Team sign-off: nobody signed" in missing.output) == (ExitCode.FAIL, True)
    declared = run_verb(golive, run.path, "--sign", "Ada Lovelace")
    assert "✓ Team sign-off: Ada Lovelace" in declared.output


def test_a_declaration_for_machines_is_one_object(run_verb, tmp_path):
    result = run_verb(golive, passed_run(tmp_path).path, "--sign", "Ada", "--json")
    told = json.loads(result.output)
    assert (result.exit_code, told["live"], told["rehearsal"]) == (ExitCode.FAIL, False, None)
    (signed_off,) = [item for item in told["items"] if item["what"] == "Team sign-off"]
    assert signed_off == {"what": "Team sign-off", "met": True, "reason": "Ada"}


def test_a_last_stage_shorter_than_a_day_is_not_stable_for_24_hours(run_verb, tmp_path):
    result = run_verb(golive, passed_run(tmp_path).path, "--sign", "Ada")
    assert result.exit_code == ExitCode.FAIL
    assert "✗ 100% traffic stable for 24 hours: stage all passed and lasted 10 s" in result.output


def test_a_rehearsal_is_never_live_to_a_script(run_verb, tmp_path):
    day = plan_text(stages=("all",)).replace("duration: 10s", "duration: 24h")
    run = rehearsed(tmp_path, day, 8640)
    result = run_verb(golive, run.path, "--sign", "Ada")
    assert result.exit_code == ExitCode.INCONCLUSIVE, result.output
    assert (
        "✓ 100% traffic stable for 24 hours: stage all passed and lasted 9.9 s, planned 24 h" in result.output
    )
    assert "tasks is not live (a rehearsal: every duration divided by 8640)" in result.output
    told = json.loads(run_verb(golive, run.path, "--json").output)
    assert (told["live"], told["rehearsal"]) == (False, "a rehearsal: every duration divided by 8640")


def test_a_rehearsal_of_a_stage_shorter_than_a_day_meets_less(run_verb, tmp_path):
    run = rehearsed(tmp_path, plan_text(stages=("all",)).replace("duration: 10s", "duration: 20s"), 2)
    assert run_verb(golive, run.path, "--sign", "Ada").exit_code == ExitCode.FAIL


def rehearsed(tmp_path, text, time_scale):
    rollout = Rollout(tmp_path / "reports", text, time_scale=time_scale)
    rollout.controller.walk()
    return rollout.run


def test_an_incident_is_named(run_verb, tmp_path):
    rollout = Rollout(tmp_path / "reports", plan_text(), failing={2: 0.5})
    rollout.controller.walk()
    result = run_verb(golive, rollout.run.path, "--sign", "Ada")
    assert "✗ No critical incidents: rolled back" in result.output
    assert "(stage all failed)" in result.output
    assert "✗ All metrics within thresholds" in result.output


def test_an_incident_without_a_reason_is_named(run_verb, tmp_path):
    run = passed_run(tmp_path)
    run.append_event(RolledBack(t_s=3.0))
    said = run_verb(golive, run.path).output
    assert "✗ No critical incidents: rolled back 3 s after the start of the run" in said


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
    monkeypatch.setattr("harness.cli.release._can_ask", lambda: True)
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
