from dataclasses import replace
from math import inf

import pytest

from harness.judge.finding import Result, Subject
from harness.judge.outcome import Outcome
from harness.judge.validity.generator import DELIVERED
from harness.judge.words import NEVER_ANSWERED
from harness.record.events.stage_parts import StageParts
from harness.report.page.findings import finding_rows, number_line, shows, what_decided
from tests.report import verdicts

FROM_0_S, FROM_184_S = StageParts.begun(0.0), StageParts.begun(184.0)


def test_a_finding_s_picture_starts_at_zero_and_reaches_beyond_its_largest_number() -> None:
    at = number_line(verdicts.P95)
    assert at is not None
    assert 0 < at.limit < at.lower < at.observed < at.upper < 100
    assert at.allowed == (0.0, at.limit)


def test_a_change_below_zero_has_room_on_its_picture() -> None:
    at = number_line(verdicts.DEGRADED)
    assert at is not None
    assert 0 < at.lower < at.observed < at.limit < at.upper < 100


def test_an_unknown_bound_reaches_the_edge() -> None:
    at = number_line(replace(verdicts.P95, lower=None, upper=None))
    assert at is not None
    assert (at.lower, at.upper) == (0.0, 100.0)


def test_what_was_never_answered_is_said_in_words_and_drawn_at_the_edge() -> None:
    lost = replace(verdicts.P95, observed=inf, upper=None)
    (row,) = finding_rows(verdicts.stage("canary-5", Outcome.FAIL, lost), "a", FROM_0_S)
    assert (row.observed, row.bounds) == (NEVER_ANSWERED, "≥ 170.3 ms")
    assert row.number_line is not None
    assert row.number_line.limit < row.number_line.lower < row.number_line.observed == 100.0


def test_a_finding_without_numbers_has_no_picture() -> None:
    assert number_line(verdicts.HEALTH) is None


def test_a_trigger_without_a_number_has_no_picture() -> None:
    down = Result(outcome=Outcome.FAIL, reason="It fired.", n=12).of(
        Subject.of_trigger("service down for 5s")
    )
    assert number_line(down) is None
    (row,) = finding_rows(verdicts.stage("canary-5", Outcome.FAIL, down), "a", FROM_0_S)
    assert (row.observed, row.limit, row.n) == ("–", "–", "12")


def test_the_good_side_of_a_limit_is_drawn_where_it_is_known() -> None:
    high = number_line(replace(verdicts.P95, better="higher"))
    assert high is not None
    assert high.allowed == (high.limit, 100.0)
    neither = number_line(replace(verdicts.P95, better=None))
    assert neither is not None
    assert neither.allowed is None


def test_a_change_against_the_baseline_has_a_sign() -> None:
    row = finding_rows(verdicts.stage("canary-5", Outcome.PASS, verdicts.DEGRADED), "stage-1", FROM_0_S)[0]
    assert (row.observed, row.bounds, row.limit) == ("+6.1%", "-1 … +13%", "+10%")


def test_what_decided_a_failed_run_is_what_failed_and_nothing_beside_it() -> None:
    rows = [row for stage in verdicts.FAILED.stages for row in finding_rows(stage, "stage-1", FROM_0_S)]
    assert [row.criterion for row in what_decided(rows, Outcome.FAIL)] == ["p95 < 150ms"]


def test_a_run_worse_than_any_of_its_findings_shows_the_worst_there_are() -> None:
    rows = finding_rows(verdicts.UNDECIDED.stages[0], "stage-1", FROM_0_S)
    assert [row.criterion for row in what_decided(rows, Outcome.INVALID)] == ["no performance degradation"]


def test_what_made_a_run_invalid_is_first_sought_in_the_measurement_itself() -> None:
    doubted = replace(verdicts.P95, outcome=Outcome.INVALID)
    stage = verdicts.stage("canary-5", Outcome.INVALID, doubted, verdicts.DEGRADED, verdicts.LATE)
    decided = what_decided(finding_rows(stage, "stage-1", FROM_0_S), Outcome.INVALID)
    assert [row.criterion for row in decided] == [
        "generator on time",
        "p95 < 150ms",
    ]


def test_what_to_read_of_a_passed_run_is_warnings_and_the_narrowest_margin_of_the_plan_s_criteria() -> None:
    near = verdicts.finding("p95 < 50ms", Outcome.PASS, (47.0, 50.0, "ms", 46.0, 49.0), "Near.")
    level = Subject.of_level("memory", "warning", "memory > 2GB")
    warning = verdicts.finding(level, Outcome.PASS, (2.1, 2.0, "GB", 2.1, 2.1), "Warned.")
    delivered = verdicts.finding(
        DELIVERED, Outcome.PASS, (100.0, 99.0, "%", 100.0, 100.0), "All of it.", "higher"
    )
    rows = finding_rows(
        verdicts.stage("canary-5", Outcome.PASS, verdicts.ERRORS, near, delivered, warning),
        "stage-1",
        FROM_0_S,
    )
    assert [row.criterion for row in what_decided(rows, Outcome.PASS)] == [
        "warning: memory > 2GB",
        "p95 < 50ms",
        "error rate < 0.1%",
    ]


def test_a_finding_says_when_it_was_decided_by_the_clock_of_the_run_and_leads_to_what_shows_it() -> None:
    late = replace(verdicts.DEGRADED, decided_at_s=48.0)
    errors = replace(verdicts.ERRORS, measure="error rate", decided_at_s=None)
    rows = finding_rows(verdicts.stage("canary-5", Outcome.FAIL, late, errors), "stage-2", FROM_184_S)
    assert [(row.anchor, row.decided_s) for row in rows] == [
        ("stage-2-finding-1", 232.0),
        ("stage-2-finding-2", None),
    ]
    assert rows[1].evidence == "stage-2-errors"


@pytest.mark.parametrize(
    ("criterion", "measure", "endpoint", "shown"),
    [
        ("p95 < 150ms", "p95", None, "time"),
        ("p95 ttfb < 150ms", "ttfb p95", None, "time"),
        ("error rate < 1%", "error rate", None, "errors"),
        ("error rate < 1%", "error rate", "GET /a", "endpoints"),
        ("throughput > 6000/s", "throughput", None, "load"),
        ("memory < 2GB", "memory", None, "system"),
        ("health checks passing", None, None, ""),
        ("depth < 5", "queue depth of tomorrow", None, ""),
    ],
)
def test_each_kind_of_finding_leads_to_the_part_of_its_stage_that_shows_it(
    criterion: str, measure: str | None, endpoint: str | None, shown: str
) -> None:
    subject = Subject.of_criterion(criterion, endpoint)
    assert shows(replace(Result.plain(Outcome.PASS, "."), measure=measure).of(subject)) == shown
