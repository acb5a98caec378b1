"""What became of the arrivals of a stage, over all its parts: an extension is a part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, replace

from harness.plan.model import Stage
from harness.record.events.stage import ArrivalCounts, StageFinished
from harness.record.histograms.account import ALWAYS_NAMED, Account, new_accounts, total_of
from harness.record.histograms.tag import UNATTRIBUTED
from harness.record.window_source import LoadSnapshot


class StageTotals:
    """Adds up the parts of one stage that have drained; `is_routed` says that a router splits the traffic."""

    def __init__(self, stage: Stage, *, is_routed: bool) -> None:
        self._stage = stage
        self._is_routed = is_routed
        self._parts = 0
        self._accounts = new_accounts()
        self._requests: Counter[str] = Counter()
        self._accepted = 0
        self.saturated = 0
        """How many arrivals were dropped because too many requests were in flight."""

    def add(self, part: LoadSnapshot, requests: Mapping[str, int], accepted: int) -> None:
        """Add a part that has drained."""
        self._parts += 1
        self.saturated += part.saturated
        for owner, account in part.accounts.items():
            self._accounts[owner].add(account)
        self._requests.update(requests)
        self._accepted += accepted

    def plus(self, part: Mapping[str, Account]) -> dict[str, Account]:
        """Return the accounts so far together with those of a part that has not drained."""
        accounts = {owner: replace(account) for owner, account in self._accounts.items()}
        for owner, account in part.items():
            accounts[owner].add(account)
        return accounts

    def finished(self, t_s: float) -> StageFinished:
        """Return the event that ends the stage."""
        return StageFinished(
            t_s=t_s,
            stage=self._stage.name,
            duration_s=self._stage.duration_s * self._parts,
            **asdict(total_of(self._accounts)),
            by_variant={
                owner: self._counts(account) for owner, account in self._accounts.items() if self._has(owner)
            },
            requests={owner: self._requests[owner] for owner in self._accounts if self._has(owner)},
            accepted=self._accepted or None,
        )

    def _has(self, owner: str) -> bool:
        return owner in ALWAYS_NAMED or self._accounts[owner] != Account()

    def _counts(self, account: Account) -> ArrivalCounts:
        """Count as due what ended, where only that names its owner: behind a router, or without a variant."""
        by_end = self._is_routed or self._has(UNATTRIBUTED)
        due = account.ended + account.open if by_end else account.due
        return ArrivalCounts(**{**asdict(account), "due": due})
