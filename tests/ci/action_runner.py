"""Runs the scripts of a composite action as GitHub's runner does: a shell, files for outputs, expressions."""

import os
import re
import subprocess
from pathlib import Path

from ruamel.yaml import YAML

_EXPRESSION = re.compile(r"\$\{\{ *([\w.-]+) *\}\}")


class ActionRunner:
    """One job that uses the action of `root`; `context` gives `github` and `runner`, as `github.x`."""

    def __init__(self, root: Path, temp: Path, context: dict[str, str], path: str) -> None:
        action = YAML(typ="safe").load(root / "action.yml")
        self._steps = action["runs"]["steps"]
        self._defaults = {name: str(each.get("default", "")) for name, each in action["inputs"].items()}
        self._temp = temp
        self._context = {"github.action_path": str(root), **context}
        self._path = path
        self.summary = temp / "step-summary.md"
        self.values: dict[str, str] = {}

    def use(self, workspace: Path, **inputs: str) -> None:
        """Begin to use the action with these inputs, `_` for `-`."""
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        self.values = {
            **self._context,
            **{f"inputs.{name}": value for name, value in (self._defaults | given).items()},
        }
        self._workspace = workspace

    def run(self, name: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the step of this name, and take what it writes to GITHUB_OUTPUT."""
        step = next(step for step in self._steps if step.get("name") == name)
        output = self._temp / "output"
        output.write_text("")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self._workspace / self._filled(step.get("working-directory", ".")),
            env={
                "PATH": self._path,
                "HOME": os.environ.get("HOME", "/"),
                "GITHUB_ACTIONS": "true",
                "CI": "true",
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(self.summary),
                "GITHUB_WORKSPACE": str(self._workspace),
                "RUNNER_TEMP": str(self._temp),
                **{key: self._filled(value) for key, value in step.get("env", {}).items()},
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
        for line in output.read_text().splitlines():
            key, _, value = line.partition("=")
            self.values[f"steps.{step['id']}.outputs.{key}"] = value
        return done

    def _filled(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self.values.get(found[1], ""), str(text))
