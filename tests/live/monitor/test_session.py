import gc
import tracemalloc

from harness.live.monitor.session import MonitorSession
from harness.plan.loader import load_plan
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info

PLAN = "loadtests/plans/production.yaml"
FEW_BYTES = 20_000


def look(session, at_s):
    about = {"t_s": at_s, "variant": "canary", "error": None}
    health = {**about, "kind": "health", "ok": True, "status": 200, "latency_s": 0.02}
    metrics = {**about, "kind": "metrics", "cpu": 0.4, "memory_bytes": 2.1e9, "restarts": 0}
    session.take(at_s, [health, metrics])
    assert session.trigger is None


def test_a_day_of_looks_is_kept_in_the_memory_of_a_minute(tmp_path):
    plan = load_plan(PLAN)
    run = RunDirectory.create(tmp_path, "day", "", run_info(plan, "day", 1_767_862_800.0))
    session = MonitorSession(run, lambda text, style: None, as_json=False)
    # Caches of the interpreter and of libraries fill in the first hour.
    for minute in range(60):
        look(session, 60.0 * minute)
    gc.collect()
    tracemalloc.start()
    try:
        for minute in range(60, 1440):
            look(session, 60.0 * minute)
        gc.collect()
        grown_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert grown_bytes < FEW_BYTES
    assert session.summary == "1440 looks, worst level warning"
