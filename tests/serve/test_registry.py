"""One run per release, one at a time."""

from dataclasses import replace

import pytest

from harness.rollout.exit_code import ExitCode
from harness.serve.registry import MAX_RELEASES, MAX_RUNS


def test_a_release_is_run_once_however_often_it_is_requested(runs, offer):
    assert [runs.registry.ask(offer, "a").result for _ in range(3)] == [None] * 3
    runs.end(ExitCode.PASS)
    assert [runs.registry.ask(offer, "a").result.code for _ in range(3)] == [ExitCode.PASS] * 3
    assert runs.started == ["canary"]


def test_a_second_release_and_a_second_plan_wait(runs, offer):
    runs.registry.ask(offer, "a")
    assert runs.registry.ask(offer, "b").busy_with == "canary"
    assert runs.registry.ask(replace(offer, name="other"), "a").busy_with == "canary"
    runs.end(ExitCode.PASS)
    assert runs.registry.ask(offer, "b").busy_with is None
    runs.end(ExitCode.FAIL)
    assert runs.registry.ask(offer, "b").result.code is ExitCode.FAIL
    assert runs.started == ["canary", "canary"]


def test_a_run_that_breaks_off_is_invalid_and_frees_the_desk(runs, offer):
    runs.registry.ask(offer, "a")
    runs.end(None)
    result = runs.registry.ask(offer, "a").result
    assert result.code is ExitCode.INVALID
    assert "no such program" in result.verdict.reason
    runs.registry.ask(offer, "b")
    runs.end(ExitCode.PASS)
    assert runs.registry.known(offer, "b").code is ExitCode.PASS


@pytest.mark.parametrize("code", [ExitCode.INVALID, ExitCode.INTERRUPTED])
def test_a_release_of_which_runs_say_nothing_is_measured_three_times(runs, offer, code):
    for number in range(MAX_RUNS):
        assert runs.registry.ask(offer, "a").result is None
        runs.end(code)
        status = runs.registry.ask(offer, "a")
        assert (status.result.code, status.is_measured_again) == (code, number + 1 < MAX_RUNS)
    for _ in range(3):
        assert runs.registry.ask(offer, "a").result.code is code
    assert len(runs.started) == MAX_RUNS


def test_knowing_starts_nothing_and_forgetting_measures_again(runs, offer):
    assert runs.registry.known(offer, "a") is None
    assert runs.started == []
    for _ in range(2):
        assert runs.registry.ask(offer, "a").result is None
        runs.end(ExitCode.FAIL)
        runs.registry.forget(offer, "a")
    assert len(runs.started) == 2


def test_a_bounded_number_of_verdicts_is_remembered(runs, offer):
    for number in range(MAX_RELEASES + 1):
        runs.registry.ask(offer, str(number))
        runs.end(ExitCode.PASS)
    assert runs.registry.known(offer, "0") is None
    assert runs.registry.known(offer, "1") is not None
