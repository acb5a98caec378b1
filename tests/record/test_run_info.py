import json
import platform
import sys
from types import SimpleNamespace

import pytest

from harness.record.run_info import run_info

PLAN = SimpleNamespace(to_document=lambda: {"service": "control-plane"})


@pytest.fixture
def info():
    return run_info(PLAN, "quick", 1_767_862_800.25, time_scale=60.0, stages=["canary-5"])


def test_it_holds_the_plan_the_choices_and_the_moment(info):
    assert (info["schema"], info["source"]) == (1, "load")
    assert info["plan"] == {"service": "control-plane"}
    assert (info["plan_name"], info["stages"], info["time_scale"]) == ("quick", ["canary-5"], 60.0)
    assert (info["epoch_s"], info["started"]) == (1_767_862_800.25, "2026-01-08T09:00:00Z")


def test_it_names_the_versions_a_measurement_depends_on(info):
    assert info["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert {"harness", "locust", "numpy", "gevent"} <= set(info["versions"])
    assert all(info["versions"].values())


def test_a_package_that_is_not_installed_has_an_unknown_version(monkeypatch):
    monkeypatch.setattr("harness.record.run_info._PACKAGES", ("no-such-package-at-all",))
    assert run_info(PLAN, "quick", 0.0)["versions"]["no-such-package-at-all"] == "unknown"


def test_it_names_neither_the_host_nor_the_user(info, monkeypatch):
    monkeypatch.setattr(platform, "node", lambda: "some-host-name")
    text = json.dumps(run_info(PLAN, "quick", 0.0))
    assert "some-host-name" not in text
    assert set(info["machine"]) == {"cpus", "platform", "architecture"}
