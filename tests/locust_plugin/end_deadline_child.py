"""Run in a process of its own: importing Locust patches it."""

import logging
import os
import signal
from types import SimpleNamespace

import gevent
import pytest

from harness.locust_plugin.end_deadline import end_soon, end_worker_by_signal
from harness.process.end_signals import Ended


class Shop:
    def on_stop(self):
        gevent.sleep(60)


def test_the_user_that_does_not_end_is_named_with_its_line(caplog):
    user = gevent.spawn(lambda shop: shop.on_stop(), Shop())
    over = gevent.event.Event()
    with caplog.at_level(logging.WARNING):
        end_soon(SimpleNamespace(user_greenlets=[user]), over.set, within_s=0.01)
        assert over.wait(5)
    (line,) = caplog.messages
    assert "after the run: a user waits (end_deadline_child.py:17); the process" in line
    user.kill()


def test_a_listener_that_does_not_end_is_cut_short_as_well(caplog):
    over = gevent.event.Event()
    with caplog.at_level(logging.WARNING):
        end_soon(SimpleNamespace(user_greenlets=[]), over.set, within_s=0.01)
        assert over.wait(5)
    assert caplog.messages == ["Locust has not ended 0.01 s after the run; the process ends now"]


def test_a_worker_that_is_told_to_end_again_while_a_user_holds_it_up_ends_at_once():
    over, now_s = gevent.event.Event(), 0.0
    end_worker_by_signal(over.set, lambda: now_s)
    with pytest.raises(Ended):
        _told_to_end()
    now_s = 0.5
    _told_to_end()
    assert not over.is_set(), "the same Ctrl-C, passed on"
    now_s = 2.0
    _told_to_end()
    assert over.is_set()


def _told_to_end():
    os.kill(os.getpid(), signal.SIGTERM)
    gevent.sleep(0.05)
