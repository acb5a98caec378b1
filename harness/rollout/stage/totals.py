"""What became of the arrivals of a stage, over all its parts: an extension is a part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace

from harness.plan.model import Stage
from harness.plan.variant import Variant
from harness.record.events.stage import ArrivalCounts, StageFinished
from harness.record.histograms.window import Account, total_of
from harness.record.window_source import LoadSnapshot


class StageTotals:
    """Adds up the parts of one stage that have drained; `is_routed` says that a router splits the traffic."""

    def __init__(self, stage: Stage, is_routed: bool) -> None:
        self._stage = stage
        self._is_routed = is_routed
        self._parts = 0
        self._accounts = {variant: Account() for variant in Variant}
        self._requests: Counter[str] = Counter()
        self.saturated = 0
        """How many arrivals were dropped because too many requests were in flight."""

    def add(self, part: LoadSnapshot, requests: Mapping[str, int]) -> None:
        """Add a part that has drained."""
        self._parts += 1
        self.saturated += part.saturated
        for variant, account in part.accounts.items():
            self._accounts[variant].add(account)
        self._requests.update(requests)

    def plus(self, part: Mapping[Variant, Account]) -> dict[Variant, Account]:
        """Return the accounts so far together with those of a part that has not drained."""
        accounts = {variant: replace(account) for variant, account in self._accounts.items()}
        for variant, account in part.items():
            accounts[variant].add(account)
        return accounts

    def finished(self, t_s: float) -> StageFinished:
        """Return the event that ends the stage."""
        return StageFinished(
            t_s=t_s,
            stage=self._stage.name,
            duration_s=self._stage.duration_s * self._parts,
            **asdict(total_of(self._accounts)),
            by_variant={str(v): self._counts(account) for v, account in self._accounts.items()},
            requests={str(variant): self._requests[variant] for variant in Variant},
        )

    def _counts(self, account: Account) -> ArrivalCounts:
        """Behind a router count as due what ended: only the response names the variant it came from."""
        due = account.ended + account.open if self._is_routed else account.due
        return ArrivalCounts(**{**asdict(account), "due": due})
