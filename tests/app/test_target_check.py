import pytest

from harness.app.target_check import TargetCheckError, check_targets
from harness.rollout.probes.questions import ProbeTargets
from tests.rollout.probes.answering import answering


def test_a_target_is_given_three_tries():
    pauses = []
    with pytest.raises(TargetCheckError, match="canary: no answer") as down:
        check_targets(ProbeTargets({"canary": "http://127.0.0.1:9"}), "/health", pauses.append)
    assert len(pauses) == 2
    assert down.value.variant == "canary"


def test_a_target_that_answers_is_asked_once():
    with answering(1) as url:
        check_targets(ProbeTargets({"baseline": url, "canary": url}), None, pytest.fail)
