"""Levels of a key metric: its target, its warning limit and its critical limit."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, ValidationInfo

from harness.plan.criteria.criterion import AnyCriterion, Criterion, CriterionError
from harness.plan.criteria.measure import Measure, MeasureError, measure_named
from harness.plan.criteria.quantity import shown
from harness.plan.yaml.kinds import CriterionText
from harness.plan.yaml.part import Part, queries_of
from harness.plan.yaml.roles import as_alarm, as_criterion


def _plain(level: Criterion) -> Criterion:
    if level.is_relative or level.for_s is not None:
        raise CriterionError(
            f"the level {shown(level.text)} is not a plain limit", 'write for example "> 150ms"'
        )
    return level


def _target(level: Criterion) -> AnyCriterion:
    return as_criterion(_plain(level))


def _alarm(level: Criterion) -> AnyCriterion:
    return as_alarm(_plain(level))


Alarm = Annotated[Criterion, CriterionText(), AfterValidator(_alarm)]


class Level(StrEnum):
    """How far a key metric is from where it should be."""

    OK = "ok"
    WARNING = "warning"
    UNKNOWN = "unknown"
    """Nothing could be seen, so it may be anywhere."""
    CRITICAL = "critical"


class Levels(Part):
    """Limits of one measure; in the file without the measure's name, which is their key."""

    target: Annotated[Criterion, CriterionText(), AfterValidator(_target)] | None = Field(
        default=None, description="where the measure should be", examples=['"< 100ms"']
    )
    warning: Alarm | None = Field(default=None, description="the limit of a warning", examples=['"> 150ms"'])
    critical: Alarm | None = Field(
        default=None, description="the limit of a critical alert", examples=['"> 200ms"']
    )

    @property
    def measure(self) -> Measure | None:
        """What the limits are about; None without a limit."""
        given = (self.critical, self.warning, self.target)
        return next((limit.measure for limit in given if limit is not None), None)

    def level_of(self, value: float) -> tuple[Level, str]:
        """Return the level of a value in base units, and the limit it reached, else the target."""
        for level, limit in ((Level.CRITICAL, self.critical), (Level.WARNING, self.warning)):
            if limit is not None and limit.holds(value):
                return level, limit.text
        return Level.OK, self.target.text if self.target is not None else ""


def _with_measures(data: Any, info: ValidationInfo) -> Any:
    """Put the measure in front of each limit, so that a level is an ordinary criterion."""
    if not isinstance(data, Mapping):
        return data
    return {name: _with_measure(name, levels, queries_of(info)) for name, levels in data.items()}


def _with_measure(name: Any, levels: Any, queries: tuple[str, ...]) -> Any:
    if not isinstance(levels, Mapping) or not isinstance(name, str):
        return levels
    try:
        measure_named(name, queries)
    except MeasureError:
        return {}  # the key is refused below, once
    return {key: f"{name} {limit}" if isinstance(limit, str) else limit for key, limit in levels.items()}


def _known(name: str, info: ValidationInfo) -> str:
    return measure_named(name, queries_of(info)).name


def _without_measures(levels: Mapping[str, Levels]) -> dict[str, dict[str, str]]:
    return {
        name: {
            key: text.removeprefix(f"{name} ") for key, text in given.model_dump(exclude_none=True).items()
        }
        for name, given in levels.items()
    }


MeasureName = Annotated[str, AfterValidator(_known)]
LevelsByMeasure = Annotated[
    dict[MeasureName, Levels],
    BeforeValidator(_with_measures),
    PlainSerializer(_without_measures, return_type=dict[str, dict[str, str]]),
    Field(max_length=50),
]
