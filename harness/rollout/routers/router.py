"""What every router can do."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Protocol

Servers = Mapping[str, tuple[str, int]]
"""Host and port of each variant."""


class RouterError(Exception):
    """A router that did not take a weight; the message says which router and why."""


class SplitRouter(Protocol):
    """Sends the share `weight` of the traffic to the canary, the rest to the baseline."""

    def set_weight(self, stage: str, weight: Fraction) -> None:
        """Set the weight; raises RouterError."""

    def verify(self) -> Fraction | None:
        """Return the weight that the router reports, None when it cannot be asked; raises RouterError."""


def apply_weight(router: SplitRouter, stage: str, weight: Fraction) -> None:
    """Set a weight and check that the router reports it; raises RouterError.

    Whether the traffic follows is judged from the traffic: a router may report one thing and do another.
    """
    router.set_weight(stage, weight)
    reported = router.verify()
    if reported is not None and reported != weight:
        raise RouterError(
            f"the router was set to {float(weight):.4%} for the canary and reports {float(reported):.4%}"
        )
