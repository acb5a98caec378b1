import pytest

from harness.judge.notices import TriggerNotice
from harness.judge.outcome import Outcome
from harness.rollout.exit_code import ExitCode
from tests.rollout.scripted import Rollout, plan_text

TRIGGER = TriggerNotice("half", "error rate > 10% for 5s", "it held")


def test_the_numbers_are_those_pipelines_know():
    numbers = {code.name: int(code) for code in ExitCode}
    assert numbers == {
        "PASS": 0,
        "BAD_USAGE": 2,
        "FAIL": 10,
        "INCONCLUSIVE": 11,
        "ROLLED_BACK": 12,
        "INVALID": 13,
        "INTERRUPTED": 130,
    }


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_a_code_of_its_own_name(outcome):
    assert ExitCode.of(outcome).name == outcome.name


def test_a_failure_that_a_trigger_rolled_back_has_a_code_of_its_own(tmp_path):
    failed = Rollout(tmp_path / "failed", plan_text(), failing={1: 0.5})
    failed.controller.walk()
    assert ExitCode.of_run(failed.run, Outcome.FAIL) is ExitCode.FAIL
    fired = Rollout(tmp_path / "fired", plan_text(), [(105.0, TRIGGER)])
    fired.controller.walk()
    assert ExitCode.of_run(fired.run, Outcome.FAIL) is ExitCode.ROLLED_BACK
    assert ExitCode.of_run(fired.run, Outcome.INVALID) is ExitCode.INVALID
