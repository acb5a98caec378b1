import sys
import threading

import pytest

from harness.process.view_guard import ViewGuard


@pytest.mark.parametrize("error", [ValueError("no"), SystemExit(0), KeyboardInterrupt(), MemoryError()])
def test_whatever_a_view_raises_is_one_line_of_the_log_and_it_is_not_called_again(caplog, error):
    calls = []

    def view(item):
        calls.append(item)
        raise error

    guard = ViewGuard()
    assert not guard.call("the page", view, 1)
    assert not guard.call("the page", view, 2)
    assert calls == [1]
    (line,) = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert line.startswith(f"the page failed and is off for the rest of the run: {type(error).__name__}")


def test_a_view_that_hangs_holds_nobody_up_and_other_views_go_on(caplog):
    ends, shown = threading.Event(), []
    guard = ViewGuard(within_s=0.05)
    assert not guard.call("the page", ends.wait)
    assert guard.call("the terminal", shown.append, "a line")
    ends.set()
    assert shown == ["a line"]
    assert "the page failed and is off for the rest of the run: no answer within 0.05 s" in caplog.text


def test_a_view_is_called_in_a_thread_and_has_returned_before_the_call_does():
    ran = []
    ViewGuard().call("the page", lambda: ran.append(threading.current_thread()))
    assert ran[0] is not threading.current_thread()


def test_a_view_that_calls_another_one_does_not_wait_for_itself():
    guard, shown = ViewGuard(within_s=5), []
    assert guard.call("outer", guard.call, "inner", shown.append, 1)
    assert shown == [1]


def test_a_recursion_without_end_is_a_failure_of_the_view_alone():
    def deeper():
        deeper()

    assert not ViewGuard().call("the page", deeper)
    assert sys.getrecursionlimit() > 0
