"""Windows made of the pages of real clients of Prometheus."""

import time

import pytest
from prometheus_client import CollectorRegistry, Histogram, generate_latest

from harness.observe.metrics_source import MetricsSource
from harness.plan.loader import parse_plan
from harness.record.sources.wall_clock import WallClock

PLAN = """service: tasks
traffic:
  metrics:
    source: probes
    duration: took_seconds
    failed: 'code=~"5.."'
    endpoint: route
    method: method
    instances: {baseline: ["http://b1/m", "http://b2/m"], canary: ["http://c1/m", "http://c2/m"]}
judge: {block: 1s, warmup: 0s}
stages:
  - {name: half, weight: 50%, duration: 3s, interval: 1s, criteria: [error rate < 5%]}
"""


class Service:
    """An instance, its histogram, and whether its page answers."""

    def __init__(self):
        self.registry, self.is_up = CollectorRegistry(), True
        names = ["route", "method", "code"]
        self.histogram = Histogram(
            "took_seconds", "x", names, registry=self.registry, buckets=(0.1, 0.2, 0.5)
        )

    def serve(self, number, code="200", took_s=0.15):
        for _ in range(number):
            self.histogram.labels("/tasks", "GET", code).observe(took_s)


class Watched:
    """A stage that is watched with a clock of its own."""

    def __init__(self):
        self.services = {f"http://{name}/m": Service() for name in ("b1", "b2", "c1", "c2")}
        self.now_s, self.windows = 0.0, []
        plan = parse_plan(PLAN)
        self.source = MetricsSource(
            plan,
            plan.traffic.metrics,
            WallClock(lambda: self.now_s, lambda: self.now_s),
            lambda access: self.get,
            lambda: self.now_s,
        )

    def get(self, url, params):
        if not self.services[url].is_up:
            raise ValueError("HTTP 503")
        return generate_latest(self.services[url].registry)

    def of(self, name):
        return self.services[f"http://{name}/m"]

    def begin(self):
        self.source.begin(0, 0.0, self.windows.append)
        self.until(0.0)

    def until(self, now_s):
        self.now_s = now_s
        self.source.poll()
        while self.source._looks:
            time.sleep(0.001)
            self.source.poll()


@pytest.fixture
def watched():
    watched = Watched()
    for service in watched.services.values():
        service.serve(1_000)
    watched.begin()
    yield watched
    watched.source.close()


def requests(window):
    return {owner: account.due for owner, account in window.accounts.items()}


def test_what_all_instances_count_in_an_interval_is_its_window(watched):
    watched.of("b1").serve(3)
    watched.of("b2").serve(4)
    watched.of("c2").serve(5, code="503")
    watched.until(1.0)
    watched.until(2.0)
    assert [requests(window) for window in watched.windows] == [
        {"baseline": 7, "canary": 5, "control": 0, "unattributed": 0},
        {"baseline": 0, "canary": 0, "control": 0, "unattributed": 0},
    ]
    assert watched.windows[0].accounts["canary"].failed == 5
    assert {tag.endpoint for tag in watched.windows[0].histograms} >= {"GET /tasks"}
    assert not watched.source.drained
    watched.until(3.0)
    assert watched.source.drained


def test_a_page_that_does_not_come_is_missed_and_its_counts_follow(watched, caplog):
    watched.of("c1").serve(5)
    watched.of("c1").is_up = False
    watched.until(1.0)
    watched.of("c1").is_up = True
    watched.until(2.0)
    assert [requests(window)["canary"] for window in watched.windows] == [0, 5]
    assert [window.reading.missed for window in watched.windows] == [1, 0]
    assert caplog.messages == ["metrics could not be read: HTTP 503"]


def test_an_instance_that_did_not_answer_at_the_beginning_is_counted_from_its_first_page():
    watched = Watched()
    watched.of("c1").serve(1_000)
    watched.of("c1").is_up = False
    watched.begin()
    watched.of("c1").is_up = True
    watched.until(1.0)
    watched.of("c1").serve(2)
    watched.until(2.0)
    assert [requests(window)["canary"] for window in watched.windows] == [0, 2]
    assert watched.windows[0].reading.missed == 1
    watched.source.close()


def test_an_instance_that_restarts_counts_from_nothing(watched):
    watched.services["http://c1/m"] = Service()
    watched.of("c1").serve(6)
    watched.until(1.0)
    assert requests(watched.windows[0])["canary"] == 6
    assert watched.windows[0].reading.resets == 1


def test_a_stage_that_is_stopped_ends_with_a_shorter_window(watched):
    watched.of("c1").serve(2)
    watched.until(0.4)
    watched.source.stop()
    watched.until(0.5)
    assert [window.length_s for window in watched.windows] == [0.4]
    assert watched.source.drained
