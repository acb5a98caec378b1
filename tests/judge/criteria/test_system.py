"""Criteria about CPU and memory."""

from harness.judge.outcome import Outcome
from tests.judge.judged import outcome_of


def test_memory_and_cpu_compare_with_the_baseline():
    assert outcome_of("memory < baseline + 10%").outcome is Outcome.PASS
    assert outcome_of("cpu <= baseline + 5%").outcome is Outcome.PASS
