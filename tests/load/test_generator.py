"""What a process decides about its users before the load begins."""

import time

import pytest

from harness.load.generator import Generator, WorkerShare
from harness.load.http.client_context import ClientContext
from harness.load.http.target import Target
from harness.plan.loader import parse_plan

PLAN = """
service: test
targets: {{baseline: "http://127.0.0.1:1", canary: "http://127.0.0.1:2"}}
load: {{arrival_rate: {first}, max_in_flight: 400}}
stages:
  - {{name: one, weight: 25%, duration: 10s, criteria: [error rate < 5%]}}
  - {{name: two, weight: 25%, duration: 10s, arrival_rate: {second}, criteria: [error rate < 5%]}}
"""


class Shop:
    """A class of users."""


def opening_ahead(first, second):
    """Return how many of 400 users of the baseline and of the canary open their connections ahead."""
    plan = parse_plan(PLAN.format(first=first, second=second))
    targets = [Target.of("http://127.0.0.1:1"), Target.of("http://127.0.0.1:2")]
    context = ClientContext(targets, 1.0, time.perf_counter)
    generator = Generator(plan, context, None, (Shop,), WorkerShare(), None)
    opened = [0, 0]
    for _ in range(800):
        key = generator.enlist(Shop)
        opened[key.variant] += generator.opens_ahead(key)
    return opened


@pytest.mark.parametrize("rate", ["5/s", "400/s", "999/s"])
def test_a_slow_stage_holds_no_idle_connections_of_a_service_that_may_serve_one_at_a_time(rate):
    assert opening_ahead(rate, rate) == [0, 0]


def test_at_a_high_rate_the_users_that_take_turns_open_their_connections_ahead():
    assert opening_ahead("1000/s", "1000/s") == [400, 400]


def test_the_fastest_stage_decides():
    assert opening_ahead("10/s", "1000/s") == [400, 400]
