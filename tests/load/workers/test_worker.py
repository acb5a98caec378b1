"""A worker that is late, deserted or frozen."""

from harness.load.workers.worker import MASTER_SILENT_S
from tests.load.workers.world import PER_WINDOW, STAGE_S, FakeGenerator, joined


def test_a_worker_that_began_late_still_sends_its_last_arrivals():
    world = joined()
    world.coordinator.begin(0, world.now_s + world.coordinator.lead_s, world.out.append)
    for generator in world.generators.values():
        generator.load.ends_s += 0.3
    world.run(world.coordinator.lead_s + STAGE_S)
    world.coordinator.stop()
    world.run(10, until=lambda: world.coordinator.drained)
    assert world.coordinator.snapshot().total.due == 2 * PER_WINDOW * 4


def test_a_worker_without_its_master_stops_by_itself_within_five_seconds():
    world = joined()
    world.generators["w0"].begin = lambda i, at_s, sink, is_again: FakeGenerator.begin(
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
