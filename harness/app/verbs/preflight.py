"""`harness preflight`: the checklist before a release, of what a machine can check and what people sign."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.app.judging import judge_directory
from harness.app.new_run import new_run
from harness.app.verbs import machine_checks
from harness.app.verbs.checklist import ChecklistItem, SignatureError, checked_name, sign
from harness.judge.outcome import Outcome
from harness.plan.loader import PlanFile
from harness.record.events.run import PreflightChecked
from harness.record.run_directory import RunDirectory, RunError
from harness.record.runs import RUNS_ROOT
from harness.rollout.event_log import EventLog

SIGNATURES = (
    "security audit passed",
    "staging deployment successful",
    "backup and restore tested",
    "team trained",
    "executive approval",
)
"""The lines that only people can vouch for."""
AskName = Callable[[str], str]
"""Asks who signs for something; returns an empty text when no one does."""


@dataclass(frozen=True)
class Preflight:
    """The whole checklist, kept in the directory of a run without load."""

    run: RunDirectory
    items: Sequence[ChecklistItem]

    @property
    def is_ready(self) -> bool:
        """Whether no line is unmet; one that could not be checked is for people to look at."""
        return all(item.met is not False for item in self.items)

    @property
    def unchecked(self) -> int:
        """How many lines could not be checked."""
        return sum(item.met is None for item in self.items)


def go_through(
    read: PlanFile,
    baseline_run: Path | None,
    signatures: Mapping[str, str],
    ask: AskName,
    root: Path = RUNS_ROOT,
) -> Preflight:
    """Check every line and record the results below `root`; raises SignatureError."""
    run = new_run(read, root / "preflight")
    names = {what: signatures.get(what) or ask(what) for what in SIGNATURES}
    for what, name in names.items():
        if name:
            sign(run, what, name)
    items = [
        _baseline_locked(baseline_run),
        *machine_checks.of_plan(read.plan, root),
        *_signed(names),
    ]
    log = EventLog.resume(run)
    for item in items:
        log(PreflightChecked(t_s=log.now_s(), check=item.what, ok=item.met, reason=item.reason))
    return Preflight(run, items)


def read_signature(text: str) -> tuple[str, str]:
    """Read `WHAT=NAME`; raises SignatureError."""
    what, found, name = text.partition("=")
    if not found or not what.strip():
        raise SignatureError(f"--sign {text}: write WHAT=NAME")
    return what.strip().lower(), checked_name(name)


def _signed(names: Mapping[str, str]) -> Iterator[ChecklistItem]:
    for what, name in names.items():
        yield ChecklistItem(what, bool(name), f"signed by {name}" if name else f'add --sign "{what}=NAME"')


def _baseline_locked(baseline_run: Path | None) -> ChecklistItem:
    what = "performance baseline locked"
    if baseline_run is None:
        return ChecklistItem(what, False, "name the run that is the baseline: --baseline RUN")
    try:
        outcome = judge_directory(RunDirectory.open(baseline_run)).outcome
    except RunError as error:
        return ChecklistItem(what, False, str(error))
    return ChecklistItem(what, outcome is Outcome.PASS, f"{baseline_run} is {outcome}")
