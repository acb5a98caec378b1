import pytest

from harness.plan.loader import parse_plan
from harness.record.histograms.tag import LATENESS_SENT, Tag
from harness.rollout.stage.unseen_endpoints import UnseenEndpoints

PLAN = """service: shop
targets: embedded
load: {arrival_rate: 500/s}
stages:
  - name: one
    weight: 50%
    duration: DURATION
    interval: 1s
    criteria: [p95 < 1s]
    endpoints: {GET /a: [p95 < 1s], POST /b: [p95 < 1s]}
"""


class Window:
    def __init__(self, start_s, *endpoints, length_s=2.0):
        self.start_s, self.length_s = start_s, length_s
        tags = [Tag("canary", "response", endpoint) for endpoint in endpoints]
        self.histograms = dict.fromkeys([*tags, LATENESS_SENT])


@pytest.fixture
def unseen():
    return made("1m")


def made(duration):
    return UnseenEndpoints(parse_plan(PLAN.replace("DURATION", duration)).stages[0])


def test_what_was_not_seen_in_five_seconds_is_said_once_beside_what_was(unseen):
    assert unseen.add(Window(0.0, "GET /a")) is None
    assert unseen.add(Window(2.0, "GET /b")) is None
    assert unseen.add(Window(4.0, "GET /a")) == (("POST /b",), ("GET /a", "GET /b"))
    assert unseen.add(Window(6.0, "GET /a")) is None


def test_a_long_interval_or_a_short_stage_is_told_by_its_first_window(unseen):
    assert unseen.add(Window(0.0, "GET /a", length_s=60.0)) is not None
    assert made("2s").add(Window(0.0, "GET /a")) is not None


def test_nothing_is_said_when_all_were_seen_or_nothing_was(unseen):
    assert unseen.add(Window(0.0, "GET /a", "POST /b")) is None
    assert unseen.add(Window(6.0, "GET /a")) is None
    assert made("1m").add(Window(4.0)) is None
