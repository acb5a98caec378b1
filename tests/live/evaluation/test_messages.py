import math

import pytest

from harness.judge.finding import Result, Subject
from harness.judge.notices import EarlyFailNotice, LevelNotice, TriggerNotice
from harness.judge.outcome import Outcome
from harness.judge.triggers.fired import TriggerProgress
from harness.live.evaluation.messages import FindingsSoFar, StageStatus, from_line, to_line
from harness.plan.levels import Level

FOUND = Result.plain(Outcome.PASS, "None fired.").of(Subject.of_criterion("no critical alerts"))
MESSAGES = [
    TriggerNotice(None, "service down for 30s", "It was down.\nAll the time."),
    EarlyFailNotice("half", "p95 < 150ms", 12.5, "It was broken."),
    LevelNotice("half", "p95", Level.WARNING, 0.2, "p95 > 150ms"),
    StageStatus("half", (TriggerProgress("service down for 30s", 1, 3),), None),
    FindingsSoFar("half", 61.0, (FOUND,)),
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_a_message_is_one_line_that_reads_back_as_the_same_message(message):
    line = to_line(message)
    assert "\n" not in line
    assert from_line(line) == message


def test_a_number_that_json_cannot_hold_is_unknown():
    assert from_line(to_line(StageStatus("half", (), math.nan))).generator_cpu is None


@pytest.mark.parametrize("line", ["", "ready", "{}", '["Verdict", {}]', '["TriggerNotice", {}]'])
def test_any_other_line_is_refused(line):
    with pytest.raises(ValueError, match=r"."):
        from_line(line)
