"""The exit codes of every command: what a pipeline sees of a run. Cheap to import, so that every verb can."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.judge.outcome import Outcome
    from harness.record.run_directory import RunDirectory


class ExitCode(IntEnum):
    """One number per way a command can end; 1 and 124 upwards are left to Locust and the shell."""

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

    @classmethod
    def of_run(cls, run: RunDirectory, outcome: Outcome) -> ExitCode:
        """Return the code of a judged run: a failure that a trigger rolled back has one of its own."""
        from harness.rollout.history import rolled_back_by_trigger

        code = cls.of(outcome)
        return cls.ROLLED_BACK if code is cls.FAIL and rolled_back_by_trigger(run) else code
