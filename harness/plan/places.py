"""Where the criteria and triggers of a plan stand: in the plan itself, and on which line of its file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from harness.plan.criteria.criterion import AnyCriterion, Trigger
from harness.plan.model import Plan, Stage
from harness.plan.yaml.problem import KeyPath
from harness.plan.yaml.source import Source


@dataclass(frozen=True)
class CriterionPlace:
    """The place of a criterion or trigger; it stays true when stages are left out or times are scaled.

    `stage` is None for a trigger of the whole plan, `endpoint` for a criterion of all requests.
    """

    stage: str | None
    key: Literal["criteria", "endpoints", "rollback"]
    number: int
    endpoint: str | None = None


def criteria_of(stage: Stage) -> Iterator[tuple[CriterionPlace, AnyCriterion]]:
    """Yield the criteria of a stage, those of its endpoints last."""
    for number, criterion in enumerate(stage.criteria):
        yield CriterionPlace(stage.name, "criteria", number), criterion
    for endpoint, criteria in stage.endpoints.items():
        for number, criterion in enumerate(criteria):
            yield CriterionPlace(stage.name, "endpoints", number, endpoint), criterion


def triggers_of(owner: Plan | Stage) -> Iterator[tuple[CriterionPlace, Trigger]]:
    """Yield the triggers of a stage, or those of the whole plan."""
    stage = owner.name if isinstance(owner, Stage) else None
    for number, trigger in enumerate(owner.rollback):
        yield CriterionPlace(stage, "rollback", number), trigger


class PlanLines:
    """The lines of a plan's file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        stages = source.data.get("stages") if isinstance(source.data, dict) else None
        named = enumerate(stages if isinstance(stages, list) else ())
        self._stages = {stage.get("name"): index for index, stage in named if isinstance(stage, dict)}

    def of(self, place: CriterionPlace) -> int | None:
        """Return the line of a criterion or trigger; None if the file doesn't have its stage."""
        endpoint = () if place.endpoint is None else (place.endpoint,)
        return self._line(place.stage, (place.key, *endpoint, place.number))

    def of_key(self, place: KeyPath) -> int | None:
        """Return the line of a key; None for one that came from outside."""
        return self._source.line_of(place)

    def of_text(self, stage: str, text: str, endpoint: str | None = None) -> int | None:
        """Return the line of a criterion or trigger of a stage by its text.

        Where nothing in the stage or among the run's triggers is written so, it is the line of the stage.
        """
        index = self._stages.get(stage)
        if index is None:
            return None
        of_stage: KeyPath = ("stages", index)
        lists = [(*of_stage, "criteria"), (*of_stage, "rollback"), ("rollback",)]
        for place in lists if endpoint is None else [(*of_stage, "endpoints", endpoint)]:
            written = self._source.value_at(place)
            if isinstance(written, list) and text in written:
                return self._source.line_of((*place, written.index(text)))
        return self._source.line_of(of_stage)

    def _line(self, stage: str | None, rest: KeyPath) -> int | None:
        if stage is None:
            return self._source.line_of(rest)
        index = self._stages.get(stage)
        return None if index is None else self._source.line_of(("stages", index, *rest))
