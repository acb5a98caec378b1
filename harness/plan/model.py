"""The plan: what a run sends, which criteria must hold, and what happens when they don't."""

from fractions import Fraction
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from harness.plan.client.notify import Receiver
from harness.plan.client.proxy import ProxyAddress
from harness.plan.client.resolve import Resolve
from harness.plan.client.secrets import Headers
from harness.plan.client.tls import Tls
from harness.plan.command import Command, DeployHooks
from harness.plan.faults import Faults
from harness.plan.levels import Levels, LevelsByMeasure
from harness.plan.rates.shape import Shape
from harness.plan.rates.stage_rates import StageRates, last_rates, rates_of
from harness.plan.release import Release
from harness.plan.router import Router
from harness.plan.rules import (
    control_violations,
    proxy_violations,
    rate_violations,
    replay_violations,
    source_violations,
    stage_violations,
    target_violations,
)
from harness.plan.settings import GeneratorLimits, JudgeSettings, Load, Probes, Prometheus
from harness.plan.stage import Stage, Triggers
from harness.plan.targets import LOOPBACK, Direct, Embedded, Ingress, Targets
from harness.plan.traffic.traffic import Traffic
from harness.plan.variant import Variant, shares_of, variants_of
from harness.plan.yaml.part import Part, located_errors
from harness.plan.yaml.problem import Violation

__all__ = [
    "Command",
    "DeployHooks",
    "Direct",
    "Embedded",
    "Faults",
    "GeneratorLimits",
    "Ingress",
    "JudgeSettings",
    "Levels",
    "Load",
    "Plan",
    "Probes",
    "Prometheus",
    "Router",
    "Stage",
    "Tls",
    "Traffic",
    "Variant",
]

MAX_STAGES = 99
_READ_WITHIN_S = 10.0
ServiceName = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]+$")
]
HostName = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9._:-]+$")]


