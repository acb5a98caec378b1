import pytest

from harness.record.events.approval import ApprovalRequested, Decided, Decision, Via
from harness.record.events.release import StateChanged
from harness.record.events.stage import StageExtended
from harness.record.files.run_lock import hold
from harness.report import write_report
from harness.report.standing import UNDER_WAY, standing_of, wait_of
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


def of_a_run_that_goes_on(tmp_path, *events):
    """Return where a run of two judged stages stands that told these events too, and its files so far."""
    run = simulator.simulate(tmp_path, simulator.plan_text(50, 100), "going")
    for name in ("verdict.json", "report.html", "summary.md", "junit.xml"):
        (run.path / name).unlink(missing_ok=True)
    for event in events:
        run.append_event(event)
    with hold(run.path):
        found = standing_of(run)
        texts = {path.name: path.read_text("utf-8") for path in write_report(run)}
    assert found is not None
    return found, texts


def in_state(state):
    return StateChanged(t_s=300.0, stage="canary-100", state=state, reason="")


def test_a_run_that_has_ended_stands_nowhere(tmp_path):
    assert standing_of(simulator.simulate(tmp_path, simulator.plan_text(50), "over")) is None


@pytest.mark.parametrize(
    ("events", "word", "sentence"),
    [
        ([in_state("measuring")], "under way", "stage canary-100, 2 of 2, measuring"),
        ([in_state("judging")], "judging", "stage canary-100, 2 of 2, judging"),
        ([in_state("rolling back")], "under way", "This run still goes on: rolling back."),
        ([in_state("waiting"), ASKED], "waiting for approval", "Stage half passed and waits for a person"),
    ],
)
def test_what_is_written_of_a_run_that_goes_on_says_where_it_stands(tmp_path, events, word, sentence):
    found, texts = of_a_run_that_goes_on(tmp_path, *events)
    assert found.word == word
    assert sentence in found.sentence
    assert word.capitalize() in texts["summary.md"].splitlines()[0]
    assert f"<title>{word}: " in texts["report.html"]
    page = texts["report.html"].partition("</style>")[2].partition('id="appendix"')[0]
    assert page
    assert "nvalid" not in page + texts["summary.md"]


def test_programs_get_no_verdict_of_a_run_that_goes_on(tmp_path):
    _, texts = of_a_run_that_goes_on(tmp_path, in_state("measuring"))
    assert "junit.xml" not in texts


def test_a_stage_that_is_extended_has_come_to_nothing_yet(tmp_path):
    extended = StageExtended(t_s=300.0, stage="canary-100", duration_s=120.0)
    judged, _ = of_a_run_that_goes_on(tmp_path / "a", in_state("waiting"))
    again, _ = of_a_run_that_goes_on(tmp_path / "b", in_state("warming"), extended)
    assert judged.outcome_of("canary-100", has_begun=True) == "pass"
    assert again.outcome_of("canary-100", has_begun=True) == UNDER_WAY
    assert again.outcome_of("canary-50", has_begun=True) == "pass"
