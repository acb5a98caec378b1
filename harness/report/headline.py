"""The outcome of a run in words, as every view says it: `fail, rolled back`."""

from harness.judge.verdict import Rollback, Verdict
from harness.report.style import WORDS


def headline(outcome: str, rollback: Rollback | None) -> str:
    """Return an outcome, and what became of a rollback if there was one."""
    return WORDS[outcome] if rollback is None else f"{WORDS[outcome]}, {rollback}"


def headline_of(verdict: Verdict) -> str:
    """Return the outcome of a run in words."""
    return headline(verdict.outcome, verdict.rollback)
