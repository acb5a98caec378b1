"""What a process used of its machine, and what the machine withheld from it."""

import os
from pathlib import Path

import psutil
import pytest

from harness.record.sources.usage import CpuTimes, UsageGauge, process_gauge, process_times


class Machine:
    """A clock and the times of a process, both set by hand."""

    def __init__(self, waited_s=0.0, stolen_s=0.0):
        self.now_s, self.times = 0.0, CpuTimes(0.0, waited_s, stolen_s)
        self.gauge = UsageGauge(lambda: self.now_s, lambda: self.times)


def test_shares_are_those_since_the_last_reading():
    machine = Machine()
    machine.now_s, machine.times = 1.0, CpuTimes(0.5, 0.25, 1.5)
    machine.gauge.read()
    machine.now_s, machine.times = 3.0, CpuTimes(1.0, 0.75, 1.5)
    usage = machine.gauge.read()
    assert (usage.cpu, usage.waited, usage.stolen) == (0.25, 0.25, 0.0)


def test_a_reading_soon_after_another_repeats_it():
    machine = Machine()
    machine.now_s, machine.times = 1.0, CpuTimes(0.5, 0.0, 0.0)
    first = machine.gauge.read()
    machine.now_s, machine.times = 1.1, CpuTimes(0.6, 0.1, 0.1)
    assert machine.gauge.read().cpu == first.cpu


def test_what_a_system_does_not_say_is_unknown():
    machine = Machine(waited_s=None, stolen_s=None)
    machine.now_s, machine.times = 1.0, CpuTimes(0.5)
    usage = machine.gauge.read()
    assert (usage.waited, usage.stolen) == (None, None)
    assert usage.memory_bytes > 0


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="only Linux records waiting for a core")
def test_waiting_for_a_core_is_what_the_kernel_counts():
    before = process_times()
    waited_ns = int(Path("/proc/self/schedstat").read_text().split()[1])
    after = process_times()
    assert before.waited_s <= waited_ns / 1e9 <= after.waited_s


@pytest.mark.skipif(not Path("/proc/stat").exists(), reason="only Linux records what the host takes")
def test_stolen_time_is_the_machine_s_own_count():
    before = process_times()
    stolen_s = psutil.cpu_times().steal
    after = process_times()
    tick_s = 1 / os.sysconf("SC_CLK_TCK")
    assert before.stolen_s - tick_s <= stolen_s <= after.stolen_s + tick_s


def test_the_gauge_of_this_process_reads_its_memory():
    assert process_gauge().read().memory_bytes > 1_000_000
