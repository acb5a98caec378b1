"""What a GitHub job shows and hands on: annotations beside the plan, and the outputs of its step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.ci.run_result import RunResult
from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.plan.places import PlanLines
from harness.plan.yaml.problem import Problem
from harness.report.wording import cut

MAX_ANNOTATIONS = 10
"""GitHub shows at most so many of one kind for a step."""
_MAX_TEXT_LENGTH = 500


def in_checkout(file: str, workspace: str | None) -> str:
    """Return the place of a file in the checkout, which is what an annotation names.

    A job may work in a folder of it. What is no file, such as an option, keeps its name.
    """
    path = Path(file).resolve()
    if not workspace or not path.exists():
        return file
    root = Path(workspace).resolve()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else file


def of_problems(problems: Iterable[Problem]) -> list[str]:
    """Return an annotation for each problem of a plan, at its line."""
    return [_annotation(one.file, one.line, "Plan", one.what) for one in problems][:MAX_ANNOTATIONS]


def of_verdict(verdict: Verdict, file: str, plan_lines: PlanLines) -> list[str]:
    """Return an annotation for each finding that did not pass, the worst first, or one for the verdict.

    What is inconclusive is a warning: nothing was found to be wrong.
    """
    findings = [
        (stage.name, finding)
        for stage in verdict.stages
        for finding in stage.findings
        if finding.outcome is not Outcome.PASS
    ]
    findings.sort(key=lambda pair: -pair[1].outcome.rank)
    lines = [
        _annotation(
            file,
            plan_lines.of_text(stage, one.criterion, one.endpoint),
            f"{stage}: {one.outcome}",
            f"{one.title}: {one.reason}",
            one.outcome,
        )
        for stage, one in findings
    ]
    if not lines and verdict.outcome is not Outcome.PASS:
        lines = [_annotation(file, None, str(verdict.outcome), verdict.reason, verdict.outcome)]
    return lines[:MAX_ANNOTATIONS]


@contextmanager
def no_commands(echo: Callable[[str], object], token: str) -> Iterator[None]:
    """Keep the runner from reading commands out of the output inside; `token` must not be guessable."""
    echo(f"::stop-commands::{token}")
    try:
        yield
    finally:
        echo(f"::{token}::")


def outputs_of(result: RunResult) -> str:
    """Return the outputs of the step as lines of its file; paths are those of the run directory."""
    outputs = {"outcome": str(result.verdict.outcome)}
    if result.run is not None:
        outputs["run-directory"] = str(result.run.path)
        files = {"report": "report.html", "summary": "summary.md", "junit": "junit.xml"}
        outputs |= {key: str(result.run.path / name) for key, name in files.items()}
    # A line break in a path would begin an output of its own.
    return "".join(f"{key}={value}\n" for key, value in outputs.items() if value.isprintable())


def _annotation(
    file: str, line: int | None, title: str, text: str, outcome: Outcome = Outcome.INVALID
) -> str:
    level = "warning" if outcome is Outcome.INCONCLUSIVE else "error"
    place = f"file={_property(file)},line={line or 1},title={_property(cut(title, _MAX_TEXT_LENGTH))}"
    return f"::{level} {place}::{_escaped(cut(text, _MAX_TEXT_LENGTH))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
