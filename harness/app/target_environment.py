"""The addresses of a plan's service: those the plan names, or those of what the run starts itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.app.embedded_service import EmbeddedService
from harness.client.access import accesses_of
from harness.plan.model import Embedded, Plan, Router
from harness.rollout.probes.questions import ProbeTargets
from harness.rollout.routers.started import StartedRouter

VARIANT_HEADER = "x-variant"
"""The header in which the embedded service names its variant."""


@dataclass(frozen=True)
class TargetEnvironment:
    """`load` is where the load goes, `probed` what the probes ask; `stop` ends what was started."""

    load: ProbeTargets
    probed: ProbeTargets
    stop: Callable[[], None] = lambda: None

    @classmethod
    def open(cls, plan: Plan, sleep: Callable[[float], Any]) -> TargetEnvironment:
        """Start what the plan says must be started; raises ServiceError and RouterError."""
        if (targets := ProbeTargets.of(plan)) is not None:
            return cls(targets, ProbeTargets.probed(plan) or targets)
        assert isinstance(plan.targets, Embedded)  # all others have addresses
        service = EmbeddedService.start(plan.targets, plan.seed)
        urls = service.urls
        if plan.router is None:
            asked = ProbeTargets(urls, accesses=accesses_of(plan, urls))
            return cls(asked, asked, service.stop)
        return cls._behind(plan, plan.router, urls, service, sleep)

    @classmethod
    def _behind(
        cls,
        plan: Plan,
        router: Router,
        urls: Mapping[str, str],
        service: EmbeddedService,
        sleep: Callable[[float], Any],
    ) -> TargetEnvironment:
        try:
            started = StartedRouter.start(router, urls, sleep)
        except BaseException:
            service.stop()
            raise

        def stop() -> None:
            started.stop()
            service.stop()

        ingress = {"ingress": started.url}
        load = ProbeTargets(ingress, VARIANT_HEADER, accesses_of(plan, ingress))
        return cls(load, ProbeTargets(urls, accesses=accesses_of(plan, urls)), stop)
