"""Clocks and pauses that a load test has replaced are named."""

import time

import gevent
import pytest

from harness.load.locust.replaced_functions import what_is_replaced


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
