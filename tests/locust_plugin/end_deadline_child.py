"""Run in a process of its own: importing Locust patches it."""

import logging
from types import SimpleNamespace

import gevent

from harness.locust_plugin.end_deadline import end_soon


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
    assert "after the run: a user waits (end_deadline_child.py:13); the process" in line
    user.kill()


def test_a_listener_that_does_not_end_is_cut_short_as_well(caplog):
    over = gevent.event.Event()
    with caplog.at_level(logging.WARNING):
        end_soon(SimpleNamespace(user_greenlets=[]), over.set, within_s=0.01)
        assert over.wait(5)
    assert caplog.messages == ["Locust has not ended 0.01 s after the run; the process ends now"]
