"""Master and workers over a network that loses, doubles and delays: exact counts, or a named loss."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.load.readiness import READY, Readiness
from harness.load.workers.coordinator import BEGIN, INTRODUCED_WITHIN_S, WORKER_SILENT_S
from harness.record.histograms.endpoints import MAX_ENDPOINTS, OTHERS
from harness.record.histograms.tag import GENERATOR
from tests.load.workers.world import PER_WINDOW, STAGE_S, World, joined


def test_every_request_of_every_worker_arrives_once():
    world = joined(workers=3)
    assert world.stage() == []
    assert world.requests() == 3 * PER_WINDOW * 4
    assert [w.start_s for w in world.out] == [0.0, 0.5, 1.0, 1.5]
    assert sum(w.total.completed for w in world.out) == world.requests()


def test_a_master_waits_for_the_users_of_all_workers_and_names_one_that_will_not_get_ready():
    world = joined()
    assert not world.coordinator.readiness(joined=2).is_ready
    first, second = world.workers.values()
    first.users = second.users = READY
    world.run(0.5)
    assert world.coordinator.readiness(joined=2) == READY
    second.users = Readiness(is_ready=False, problem="Shop.on_start raised KeyError")
    world.run(0.5)
    assert world.coordinator.readiness(joined=2) == second.users


def test_a_worker_that_fell_silent_is_not_waited_for():
    world = joined()
    world.frozen.add(next(iter(world.workers)))
    world.workers["w1"].users = READY
    world.run(WORKER_SILENT_S + 1)
    assert world.coordinator.readiness(joined=2).is_ready


def test_a_worker_that_joined_and_never_introduces_itself_ends_the_start_by_name():
    world = joined(workers=1)
    world.workers["w0"].users = READY
    world.run(0.5)
    assert world.coordinator.readiness(joined=2) == Readiness(is_ready=False)
    world.run(INTRODUCED_WITHIN_S + 1)
    problem = world.coordinator.readiness(joined=2).problem
    assert problem.startswith("1 of 2 workers joined Locust and did not introduce themselves")


def test_a_worker_that_introduces_itself_late_is_no_problem():
    world = joined(workers=1)
    world.workers["w0"].users = READY
    world.run(INTRODUCED_WITHIN_S)
    assert world.coordinator.readiness(joined=2).problem is None
    assert world.coordinator.readiness(joined=1).is_ready
    world.run(INTRODUCED_WITHIN_S)
    assert world.coordinator.readiness(joined=2).problem is None


def test_a_stage_tells_as_many_endpoints_apart_with_ten_workers_as_with_one():
    numbers = itertools.count()
    world = joined(workers=10)
    world.endpoint = lambda: f"GET /items/{next(numbers)}"
    assert world.stage() == []
    named = {tag.endpoint for window in world.out for tag in window.histograms if tag.variant != GENERATOR}
    assert len(named) == MAX_ENDPOINTS + 1
    assert OTHERS in named
    assert world.requests() == next(numbers) == 10 * PER_WINDOW * 4


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 0.3), st.floats(0, 0.5))
def test_a_network_that_loses_and_doubles_messages_changes_no_count(seed, loss, doubled):
    world = joined(loss=loss, doubled=doubled, seed=seed)
    assert world.stage() == []
    assert world.requests() == 2 * PER_WINDOW * 4


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


def test_a_worker_that_the_order_to_begin_never_reaches_is_a_named_loss():
    world = joined()
    reach = world.at_worker

    def at_worker(kind, message, name):
        if (kind, name) != (BEGIN, "w1"):
            reach(kind, message, name)

    world.at_worker = at_worker
    (loss,) = world.stage()
    assert "w1" in loss
    assert world.requests() == PER_WINDOW * 4


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


def test_every_worker_is_told_that_a_stage_goes_on_instead_of_beginning():
    world = joined()
    told = []
    for _ in range(2):
        world.coordinator.begin(0, world.now_s + world.coordinator.lead_s, world.out.append)
        world.run(1)
        told.append([generator.is_again for generator in world.generators.values()])
    assert set(told[0]) == {False}
    assert set(told[1]) == {True}
