from dataclasses import replace
from fractions import Fraction

from harness.judge.stage import judge_criteria
from harness.judge.view import StageView
from harness.live.evaluation.live_evaluation import LiveEvaluation
from harness.live.evaluation.page_findings import PageFindings
from harness.plan.loader import parse_plan
from harness.record.events.run import TargetDown
from harness.record.events.stage import StageFinished, StageStarted
from harness.record.evidence import load_evidence
from harness.record.histograms.hlog import HlogWriter
from harness.record.probes import MetricsProbe
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info
from tests.live.windows import PLAN, TEXT, window

STARTED_S = 5.0


def begun(tmp_path, windows, text=TEXT):
    run = RunDirectory.create(tmp_path, "plan", text, run_info(parse_plan(text), "plan", 0.0, 1.0, ()))
    stage = PLAN.stages[0]
    started = {"stage": stage.name, "index": 0, "weight": float(Fraction(1, 2)), "arrival_rate_per_s": 100.0}
    run.append_event(StageStarted(t_s=STARTED_S, **started))
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


class Clock:
    """Passes `step_s` each time somebody looks at it."""

    def __init__(self, step_s=0.0):
        self.now_s, self.step_s = 0.0, step_s

    def __call__(self):
        self.now_s += self.step_s
        return self.now_s


class Watched:
    """A run that is evaluated with findings, and whose clock can be turned."""

    def __init__(self, run):
        self.evaluation = LiveEvaluation(run, with_findings=True)
        self.clock = Clock()
        self.page = PageFindings(self.clock)

    def look(self):
        """Look at what is new, then work on the findings until they are complete."""
        self.evaluation.look()
        self.clock.now_s += 3600.0
        return self.page.work(self.evaluation.stage, self.clock() + 60.0)


def test_the_criteria_are_judged_by_the_evidence_so_far(tmp_path):
    windows = [window(number, canary_ms=(900, 950) * 250, failed=100) for number in range(12)]
    found = Watched(begun(tmp_path, windows)).look()
    # The newest window may not be whole yet.
    assert (found.stage, found.t_s) == ("half", 115.0)
    by_criterion = outcomes(found)
    assert list(by_criterion) == [criterion.text for criterion in PLAN.stages[0].criteria]
    assert (by_criterion["error rate < 1%"], by_criterion["p95 < 150ms"]) == ("fail", "fail")


def test_too_little_evidence_is_inconclusive_and_says_what_is_missing(tmp_path):
    found = Watched(begun(tmp_path, [window(number) for number in range(5)])).look()
    (p95,) = [finding for finding in found.findings if finding.criterion == "p95 < 150ms"]
    assert p95.outcome == "inconclusive"
    assert "4 more blocks needed" in p95.reason


def test_without_a_window_or_a_running_stage_there_are_no_findings(tmp_path):
    run = begun(tmp_path, [])
    watched = Watched(run)
    assert watched.look() is None
    account = dict.fromkeys(("due", "completed", "failed", "dropped", "open"), 0)
    finished = {"stage": "half", "duration_s": 300.0, **account, "by_variant": {}}
    run.append_event(StageFinished(t_s=9.0, **finished))
    assert watched.look() is None


def test_windows_read_one_by_one_give_the_findings_of_the_judge(tmp_path):
    windows = [window(number, canary_ms=(90, 95, 100 + number) * 50) for number in range(12)]
    run = begun(tmp_path, [])
    watched = Watched(run)
    for each in windows:
        write(run, [each])
        found = watched.look()
    evidence = load_evidence(run).stages[0]
    known = replace(evidence, intervals=tuple(evidence.intervals)[:-1])
    assert found.findings == tuple(judge_criteria(StageView(PLAN, known)))


def test_findings_take_probes_and_events_of_the_stage_into_account(tmp_path):
    text = TEXT.replace("no critical alerts", "health checks passing")
    run = begun(tmp_path, [window(number) for number in range(12)], text)
    watched = Watched(run)
    before = outcomes(watched.look())
    probe = {"variant": "canary", "cpu": 0.9, "memory_bytes": 1e8, "restarts": 0}
    for at_s in range(0, 120, 10):
        run.append_probe(MetricsProbe(t_s=STARTED_S + at_s, **probe, error=None))
    run.append_event(TargetDown(t_s=STARTED_S + 60.0, variant="canary", reason="it went"))
    after = outcomes(watched.look())
    changed = {name: after[name] for name in before if before[name] != after[name]}
    assert changed == {"cpu < 80%": "fail", "health checks passing": "fail"}


def test_judging_stops_when_the_next_look_is_due_and_goes_on_after_it(tmp_path):
    watched = Watched(begun(tmp_path, [window(number) for number in range(12)]))
    watched.evaluation.look()
    watched.clock.now_s, watched.clock.step_s = 100.0, 1.0
    slices = 0
    while (found := watched.page.work(watched.evaluation.stage, watched.clock.now_s + 5.0)) is None:
        slices += 1
    assert slices > 1
    assert list(outcomes(found)) == [criterion.text for criterion in PLAN.stages[0].criteria]


def test_judging_pauses_five_hundred_times_as_long_as_it_worked(tmp_path):
    watched = Watched(begun(tmp_path, [window(number) for number in range(12)]))
    watched.evaluation.look()
    watched.clock.now_s, watched.clock.step_s = 100.0, 0.01
    assert watched.page.work(watched.evaluation.stage, 200.0) is not None
    worked_s = watched.clock.now_s - 100.0
    watched.clock.now_s += 100 * worked_s
    assert watched.page.work(watched.evaluation.stage, 1e9) is None
    watched.clock.now_s += 400 * worked_s
    assert watched.page.work(watched.evaluation.stage, 1e9) is not None


def outcomes(found):
    return {finding.criterion: finding.outcome for finding in found.findings}
