"""Asks every instance of a variant, and makes one probe of their answers: a variant is all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from harness.client.http import AsyncClients
from harness.record.probes import HealthProbe, MetricsProbe, Probe, UnreachedProbe

HealthCheck = HealthProbe | UnreachedProbe
OneProbe = TypeVar("OneProbe", bound=HealthProbe | UnreachedProbe | MetricsProbe)
Probe_co = TypeVar("Probe_co", bound=Probe, covariant=True)
Addable = TypeVar("Addable", int, float)
Question = Callable[[AsyncClients, float], Awaitable[Probe_co]]
"""Asks once, at this second of the run. No answer of a server makes it raise."""
ProbeQuestion = Question[Probe]


def of_instances(
    questions: Sequence[Question[OneProbe]],
    urls: Sequence[str],
    together: Callable[[Sequence[OneProbe]], OneProbe],
) -> Question[OneProbe]:
    """Return the question that asks all instances at once; an error names the instance by its URL."""
    if len(questions) == 1:
        return questions[0]

    async def all_of_them(clients: AsyncClients, at_s: float) -> OneProbe:
        answers = await asyncio.gather(*(question(clients, at_s) for question in questions))
        return together([_naming(answer, url) for answer, url in zip(answers, urls, strict=True)])

    return all_of_them


def health_of_all(probes: Sequence[HealthCheck]) -> HealthCheck:
    """Return the first that is not healthy, or was not reached, or the slowest: the worst instance's."""
    checks = [probe for probe in probes if isinstance(probe, HealthProbe)]
    unreached = [probe for probe in probes if isinstance(probe, UnreachedProbe)]
    worst: list[HealthCheck] = [*(probe for probe in checks if not probe.ok), *unreached]
    return worst[0] if worst else max(checks, key=lambda probe: probe.latency_s or 0.0)


def metrics_of_all(probes: Sequence[MetricsProbe]) -> MetricsProbe:
    """Return CPU, memory and restarts of all instances added up; what one does not tell is unknown."""
    return replace(
        probes[0],
        cpu=_sum(probe.cpu for probe in probes),
        memory_bytes=_sum(probe.memory_bytes for probe in probes),
        restarts=_sum(probe.restarts for probe in probes),
        error=next((probe.error for probe in probes if probe.error is not None), None),
        several_processes=any(probe.several_processes for probe in probes),
    )


def _sum(values: Iterable[Addable | None]) -> Addable | None:
    known = list(values)
    return None if None in known else sum(value for value in known if value is not None)


def _naming(probe: OneProbe, url: str) -> OneProbe:
    return probe if probe.error is None else replace(probe, error=f"{url}: {probe.error}")
