"""Faults of the embedded service: what its author of tests can make one variant do."""

from typing import Any, Self

from pydantic import Field, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from harness.plan.criteria.change import Difference, Ratio
from harness.plan.criteria.quantity import TIME, shown, text_of
from harness.plan.yaml.kinds import ChangeField, Duration, DurationOrZero, GrowthRate, Share
from harness.plan.yaml.part import Part, PlanLanguage, keys_of

_STALL_AT_S = 5.0


class FaultError(ValueError):
    """A fault that cannot be read; the message says what to write instead."""


class Stall(Part):
    """All answers wait while it lasts; written `2s@5s` (for @ at) or `{at: 5s, for: 2s}`."""

    at_s: DurationOrZero = Field(
        default=_STALL_AT_S, description="when it begins, after the start", examples=["5s"]
    )
    for_s: Duration = Field(description="how long nothing is answered", examples=["2s"])

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:
        if not isinstance(data, str):
            return data
        length, _, at = data.partition("@")
        return {"for": length.strip(), "at": at.strip() or text_of(_STALL_AT_S, TIME)}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        written = handler.resolve_ref_schema(handler(schema))
        keys = dict(written)
        written.clear()
        written["anyOf"] = [{"type": "string"}, keys]
        return written


class Faults(Part):
    """The faults of one variant of the embedded service; none by default."""

    latency: ChangeField | None = Field(
        default=None, description="every answer slower", examples=["+25%", "+5ms"]
    )
    tail_latency: ChangeField | None = Field(
        default=None, description="only the slowest 5 % of the answers slower", examples=["+100%", "+50ms"]
    )
    errors: Share = Field(default=0.0, description="share of answers with status 500", examples=["1%"])
    bursty_errors: Share = Field(default=0.0, description="the same mean share, in bursts", examples=["1%"])
    stall: Stall | None = Field(
        default=None, description="nothing is answered for a while", examples=["2s", "2s@5s"]
    )
    slow_start_s: DurationOrZero = Field(
        default=0.0, description="slower at first, back to normal after", examples=["5s"]
    )
    memory_leak_bytes_per_s: GrowthRate = Field(
        default=0.0, description="memory kept for ever", examples=["1MB/s"]
    )
    crash_s: Duration | None = Field(
        default=None, description="the process ends, after the start", examples=["10s"]
    )
    refuse_s: Duration | None = Field(
        default=None, description="connections are refused from then on", examples=["10s"]
    )

    @classmethod
    def keys(cls) -> tuple[str, ...]:
        """Return the names of the faults."""
        return tuple(keys_of(cls))

    @property
    def latency_ratio(self) -> float:
        """By which share every answer is slower (0.25 for `+25%`)."""
        return self.latency.ratio if isinstance(self.latency, Ratio) else 0.0

    @property
    def latency_add_s(self) -> float:
        """By how many seconds every answer is slower."""
        return self.latency.difference if isinstance(self.latency, Difference) else 0.0

    @property
    def tail_latency_ratio(self) -> float:
        """By which share the slowest 5 % of the answers are slower."""
        return self.tail_latency.ratio if isinstance(self.tail_latency, Ratio) else 0.0

    @property
    def tail_latency_add_s(self) -> float:
        """By how many seconds the slowest 5 % of the answers are slower."""
        return self.tail_latency.difference if isinstance(self.tail_latency, Difference) else 0.0

    @classmethod
    def parse(cls, *arguments: str) -> Self:
        """Return the faults of command-line arguments such as `latency=+25%`; raises FaultError."""
        given: dict[str, str] = {}
        for argument in arguments:
            name, _, value = argument.partition("=")
            name = name.strip().replace("-", "_")
            if name in given or not value.strip():
                raise FaultError(f"{shown(argument)}: write each fault once, for example `latency=+25%`")
            given[name] = value.strip()
        try:
            return cls.model_validate(given, context=PlanLanguage(), by_alias=True, by_name=False)
        except ValidationError as error:
            raise FaultError(
                "; ".join(details["msg"] for details in error.errors(include_url=False))
            ) from None

    def arguments(self) -> tuple[str, ...]:
        """Return the command-line arguments that parse back to exactly these faults."""
        written = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        if self.stall:
            written["stall"] = f"{text_of(self.stall.for_s, TIME)}@{text_of(self.stall.at_s, TIME)}"
        return tuple(f"{name}={value}" for name, value in written.items())
