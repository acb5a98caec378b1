"""What every router can do."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Protocol

Servers = Mapping[str, tuple[str, int]]
"""Host and port of each variant."""


class RouterError(Exception):
    """A router that did not do what it was told; the text says which and why."""


class SplitRouter(Protocol):
    """Sends the share ``weight`` of the traffic to the canary, the rest to the baseline."""

    def set_weight(self, stage: str, weight: Fraction) -> None:
        """Set the weight; raises RouterError."""

    def verify(self) -> Fraction | None:
        """Return the weight the router itself says it has, None when it cannot say; raises RouterError."""


def apply_weight(router: SplitRouter, stage: str, weight: Fraction) -> None:
    """Set a weight and ask the router whether it has it; raises RouterError.

    What the traffic then does is judged from the traffic: a router may say one thing and do another.
    """
    router.set_weight(stage, weight)
    said = router.verify()
    if said is not None and said != weight:
        raise RouterError(
            f"the router was told {float(weight):.4%} for the canary and says {float(said):.4%}"
        )
