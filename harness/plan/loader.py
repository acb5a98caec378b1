"""Reads and checks a plan file, keeps the chosen stages, scales the times; reports all problems at once."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.plan.criteria.quantity import shown
from harness.plan.document import plan_or_violations
from harness.plan.model import Plan
from harness.plan.overrides.variation import VariationError, in_less_time, with_stages
from harness.plan.places import PlanLines
from harness.plan.yaml.problem import PlanError, Problem
from harness.plan.yaml.source import SourceError, read_source

__all__ = ["PlanError", "PlanFile", "Problem", "load_plan", "parse_plan", "parse_plan_file", "read_plan_file"]

MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class PlanFile:
    """A plan, the file it was read from, and the lines its parts stand on."""

    plan: Plan
    file: str
    lines: PlanLines


def load_plan(path: str | Path, stages: Sequence[str] = (), time_scale: float = 1.0) -> Plan:
    """Read a plan file; `stages` keeps only those, `time_scale` divides every duration. Raises PlanError."""
    return read_plan_file(path, stages, time_scale).plan


def parse_plan(text: str, file: str = "plan", stages: Sequence[str] = (), time_scale: float = 1.0) -> Plan:
    """Read the text of a plan file; raises PlanError."""
    return parse_plan_file(text, file, stages, time_scale).plan


def read_plan_file(path: str | Path, stages: Sequence[str] = (), time_scale: float = 1.0) -> PlanFile:
    """Read a plan file and keep the lines; raises PlanError."""
    file = str(path)
    try:
        with Path(path).open("rb") as plan_file:
            content = plan_file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise PlanError([Problem(file, None, _unreadable(reason or str(error)))]) from None
    return parse_plan_file(_decoded(content, file), file, stages, time_scale)


def parse_plan_file(
    text: str, file: str = "plan", stages: Sequence[str] = (), time_scale: float = 1.0
) -> PlanFile:
    """Read the text of a plan file and keep the lines; raises PlanError."""
    try:
        source = read_source(text)
    except SourceError as error:
        raise PlanError([Problem(file, error.line, error.what)]) from None
    found = plan_or_violations(source.data)
    problems = [Problem(file, line, what) for line, what in source.problems]
    if not isinstance(found, Plan):
        problems += [Problem(file, source.line_of(violation.place), violation.what) for violation in found]
        raise PlanError(problems)
    problems += [Problem(file, source.line_of(("stages",)), what) for what in _unknown_stages(found, stages)]
    if problems:
        raise PlanError(problems)
    try:
        return PlanFile(in_less_time(with_stages(found, stages), time_scale), file, PlanLines(source))
    except VariationError as error:
        raise PlanError([Problem(file, None, str(error))]) from None


def _unreadable(reason: str) -> str:
    return f"cannot be read ({reason.lower()}); write the path of a plan, `harness init` makes one"


def _decoded(content: bytes, file: str) -> str:
    if len(content) > MAX_BYTES:
        raise PlanError([Problem(file, None, "is larger than 1 MB; write the path of a plan")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise PlanError([Problem(file, line, "this is not UTF-8 text; save the file as UTF-8")]) from None


def _unknown_stages(plan: Plan, names: Sequence[str]) -> list[str]:
    known = [stage.name for stage in plan.stages]
    unknown = [name for name in names if name not in known]
    return [f"there is no stage {shown(name)}; {_nearest(name, known)}" for name in unknown]


def _nearest(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"did you mean `{close[0]}`?" if close else f"the plan has {', '.join(known)}"
