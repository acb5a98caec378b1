from harness.record.events.approval import ApprovalRequested, Decided, Decision, Via
from harness.record.events.release import StateChanged
from harness.report.waiting import wait_of
from tests.report import simulator

ASKED = ApprovalRequested(
    t_s=60.0, stage="half", request=1, outcome="pass", within_s=3600.0, may_extend=False
)
HELD = Decided(
    t_s=1860.0, stage="half", request=1, decision=Decision.HOLD, by="Ada", reason="lunch", via=Via.CLI
)
GONE_ON = StateChanged(t_s=1900.0, stage="half", state="promoted", reason="approved")


def told(tmp_path, *events):
    """Return what is said of a run that began at 09:00:00 and told these events."""
    run = simulator.simulate(tmp_path, simulator.plan_text(50), "held")
    for event in events:
        run.append_event(event)
    return wait_of(run)


def test_a_run_that_waits_names_the_stage_and_the_moment_at_which_its_time_ends(tmp_path):
    assert told(tmp_path, ASKED) == "Stage half passed and waits for a person until 10:01:00 UTC."


def test_whoever_holds_a_run_begins_its_time_anew(tmp_path):
    assert told(tmp_path, ASKED, HELD) == "Stage half passed and waits for a person until 10:31:00 UTC."


def test_a_run_that_has_gone_on_waits_for_nobody(tmp_path):
    assert told(tmp_path, ASKED, GONE_ON) is None
