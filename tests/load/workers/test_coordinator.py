"""Master and workers over a network that loses, doubles and delays: exact counts, or a named loss."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.load.workers.coordinator import (
    ACKNOWLEDGE,
    BEGIN,
    GIVE_UP,
    HEARTBEAT,
    STOP,
    WELCOME,
    WORKER_SILENT_S,
    Coordinator,
)
from harness.load.workers.wire import add_checksums, checksum, merge, pack, unpack
from harness.load.workers.worker import HELLO, MASTER_SILENT_S, STATUS, WINDOW, Worker
from harness.record.histograms.collector import Collector
from harness.record.histograms.window import LiveWindow
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

    def begin(self, _index, at_s, sink):
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
                    window.record(1, "GET /", True, took(self.rng.random(), self.rng.random()))
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


def test_every_request_of_every_worker_arrives_once():
    world = joined(workers=3)
    assert world.stage() == []
    assert world.requests() == 3 * PER_WINDOW * 4
    assert [w.start_s for w in world.out] == [0.0, 0.5, 1.0, 1.5]
    assert sum(w.total.completed for w in world.out) == world.requests()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 0.3), st.floats(0, 0.5))
def test_a_network_that_loses_and_doubles_messages_changes_no_count(seed, loss, doubled):
    world = joined(loss=loss, doubled=doubled, seed=seed)
    assert world.stage() == []
    assert world.requests() == 2 * PER_WINDOW * 4


def test_a_worker_that_began_late_still_sends_its_last_arrivals():
    world = joined()
    world.coordinator.begin(0, world.now_s + world.coordinator.lead_s, world.out.append)
    for generator in world.generators.values():
        generator.load.ends_s += 0.3
    world.run(world.coordinator.lead_s + STAGE_S)
    world.coordinator.stop()
    world.run(10, until=lambda: world.coordinator.drained)
    assert world.coordinator.snapshot().total.due == 2 * PER_WINDOW * 4


def test_an_early_stop_is_obeyed_at_once():
    world = joined()
    world.coordinator.begin(0, world.now_s + world.coordinator.lead_s, world.out.append)
    world.run(world.coordinator.lead_s + 0.2)
    world.coordinator.stop()
    assert not any(generator.load.running for generator in world.generators.values())


def test_workers_take_different_shares():
    world = joined(workers=3)
    world.stage()
    assert sorted(g.share.worker for g in world.generators.values()) == [0, 1, 2]
    assert {g.share.workers for g in world.generators.values()} == {3}


def test_a_worker_that_falls_silent_is_a_named_loss():
    world = joined()
    world.coordinator.begin(0, world.now_s + world.coordinator.lead_s, world.out.append)
    world.run(world.coordinator.lead_s + 0.5)
    world.cut.add("w1")
    world.run(WORKER_SILENT_S + 1)
    (loss,) = world.coordinator.losses()
    assert "w1" in loss
    assert "silent" in loss


def test_a_worker_without_its_master_stops_by_itself_within_five_seconds():
    world = joined()
    world.generators["w0"].begin = lambda i, at_s, sink: FakeGenerator.begin(
        world.generators["w0"], i, at_s + 60, sink
    )
    world.coordinator.begin(0, world.now_s + world.coordinator.lead_s, world.out.append)
    world.run(1)
    world.cut.add("w0")
    began_s = world.now_s
    world.run(8)
    assert world.generators["w0"].stopped_s - began_s < 5
    assert MASTER_SILENT_S < 5
    assert not world.workers["w0"].has_lost_master
    world.run(30)
    assert world.workers["w0"].has_lost_master


def test_a_frozen_worker_that_wakes_up_sends_nothing_more():
    world = joined()
    world.coordinator.begin(0, world.now_s + world.coordinator.lead_s, world.out.append)
    world.run(world.coordinator.lead_s + 0.3)
    world.frozen.add("w1")
    world.run(6)
    assert world.coordinator.losses()
    world.frozen.clear()
    world.cut.add("w1")
    world.workers["w1"].tick()
    assert not world.generators["w1"].load.running


def test_a_worker_of_another_making_is_refused_with_the_reason():
    world = World(workers=1)
    world.add("old", {"harness": "0.9", "plan": "abc"})
    world.run(2)
    assert world.coordinator.size == 1
    assert "'0.9' there and '1.0' here" in world.workers["old"].refused
    assert any("refused" in loss for loss in world.coordinator.losses())


def test_a_late_worker_waits_for_the_next_stage():
    world = joined(workers=1)
    world.coordinator.begin(0, world.now_s + world.coordinator.lead_s, world.out.append)
    world.run(world.coordinator.lead_s + 0.5)
    world.add("late")
    world.run(STAGE_S)
    assert world.generators["late"].load is None
    world.coordinator.give_up()
    world.stage()
    assert world.generators["late"].load is not None


def test_a_second_stage_counts_from_zero():
    world = joined()
    assert world.stage() == []
    world.out.clear()
    assert world.stage() == []
    assert world.requests() == 2 * PER_WINDOW * 4


def window_of(values):
    window = LiveWindow(0.0, 1.0)
    for value in values:
        window.record(0, "GET /ü", True, took(value, value, value))
        window.record_error(1, "GET /", "HTTP 500")
    return window.close()


shares = st.lists(st.lists(st.floats(0, 60), max_size=20), min_size=1, max_size=4)


@given(shares)
def test_a_window_survives_the_wire(parts):
    for values in parts:
        window = window_of(values)
        assert unpack(pack(window)) == window


@given(shares)
def test_the_checksum_of_a_merged_window_is_the_sum_of_its_shares(parts):
    windows = [window_of(values) for values in parts]
    assert checksum(merge(windows)) == add_checksums(*map(checksum, windows))


@given(st.lists(st.floats(0.001, 60), min_size=1, max_size=20))
def test_the_checksum_notices_a_lost_request(values):
    assert checksum(window_of(values)) != checksum(window_of(values[1:]))
