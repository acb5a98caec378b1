import json
from dataclasses import replace

import pytest

from harness.plan.document import plan_from_document
from harness.record.events.run import RunHeld
from harness.record.events.stage import ArrivalCounts, StageFinished, StageStarted, ValuesClamped
from harness.record.evidence import Interval, load_evidence
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.hlog import HlogWriter
from harness.record.histograms.tag import Kind, Tag
from harness.record.probes import QueryProbe
from harness.record.run_directory import RunDirectory, RunError
from harness.record.run_info import run_info

CANARY = Tag("canary", Kind.RESPONSE, "GET /tasks")
COUNTS = {"due": 9, "completed": 5, "failed": 2, "dropped": 1, "open": 1}


def of(*values_us):
    return Histogram.of_values(values_us)[0]


def plan_of(*names):
    stage = {"weight": "5%", "duration": "20s", "criteria": ["p95 < 150ms"]}
    return plan_from_document(
        {
            "service": "control-plane",
            "targets": "embedded",
            "load": {"arrival_rate": "7000/s", "max_in_flight": 512, "timeout": "10s"},
            "stages": [{"name": name, **stage} for name in names],
        }
    )


def started(t_s, index, name):
    return StageStarted(t_s=t_s, stage=name, index=index, weight=0.05, arrival_rate_per_s=7000.0)


def finished(t_s, name):
    by_variant = {"canary": ArrivalCounts(**COUNTS)}
    return StageFinished(t_s=t_s, stage=name, duration_s=20.0, **COUNTS, by_variant=by_variant)


def query(t_s):
    return QueryProbe(t_s=t_s, name="memory", value=1.0, error=None)


@pytest.fixture
def empty_run(tmp_path):
    plan = plan_of("canary-5", "canary-25", "canary-50")
    return RunDirectory.create(
        tmp_path, "quick", json.dumps(plan.to_document()), run_info(plan, "quick", 0.0)
    )


@pytest.fixture
def run(empty_run):
    """A run killed in the second of its three stages."""
    run = empty_run
    for event in (started(2.5, 0, "canary-5"), finished(23.0, "canary-5"), started(25.5, 1, "canary-25")):
        run.append_event(event)
    for index, name, start_s in ((0, "canary-5", 2.5), (1, "canary-25", 25.5)):
        with HlogWriter(run.stage_hlog_path(index, name), 0.0) as log:
            log.write(start_s, 10.0, CANARY, of(1000 + index))
            log.write(start_s + 10.0, 10.0, CANARY, of(2000 + index))
    return run


def test_each_planned_stage_gets_what_was_recorded_about_it(run):
    first, second, third = load_evidence(run).stages
    assert [stage.stage.name for stage in (first, second, third)] == ["canary-5", "canary-25", "canary-50"]
    assert (first.started_s, second.started_s, third.started_s) == (2.5, 25.5, None)
    assert first.finished == finished(23.0, "canary-5")
    assert second.finished is third.finished is None
    assert [*first.intervals] == [
        Interval(0.0, 10.0, {CANARY: of(1000)}),
        Interval(10.0, 10.0, {CANARY: of(2000)}),
    ]
    assert [interval.histograms[CANARY] for interval in second.intervals] == [of(1001), of(2001)]
    assert (third.intervals, third.events, third.probes, third.problems) == ((), (), (), ())


def test_a_run_without_damage_has_no_problems(run):
    evidence = load_evidence(run)
    assert evidence.problems == ()
    assert [stage.problems for stage in evidence.stages] == [(), (), ()]
    assert evidence.plan == run.plan
    assert evidence.events == run.events().records


def test_one_stage_alone_can_be_asked_for(run):
    evidence = load_evidence(run, stage="canary-25")
    second = load_evidence(run).stages[1]
    assert [replace(stage, intervals=()) for stage in evidence.stages] == [replace(second, intervals=())]
    assert [*evidence.stages[0].intervals] == [*second.intervals]


def test_an_unknown_stage_is_a_clear_error(run):
    with pytest.raises(RunError, match="no stage 'canary-9'; its stages are canary-5, canary-25, canary-50"):
        load_evidence(run, stage="canary-9")


