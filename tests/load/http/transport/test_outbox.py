"""Requests of one turn of the loop leave together, none later than the turn, none that was given up."""

import time
from contextlib import contextmanager

import gevent
from gevent import get_hub

from harness.load.http.transport.outbox import _MAX_READY, Outbox
from harness.record.histograms.tag import Kind
from tests.load.client import OK, client


class Turns:
    """A loop that calls back when the test ends its turn."""

    def __init__(self):
        self.callbacks = []

    def end(self):
        callbacks, self.callbacks = self.callbacks, []
        for callback in callbacks:
            callback()


class Waiting:
    def __init__(self):
        self.departures = 0

    def flush(self):
        self.departures += 1


def test_requests_of_a_turn_leave_at_its_end_and_only_once():
    turns, connections = Turns(), [Waiting(), Waiting()]
    outbox = Outbox(turns.callbacks.append)
    for connection in connections:
        outbox.add(connection)
    assert [c.departures for c in connections] == [0, 0]
    assert len(turns.callbacks) == 1
    turns.end()
    turns.end()
    assert [c.departures for c in connections] == [1, 1]


def test_many_requests_do_not_wait_for_the_end_of_the_turn():
    turns, connections = Turns(), [Waiting() for _ in range(_MAX_READY + 1)]
    outbox = Outbox(turns.callbacks.append)
    for connection in connections:
        outbox.add(connection)
    assert [c.departures for c in connections] == [1] * _MAX_READY + [0]
    turns.end()
    assert [c.departures for c in connections] == [1] * (_MAX_READY + 1)


def test_a_request_that_waits_for_the_outbox_is_late_and_not_slow():
    with client(OK) as (one, _):
        one.session.get("/warm")
        one.arrive()
        one.client_context._outbox._at_turns_end = lambda send: get_hub().loop.timer(0.05).start(send)
        began_s = time.perf_counter()
        response = one.session.get("/x")
        assert response.service_s <= time.perf_counter() - began_s - 0.045
        assert one.window.sent.values_s[-1] >= 0.045


@contextmanager
def a_request_that_waits():
    """A task whose second request is ready and waits for the test to send the outbox."""
    with client(OK) as (one, seen):
        one.session.get("/warm")
        one.arrive()
        one.client_context._outbox._at_turns_end = lambda _send: None
        task = gevent.spawn(one.session.get, "/x")
        gevent.sleep(0.01)
        yield one, task
        gevent.sleep(0.02)
        assert [request.split()[1] for request in seen] == [b"/warm"]


def test_a_request_given_up_before_it_left_is_never_sent():
    with a_request_that_waits() as (one, task):
        task.kill()
        one.client_context._outbox.send()


def test_a_connection_lost_before_its_request_left_is_a_failed_request():
    with a_request_that_waits() as (one, task):
        one.client_context._exchanges[0]._sock.shutdown(2)
        one.client_context._outbox.send()
        assert not task.get(timeout=1).ok
        assert one.counts()[Kind.FAILED] == 1
