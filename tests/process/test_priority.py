import os
import subprocess
import sys

import pytest

from harness.process.priority import give_way

REPORT = "import os; print(os.sched_getscheduler(0) == os.SCHED_BATCH)"
GIVE_WAY = "from harness.process.priority import give_way; give_way(); "
HAS_BATCH = hasattr(os, "SCHED_BATCH")


def _output(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


@pytest.mark.skipif(not HAS_BATCH, reason="this system has no SCHED_BATCH")
def test_a_process_that_gives_way_is_scheduled_as_a_batch_and_so_is_its_child() -> None:
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {REPORT!r}], check=True)"
    assert _output(GIVE_WAY + REPORT) == "True\n"
    assert _output(GIVE_WAY + child) == "True\n"


class Refusing:
    """A system that allows no other scheduling, and notes what was asked of it."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, pid: int, policy: int, parameter: object) -> None:
        self.asked.append(policy)
        raise PermissionError


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> Refusing:
    refusing = Refusing()
    monkeypatch.setattr(os, "sched_setscheduler", refusing, raising=False)
    return refusing


def test_a_system_that_refuses_is_left_as_it_is(system: Refusing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "SCHED_BATCH", 3, raising=False)
    give_way()
    assert system.asked == [3]


def test_a_system_without_such_a_rule_is_not_asked(system: Refusing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "SCHED_BATCH", raising=False)
    give_way()
    assert system.asked == []