def test_events_and_probes_go_to_the_stage_they_name_or_the_time_they_fall_into(run):
    held = RunHeld(t_s=24.0, stage="canary-5", reason="fail")
    clamped = [ValuesClamped(t_s=t_s, count=1) for t_s in (0.0, 10.0, 24.0, 30.0)]
    for event in (held, *clamped):
        run.append_event(event)
    for t_s in (1.0, 2.5, 23.0, 24.0, 99.0):
        run.append_probe(query(t_s))
    first, second, third = load_evidence(run).stages
    assert [event for event in first.events if isinstance(event, RunHeld)] == [held]
    assert [event.t_s for event in first.events if isinstance(event, ValuesClamped)] == [10.0]
    assert [event.t_s for event in second.events if isinstance(event, ValuesClamped)] == [30.0]
    assert [[probe.t_s for probe in stage.probes] for stage in (first, second, third)] == [
        [2.5, 23.0],
        [99.0],
        [],
    ]
    assert len(load_evidence(run).events) == 8


def test_a_stage_without_an_end_lasts_until_the_next_one_starts(empty_run):
    empty_run.append_event(started(2.0, 0, "canary-5"))
    empty_run.append_event(started(50.0, 1, "canary-25"))
    for t_s in (49.0, 51.0):
        empty_run.append_probe(query(t_s))
    first, second, _ = load_evidence(empty_run).stages
    assert [probe.t_s for probe in first.probes] == [49.0]
    assert [probe.t_s for probe in second.probes] == [51.0]


def test_another_plan_finds_the_stages_by_name_wherever_it_puts_them(run):
    evidence = load_evidence(run, plan_of("canary-25", "canary-5"))
    assert [stage.index for stage in evidence.stages] == [0, 1]
    assert [*evidence.stages[0].intervals] == [*load_evidence(run).stages[1].intervals]
    assert evidence.problems == ()


def test_a_stage_that_ran_but_is_not_in_the_plan_is_a_problem(run):
    evidence = load_evidence(run, plan_of("canary-5"))
    assert evidence.problems == ("events.jsonl: stage 'canary-25' ran, but is not in the plan",)


def test_damage_is_told_and_costs_nothing_else(run):
    log = run.stage_hlog_path(0, "canary-5")
    log.write_text(log.read_text().replace("HISTFAAA", "HISTFBBB", 1))
    run.stage_hlog_path(1, "canary-25").unlink()
    with (run.path / "events.jsonl").open("a") as events:
        events.write("garbage\n")
    (run.path / "probes.jsonl").unlink()
    evidence = load_evidence(run)
    first, second, _ = evidence.stages
    assert [interval.start_s for interval in first.intervals] == [10.0]
    assert [*second.intervals] == []
    assert len(first.unread) == 1
    assert first.unread[0].startswith("01-canary-5.hlog:6: ")
    assert second.unread == (
        "02-canary-25.hlog: is missing",
        "02-canary-25.hlog: does not state its BaseTime",
    )
    assert [problem.split(":")[0] for problem in evidence.problems] == ["events.jsonl", "probes.jsonl"]


def test_a_log_whose_stage_never_started_is_kept_and_told(run):
    (run.path / "events.jsonl").write_text("")
    first = load_evidence(run).stages[0]
    assert first.started_s is None
    assert [interval.start_s for interval in first.intervals] == [0.0, 10.0]
    assert first.problems == (
        "01-canary-5.hlog: exists, but events.jsonl does not say that the stage started",
    )


def test_a_stage_that_starts_twice_is_a_problem_and_the_first_start_counts(run):
    run.append_event(started(60.0, 0, "canary-5"))
    run.append_event(finished(80.0, "canary-5"))
    first = load_evidence(run).stages[0]
    assert (first.started_s, first.finished.t_s) == (2.5, 23.0)
    assert first.problems == (
        "events.jsonl: 2 stage_started events for one stage; the first counts",
        "events.jsonl: 2 stage_finished events for one stage; the first counts",
    )


def test_the_plan_is_read_again_from_plan_yaml_the_way_the_run_read_it(run):
    evidence = load_evidence(run, plan_of("canary-5", "canary-25"))
    assert evidence.given == evidence.ran == run.plan
    assert load_evidence(run, run.plan).ran is None
    (run.path / "plan.yaml").write_text("service: 1")
    evidence = load_evidence(run)
    assert evidence.given is None
    assert evidence.problems[0].startswith("plan.yaml:1: ")


def test_the_clock_of_a_log_is_compared_with_that_of_the_run(run):
    log = run.stage_hlog_path(0, "canary-5")
    log.write_text(log.read_text().replace("BaseTime: 0.000", "BaseTime: 7.500"))
    first, second, third = load_evidence(run).stages
    assert (first.clock_off_s, second.clock_off_s, third.clock_off_s) == (7.5, 0.0, None)
