"""Runs PLAN in this process with a scripted source, on a clock that only sleeping moves."""

import json
import sys
from pathlib import Path

from harness.app.run_session import RunRequest, RunSession
from harness.plan.loader import read_plan_file
from tests.rollout.scripted import Clock, ScriptedSource

read, clock = read_plan_file(Path(sys.argv[1])), Clock()
session = RunSession(RunRequest(read), lambda targets: ScriptedSource(clock, read.plan), clock, clock.sleep)
code = session.execute()
session.show_result()
session.close()
sys.stdout.write(json.dumps({"code": code, "path": str(session.run.path), "locust": "locust" in sys.modules}))
