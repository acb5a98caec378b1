"""The triggers of a run that waits for a person, each through the controller and the live evaluation."""

import pytest

from harness.app.judging import judge_directory
from harness.judge.outcome import Outcome
from harness.live.evaluation.live_evaluation import LiveEvaluation
from harness.live.evaluation.messages import StageStatus
from harness.record.events.approval import ApprovalRequested, Decided, Decision, Via
from harness.record.events.run import RunFinished
from harness.record.events.stage import TriggerFired
from harness.record.probes import HealthProbe, MetricsProbe
from harness.rollout.exit_code import ExitCode
from tests.rollout.scripted import Rollout, Router, ScriptedProcess, plan_text

ASKED = ", approval: required, approval_timeout: 1h"


class Evaluating(ScriptedProcess):
    """The live evaluation of a rollout, once a second."""

    def __init__(self, rollout, probe):
        super().__init__(rollout.clock)
        self._rollout, self._probe = rollout, probe
        self.statuses = []
        self._evaluation, self._next_s = LiveEvaluation(rollout.run), 0.0

    def notices(self):
        if self._clock() < self._next_s:
            return []
        self._next_s = self._clock() + 1.0
        for probe in self._probe(self._clock() - 100.0):
            self._rollout.run.append_probe(probe)
        seen = self._evaluation.look()
        self.statuses += [each for each in seen if isinstance(each, StageStatus)]
        return [each for each in seen if not isinstance(each, StageStatus)]


def nothing(t_s):
    return []


def health(t_s, bad_from_s=30.0):
    good = {"ok": True, "status": 200, "latency_s": 0.001, "error": None}
    bad = {"ok": False, "status": 503, "latency_s": 0.001, "error": "HTTP 503"}
    canary = good if t_s < bad_from_s else bad
    return [
        HealthProbe(t_s=t_s, variant="canary", **canary),
        HealthProbe(t_s=t_s, variant="baseline", **good),
    ]


def metrics(t_s, memory_bytes=None, cpu=None):
    about = {"restarts": 0, "error": None}
    bad = t_s >= 30.0
    return [
        MetricsProbe(
            t_s=t_s,
            variant=variant,
            cpu=(cpu if bad and variant == "canary" else 0.1),
            memory_bytes=(memory_bytes if bad and variant == "canary" else 1e8),
            **about,
        )
        for variant in ("baseline", "canary")
    ]


def waited(root, trigger, probe=nothing, failing=None, probes="", rate="200/s"):
    text = plan_text(stages=["half"], stage_extra=ASKED, extra=f"rollback: ['{trigger}']\n{probes}")
    text = text.replace("arrival_rate: 200/s", f"arrival_rate: {rate}")
    rollout = Rollout(root, text, router=Router(), failing=failing or {})
    rollout.process = Evaluating(rollout, probe)
    rollout.clock.at[rollout.clock.now_s + 200] = lambda: rollout.run.append_decision(
        Decided(t_s=0.0, stage="half", request=1, decision=Decision.APPROVE, by="A", reason="r", via=Via.CLI)
    )
    rollout.controller.walk()
    return rollout


@pytest.mark.parametrize(
    ("trigger", "more"),
    [
        ("error rate > 10% for 5s", {"failing": {2: 0.5}}),
        ("error rate > baseline + 5% for 5s", {"failing": {2: 0.5}}),
        ("p99 > 1s for 5s", {"failing": {2: 0.5}}),
        ("service down for 5s", {"failing": {2: 1.0}}),
        ("service down for 5s", {"probe": health, "probes": "probes: {health: /health}\n"}),
        (
            "memory > 2GB for 5s",
            {"probe": lambda t_s: metrics(t_s, memory_bytes=3e9), "probes": "probes: {metrics: /metrics}\n"},
        ),
        (
            "cpu > 80% for 5s",
            {"probe": lambda t_s: metrics(t_s, cpu=0.95), "probes": "probes: {metrics: /metrics}\n"},
        ),
    ],
)
def test_a_trigger_fires_while_a_run_waits_for_a_person(tmp_path, trigger, more):
    rollout = waited(tmp_path, trigger, **more)
    assert rollout.states[-3:] == ["waiting", "rolling back", "rolled back"]
    [asked], [fired] = rollout.events(ApprovalRequested), rollout.events(TriggerFired)
    [last] = rollout.process.statuses[-1].triggers
    assert (last.trigger, last.share) == (trigger, 1.0)
    assert fired.trigger == trigger
    assert 5 <= fired.t_s - asked.t_s < 60
    assert "into the wait for a person: its condition held for 5 s" in fired.reason
    assert rollout.events(RunFinished)[0].outcome == "fail"
    verdict = judge_directory(rollout.run)
    assert verdict.outcome is Outcome.FAIL
    assert fired.reason in [finding.reason for finding in verdict.stages[0].findings]
    assert ExitCode.of_run(rollout.run, verdict.outcome) is ExitCode.ROLLED_BACK


@pytest.mark.parametrize(
    ("trigger", "more"),
    [
        ("error rate > 10% for 5s", {"failing": {2: 0.05, 3: 0.05}}),
        ("p99 > 1s for 5s", {}),
        ("throughput < 100/s for 5s", {}),
        ("throughput < 100/s for 5s", {"probe": health, "probes": "probes: {health: /health}\n"}),
        ("service down for 5s", {}),
    ],
)
def test_a_healthy_canary_waits_until_the_person_has_decided(tmp_path, trigger, more):
    if "probe" in more:
        more = {**more, "probe": lambda t_s: health(t_s, bad_from_s=1e9)}
    rollout = waited(tmp_path, trigger, **more)
    assert rollout.states[-2:] == ["waiting", "promoted"]
    assert rollout.events(TriggerFired) == []
    assert judge_directory(rollout.run).outcome is Outcome.PASS


def test_a_condition_that_goes_on_from_one_round_of_the_schedule_to_the_next_fires(tmp_path):
    rollout = waited(tmp_path, "error rate > 10% for 15s", failing={2: 0.5, 3: 0.5, 4: 0.5})
    [fired] = rollout.events(TriggerFired)
    assert "held for 15 s" in fired.reason


@pytest.mark.parametrize(
    ("rate", "fires"), [("200/s", True), ("[{to: 200/s, over: 1s}, {at: 200/s, for: 9s}]", False)]
)
def test_a_schedule_with_a_ramp_that_begins_anew_is_no_lack_of_throughput(tmp_path, rate, fires):
    rollout = waited(tmp_path, "throughput < 150/s for 5s", failing={2: 0.9, 3: 0.9}, rate=rate)
    assert bool(rollout.events(TriggerFired)) is fires


def test_what_passes_while_a_run_waits_is_no_evidence_of_the_stage(tmp_path):
    quiet = waited(tmp_path / "quiet", "error rate > 99% for 5s")
    loud = waited(tmp_path / "loud", "error rate > 99% for 5s", failing={2: 0.4, 3: 0.4})
    texts = [
        [(finding.title, finding.observed, finding.outcome) for finding in stage.findings]
        for rollout in (quiet, loud)
        for stage in judge_directory(rollout.run).stages
    ]
    assert texts[0] == texts[1]
