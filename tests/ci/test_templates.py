"""The GitHub Action and the GitLab template call what there is."""

import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.commands import commands_in, problem_of

ROOT = Path(__file__).parents[2]
ACTION = YAML(typ="safe").load(ROOT / "action.yml")
GITLAB = YAML(typ="safe").load(ROOT / "ci/gitlab.yml")
SPEC, COMPONENT = YAML(typ="safe").load_all(ROOT / "templates/canary-gate.yml")
STEPS = ACTION["runs"]["steps"]
STEP = {step["name"]: step["run"] for step in STEPS if "run" in step}
SCRIPTS = list(STEP.values())
JOB = GITLAB[".canary-gate"]
(INCLUDED,) = COMPONENT.values()
TEMPLATES = ["\n".join(SCRIPTS), "\n".join(JOB["script"]), "\n".join(INCLUDED["script"])]
COMMANDS = [words for text in TEMPLATES for words in commands_in(text)]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_in_the_templates_exists(words):
    assert problem_of(words) is None


def test_both_run_the_gate():
    assert [words[1] for words in COMMANDS] == ["gate", "check", "gate", "gate"]


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


def test_gitlab_reads_the_junit_file_the_gate_writes_whatever_the_verdict():
    junit = JOB["artifacts"]["reports"]["junit"]
    assert f"--junit {junit}" in JOB["script"][-1]
    assert JOB["artifacts"]["when"] == "always"
    assert JOB["retry"] == 0


def test_actions_of_others_are_named_by_a_commit_with_its_version_beside_it():
    named = re.findall(r"uses: (.*)", (ROOT / "action.yml").read_text())
    assert named
    assert all(re.fullmatch(r"[\w.-]+/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", one) for one in named)


def test_gitlab_installs_the_versions_the_gate_is_tested_with():
    assert (ROOT / JOB["variables"]["GATE_CONSTRAINTS"]).is_file()
    assert '-c "$GATE_CONSTRAINTS"' in JOB["before_script"][-1]


def test_every_output_of_the_action_comes_from_a_step_that_writes_it():
    by_gate = {"outcome", "run-directory", "report", "summary", "junit"}
    for name, output in ACTION["outputs"].items():
        step, key = re.fullmatch(r"\$\{\{ steps\.(\w+)\.outputs\.([\w-]+) \}\}", output["value"]).groups()
        script = next(one["run"] for one in STEPS if one.get("id") == step)
        assert key in by_gate or f"{key}=" in script, name


def test_every_input_of_the_component_is_used_and_no_other():
    text = (ROOT / "templates/canary-gate.yml").read_text().partition("\n---\n")[2]
    assert set(re.findall(r"\$\[\[ inputs\.([\w-]+) \]\]", text)) == set(SPEC["spec"]["inputs"])


def test_in_gitlab_an_inconclusive_stage_is_a_warning_and_nothing_is_retried():
    assert INCLUDED["allow_failure"] == {"exit_codes": [11]}
    assert INCLUDED["retry"] == 0
    assert INCLUDED["artifacts"]["when"] == "always"


def test_the_hook_checks_plans():
    [hook] = YAML(typ="safe").load(ROOT / ".pre-commit-hooks.yaml")
    assert "harness check --strict" in hook["entry"]
    assert re.search(hook["files"], "shop/loadtests/plans/canary.yaml")
