import gc
import sys
from types import BuiltinFunctionType, FunctionType, ModuleType

from harness.live.monitor.session import MonitorSession
from harness.plan.loader import load_plan
from harness.record.probes import HealthProbe, MetricsProbe
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info

PLAN = "loadtests/plans/production.yaml"
FEW_BYTES = 1_000
CODE = type | ModuleType | FunctionType | BuiltinFunctionType


def look(session, at_s):
    about = {"t_s": at_s, "variant": "canary", "error": None}
    health = HealthProbe(**about, ok=True, status=200, latency_s=0.02)
    metrics = MetricsProbe(**about, cpu=0.4, memory_bytes=2.1e9, restarts=0)
    session.take(at_s, [health, metrics])
    assert session.trigger is None


def held_bytes(root):
    """Return the size of everything an object holds on to, but for code, which all sessions share.

    What the allocator has from the system, or tracemalloc sees, depends on what ran before in the process.
    """
    seen, waiting = {}, [root]
    while waiting:
        one = waiting.pop()
        if id(one) not in seen and not isinstance(
            one, type | ModuleType | FunctionType | BuiltinFunctionType
        ):
            seen[id(one)] = one
            waiting += gc.get_referents(one)
    return sum(map(sys.getsizeof, seen.values()))


def test_monitoring_for_a_day_takes_the_memory_of_an_hour(tmp_path):
    plan = load_plan(PLAN)
    run = RunDirectory.create(tmp_path, "day", "", run_info(plan, "day", 1_767_862_800.0))
    session = MonitorSession(run, run.append_event, lambda text, style: None, as_json=False)
    look(session, 0.0)
    of_a_minute_bytes = held_bytes(session)
    for minute in range(1, 1440):
        look(session, 60.0 * minute)
    assert held_bytes(session) < of_a_minute_bytes + FEW_BYTES
    assert session.summary == "1440 looks, worst level warning"
