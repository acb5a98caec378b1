from dataclasses import replace
from fractions import Fraction

from harness.judge.view import StageView
from harness.live.findings import Findings, findings_so_far
from harness.plan.loader import parse_plan
from harness.record.evidence import load_evidence
from harness.record.histograms.hlog import HlogWriter
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info
from tests.live.windows import PLAN, TEXT, window

STARTED_S = 5.0


def begun(tmp_path, windows, text=TEXT):
    run = RunDirectory.create(tmp_path, "plan", text, run_info(parse_plan(text), "plan", 0.0, 1.0, ()))
    stage = PLAN.stages[0]
    started = {"stage": stage.name, "index": 0, "weight": float(Fraction(1, 2)), "arrival_rate_per_s": 100.0}
    run.append_event({"t_s": STARTED_S, "event": "stage_started", **started})
    HlogWriter(run.stage_hlog_path(0, stage.name), run.run["epoch_s"]).close()
    write(run, windows)
    return run


def write(run, windows):
    text = run.path / "part.hlog"
    text.unlink(missing_ok=True)
    with HlogWriter(text, run.run["epoch_s"]) as writer:
        for each in windows:
            for tag, histogram in each.histograms.items():
                writer.write(STARTED_S + each.start_s, each.length_s, tag, histogram)
    with run.stage_hlog_path(0, PLAN.stages[0].name).open("a") as log:
        log.writelines(f"{line}\n" for line in text.read_text().splitlines() if line.startswith("Tag="))


def test_the_criteria_are_judged_by_what_there_is(tmp_path):
    windows = [window(number, canary_ms=(900, 950) * 250, failed=100) for number in range(12)]
    told = Findings(begun(tmp_path, windows)).look()
    # The newest window may not be whole yet.
    assert (told["stage"], told["t_s"]) == ("half", 115.0)
    found = outcomes(told)
    assert list(found) == [criterion.text for criterion in PLAN.stages[0].criteria]
    assert (found["error rate < 1%"], found["p95 < 150ms"]) == ("fail", "fail")


def test_too_little_is_inconclusive_and_says_what_lacks(tmp_path):
    told = Findings(begun(tmp_path, [window(number) for number in range(5)])).look()
    (p95,) = [finding for finding in told["findings"] if finding["criterion"] == "p95 < 150ms"]
    assert p95["outcome"] == "inconclusive"
    assert "4 more blocks needed" in p95["reason"]


def test_without_a_window_or_a_running_stage_there_is_nothing_to_say(tmp_path):
    run = begun(tmp_path, [])
    findings = Findings(run)
    assert findings.look() is None
    account = dict.fromkeys(("due", "completed", "failed", "dropped", "open"), 0)
    finished = {"stage": "half", "duration_s": 300.0, **account, "by_variant": {}}
    run.append_event({"t_s": 9.0, "event": "stage_finished", **finished})
    assert findings.look() is None


def test_windows_taken_one_after_the_other_come_to_what_the_judge_finds(tmp_path):
    windows = [window(number, canary_ms=(90, 95, 100 + number) * 50) for number in range(12)]
    run = begun(tmp_path, [])
    findings = Findings(run)
    for each in windows:
        write(run, [each])
        told = findings.look()
    evidence = load_evidence(run).stages[0]
    known = replace(evidence, intervals=tuple(evidence.intervals)[:-1])
    assert [finding["reason"] for finding in told["findings"]] == [
        finding.reason for finding in findings_so_far(StageView(PLAN, known))
    ]


def test_probes_and_events_of_the_stage_count(tmp_path):
    text = TEXT.replace("no critical alerts", "health checks passing")
    run = begun(tmp_path, [window(number) for number in range(12)], text)
    findings = Findings(run)
    before = outcomes(findings.look())
    probe = {"kind": "metrics", "variant": "canary", "cpu": 0.9, "memory_bytes": 1e8, "restarts": 0}
    for at_s in range(0, 120, 10):
        run.append_probe({"t_s": STARTED_S + at_s, **probe, "error": None})
    run.append_event(
        {"t_s": STARTED_S + 60.0, "event": "target_down", "variant": "canary", "reason": "it went"}
    )
    after = outcomes(findings.look())
    changed = {name: after[name] for name in before if before[name] != after[name]}
    assert changed == {"cpu < 80%": "fail", "health checks passing": "fail"}


def outcomes(told):
    return {finding["criterion"]: finding["outcome"] for finding in told["findings"]}
