"""The process that looks out: `python -m harness.live.evaluation RUN`, started by a run alone.

It tells one JSON object a line, and ends when its standard input is closed.
"""

from __future__ import annotations

import json
import os
import select
import sys
import time

from harness.live.evaluation.looking import Lookout
from harness.record.run_directory import RunDirectory
from harness.rollout.child import READY, tell

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
    tell(READY)
    wait_s = pause_s
    while not select.select([sys.stdin], [], [], wait_s)[0]:
        used_s = time.process_time()
        for notice in lookout.look():
            tell(json.dumps(notice))
        wait_s = max(pause_s, _REST * (time.process_time() - used_s))


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Exception as error:
        # Whatever it is, the run that listens needs one line and a code that is not 0.
        sys.exit(f"lookout: {type(error).__name__}: {error}")
