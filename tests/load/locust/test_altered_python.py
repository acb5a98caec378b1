"""What was taken from a run is named: clocks, pauses and checks of the load test."""

import subprocess
import sys
import time

import gevent
import pytest

from harness.load.locust.altered_python import what_is_replaced


def test_the_systems_own_clocks_and_gevents_own_pause_are_no_replacement():
    assert what_is_replaced() is None


@pytest.mark.parametrize("name", ["time", "monotonic", "perf_counter"])
def test_a_clock_written_in_python_is_named(monkeypatch, name):
    monkeypatch.setattr(time, name, lambda: 1.0)
    assert f"has replaced `time.{name}`, by which a run is measured" in what_is_replaced()


def test_all_replaced_functions_are_named(monkeypatch):
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(gevent, "sleep", lambda _: None)
    assert "has replaced `time.time`, `gevent.sleep`, by" in what_is_replaced()


@pytest.mark.parametrize(("option", "is_refused"), [("-O", True), ("-OO", True), ("-B", False)])
def test_a_python_that_leaves_out_assertions_is_named(option, is_refused):
    code = "from harness.load.locust.altered_python import what_is_left_out as what; print(what())"
    said = subprocess.run([sys.executable, option, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.startswith("this Python leaves out every `assert`" if is_refused else "None")
