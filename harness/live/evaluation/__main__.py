"""The process that looks out: `python -m harness.live.evaluation RUN`, started by a run alone.

It tells one JSON object a line, and ends when its standard input is closed.
"""

from __future__ import annotations

import json
import os
import time

from harness.live.evaluation.looking import Lookout
from harness.process.main_loop import has_parent_ended, run_child, tell, tell_ready
from harness.record.run_directory import RunDirectory

_MIN_S, _MAX_S = 0.5, 5.0
# The generator and the probes come first: a look that comes a little later harms nobody.
_NICENESS = 10
# A long run takes long to look at; resting this many times as long leaves the machine to the load.
_REST = 10


def main(path: str) -> None:
    """Look once an interval until standard input is closed."""
    run = RunDirectory.open(path)
    lookout = Lookout(run)
    shortest_s = min(stage.interval_s for stage in run.plan.stages)
    pause_s = min(max(shortest_s, _MIN_S), _MAX_S)
    os.nice(_NICENESS)
    tell_ready()
    wait_s = pause_s
    while not has_parent_ended(wait_s):
        used_s = time.process_time()
        for notice in lookout.look():
            tell(json.dumps(notice))
        wait_s = max(pause_s, _REST * (time.process_time() - used_s))


if __name__ == "__main__":
    run_child("live evaluation", main)
