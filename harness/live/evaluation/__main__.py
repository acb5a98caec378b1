"""The process of the live evaluation: `python -m harness.live.evaluation RUN`, started by a run alone.

It writes one message a line, and ends when its standard input is closed.
"""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING

from harness.live.evaluation.live_evaluation import LiveEvaluation
from harness.live.evaluation.messages import to_line
from harness.live.evaluation.process import WITH_FINDINGS
from harness.process.main_loop import has_parent_ended, run_child, tell, tell_ready
from harness.process.priority import give_way
from harness.record.run_directory import RunDirectory

if TYPE_CHECKING:
    from harness.live.evaluation.page_findings import PageFindings

_LOG = logging.getLogger("harness")
_MIN_S, _MAX_S = 0.5, 5.0
# The generator and the probes come first: a look may come a little later.
_NICENESS = 10
# A pause this many times as long as the look leaves the machine to the load.
_REST = 10


def main(path: str, *wanted: str) -> None:
    """Look once an interval until standard input is closed."""
    run = RunDirectory.open(path)
    with_findings = WITH_FINDINGS in wanted
    evaluation = LiveEvaluation(run, with_findings=with_findings)
    page = _page_findings() if with_findings else None
    shortest_s = min(stage.interval_s for stage in run.plan.stages)
    pause_s = min(max(shortest_s, _MIN_S), _MAX_S)
    os.nice(_NICENESS)
    give_way()
    tell_ready()
    next_s = time.monotonic() + pause_s
    while not has_parent_ended(next_s - time.monotonic()):
        used_s = time.process_time()
        for message in evaluation.look():
            tell(to_line(message))
        next_s = time.monotonic() + max(pause_s, _REST * (time.process_time() - used_s))
        if page is not None:
            page = _tell_findings(page, evaluation, next_s)


def _page_findings() -> PageFindings:
    # The whole judge, which most runs have no page for.
    from harness.live.evaluation.page_findings import PageFindings

    return PageFindings(time.monotonic)


def _tell_findings(page: PageFindings, evaluation: LiveEvaluation, until_s: float) -> PageFindings | None:
    """Work on the findings until the next look is due; return None when that failed: the looks go on."""
    try:
        found = page.work(evaluation.stage, until_s)
    except Exception as error:
        _LOG.error("the page shows no findings: %s: %s", type(error).__name__, error)
        return None
    if found is not None:
        tell(to_line(found))
    return page


if __name__ == "__main__":
    run_child("live evaluation", main)
