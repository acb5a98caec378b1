"""Reads and checks a plan file, keeps the chosen stages, scales the times; reports all problems at once."""

import difflib
import errno
import os
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.plan.client.secrets import is_secret
from harness.plan.criteria.quantity import shown
from harness.plan.document import plan_or_violations
from harness.plan.model import Plan
from harness.plan.overrides.copy import copy_without_secrets
from harness.plan.overrides.values import NO_OVERRIDES, Overrides, apply
from harness.plan.overrides.variation import VariationError, in_less_time, with_stages
from harness.plan.places import PlanLines
from harness.plan.yaml.problem import KeyPath, PlanError, Problem, Violation
from harness.plan.yaml.source import Source, SourceError, read_source
from harness.plan.yaml.variables import Variables

__all__ = ["PlanError", "PlanFile", "Problem", "load_plan", "parse_plan", "parse_plan_file", "read_plan_file"]

MAX_BYTES = 1_000_000


@dataclass(frozen=True)
class PlanFile:
    """A plan, the file it was read from, and the lines its parts stand on.

    `text` is the file as it may be kept and shown: without secrets. `overrides` are those that were applied,
    with the variables that the plan names; the values of secret ones are `***`.
    """

    plan: Plan
    file: str
    lines: PlanLines
    text: str = field(default="", repr=False)
    overrides: Overrides = NO_OVERRIDES


def load_plan(
    path: str | Path, stages: Sequence[str] = (), time_scale: float = 1.0, overrides: Overrides | None = None
) -> Plan:
    """Read a plan file; `stages` keeps only those, `time_scale` divides every duration. Raises PlanError."""
    return read_plan_file(path, stages, time_scale, overrides).plan


def parse_plan(
    text: str,
    file: str = "plan",
    stages: Sequence[str] = (),
    time_scale: float = 1.0,
    overrides: Overrides = NO_OVERRIDES,
) -> Plan:
    """Read the text of a plan file; raises PlanError."""
    return parse_plan_file(text, file, stages, time_scale, overrides).plan


def read_plan_file(
    path: str | Path, stages: Sequence[str] = (), time_scale: float = 1.0, overrides: Overrides | None = None
) -> PlanFile:
    """Read a plan file and keep the lines; raises PlanError.

    Without `overrides` nothing is replaced but the variables of the environment that the plan names.
    """
    file = str(path)
    try:
        with open(path, "rb", opener=_open_file) as plan_file:
            content = plan_file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise PlanError([Problem(file, None, _unreadable(reason or str(error)))]) from None
    given = Overrides(variables=os.environ) if overrides is None else overrides
    return parse_plan_file(_decoded(content, file), file, stages, time_scale, given)


def parse_plan_file(
    text: str,
    file: str = "plan",
    stages: Sequence[str] = (),
    time_scale: float = 1.0,
    overrides: Overrides = NO_OVERRIDES,
) -> PlanFile:
    """Read the text of a plan file and keep the lines; raises PlanError."""
    variables = None if overrides.variables is None else Variables(overrides.variables)
    try:
        source = read_source(text, variables, is_secret)
    except SourceError as error:
        raise PlanError([Problem(file, error.line, error.what)]) from None
    shown_text = copy_without_secrets(text, source)
    problems = [*apply(source, overrides.values, variables)]
    found = _plan_or_violations(source)
    problems += [Problem(file, line, what) for line, what in source.problems]
    if not isinstance(found, Plan):
        problems += [
            source.problem(file, violation.place, violation.what)
            for violation in found
            if not _follows_unset(violation.place, source)
        ]
        raise PlanError(problems)
    problems += [Problem(file, source.line_of(("stages",)), what) for what in _unknown_stages(found, stages)]
    if problems:
        raise PlanError(problems)
    used: Mapping[str, str] | None = None if variables is None else variables.used
    try:
        plan = in_less_time(with_stages(found, stages), time_scale)
    except VariationError as error:
        raise PlanError([Problem(file, None, str(error))]) from None
    return PlanFile(plan, file, PlanLines(source), shown_text, Overrides(overrides.values, used))


def _plan_or_violations(source: Source) -> Plan | tuple[Violation, ...]:
    """Read what came from outside as text, and as what YAML makes of it where text does not fit."""
    found = plan_or_violations(source.data)
    if isinstance(found, Plan) or not source.typed:
        return found
    wrong = [source.known(each.place) for each in found]
    refused = [place for place in source.typed if any(known[: len(place)] == place for known in wrong)]
    for place in refused:
        source.put(place, source.typed[place])
    return plan_or_violations(source.data) if refused else found


def _follows_unset(place: KeyPath, source: Source) -> bool:
    """Whether a value is wrong only because its variable could not be replaced."""
    known = source.known(place)
    return any(known[: len(unset)] == unset for unset in source.unset)


def _open_file(path: str, flags: int) -> int:
    """Open a file that can be read again, as a run does; a pipe would wait for a writer, for ever."""
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISREG(kind) or stat.S_ISDIR(kind):
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "not a regular file; a plan is read more than once")


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
