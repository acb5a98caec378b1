"""The GitHub Action and the GitLab template call what there is."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.ci.gitlab_runner import job_of
from tests.commands import commands_in, problem_of

ROOT = Path(__file__).parents[2]
ACTION = YAML(typ="safe").load(ROOT / "action.yml")
GITLAB = YAML(typ="safe").load(ROOT / "ci/gitlab.yml")
COMPONENT = ROOT / "templates/canary-gate.yml"
SPEC, _ = YAML(typ="safe").load_all(COMPONENT)
STEPS = ACTION["runs"]["steps"]
STEP = {step["name"]: step["run"] for step in STEPS if "run" in step}
SCRIPTS = list(STEP.values())
_, JOB = job_of(COMPONENT, job_name="canary 5", plan="plans/canary.yaml", stage="canary-5")
TEMPLATES = ["\n".join(SCRIPTS), "\n".join(JOB["script"])]
COMMANDS = [words for text in TEMPLATES for words in commands_in(text)]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_in_the_templates_exists(words):
    assert problem_of(words) is None


def test_both_run_the_gate():
    assert [words[1] for words in COMMANDS] == ["gate", "gate"]


def test_the_check_of_commands_finds_what_is_wrong():
    assert "no verb" in problem_of(["harness", "gaet", "plan.yaml"])
    assert "Missing" in problem_of(["harness", "gate", "plan.yaml"])
    for command in ("harness check plan.yaml --none", "harness run plan.yaml --none", "locust --none"):
        assert "--none" in problem_of(command.split())


def test_the_action_is_composite_and_every_script_names_its_shell():
    assert ACTION["runs"]["using"] == "composite"
    assert all(step["shell"] == "bash" for step in STEPS if "run" in step)


def test_inputs_reach_scripts_as_variables_only():
    assert not any("${{" in script for script in SCRIPTS)
    used = set(re.findall(r"inputs\.([\w-]+)", (ROOT / "action.yml").read_text()))
    assert used == set(ACTION["inputs"])


def test_the_action_installs_from_files_that_are_there():
    assert (ROOT / "constraints.txt").is_file()
    assert "$ACTION/constraints.txt" in STEP["Install the gate"]


def test_actions_of_others_are_named_by_a_commit_with_its_version_beside_it():
    named = re.findall(r"uses: (.*)", (ROOT / "action.yml").read_text())
    assert named
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in named)


def test_in_a_checkout_gitlab_extends_the_component_with_the_versions_it_is_tested_with():
    [included] = GITLAB["include"]
    given = {name.replace("-", "_"): value for name, value in included["inputs"].items()}
    name, job = job_of(ROOT / included["local"], **given)
    assert name.startswith(".")
    assert (ROOT / job["variables"]["GATE_CONSTRAINTS"]).is_file()
    assert (ROOT / job["variables"]["GATE_SOURCE"] / "pyproject.toml").is_file()


def test_every_output_of_the_action_comes_from_a_step_that_writes_it():
    by_gate = {"outcome", "run-directory", "report", "summary", "junit"}
    for name, output in ACTION["outputs"].items():
        step, key = re.fullmatch(r"\$\{\{ steps\.(\w+)\.outputs\.([\w-]+) \}\}", output["value"]).groups()
        script = next(one["run"] for one in STEPS if one.get("id") == step)
        assert key in by_gate or f"{key}=" in script, name


def test_every_input_of_the_component_is_used_and_no_other():
    text = COMPONENT.read_text().partition("\n---\n")[2]
    assert set(re.findall(r"\$\[\[ inputs\.([\w-]+) \]\]", text)) == set(SPEC["spec"]["inputs"])


def test_in_gitlab_an_inconclusive_stage_is_a_warning_and_nothing_is_retried():
    assert JOB["allow_failure"] == {"exit_codes": [11]}
    assert JOB["retry"] == 0
    assert JOB["artifacts"]["when"] == "always"


def test_in_gitlab_one_gate_runs_at_a_time_and_a_new_commit_does_not_end_it():
    assert JOB["resource_group"] == "canary-gate"
    assert JOB["interruptible"] is False
    assert JOB["timeout"] == "2h"


def test_the_hook_checks_plans():
    [hook] = YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml")
    assert "harness check --strict" in hook["entry"]
    assert re.search(hook["files"], "shop/loadtests/plans/canary.yaml")
