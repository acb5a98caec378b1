from harness.judge.view import StageView
from harness.record.evidence import StageEvidence
from harness.record.histograms.histogram import Histogram
from harness.record.histograms.tag import Kind
from harness.report.data.reading import MAX_WINDOWS, read
from tests.judge.simulator import plan_of, simulate


def test_one_reading_finds_all_requests_and_the_judge_s_blocks() -> None:
    plan = plan_of(["p95 < 200ms"], duration="600s")
    evidence = simulate(plan)
    reading = read(plan, evidence)
    assert reading.span_s == 600.0
    for tag in (tag for tag in reading.totals if tag.variant != "generator"):
        assert reading.totals[tag] == Histogram.merge(each.histograms[tag] for each in evidence.intervals)
    judged = StageView(plan, evidence).blocks
    assert reading.blocks.ends_s == judged.ends_s
    assert reading.blocks.canary.completed.tolist() == judged.canary.completed.tolist()


def test_a_long_stage_has_few_windows_and_loses_no_request() -> None:
    plan = plan_of(["p95 < 200ms"], duration="4000s")
    reading = read(plan, simulate(plan))
    assert MAX_WINDOWS / 2 <= len(reading.windows) < MAX_WINDOWS
    shown = sum(window.requests(variant) for window in reading.windows for variant in ("baseline", "canary"))
    kinds = (Kind.RESPONSE, Kind.FAILED)
    assert shown == sum(total.total for tag, total in reading.totals.items() if tag.kind in kinds)
    assert sum(window.length_s for window in reading.windows) == 4000.0


def test_a_stage_without_intervals_has_nothing_to_show() -> None:
    plan = plan_of(["p95 < 200ms"])
    reading = read(plan, StageEvidence(plan.stages[0], 0))
    assert (reading.windows, reading.span_s, dict(reading.totals), len(reading.blocks)) == ((), 0.0, {}, 0)
