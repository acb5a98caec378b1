"""Real faults on the embedded service: a bad canary ends its stage early, a good one never does."""

import pytest

from harness.rollout.exit_code import ExitCode
from tests.real.runs import harness, run

pytestmark = pytest.mark.real

PLAN = """
service: test
seed: 7
targets: {{embedded: {{canary: {{{fault}}}}}}}
load: {{arrival_rate: 400/s, max_in_flight: 128, timeout: 2s}}
judge: {{block: 500ms, warmup: 1s, tolerance: 10%, error_margin: 0.2%}}
# A busy machine must not decide these tests; the limits have tests of their own.
generator: {{lateness_p99: 2s, cpu: 100%, achieved: 90%}}
stages:
  - name: one
    weight: 50%
    duration: {duration}
    interval: 500ms
    criteria: [error rate < 0.2%, p95 <= baseline + 10%]
"""


@pytest.mark.parametrize(
    ("fault", "broken"),
    [
        # The built-in alarm may sound first.
        ("latency: +60%", ("p95 <= baseline + 10%", "no gross regression")),
        ("errors: 5%", ("error rate < 0.2%",)),
    ],
)
def test_a_bad_canary_ends_its_stage_before_the_time_is_up(tmp_path, fault, broken):
    done = run(tmp_path, PLAN.format(fault=fault, duration="30s"))
    assert done.code == ExitCode.FAIL, done.out
    [failed], [stage] = done.event("failed_early"), done.verdict["stages"]
    criterion = failed["criterion"]
    assert criterion in broken
    assert stage["early_fail"]["criterion"] == criterion
    assert failed["at_s"] == stage["early_fail"]["at_s"] < 25
    assert done.event("stage_finished")[0]["due"] < 400 * 28
    decided_s = [each["decided_at_s"] for each in stage["findings"] if each["criterion"] == criterion]
    assert failed["at_s"] in decided_s
    assert len(done.event("rolled_back")) == 1
    before = (done.path / "verdict.json").read_bytes()
    harness(tmp_path, "judge", str(done.path))
    assert (done.path / "verdict.json").read_bytes() == before


def test_a_canary_two_percent_slower_never_fails(tmp_path):
    done = run(tmp_path, PLAN.format(fault="latency: +2%", duration="9s"))
    assert done.code in (ExitCode.PASS, ExitCode.INCONCLUSIVE), done.out
    assert done.event("failed_early") == []
    assert done.event("stage_finished")[0]["due"] >= 400 * 9
