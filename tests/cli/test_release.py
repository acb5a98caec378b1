import json

import pytest

from harness.app.verbs.preflight import SIGNATURES
from harness.cli.release import golive, preflight
from harness.record.events.release import RolledBack
from harness.record.run_directory import RunDirectory
from harness.rollout.exit_code import ExitCode
from tests.cli.written_plan import written
from tests.rollout.scripted import Rollout, Router, plan_text


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
