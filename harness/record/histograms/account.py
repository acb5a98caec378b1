"""What became of arrivals, and whose they were."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.plan.variant import Variant
from harness.record.histograms.tag import UNATTRIBUTED

# Position of a variant in every per-variant list; the numbers of a schedule's draws.
VARIANTS = tuple(Variant)
# Position in every list of accounts: the variants, then nobody's.
OWNERS = (*map(str, VARIANTS), UNATTRIBUTED)
NOBODY = OWNERS.index(UNATTRIBUTED)
ALWAYS_NAMED = (str(Variant.BASELINE), str(Variant.CANARY))
"""Every record names these owners, even where they have no request; others from their first request on."""


@dataclass
class Account:
    """What became of the arrivals of one owner; `due` is the sum of the others when all is well."""

    due: int = 0
    completed: int = 0
    failed: int = 0
    dropped: int = 0
    open: int = 0

    def add(self, other: Account) -> None:
        """Add another account's numbers to this one."""
        self.due += other.due
        self.completed += other.completed
        self.failed += other.failed
        self.dropped += other.dropped
        self.open += other.open

    @property
    def ended(self) -> int:
        """Arrivals whose end is known."""
        return self.completed + self.failed + self.dropped


def new_accounts() -> dict[str, Account]:
    """Return an empty account of each owner."""
    return {owner: Account() for owner in OWNERS}


def total_of(accounts: Mapping[str, Account]) -> Account:
    """Add the accounts of all owners up."""
    total = Account()
    for account in accounts.values():
        total.add(account)
    return total
