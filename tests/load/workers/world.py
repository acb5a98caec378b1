"""A coordinator and its workers over a network of the test, under one clock."""

import random

from harness.load.workers.coordinator import (
    ACKNOWLEDGE,
    BEGIN,
    GIVE_UP,
    HEARTBEAT,
    STOP,
    WELCOME,
    Coordinator,
)
from harness.load.workers.worker import HELLO, STATUS, USERS, WINDOW, Worker
from harness.record.histograms.collector import Collector
from harness.record.window_source import ResourceUsage
from tests.record.histograms.recorded import took

STAGE_S = 2.0


PER_WINDOW = 10


IDENTITY = {"harness": "1.0", "plan": "abc"}


class Gauge:
    def read(self):
        return ResourceUsage(0.3, 1000)


class Pacer:
    saturated = 0

    def backlog(self):
        return 0


class FakeLoad:
    """One stage of a generator without a network: ten requests in every half second."""

    def __init__(self, at_s, sink):
        self.collector = Collector(sink)
        self.ends_s = at_s + STAGE_S
        self.running = True
        self.windows = [self.collector.window(number * 0.5, 0.5) for number in range(int(STAGE_S / 0.5))]
        for window in self.windows:
            window.unsent = 1


class FakeGenerator:
    """Sends what is due when time passes; stands in for the real one at its own seam."""

    def __init__(self, world, seed):
        self.world = world
        self.pacer = Pacer()
        self.rng = random.Random(seed)
        self.load = None
        self.share = None
        self.stopped_s = None

    def begin(self, _index, at_s, sink, *, is_again=False):
        self.is_again = is_again
        self.load = FakeLoad(at_s, sink)
        self.stopped_s = None
        return self.load

    def advance(self):
        if self.load is None or not self.load.running:
            return
        for window in self.load.windows:
            over_s = self.load.ends_s - STAGE_S + window.start_s + window.length_s
            if window.unsent and self.world.now_s >= over_s:
                for _ in range(PER_WINDOW):
                    endpoint = self.world.endpoint()
                    window.record(1, endpoint, True, took(self.rng.random(), self.rng.random()))
                window.accounts[1].due = window.accounts[1].completed = PER_WINDOW
                window.unsent = 0

    def stop(self):
        self.advance()
        self.stopped_s = self.world.now_s
        if self.load:
            self.load.running = False

    def poll(self):
        if self.load:
            self.load.collector.poll()

    def give_up(self):
        self.stop()
        if self.load:
            self.load.collector.close_all()


class World:
    """One master, some workers, one clock, and a network with a temper of its own."""

    def __init__(self, workers=2, loss=0.0, doubled=0.0, seed=1):
        self.now_s = 100.0
        self.rng = random.Random(seed)
        self.loss, self.doubled = loss, doubled
        self.cut = set()
        self.frozen = set()
        self.out = []
        self.polling = False
        self.endpoint = lambda: "GET /"
        self.coordinator = Coordinator(IDENTITY, self.to_worker, lambda: self.now_s, self.run)
        self.coordinator.open({"targets": ["x", "y"]})
        self.workers, self.generators = {}, {}
        for number in range(workers):
            self.add(f"w{number}")

    def add(self, name, identity=None):
        def send(kind, message):
            self.deliver(name, lambda: self.at_master(kind, message, name))

        worker = Worker(name, identity or IDENTITY, send, Gauge(), lambda: self.now_s)
        self.workers[name], self.generators[name] = worker, FakeGenerator(self, hash(name))

    def deliver(self, name, action):
        if name in self.cut or self.rng.random() < self.loss:
            return
        action()
        if self.rng.random() < self.doubled:
            action()

    def at_master(self, kind, message, client):
        match kind:
            case str() if kind == HELLO:
                self.coordinator.hello(message, client)
            case str() if kind == USERS:
                self.coordinator.users(message)
            case str() if kind == STATUS:
                self.coordinator.status(message)
            case str() if kind == WINDOW:
                self.coordinator.window(message)

    def to_worker(self, kind, message, name):
        self.deliver(name, lambda: self.at_worker(kind, message, name))

    def at_worker(self, kind, message, name):
        worker = self.workers[name]
        if name in self.frozen:
            return
        if kind == WELCOME:
            if message["refused"]:
                worker.refused = message["refused"]
            elif not worker.is_accepted:
                worker.join(self.generators[name])
        else:
            {
                BEGIN: worker.begin,
                ACKNOWLEDGE: worker.acknowledge,
                HEARTBEAT: worker.heartbeat,
                STOP: worker.stop,
                GIVE_UP: worker.give_up,
            }[kind](message)

    def run(self, seconds, until=lambda: False):
        end_s = self.now_s + seconds
        while self.now_s < end_s and not until():
            self.now_s += 0.1
            for name, worker in self.workers.items():
                if name not in self.frozen:
                    self.generators[name].advance()
                    worker.tick()
            if not self.polling:
                self.polling = True
                self.coordinator.heartbeat()
                self.coordinator.poll()
                self.polling = False
        self.endpoint = lambda: "GET /"

    def stage(self):
        self.coordinator.begin(0, self.now_s + self.coordinator.lead_s, self.out.append)
        self.run(self.coordinator.lead_s + STAGE_S)
        self.coordinator.stop()
        self.run(10, until=lambda: self.coordinator.drained)
        self.coordinator.give_up()
        return self.coordinator.losses()

    def requests(self):
        return sum(h.total for w in self.out for tag, h in w.histograms.items() if tag.kind == "response")


def joined(**options):
    world = World(**options)
    world.run(
        20,
        until=lambda: (
            world.coordinator.size == len(world.workers)
            and all(w.is_accepted for w in world.workers.values())
        ),
    )
    return world
