"""The CPU time of a request in the generator alone: `python -m tests.benchmarks.request_path`.

Real users, tasks, pacer, session, parser and recording run 7,000 requests a second on a clock of the
benchmark's own, over connections whose responses come from memory. Neither the network nor a busy service is
in the figure, so two versions can be compared on a machine that does other things as well: run them in turn.
Where even CPU time cannot be trusted, count instructions, with `--rounds 10` less those with `--rounds 2`.
"""

from locust import task  # isort: skip - patches what is imported after it

import argparse
import gc
import os
import sys
import time
from collections import deque
from statistics import quantiles

import gevent
from gevent import get_hub
from gevent.event import Event
from locust.env import Environment

from harness.load.form import form
from harness.load.generator import Generator, WorkerShare
from harness.load.http.session import ClientContext
from harness.load.http.target import Target
from harness.load.http.transport import connection
from harness.load.locust.request_events import RequestEvents
from harness.load.locust.user import GateUser, provide_generator
from harness.load.pacing.pacer import Pacer
from harness.plan.loader import parse_plan

USERS, RATE_PER_S, SERVICE_S, TURN_S = 512, 7000, 0.02, 0.0005
WARMUP_S, ROUND_S, ROUNDS = 1.5, 0.25, 32
PLAN = f"""
service: bench
targets: {{baseline: "http://127.0.0.1:1", canary: "http://127.0.0.1:2"}}
load: {{arrival_rate: {RATE_PER_S}/s, max_in_flight: {USERS}, timeout: 10s}}
stages: [{{name: bench, weight: 25%, duration: 1h, interval: 500ms, criteria: [error rate < 1%]}}]
"""
RESPONSE = (
    b"HTTP/1.1 200 OK\r\nx-variant: baseline\r\ncontent-type: application/json\r\ncontent-length: 60\r\n"
    b"date: Sat, 28 Nov 2026 06:29:00 GMT\r\n\r\n" + b"x" * 60
)


class Reader(GateUser):
    """One request, over and over."""

    @task
    def read(self):
        """Send it."""
        self.client.get("/api/tasks/1", name="/api/tasks/{id}")


class World:
    """The clock, the timer and the service; a turn of the event loop takes `TURN_S`."""

    def __init__(self):
        self.now_s = 1000.0
        self.due_s = float("inf")
        self.on_timer = None
        self.owed = deque()

    def clock(self):
        return self.now_s

    def timer(self, callback):
        self.on_timer = callback
        return self

    def arm(self, at_s):
        self.due_s = at_s

    def close(self):
        """A timer needs it."""

    def turn(self):
        self.now_s += TURN_S
        if self.due_s <= self.now_s:
            self.due_s = float("inf")
            self.on_timer()
        while self.owed and self.owed[0][0] <= self.now_s:
            self.owed.popleft()[1]._on_readable()


class Wire:
    """The socket of a connection; the event loop never finds it readable."""

    silent, _ = os.pipe()

    def __init__(self, connection, world):
        self._connection = connection
        self._world = world

    def send(self, data):
        self._world.owed.append((self._world.now_s + SERVICE_S, self._connection))
        return len(data)

    def recv(self, size, flags=0):
        if flags:
            raise BlockingIOError
        return RESPONSE

    def fileno(self):
        return self.silent

    def close(self):
        """A connection needs it."""


def main(rounds):
    """Run the rounds; print the CPU time of a request and the collections of garbage."""
    world, hub = World(), get_hub()

    def connect(order, loop, pause, wake):
        return Wire(wake.__self__, world), order[0], ()

    connection.connect_first = connect
    plan, environment = parse_plan(PLAN), Environment(user_classes=[Reader])
    targets = [Target.of(plan.targets.baseline), Target.of(plan.targets.canary)]
    context = ClientContext(targets, 10.0, world.clock)
    pacer = Pacer(world.timer, world.clock, hub.switch, hub.loop.run_callback, lambda: gevent.sleep(0))
    runner = environment.create_local_runner()
    listeners = RequestEvents(environment)
    generator = Generator(plan, context, pacer, [Reader], WorkerShare(), listeners)
    provide_generator(environment, generator)
    runner.start(2 * USERS, spawn_rate=2 * USERS)
    while runner.user_count < 2 * USERS:
        gevent.sleep(0.02)
    gevent.sleep(0.2)
    load = generator.begin(0, world.now_s, lambda window: None)

    def run(seconds):
        """Run for some seconds of the world's; return the CPU µs of each request."""
        before, began_s, ends_s, over = done(), time.process_time(), world.now_s + seconds, Event()

        def turn():
            world.turn()
            if world.now_s < ends_s:
                hub.loop.run_callback(turn)
            else:
                over.set()

        hub.loop.run_callback(turn)
        over.wait()
        generator.poll()
        return (time.process_time() - began_s) / (done() - before) * 1e6

    def done():
        return sum(account.completed for account in load.collector.accounts_so_far().values())

    run(WARMUP_S)
    collections = sum(generation["collections"] for generation in gc.get_stats())
    times_us = [run(ROUND_S) for _ in range(rounds)]
    collections = sum(generation["collections"] for generation in gc.get_stats()) - collections
    low_us, median_us, _ = quantiles(times_us, n=4)
    sys.stdout.write(
        f"{form()}: {median_us:.1f} µs a request, a quarter of the rounds below {low_us:.1f} µs; "
        f"{collections} garbage collections in {rounds * ROUND_S * RATE_PER_S:,.0f} requests\n"
    )


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=ROUNDS, help="of 1,750 requests each; at least 2")
    main(options.parse_args().rounds)
