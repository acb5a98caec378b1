"""What a plan can decide, and whether its users send what it speaks of."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.app.users.location import files_of
from harness.app.users.task_endpoints import TaskEndpoints, task_endpoints
from harness.app.verbs.input_file import InputError, read_input
from harness.app.verbs.missing_parts import missing_parts
from harness.judge.planning.feasibility import Effect, Limitation, limitations
from harness.judge.planning.noise import RatioNoise
from harness.judge.planning.sensitivity import Sensitivity, sensitivities
from harness.judge.windows.design import StageDesign
from harness.plan.criteria.quantity import shown
from harness.plan.loader import PlanFile
from harness.plan.model import Plan, Stage
from harness.plan.places import CriterionPlace, criteria_of
from harness.plan.yaml.problem import KeyPath, Problem

_MAX_SHOWN = 12


@dataclass(frozen=True)
class Unsent:
    """An endpoint that criteria of a stage speak of and that no task sends to, and those that tasks do."""

    place: CriterionPlace
    endpoint: str
    sent: tuple[str, ...]

    def __str__(self) -> str:
        close = difflib.get_close_matches(self.endpoint, self.sent, n=1)
        hint = f"did you mean {shown(close[0])}?" if close else f"they send to {_listed(self.sent)}"
        return f"stage {self.place.stage}: no task sends to {shown(self.endpoint)}; {hint}"


@dataclass(frozen=True)
class PlanCheck:
    """What a plan was found to be able to decide."""

    read: PlanFile
    sensitivities: tuple[Sensitivity, ...]
    limitations: tuple[Limitation, ...]
    unsent: tuple[Unsent, ...]
    missing: tuple[tuple[KeyPath, str], ...] = ()
    """What the plan needs of this machine, which is not the one of a run perhaps."""

    @property
    def can_pass(self) -> bool:
        """Whether no stage has a criterion that cannot pass, however long it is extended."""
        return not self.unsent and all(each.effect is not Effect.IMPOSSIBLE for each in self.limitations)

    @property
    def warnings(self) -> list[Problem]:
        """Every limitation, and what is missing here, each at its line of the plan's file."""
        found: tuple[Limitation | Unsent, ...] = (*self.limitations, *self.unsent)
        lines, file = self.read.lines, self.read.file
        here = [Problem(file, lines.of_key(place), f"warning: {what}") for place, what in self.missing]
        return [*(Problem(file, lines.of(one.place), f"warning: {one}") for one in found), *here]

    def to_document(self) -> dict[str, Any]:
        """Return everything for a program; what is unknown or endless is null."""
        plan = self.read.plan
        seen = {found.stage: asdict(found) for found in self.sensitivities}
        stages = [
            {
                "name": stage.name,
                "weight": float(stage.weight),
                "duration_s": stage.duration_s,
                "arrival_rate_per_s": plan.rate_of(stage),
                "judged_s": _judged_s(plan, stage),
                "criteria": [
                    {"endpoint": place.endpoint, "criterion": criterion.text}
                    for place, criterion in criteria_of(stage)
                ],
                **{key: _finite(value) for key, value in seen[stage.name].items() if key != "stage"},
            }
            for stage in plan.stages
        ]
        warnings = [{"file": one.file, "line": one.line, "what": one.what} for one in self.warnings]
        return {"service": plan.service, "can_pass": self.can_pass, "stages": stages, "warnings": warnings}


def check_plan(read: PlanFile, noise: RatioNoise | None, users: Path | None) -> PlanCheck:
    """Check a plan and, where `users` says where they are, what they send; raises InputError."""
    plan = read.plan
    sent = _sent_by(users) if users is not None and plan.load is not None else None
    unsent = () if sent is None else tuple(_unsent(read, sent))
    return PlanCheck(
        read, sensitivities(plan, noise), limitations(plan, noise), unsent, tuple(missing_parts(plan))
    )


def _judged_s(plan: Plan, stage: Stage) -> float:
    clock = StageDesign(plan, stage).clock
    return clock.planned_blocks * clock.block_s


def _unsent(read: PlanFile, sent: TaskEndpoints) -> Iterator[Unsent]:
    for stage in read.plan.stages:
        for endpoint in stage.endpoints:
            if not sent.may_send(endpoint):
                place = CriterionPlace(stage.name, "endpoints", 0, endpoint)
                yield Unsent(place, endpoint, sent.shown)


def _sent_by(users: Path) -> TaskEndpoints:
    found: set[str] = set()
    for file in files_of(users):
        try:
            found |= task_endpoints([read_input(file)]).names
        except SyntaxError as error:
            raise InputError(f"{file}:{error.lineno or 1}: {error.msg}") from None
        except InputError:
            # Else it has vanished since the folder was listed.
            if file.exists():
                raise
    return TaskEndpoints(frozenset(found))


def _listed(endpoints: Sequence[str]) -> str:
    more = f" and {len(endpoints) - _MAX_SHOWN} more" if len(endpoints) > _MAX_SHOWN else ""
    return ", ".join(map(shown, endpoints[:_MAX_SHOWN])) + more


def _finite(value: object) -> object:
    match value:
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {key: _finite(inner) for key, inner in value.items()}
        case _:
            return value
