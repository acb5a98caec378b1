import time

import pytest

from harness.process.child import Child, ChildError

SPOKEN = "tests.process.spoken"


def wait_for(told):
    ends_s = time.monotonic() + 30
    while not (found := told()):
        assert time.monotonic() < ends_s, "nothing was told"
        time.sleep(0.01)
    return found


def test_a_child_tells_each_line_once():
    child = Child.start(SPOKEN, "one", "two")
    assert wait_for(child.lines) == ['["one", "two"]\n']
    assert child.lines() == []
    assert child.problem() is None
    child.stop()


def test_a_child_that_ended_by_itself_is_a_problem_with_its_exit_code():
    child = Child.start(SPOKEN)
    child.stop()
    assert child.problem() == f"the process {SPOKEN} ended (exit code 0)"


def test_a_child_that_fails_before_it_is_ready_is_an_error(capfd):
    with pytest.raises(ChildError, match="did not start"):
        Child.start(SPOKEN, "broken")
    assert capfd.readouterr().err == "spoken: ValueError: it is broken\n"
