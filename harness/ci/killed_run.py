"""Does what a run that was killed could not: gives the traffic back, and judges what it recorded."""

from __future__ import annotations

import logging

from harness.app.judging import judge_directory, write_verdict
from harness.app.verbs.rollback import roll_back
from harness.judge.outcome import Outcome
from harness.judge.verdict import Verdict
from harness.record.events.run import RunFinished
from harness.record.run_directory import RunDirectory
from harness.rollout.event_log import EventLog
from harness.rollout.history import is_out

_LOG = logging.getLogger("harness")


def give_traffic_back(run: RunDirectory) -> None:
    """Roll back if the canary may still have traffic; `harness rollback` can be tried again."""
    if not is_out(run):
        return
    _LOG.error("the run was killed; rolling back in its place")
    for problem in roll_back(run):
        _LOG.error("%s; `harness rollback %s` tries again", problem, run.path)


def judge_killed(run: RunDirectory) -> Verdict:
    """Write the verdict of a run that was killed before it was judged: it cannot pass, nor can it later."""
    if judge_directory(run).outcome is Outcome.PASS:
        log = EventLog.resume(run)
        log(RunFinished(t_s=log.now_s(), outcome=Outcome.INVALID))
    return write_verdict(run)
