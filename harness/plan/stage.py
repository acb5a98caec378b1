"""A stage: one weight, one rate, one set of criteria."""

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from harness.plan.command import Command
from harness.plan.rates.shape import RateField
from harness.plan.yaml.kinds import Duration, DurationOrZero, WeightField
from harness.plan.yaml.part import Part
from harness.plan.yaml.roles import EndpointCriterionField, StageCriterionField, TriggerField

StageName = Annotated[str, Field(pattern=r"^[a-z0-9-]+$", max_length=60)]
EndpointName = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
EndpointCriteria = Annotated[tuple[EndpointCriterionField, ...], Field(min_length=1, max_length=50)]
Triggers = Annotated[tuple[TriggerField, ...], Field(max_length=50)]


class Stage(Part):
    """One phase of the run."""

    name: StageName = Field(
        description="lower-case letters, digits and dashes; unique", examples=["canary-5"]
    )
    weight: WeightField = Field(description="share of the arrivals for the canary", examples=["5%"])
    duration_s: Duration = Field(description="how long load is sent; whole intervals", examples=["15m"])
    interval_s: Duration = Field(
        default=10.0, description="length of one window of the record", examples=["10s"]
    )
    arrival_rate_per_s: RateField | None = Field(
        default=None,
        description="instead of the plan's rate",
        examples=["7000/s", "[{at: 500/s, for: 5m}, {at: 4000/s, for: 1m}, {to: 500/s, over: 30s}]"],
    )
    ramp_s: Duration | None = Field(
        default=None,
        description="how long each variant takes from the previous stage's rate to this one's; not judged",
        examples=["2m"],
    )
    warmup_s: DurationOrZero | None = Field(
        default=None, description="instead of the judge's warm-up", examples=["60s"]
    )
    block_s: Duration | None = Field(
        default=None, description="instead of the judge's block", examples=["30s"]
    )
    deploy: Command | None = Field(
        default=None, description="run before the stage", examples=["{command: [bash, deploy.sh, canary]}"]
    )
    criteria: Annotated[tuple[StageCriterionField, ...], Field(min_length=1, max_length=50)] = Field(
        description="what must hold for the stage to pass", examples=["[error rate < 0.1%, p95 < 150ms]"]
    )
    endpoints: dict[EndpointName, EndpointCriteria] = Field(
        default_factory=dict,
        max_length=50,
        description="more criteria, each for the requests of one name only",
        examples=["{GET /tasks: [p95 < 80ms]}"],
    )
    rollback: Triggers = Field(
        default=(), description="triggers of this stage alone", examples=["[error rate > 1% for 5m]"]
    )
    on_fail: Literal["rollback", "hold"] = Field(
        default="rollback",
        description="bring traffic back, or stop here for a person",
        examples=["rollback", "hold"],
    )
    on_inconclusive: Literal["extend", "hold"] = Field(
        default="hold",
        description="measure again, at most twice, or stop here for a person",
        examples=["extend", "hold"],
    )

    approval: Literal["required", "when held"] | None = Field(
        default=None,
        description="a person decides before the rollout goes on: always, or instead of stopping here",
        examples=["required", "when held"],
    )
    approval_timeout_s: Duration = Field(
        default=14_400.0,
        description="how long the run waits for a person before it rolls back; not scaled",
        examples=["4h"],
    )

    @property
    def may_be_extended(self) -> bool:
        """Whether it may be measured for longer: as planned, or by a person's word."""
        return self.on_inconclusive == "extend" or self.approval is not None

    @property
    def is_alone(self) -> bool:
        """Whether the canary takes all traffic, so that there is no baseline beside it."""
        return self.weight == Fraction(1)
