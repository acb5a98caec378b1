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
        """Return the code of a run: an interruption, and a failure a trigger rolled back, have their own."""
        from harness.rollout.history import rolled_back_by_trigger, was_interrupted

        if was_interrupted(run):
            return cls.INTERRUPTED
        code = cls.of(outcome)
        return cls.ROLLED_BACK if code is cls.FAIL and rolled_back_by_trigger(run) else code

    @classmethod
    def of_directory(cls, run: RunDirectory) -> ExitCode:
        """Return the code of a run from its directory alone; without a readable verdict it is invalid."""
        from harness.judge.codec import from_json

        try:
            text = run.read_verdict()
            return cls.INVALID if text is None else cls.of_run(run, from_json(text).outcome)
        except Exception:  # whatever is wrong with the files, a process that ends needs its code
            return cls.INVALID
