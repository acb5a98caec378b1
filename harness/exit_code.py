"""What a pipeline sees of a run."""

from __future__ import annotations

from enum import IntEnum

from harness.judge.outcome import Outcome


class ExitCode(IntEnum):
    """One number per way a run can end; 1 and codes from 124 on are left to Locust and the shell."""

    PASS = 0
    BAD_USAGE = 2
    FAIL = 10
    INCONCLUSIVE = 11
    ROLLED_BACK = 12
    INVALID = 13
    INTERRUPTED = 130

    @classmethod
    def of(cls, outcome: Outcome) -> ExitCode:
        """Return the code of an outcome."""
        return cls[outcome.name]
