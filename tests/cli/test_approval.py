import pytest
from click.testing import CliRunner

from harness.cli.main import main
from harness.rollout.exit_code import ExitCode
from tests.rollout.scripted import Rollout, plan_text
from tests.rollout.waiting import waiting_rollout

SAID = ["--by", "Ada", "--reason", "it looks good"]


def typed(*words):
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.parametrize(
    ("verb", "done", "state"),
    [
        ("approve", "approved", "promoted"),
        ("reject", "rejected", "rolled back"),
        ("extend", "extended", "rolled back"),
        ("hold", "held", "rolled back"),
    ],
)
def test_a_person_decides_by_a_verb(tmp_path, verb, done, state):
    with waiting_rollout(tmp_path) as rollout:
        result = typed(verb, rollout.run.path, *SAID)
    assert (result.exit_code, result.output) == (ExitCode.PASS, f"stage half is {done}\n")
    assert rollout.states[-1] == state


@pytest.mark.parametrize("verb", ["approve", "reject", "extend", "hold"])
def test_a_run_that_has_ended_takes_no_decision(tmp_path, verb):
    rollout = Rollout(tmp_path, plan_text(stages=["half"]))
    rollout.controller.walk()
    result = typed(verb, rollout.run.path, *SAID)
    assert (result.exit_code, result.stderr) == (ExitCode.BAD_USAGE, "error: the run has ended\n")


def test_who_and_why_are_needed(tmp_path):
    assert typed("approve", tmp_path, "--by", "Ada").exit_code == ExitCode.BAD_USAGE
