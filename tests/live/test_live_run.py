import json
from dataclasses import replace

import pytest

from harness.judge.finding import Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.triggers.fired import TriggerProgress
from harness.judge.validity.generator import DELIVERED
from harness.judge.verdict import StageVerdict, Verdict
from harness.live.evaluation.messages import FindingsSoFar, StageStatus
from harness.live.live_run import LiveRun
from harness.plan.variant import Variant
from harness.record.events.release import StateChanged
from harness.record.events.run import RunFinished
from harness.record.events.stage import RequestErrors, StageJudged
from harness.record.histograms.account import Account, new_accounts
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import LATENESS_HUB
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info
from tests.live.windows import PLAN, TEXT, figures_of, progress, window

BOTH = (Variant.BASELINE, Variant.CANARY)


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def run(tmp_path):
    return RunDirectory.create(tmp_path, "plan", TEXT, run_info(PLAN, "plan", 0.0, 1.0, ()))


@pytest.fixture
def clock():
    return Clock()


def shown(live):
    return json.loads(live.state_json())


def accounts(due, completed):
    ended = {v: Account(due=due, completed=completed, open=due - completed) for v in BOTH}
    return {**new_accounts(), **ended}


def test_before_the_first_stage_there_are_only_the_planned_stages(run, clock):
    state = shown(LiveRun(run, no_figures(), clock))
    assert [stage["name"] for stage in state["stages"]] == ["half", "full"]
    assert state["now"] is None
    assert state["state"] == "starting"


def no_figures():
    empty = figures_of()
    empty.stages.clear()
    return empty


def test_a_state_is_made_once_a_second_however_many_ask(run, clock):
    live = LiveRun(run, figures_of(window(0)), clock)
    first = live.state_json()
    live(progress(accounts(900, 800)))
    assert live.state_json() is first
    clock.now_s += 1.0
    assert live.state_json() is not first


def test_rates_are_those_since_the_last_state(run, clock):
    live = LiveRun(run, figures_of(), clock)
    live(progress(accounts(100, 90)))
    shown(live)
    clock.now_s += 2.0
    live(progress(accounts(300, 250)))
    now = shown(live)["now"]
    assert (now["due_per_s"], now["completed_per_s"]) == (200.0, 160.0)
    assert now["in_flight"] == 100
    assert now["backlog"] == 3


def test_a_finished_stage_shows_the_accounts_of_its_closed_windows(run, clock):
    live = LiveRun(run, figures_of(window(0, failed=7)), clock)
    live(progress({Variant.BASELINE: Account(due=500), Variant.CANARY: Account(due=507)}))
    canary = shown(live)["now"]["variants"]["canary"]
    assert (canary["requests"], canary["failed"]) == (507, 7)


def test_triggers_start_at_0_until_the_evaluation_says_how_near_they_are(run, clock):
    figures = figures_of(window(0))
    live = LiveRun(run, figures, clock)
    trigger = {"trigger": "error rate > 10% for 30s", "share": 0.0, "held": 0, "needed": 3}
    assert shown(live)["triggers"][0] == trigger
    clock.now_s += 1.0
    figures.show(StageStatus("half", (TriggerProgress("error rate > 10% for 30s", 2, 3),), 0.5))
    state = shown(live)
    assert state["triggers"] == [{**trigger, "share": 0.6667, "held": 2}]
    assert state["now"]["cpu"] == 0.5


@pytest.mark.parametrize(
    ("hub_us", "cpu", "late", "busy"), [(90, 0.5, False, False), (40_000, 0.99, True, True)]
)
def test_the_generator_is_marked_late_and_busy_beyond_the_limits_of_the_plan(
    run, clock, hub_us, cpu, late, busy
):
    measured = window(2)
    hub, _ = Histogram.of_values([hub_us] * 100)
    figures = figures_of(replace(measured, histograms={**measured.histograms, LATENESS_HUB: hub}))
    figures.show(StageStatus("half", (), cpu))
    now = shown(LiveRun(run, figures, clock))["now"]
    assert (now["is_late"], now["is_busy"]) == (late, busy)


def test_a_generator_of_which_nothing_is_known_is_not_marked(run, clock):
    now = shown(LiveRun(run, figures_of(), clock))["now"]
    assert (now["is_late"], now["is_busy"]) == (False, False)


