from fractions import Fraction

from harness.live.findings import look
from harness.record.hlog import HlogWriter
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info
from tests.live.windows import PLAN, TEXT, window


def begun(tmp_path, windows):
    run = RunDirectory.create(tmp_path, "plan", TEXT, run_info(PLAN, "plan", 0.0, 1.0, ()))
    stage = PLAN.stages[0]
    started = {"stage": stage.name, "index": 0, "weight": float(Fraction(1, 2)), "arrival_rate_per_s": 100.0}
    run.append_event({"t_s": 5.0, "event": "stage_started", **started})
    with HlogWriter(run.stage_hlog_path(0, stage.name), run.run["epoch_s"]) as writer:
        for each in windows:
            for tag, histogram in each.histograms.items():
                writer.write(5.0 + each.start_s, each.length_s, tag, histogram)
    return run


def test_the_criteria_are_judged_by_what_there_is(tmp_path):
    windows = [window(number, canary_ms=(900, 950) * 250, failed=100) for number in range(12)]
    told = look(begun(tmp_path, windows))
    assert (told["stage"], told["t_s"]) == ("half", 125.0)
    outcomes = {finding["criterion"]: finding["outcome"] for finding in told["findings"]}
    assert list(outcomes) == [criterion.text for criterion in PLAN.stages[0].criteria]
    assert outcomes["error rate < 1%"] == "fail"
    assert outcomes["p95 < 150ms"] == "fail"


def test_too_little_is_inconclusive_and_says_what_lacks(tmp_path):
    told = look(begun(tmp_path, [window(number) for number in range(4)]))
    (p95,) = [finding for finding in told["findings"] if finding["criterion"] == "p95 < 150ms"]
    assert p95["outcome"] == "inconclusive"
    assert "4 more blocks needed" in p95["reason"]


def test_without_a_window_or_a_running_stage_there_is_nothing_to_say(tmp_path):
    run = begun(tmp_path, [])
    assert look(run) is None
    account = dict.fromkeys(("due", "completed", "failed", "dropped", "open"), 0)
    finished = {"stage": "half", "duration_s": 300.0, **account, "by_variant": {}}
    run.append_event({"t_s": 9.0, "event": "stage_finished", **finished})
    assert look(run) is None
