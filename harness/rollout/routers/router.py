"""What every router can do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from harness.plan.variant import Shares, Variant

Servers = Mapping[Variant, tuple[str, int]]
"""Host and port of each variant."""


class RouterError(Exception):
    """A router that did not take a weight; the message says which router and why."""


class SplitRouter(Protocol):
    """Sends each variant its share of the traffic."""

    def steps(self) -> Sequence[str]:
        """Say what setting the shares writes, runs or asks: the plan may come from anybody."""

    def set_shares(self, stage: str, shares: Shares) -> None:
        """Set the shares; raises RouterError."""

    def verify(self) -> Shares | None:
        """Return the shares that the router reports, None when it cannot be asked; raises RouterError."""


def apply_shares(router: SplitRouter, stage: str, shares: Shares) -> None:
    """Set the shares and check that the router reports them; raises RouterError.

    Whether the traffic follows is judged from the traffic: a router may report one thing and do another.
    """
    router.set_shares(stage, shares)
    reported = router.verify()
    if reported is None:
        return
    for variant in (variant for variant in shares if variant is not Variant.BASELINE):
        share, told = shares[variant], reported.get(variant, 0)
        if told != share:
            raise RouterError(
                f"the router was set to {float(share):.4%} for the {variant} and reports {float(told):.4%}"
            )
