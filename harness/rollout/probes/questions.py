"""What a plan's probes ask of a service: each question makes one probe record of the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import httpx

from harness.client.access import Access, accesses_of
from harness.client.http import AsyncClients
from harness.plan.model import Plan, Probes
from harness.plan.variant import Variant
from harness.record.probes import HealthProbe, MetricsProbe, UnreachedProbe
from harness.rollout.probes import prometheus
from harness.rollout.probes.asking import NoAnswer, ask, ask_ok
from harness.rollout.probes.instances import (
    HealthCheck,
    ProbeQuestion,
    Question,
    health_of_all,
    metrics_of_all,
    of_instances,
)
from harness.rollout.probes.vitals import ProcessHistory, parse_scrape

Clock = Callable[[], float]


@dataclass(frozen=True)
class ProbeTargets:
    """Who is asked: URLs by variant, or one `ingress` whose answers name their variant in a header.

    `instances` has the URLs of a variant that is asked instance by instance. `accesses` say how each of them,
    and the plan's Prometheus server, is reached.
    """

    urls: Mapping[str, str]
    variant_header: str | None = None
    accesses: Mapping[str, Access] = field(default_factory=dict)
    instances: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, plan: Plan) -> ProbeTargets | None:
        """Return whom a plan's targets name; None for the embedded service, which only a run knows.

        A plan that watches traffic may have no targets, and so nobody to ask.
        """
        targets = plan.targets
        if targets is None:
            return cls({}, accesses=accesses_of(plan, ()))
        if not targets.urls:
            return None
        return cls(targets.urls, targets.variant_header, accesses_of(plan, targets.urls))

    @classmethod
    def probed(cls, plan: Plan) -> ProbeTargets | None:
        """Return whom a plan's probes ask: the variants themselves where it names them, or its targets."""
        variants = plan.probes.variants if plan.probes is not None else {}
        if not variants:
            return cls.of(plan)
        first = {name: urls[0] for name, urls in variants.items()}
        return cls(first, accesses=accesses_of(plan, variants), instances=variants)

    @property
    def ways(self) -> dict[str, Access]:
        """How everybody who may be asked is reached, by name."""
        return {name: self.access_to(name) for name in (*self.urls, *self.accesses)}

    def access_to(self, name: str) -> Access:
        """Return how a target is reached."""
        return self.accesses.get(name) or Access()

    @property
    def asked(self) -> dict[str, Sequence[str]]:
        """Whom probes ask, by variant: the address of each instance."""
        return {name: self.instances.get(name, (url,)) for name, url in self.urls.items()}

    def variant_of(self, name: str, answer: httpx.Response | None) -> str:
        """Return the variant that answered; the name asked when the answer does not say."""
        if answer is None or self.variant_header is None:
            return name
        named = answer.headers.get(self.variant_header, "").lower()
        return named if named in set(Variant) else name


def questions_of(probes: Probes, targets: ProbeTargets, clock: Clock) -> tuple[ProbeQuestion, ...]:
    """Return every question of a plan; `clock` measures how long an answer takes, in seconds."""
    questions: list[ProbeQuestion] = []
    for name, urls in targets.asked.items():
        if (path := probes.health) is not None:
            asking = [_health(targets, name, url + path, probes.timeout_s, clock) for url in urls]
            questions.append(of_instances(asking, urls, health_of_all))
        if (path := probes.metrics) is not None:
            counting = [_metrics(targets, name, url + path, probes.timeout_s, clock) for url in urls]
            questions.append(of_instances(counting, urls, metrics_of_all))
    if probes.prometheus is not None:
        questions += prometheus.questions_of(probes.prometheus, probes.timeout_s)
    return tuple(questions)


def _health(
    targets: ProbeTargets, name: str, url: str, timeout_s: float, clock: Clock
) -> Question[HealthCheck]:
    async def health(clients: AsyncClients, at_s: float) -> HealthCheck:
        began_s = clock()
        try:
            answer = await ask(clients[name], url, timeout_s)
        except NoAnswer as error:
            if error.is_on_the_way:
                return UnreachedProbe(t_s=at_s, variant=name, error=str(error))
            return HealthProbe(
                t_s=at_s, variant=name, ok=False, status=error.status, latency_s=None, error=str(error)
            )
        return HealthProbe(
            t_s=at_s,
            variant=targets.variant_of(name, answer),
            ok=answer.is_success,
            status=answer.status_code,
            latency_s=round(clock() - began_s, 6),
            error=None if answer.is_success else f"HTTP {answer.status_code}",
        )

    return health


def _metrics(
    targets: ProbeTargets, name: str, url: str, timeout_s: float, clock: Clock
) -> Question[MetricsProbe]:
    histories: dict[str, ProcessHistory] = {}

    async def metrics(clients: AsyncClients, at_s: float) -> MetricsProbe:
        answer = None
        try:
            answer = await ask_ok(clients[name], url, timeout_s)
            scrape = parse_scrape(answer.text)
        except (NoAnswer, ValueError) as error:
            return MetricsProbe(
                t_s=at_s,
                variant=targets.variant_of(name, answer),
                cpu=None,
                memory_bytes=None,
                restarts=None,
                error=str(error),
            )
        variant = targets.variant_of(name, answer)
        vitals = histories.setdefault(variant, ProcessHistory()).take(clock(), scrape)
        return MetricsProbe(
            t_s=at_s,
            variant=variant,
            cpu=None if vitals.cpu is None else round(vitals.cpu, 4),
            memory_bytes=vitals.memory_bytes,
            restarts=vitals.restarts,
            error=None,
            several_processes=vitals.several_processes,
            started_epoch_s=vitals.started_epoch_s,
        )

    return metrics
