"""From a run directory to its verdict.json: the same at the end of the run and a year later."""

from __future__ import annotations

from functools import partial

from harness.judge.codec import to_json
from harness.judge.run import judge_run
from harness.judge.verdict import Verdict
from harness.judge.windows.design import unasked_kinds
from harness.plan.model import Plan
from harness.record.ahead import read_ahead
from harness.record.evidence import load_evidence
from harness.record.run_directory import RunDirectory


def judge_directory(run: RunDirectory, plan: Plan | None = None) -> Verdict:
    """Judge a run from its files; `plan` replaces the limits it ran with."""
    plan = run.plan if plan is None else plan
    read = partial(read_ahead, skipped=unasked_kinds(plan))
    return judge_run(load_evidence(run, plan, read=read))


def write_verdict(run: RunDirectory) -> Verdict:
    """Judge a run and write its verdict.json."""
    verdict = judge_directory(run)
    run.write_verdict(to_json(verdict))
    return verdict
