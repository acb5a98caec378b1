"""Run in a process of its own: importing Locust patches it, and this replaces how its events are fired."""

import logging

import gevent
import pytest
from locust import events
from locust.event import EventHook
from locust.exception import StopUser

from harness.locust_plugin import listeners
from harness.locust_plugin.listeners import Listeners


def refuses(**_):
    raise KeyError("token")


def waits(**_):
    gevent.sleep(60)


def tries_again(**_):
    while True:
        try:
            gevent.sleep(60)
        except Exception:
            continue


@pytest.fixture
def called(monkeypatch):
    monkeypatch.setattr(EventHook, "fire", EventHook.fire)
    monkeypatch.setattr(listeners, "WITHIN_S", 0.01)
    for hook in (events.init, events.test_start, events.request):
        monkeypatch.setattr(hook, "_handlers", [])
    called = Listeners()
    called.take_over()
    return called


@pytest.mark.parametrize(
    ("handler", "raised"),
    [
        (refuses, "KeyError: 'token'"),
        (waits, "TimeoutError: not ended after 0.01 s"),
        (tries_again, "TimeoutError: not ended after 0.01 s"),
    ],
)
def test_a_start_hears_of_a_listener_that_raised_before_or_after_it_asked(called, handler, raised):
    before, after = [], []
    events.init.add_listener(handler)
    called.report_to(before.append)
    events.init.fire()
    called.report_to(after.append)
    assert before == after == [called.failure]
    assert called.failure.startswith(f"the listener `{handler.__name__}` of init raised {raised} at ")
    assert "listeners_child.py:" in called.failure


def test_the_others_are_called_all_the_same(called):
    heard = []
    events.test_start.add_listener(refuses)
    events.test_start.add_listener(lambda **event: heard.append(event))
    events.test_start.fire(environment=1)
    assert heard == [{"environment": 1}]


def test_a_listener_of_requests_that_raises_each_time_is_logged_once_and_ends_nothing(called, caplog):
    events.request.add_listener(refuses)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            events.request.fire()
    (line,) = caplog.messages
    assert line.startswith("the listener `refuses` raised KeyError: 'token' at ")
    assert called.failure is None


def test_control_flow_reaches_the_task(called):
    def stops(**_):
        raise StopUser

    events.request.add_listener(stops)
    with pytest.raises(StopUser):
        events.request.fire()
