"""What is asked of the service: the questions of a plan, each with the record its answer makes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from harness.plan.model import Probes
from harness.plan.targets import Targets
from harness.plan.variant import Variant
from harness.rollout.probes import prometheus
from harness.rollout.probes.asking import NoAnswer, ask, ask_ok
from harness.rollout.probes.vitals import Vitals, VitalsOf, parse_scrape

Record = Mapping[str, Any]
ProbeCall = Callable[[httpx.AsyncClient], Awaitable[Record]]
"""Asks once; the record lacks its time. Raises nothing a server can cause."""
Now = Callable[[], float]


@dataclass(frozen=True)
class ProbeTargets:
    """Who is asked: URLs by variant, or one `ingress` whose answers name their variant in a header."""

    urls: Mapping[str, str]
    variant_header: str | None = None

    @classmethod
    def of(cls, targets: Targets) -> ProbeTargets | None:
        """Return whom a plan's targets name; None for the embedded service, which only a run knows."""
        return cls(targets.urls, targets.variant_header) if targets.urls else None

    def variant_of(self, name: str, answer: httpx.Response | None) -> str:
        """Return the variant that answered; the name asked when the answer does not say."""
        if answer is None or self.variant_header is None:
            return name
        said = answer.headers.get(self.variant_header, "").lower()
        return said if said in set(Variant) else name


def questions_of(probes: Probes, asked: ProbeTargets, clock: Now) -> tuple[ProbeCall, ...]:
    """Return every question of a plan."""
    questions: list[ProbeCall] = []
    for name, url in asked.urls.items():
        if probes.health is not None:
            questions.append(_health(asked, name, url + probes.health, probes.timeout_s, clock))
        if probes.metrics is not None:
            questions.append(_metrics(asked, name, url + probes.metrics, probes.timeout_s, clock))
    if probes.prometheus is not None:
        questions += prometheus.questions_of(probes.prometheus, probes.timeout_s)
    return tuple(questions)


def _health(asked: ProbeTargets, name: str, url: str, timeout_s: float, clock: Now) -> ProbeCall:
    async def health(client: httpx.AsyncClient) -> Record:
        began_s = clock()
        try:
            answer = await ask(client, url, timeout_s)
        except NoAnswer as error:
            return _health_record(name, False, error.status, None, str(error))
        variant, status = asked.variant_of(name, answer), answer.status_code
        error_text = None if answer.is_success else f"HTTP {status}"
        return _health_record(variant, answer.is_success, status, round(clock() - began_s, 6), error_text)

    return health


def _health_record(
    variant: str, ok: bool, status: int | None, latency_s: float | None, error: str | None
) -> Record:
    return {
        "kind": "health",
        "variant": variant,
        "ok": ok,
        "status": status,
        "latency_s": latency_s,
        "error": error,
    }


def _metrics(asked: ProbeTargets, name: str, url: str, timeout_s: float, clock: Now) -> ProbeCall:
    known: dict[str, VitalsOf] = {}

    async def metrics(client: httpx.AsyncClient) -> Record:
        answer = None
        try:
            answer = await ask_ok(client, url, timeout_s)
            scrape = parse_scrape(answer.text)
        except (NoAnswer, ValueError) as error:
            return _metrics_record(asked.variant_of(name, answer), Vitals(None, None, None), str(error))
        variant = asked.variant_of(name, answer)
        vitals = known.setdefault(variant, VitalsOf()).take(clock(), scrape)
        return _metrics_record(variant, vitals, None)

    return metrics


def _metrics_record(variant: str, vitals: Vitals, error: str | None) -> Record:
    return {
        "kind": "metrics",
        "variant": variant,
        "cpu": None if vitals.cpu is None else round(vitals.cpu, 4),
        "memory_bytes": vitals.memory_bytes,
        "restarts": vitals.restarts,
        "error": error,
    }