def test_events_and_errors_are_shown_with_their_texts_bounded(run, clock):
    live = LiveRun(run, figures_of(window(0)), clock)
    hostile = "<script>alert(1)</script>" + "x" * 10_000 + "\u202e"
    for _ in range(3):
        live.hear(
            RequestErrors(t_s=1.0, stage="half", variant="canary", endpoint=hostile, kind="HTTP 500", count=2)
        )
    live.hear(StageJudged(t_s=61.0, stage="half", outcome="pass"))
    state = shown(live)
    (error,) = state["errors"]
    assert error["count"] == 6
    assert len(error["what"][2]) <= 300
    assert "\u202e" not in error["what"][2]
    assert state["events"] == [{"at": "+01:01", "text": "Stage half judged: pass", "bad": False}]
    assert state["stages"][0]["outcome"] == "pass"


@pytest.mark.parametrize("ending", ["declared", "rolled back"])
def test_a_run_that_has_ended_is_being_judged_until_there_is_a_verdict(run, clock, ending):
    live = LiveRun(run, no_figures(), clock)
    live.hear(StateChanged(t_s=9.0, state=ending, reason="all stages passed"))
    live.hear(RunFinished(t_s=9.0, outcome="pass"))
    assert shown(live)["state"] == "judging"
    live.conclude(Verdict(outcome=Outcome.PASS, reason="Good.", stages=(), not_run=()))
    assert shown(live)["state"] == ending


def test_the_verdict_is_shown_at_once(run, clock):
    live = LiveRun(run, figures_of(window(0)), clock)
    assert shown(live)["verdict"] is None
    live.conclude(Verdict(outcome=Outcome.FAIL, reason="It broke.", stages=(), not_run=()))
    assert shown(live)["verdict"] == {"outcome": "fail", "words": "fail", "reason": "It broke."}


def test_limits_beside_the_percentiles_are_the_tightest_of_the_stage(run, clock):
    assert shown(LiveRun(run, figures_of(window(0)), clock))["now"]["limits_us"] == {"p95": 150_000.0}


def test_a_percentile_of_the_canary_beyond_its_limit_is_marked_and_the_baseline_never(run, clock):
    def broken(both_ms):
        slow = (both_ms,) * 500
        state = shown(LiveRun(run, figures_of(*(window(number, slow, slow) for number in (0, 1, 2))), clock))
        variants = state["now"]["variants"]
        return variants["canary"]["broken"], variants["baseline"]["broken"]

    assert broken(100) == ([], [])
    assert broken(200) == (["p95"], [])


def test_the_findings_so_far_of_this_stage_are_shown_with_their_time(run, clock):
    figures = figures_of(window(0))
    live = LiveRun(run, figures, clock)
    assert shown(live)["findings"] is None
    finding = Result.plain(Outcome.PASS, "r").of(Subject.of_criterion("c"))
    figures.show(FindingsSoFar("half", 61.0, (finding,)))
    clock.now_s += 1.0
    found = {"criterion": "c", "outcome": "pass", "reason": "r"}
    assert shown(live)["findings"] == {"at": "+01:01", "findings": [found]}
    figures.begin(1)
    clock.now_s += 1.0
    assert shown(live)["findings"] is None


def test_in_the_end_the_findings_are_those_of_the_verdict(run, clock):
    figures = figures_of(window(0))
    live = LiveRun(run, figures, clock)
    figures.show(FindingsSoFar("half", 61.0, ()))
    found = Result.plain(Outcome.INVALID, "It was not.").of(DELIVERED)
    stage = StageVerdict("half", 0.5, Outcome.INVALID, {}, 100.0, 0.0, {}, 0, (found,))
    live.conclude(Verdict(outcome=Outcome.INVALID, reason="It was not.", stages=(stage,), not_run=()))
    told = {"criterion": "load delivered", "outcome": "invalid", "reason": "It was not."}
    assert shown(live)["findings"] == {"at": None, "findings": [told]}


def test_the_load_has_its_turn_while_a_state_is_made(run, clock):
    turns = []
    live = LiveRun(run, figures_of(window(0)), clock, pause=lambda: turns.append(1))
    members = shown(live)
    assert len(turns) > len(members)


def test_a_request_while_a_state_is_made_gets_the_one_before(run, clock):
    meanwhile = []
    live = LiveRun(run, figures_of(window(0)), clock)
    before = live.state_json()
    clock.now_s += 1.0
    live.pause = lambda: meanwhile.append(live.state_json())
    assert live.state_json() is not before
    assert {id(each) for each in meanwhile} == {id(before)}


def test_a_verdict_that_arrives_while_a_state_is_made_is_shown_next(run, clock):
    live = LiveRun(run, figures_of(window(0)), clock)

    def conclude():
        live.pause = lambda: None
        live.conclude(Verdict(outcome=Outcome.FAIL, reason="It broke.", stages=(), not_run=()))

    live.pause = conclude
    live.state_json()
    assert shown(live)["verdict"] == {"outcome": "fail", "words": "fail", "reason": "It broke."}