class Plan(Part):
    """Everything that defines a run, every default filled in."""

    service: ServiceName = Field(description="name of the service", examples=["control-plane"])
    release: Release | None = Field(
        default=None, description="what is released", examples=["{version: v2.3.1, commit: 1f3c9e0}"]
    )
    seed: Annotated[int, Field(strict=True, ge=0, le=2**63 - 1)] = Field(
        default=1, description="of every draw of the run", examples=["20260108"]
    )
    targets: Targets | None = Field(
        default=None, description="where the load goes; needed with `load`", examples=["embedded"]
    )
    allow_hosts: tuple[HostName, ...] = Field(
        default=LOOPBACK,
        max_length=100,
        description="load is sent to no other host",
        examples=["[127.0.0.1]"],
    )
    tls: Tls | None = Field(
        default=None,
        description="how https targets are verified, and what is shown to them",
        examples=["{ca_file: ca.pem}"],
    )
    headers: Headers = Field(
        default_factory=dict,
        description="sent with every request to the targets; secret",
        examples=['{authorization: "Bearer ${TOKEN}"}'],
    )
    resolve: Resolve = Field(
        default_factory=dict,
        description="addresses of hosts, instead of those that the name service knows",
        examples=["{app.example: 10.0.0.7}"],
    )
    proxy: ProxyAddress | None = Field(
        default=None,
        description="what requests to the targets go through; secret. No variable of the environment is used",
        examples=['"${HTTPS_PROXY:-}"'],
    )
    load: Load | None = Field(default=None, description="how much load", examples=["{arrival_rate: 7000/s}"])
    traffic: Traffic | None = Field(
        default=None,
        description="instead of `load`: the real traffic that is watched",
        examples=["{access_log: {path: /var/log/nginx/canary.log, format: nginx-json, variant: {…}}}"],
    )
    probes: Probes | None = Field(
        default=None,
        description="what is asked beside the load",
        examples=["{health: /health, metrics: /metrics}"],
    )
    levels: LevelsByMeasure = Field(
        default_factory=dict,
        description="levels of the key metrics, by measure",
        examples=['{p95: {target: "< 100ms", warning: "> 150ms", critical: "> 200ms"}}'],
    )
    judge: JudgeSettings = Field(
        default=JudgeSettings(),
        description="how the judge decides",
        examples=["{tolerance: 10%, block: 30s, warmup: 60s}"],
    )
    generator: GeneratorLimits = Field(
        default=GeneratorLimits(),
        description="when the generator's figures are not to be trusted",
        examples=["{cpu: 95%}"],
    )
    deploy: DeployHooks | None = Field(
        default=None,
        description="commands of the release",
        examples=["{rollback: {command: [bash, deploy.sh, rollback]}}"],
    )
    router: Router | None = Field(
        default=None,
        description="the router that splits the traffic",
        examples=["{envoy: {admin: http://127.0.0.1:9901}}"],
    )
    notify: Annotated[tuple[Receiver, ...], Field(max_length=20)] = Field(
        default=(),
        description="who is told about a run, elsewhere",
        examples=['[{to: "${SLACK_URL}", on: [failed, rolled back, waiting]}]'],
    )
    rollback: Triggers = Field(
        default=(),
        description="triggers, active in every state of the run",
        examples=["[error rate > 10% for 5m]"],
    )
    stages: Annotated[tuple[Stage, ...], Field(min_length=1, max_length=MAX_STAGES)] = Field(
        description="the stages, in order",
        examples=["[{name: canary-5, weight: 5%, duration: 15m, criteria: […]}]"],
    )

    @model_validator(mode="after")
    def _parts_agree(self) -> Self:
        violations = [
            *stage_violations(dict(enumerate(self.stages)), self.judge, self.rollback),
            *source_violations(
                load=self.load is not None,
                targets=self.targets is not None,
                traffic=self.traffic is not None,
            ),
        ]
        metrics = self.traffic.metrics if self.traffic is not None else None
        has_server = self.probes is not None and self.probes.prometheus is not None
        if metrics is not None and metrics.source == "prometheus" and not has_server:
            where = ("traffic", "metrics", "source")
            violations.append(
                Violation(where, "the server is missing; write `probes: {prometheus: {url: …}}`")
            )
        if self.targets is not None:
            violations += target_violations(self.targets, self.allow_hosts, self.router)
            violations += proxy_violations(self.targets, self.allow_hosts, self.resolve, self.proxy)
        if self.load is not None and self.load.replay is not None:
            violations += replay_violations(dict(enumerate(self.stages)))
        violations += rate_violations(dict(enumerate(self.stages)), self.load, self.traffic)
        if self.has_control:
            violations += control_violations(self.probes)
        if violations:
            raise located_errors(type(self).__name__, violations)
        return self

    @property
    def has_control(self) -> bool:
        """Whether the canary is compared with fresh instances of the baseline's version."""
        source = self.traffic or self.targets
        return source is not None and source.has_control

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The versions that get requests."""
        return variants_of(has_control=self.has_control)

    @property
    def reference(self) -> Variant:
        """What the canary is compared with."""
        return Variant.CONTROL if self.has_control else Variant.BASELINE

    def shares_of(self, stage: Stage) -> dict[Variant, Fraction]:
        """Return the share of each variant of a stage's requests."""
        return shares_of(stage.weight, self.variants)

    @property
    def named_endpoints(self) -> tuple[str, ...]:
        """The endpoints that the criteria of any stage name."""
        return tuple(dict.fromkeys(name for stage in self.stages for name in stage.endpoints))

    @property
    def is_routed(self) -> bool:
        """Whether a router splits the traffic, so that only an answer tells its variant."""
        is_told_by_header = self.targets is not None and self.targets.variant_header is not None
        return self.traffic is not None or self.router is not None or is_told_by_header

    @property
    def sent(self) -> Load:
        """The load of a plan that sends some; ValueError for one that watches traffic."""
        if self.load is None:
            raise ValueError("this plan sends no load; it watches real traffic")
        return self.load

    def rate_of(self, stage: Stage) -> float | None:
        """Request starts per second of a stage, all variants together; None where a log or users decide.

        Where the rate changes, it is the mean of the stage as planned.
        """
        rate = self.stated_rate_of(stage)
        if rate is None or not self.load or not (isinstance(rate, tuple) or stage.ramp_s):
            assert not isinstance(rate, tuple)  # only a plan that sends has pieces
            return rate
        rates = self.part_of(stage)
        return rates.total.mean_per_s if rates else None

    def rates_of(self, stage: Stage, parts: int = 1) -> StageRates | None:
        """Return how the rates of a stage change that was measured so often; None where others decide."""
        rates = self.part_of(stage)
        for _ in range(parts - 1):
            again = self.part_of(stage, is_again=True)
            rates = rates and again and rates.then(again)
        return rates

    def part_of(self, stage: Stage, *, is_again: bool = False) -> StageRates | None:
        """Return how the rates change in as much time as the plan gives a stage; None where others decide.

        They begin with what was sent before: by the previous stage, by nobody before the first one, and by
        the stage itself where it is measured again.
        """
        number = next((at for at, each in enumerate(self.stages) if each.name == stage.name), None)
        planned = stage if number is None else self.stages[number]
        before = planned if is_again else self.stages[number - 1] if number else None
        rate, rate_before = self.stated_rate_of(planned), self.stated_rate_of(before) if before else None
        if rate is None:
            return None
        return rates_of(
            rate,
            self.shares_of(planned),
            planned.duration_s,
            before=last_rates(rate_before or 0.0, self.shares_of(before or planned)),
            ramp_s=planned.ramp_s or 0.0,
            is_routed=self.is_routed,
        )

    def stated_rate_of(self, stage: Stage) -> float | Shape | None:
        """Return what the plan says of a stage's rate; None where a log or users decide."""
        source = self.load or self.traffic
        general = source.arrival_rate_per_s if source else None
        return general if stage.arrival_rate_per_s is None else stage.arrival_rate_per_s

    @property
    def drains_within_s(self) -> float:
        """How long after a stage its last requests may still be unknown."""
        if self.traffic is not None:
            return self.traffic.settle_s + _READ_WITHIN_S
        return self.sent.timeout_s + 1

    def warmup_of(self, stage: Stage) -> float:
        """Seconds at the start of a stage that are not judged."""
        return self.judge.warmup_s if stage.warmup_s is None else stage.warmup_s

    def block_of(self, stage: Stage) -> float:
        """Seconds of one time block of a stage."""
        return self.judge.block_s if stage.block_s is None else stage.block_s

    def stage_named(self, name: str) -> Stage:
        """Return the stage of this name; raises KeyError."""
        return {stage.name: stage for stage in self.stages}[name]

    def to_document(self) -> dict[str, Any]:
        """Return the plan as plan language, every default filled, that reads back as an equal plan."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)
