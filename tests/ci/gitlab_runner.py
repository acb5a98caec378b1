"""Runs a job of the GitLab component as GitLab and its runner do: inputs, variables, a shell, artifacts."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

_INPUT = re.compile(r"\$\[\[ inputs\.([\w-]+) \]\]")
_VARIABLE = re.compile(r"\$(\w+)|\$\{(\w+)\}")


def job_of(component: Path, **inputs: str) -> tuple[str, dict[str, Any]]:
    """Return name and keys of the job that a component makes of these inputs, `_` for `-`."""
    spec, text = component.read_text(encoding="utf-8").split("\n---\n")
    known = YAML(typ="safe").load(spec)["spec"]["inputs"]
    given = {name.replace("_", "-"): value for name, value in inputs.items()}
    assert given.keys() <= known.keys(), given.keys() - known.keys()
    values = {name: given.get(name, each.get("default")) for name, each in known.items()}
    assert None not in values.values(), f"a mandatory input is missing: {values}"
    [(name, job)] = YAML(typ="safe").load(text).items()
    filled = _filled(job, lambda part: _INPUT.sub(lambda found: str(values[found[1]]), part))
    return values["job-name"] if _INPUT.fullmatch(name) else name, filled


def slug_of(name: str) -> str:
    """Return what GitLab has as CI_JOB_NAME_SLUG."""
    return re.sub(r"[^0-9a-z]", "-", name.lower())[:63].strip("-")


class Pipeline:
    """Jobs that run one after another in one checkout; `received` is where a later job gets all artifacts."""

    def __init__(self, checkout: Path, received: Path) -> None:
        self._checkout = checkout
        self._received = received
        self._jobs = 0
        self.variables: dict[str, str] = {}
        """What the jobs so far handed on."""

    def run(
        self, name: str, job: dict[str, Any], shell: str = "bash", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the script of a job and take its artifacts; `variables` are those of a job that extends it."""
        self._jobs += 1
        own = {
            "CI_PROJECT_DIR": str(self._checkout),
            "CI_JOB_NAME_SLUG": slug_of(name),
            "CI_JOB_ID": str(self._jobs),
            "GITLAB_CI": "true",
            "CI": "true",
        }
        own |= {key: str(value) for key, value in (job["variables"] | variables).items()}
        done = subprocess.run(
            [shell, "-e", "-c", "\n".join(job["script"])],
            cwd=self._checkout,
            env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **own},
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
        kept = _filled(
            job["artifacts"],
            lambda part: _VARIABLE.sub(lambda found: own.get(found[1] or found[2], ""), part),
        )
        for path in (*kept["paths"], kept["reports"]["junit"]):
            self._take(path)
        for line in (self._checkout / kept["reports"]["dotenv"]).read_text().splitlines():
            key, _, value = line.partition("=")
            self.variables[key] = value
        return done

    def _take(self, path: str) -> None:
        source, place = self._checkout / path, self._received / path
        # What is not there is a warning of the runner.
        if source.is_dir():
            shutil.copytree(source, place, symlinks=True)
        elif source.is_file() and not place.exists():
            shutil.copy(source, place)


def _filled(value: Any, fill: Any) -> Any:
    match value:
        case dict():
            return {key: _filled(each, fill) for key, each in value.items()}
        case list():
            return [_filled(each, fill) for each in value]
        case str():
            return fill(value)
    return value
