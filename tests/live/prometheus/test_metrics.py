import pytest
from prometheus_client.parser import text_string_to_metric_families

from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.live.live_run import LiveRun
from harness.live.prometheus.metrics import exposition
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info
from tests.live.windows import PLAN, TEXT, figures_of, window


@pytest.fixture
def live(tmp_path):
    return watched(tmp_path, window(0, failed=20), window(1))


def watched(tmp_path, *windows):
    run = RunDirectory.create(tmp_path, "plan", TEXT, run_info(PLAN, "plan", 0.0, 1.0, ()))
    return LiveRun(run, figures_of(*windows), lambda: 0.0)


def samples(live):
    return {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(exposition(live).decode())
        for sample in family.samples
    }


def test_requests_failures_and_weight_by_stage_and_variant(live):
    found = samples(live)
    assert found["gate_requests_total", "canary", "half"] == 1020
    assert found["gate_requests_failed_total", "canary", "half"] == 20
    assert found["gate_requests_failed_total", "baseline", "half"] == 0
    assert found["gate_stage_weight_ratio", "half"] == 0.5


def test_the_histogram_is_cumulative_and_whole(live):
    found = samples(live)
    assert found["gate_response_seconds_bucket", "0.025", "canary", "half"] == 0
    assert found["gate_response_seconds_bucket", "0.04", "canary", "half"] == 1000
    assert found["gate_response_seconds_bucket", "+Inf", "canary", "half"] == 1000
    assert found["gate_response_seconds_count", "canary", "half"] == 1000
    assert found["gate_response_seconds_sum", "canary", "half"] == pytest.approx(30.0, rel=1e-3)


def test_every_clock_is_a_histogram_and_one_that_was_not_read_is_absent(live, tmp_path):
    assert samples(live)["gate_service_seconds_count", "canary", "half"] == 1000
    assert ("gate_ttfb_seconds_count", "canary", "half") not in samples(live)
    told = watched(tmp_path, window(0, first_byte_ms=12))
    assert samples(told)["gate_ttfb_seconds_sum", "canary", "half"] == pytest.approx(6.0, rel=1e-3)


def test_lateness_of_sending_and_of_the_timer_are_told_apart(live):
    found = samples(live)
    assert found["gate_lateness_seconds_count", "half", "sent"] == 200
    assert found["gate_lateness_seconds_bucket", "0.001", "half", "hub"] == 198


def test_the_outcome_is_running_until_there_is_one(live):
    assert samples(live)["gate_run_outcome", "running"] == 1
    assert samples(live)["gate_stage_running", "half"] == 1
    live.conclude(Verdict(outcome=Outcome.FAIL, reason="", stages=(), not_run=()))
    found = samples(live)
    assert (found["gate_run_outcome", "running"], found["gate_run_outcome", "fail"]) == (0, 1)
    assert found["gate_stage_running", "half"] == 0


def test_levels_are_limits_in_base_units(live):
    assert samples(live)["gate_level", "p95", "warning"] == 0.15
