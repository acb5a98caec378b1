"""Requests of an access log, sent again as they came."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from harness.plan.criteria.quantity import shown
from harness.plan.traffic.log_fields import LogField
from harness.plan.traffic.log_lines import LogLines
from harness.plan.yaml.kinds import one_or_several
from harness.plan.yaml.part import Part

SAFE_METHODS = ("GET", "HEAD")
MIN_SPEED, MAX_SPEED = 0.01, 100.0
_SPEED = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3})?)x")


def _speed(text: str) -> str:
    found = _SPEED.fullmatch(text)
    if found is None or not MIN_SPEED <= float(found[1]) <= MAX_SPEED:
        raise ValueError(
            f"{shown(text)} is not a speed from {MIN_SPEED:g}x to {MAX_SPEED:g}x; write for example 2x"
        )
    return text


Method = Annotated[str, Field(pattern=r"^[A-Z]{1,20}$")]
Speed = Annotated[str, AfterValidator(_speed)]


class ReplayedLog(LogLines):
    """A log whose requests are sent again; each line has a time and a path."""

    @model_validator(mode="after")
    def _one_format_at_most(self) -> Self:
        if problems := list(self._problems()):
            raise ValueError("; ".join(problems))
        return self

    def _problems(self) -> Iterator[str]:
        if not self.is_recognized:
            yield from self.format_problems(needed=(LogField.TIME,))

    @property
    def is_recognized(self) -> bool:
        """Whether the format is recognized by the log's first lines, because the plan names none."""
        return all(each is None for each in (self.format, self.log_format, self.json_fields, self.regex))


def _log_of(value: Any) -> Any:
    return {"access_log": {"path": value}} if isinstance(value, str) else value


class Replay(Part):
    """Arrivals and requests as they were logged."""

    access_log: ReplayedLog = Field(
        description="the log; without a format it is recognized", examples=["{path: access.log.1}"]
    )
    speed: Speed = Field(default="1x", description="how much faster than it was logged", examples=["2x"])
    methods: Annotated[tuple[Method, ...], Field(min_length=1, max_length=20), one_or_several(Method)] = (
        Field(
            default=SAFE_METHODS,
            description="requests that are sent; others are left out. A log has no bodies, so none is sent",
            examples=["[GET, HEAD]"],
        )
    )

    @property
    def factor(self) -> float:
        """How much faster than it was logged."""
        return float(self.speed.removesuffix("x"))


ReplayField = Annotated[Replay, BeforeValidator(_log_of, json_schema_input_type=str | Replay)]
