"""Judges a run by limits other than its own: those of another plan, and those of a locked baseline."""

from __future__ import annotations

from pathlib import Path

from harness.app.verbs.input_file import read_input
from harness.judge.across_runs.comparability import Conditions, IncomparableError, differences, windows_of
from harness.judge.across_runs.lock import Lock, LockError, judge_locked, lock_of
from harness.judge.across_runs.lock_codec import lock_from_text, lock_to_text
from harness.judge.run import judge_run, with_findings
from harness.judge.verdict import Verdict
from harness.plan.loader import load_plan
from harness.plan.model import Plan
from harness.record.ahead import read_ahead
from harness.record.evidence import load_evidence
from harness.record.files.replace import replace_text
from harness.record.run_directory import RunDirectory


def judge_by_other_limits(run: RunDirectory, plan_file: Path | None, lock_file: Path | None) -> Verdict:
    """Judge a run and write nothing; raises PlanError, IncomparableError, LockError and InputError."""
    evidence = load_evidence(run, _other_plan(run, plan_file) if plan_file else None, read=read_ahead)
    verdict = judge_run(evidence)
    if lock_file is None:
        return verdict
    return with_findings(verdict, evidence, judge_locked(evidence, _read_lock(lock_file)))


def write_lock(run: RunDirectory, file: Path) -> Lock:
    """Lock the performance of a run's baseline in a file; raises LockError."""
    lock = lock_of(load_evidence(run, read=read_ahead))
    replace_text(file, lock_to_text(lock))
    return lock


def _other_plan(run: RunDirectory, file: Path) -> Plan:
    """Load a plan the way the run's own was: with its stages and its time scale."""
    stages, time_scale = run.selected, run.time_scale
    other = load_plan(file, stages=stages, time_scale=time_scale)
    recorded, wanted = Conditions("the run", windows_of(run.plan)), Conditions(file.name, windows_of(other))
    if reasons := differences(recorded, wanted):
        raise IncomparableError(f"this run cannot be judged by {file.name}", reasons)
    return other


def _read_lock(file: Path) -> Lock:
    try:
        return lock_from_text(read_input(file))
    except LockError as error:
        raise LockError(f"{file}: {error}; write one with `harness lock RUN`") from None
