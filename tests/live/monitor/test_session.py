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


SLOW_S, FINE_S = 0.5, 0.02
LATE = None
"""A look at which the monitor itself was late."""


def session_of(root, *latencies_s):
    """Return a session whose looks took these times."""
    plan = load_plan(PLAN)
    run = RunDirectory.create(root, "few", "", run_info(plan, "few", 1_767_862_800.0))
    session = MonitorSession(run, run.append_event, lambda text, style: None, as_json=False)
    for number, latency_s in enumerate(latencies_s):
        about = {"t_s": 10.0 * number, "variant": "canary", "error": None}
        took_s, late_s = (SLOW_S, 0.45) if latency_s is LATE else (latency_s, 0.0)
        health = HealthProbe(**about, ok=True, status=200, latency_s=took_s, late_s=late_s)
        metrics = MetricsProbe(**about, cpu=0.4, memory_bytes=1e9, restarts=0)
        session.take(10.0 * number, [health, metrics])
    return session


def test_one_slow_check_of_many_neither_fails_the_watch_nor_leaves_it_open(tmp_path):
    session = session_of(tmp_path, SLOW_S, *[FINE_S] * 29)
    assert not session.has_failed
    assert not session.is_undecided
    assert session.summary == "30 looks, worst level critical at 1, not lasting"


def test_a_watch_of_fewer_looks_fails_if_each_of_them_is_critical(tmp_path):
    assert session_of(tmp_path / "a", SLOW_S, SLOW_S).has_failed
    assert not session_of(tmp_path / "b", SLOW_S, FINE_S).has_failed


def test_three_slow_checks_in_a_row_fail_it(tmp_path):
    assert session_of(tmp_path / "a", SLOW_S, SLOW_S, SLOW_S).has_failed
    assert session_of(tmp_path / "b", SLOW_S, LATE, SLOW_S, LATE, SLOW_S).has_failed
    assert not session_of(tmp_path / "c", SLOW_S, SLOW_S, FINE_S, SLOW_S).has_failed


def test_slow_checks_that_do_not_last_but_are_many_leave_it_open(tmp_path):
    session = session_of(tmp_path, *[SLOW_S, FINE_S, FINE_S] * 5)
    assert (session.has_failed, session.is_undecided) == (False, True)


def test_a_monitor_that_was_late_itself_leaves_it_open_and_says_so(tmp_path):
    session = session_of(tmp_path, *[LATE, FINE_S] * 5)
    assert (session.has_failed, session.is_undecided) == (False, True)
    assert "not seen: latency (the monitor was late)" in session.summary
