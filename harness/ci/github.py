"""Annotations of a GitHub job: lines of output that the runner shows beside the plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.plan.places import PlanLines
from harness.plan.yaml.problem import Problem
from harness.report.wording import cut

MAX_ANNOTATIONS = 10
"""GitHub shows at most so many of one kind for a step."""
_MAX_TEXT_LENGTH = 500


def of_problems(problems: Iterable[Problem]) -> list[str]:
    """Return an annotation for each problem of a plan, at its line."""
    return [_error(one.file, one.line, "Plan", one.what) for one in problems][:MAX_ANNOTATIONS]


def of_verdict(verdict: Verdict, file: str, plan_lines: PlanLines) -> list[str]:
    """Return an annotation for each finding that did not pass, the worst first, or one for the verdict."""
    findings = [
        (stage.name, finding)
        for stage in verdict.stages
        for finding in stage.findings
        if finding.outcome is not Outcome.PASS
    ]
    findings.sort(key=lambda pair: -pair[1].outcome.rank)
    lines = [
        _error(
            file,
            plan_lines.of_text(stage, one.criterion, one.endpoint),
            f"{stage}: {one.outcome}",
            f"{one.title}: {one.reason}",
        )
        for stage, one in findings
    ]
    if not lines and verdict.outcome is not Outcome.PASS:
        lines = [_error(file, None, str(verdict.outcome), verdict.reason)]
    return lines[:MAX_ANNOTATIONS]


@contextmanager
def no_commands(echo: Callable[[str], object], token: str) -> Iterator[None]:
    """Keep the runner from reading commands out of the output inside; `token` must not be guessable."""
    echo(f"::stop-commands::{token}")
    try:
        yield
    finally:
        echo(f"::{token}::")


def _error(file: str, line: int | None, title: str, text: str) -> str:
    place = f"file={_property(file)},line={line or 1},title={_property(cut(title, _MAX_TEXT_LENGTH))}"
    return f"::error {place}::{_escaped(cut(text, _MAX_TEXT_LENGTH))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
