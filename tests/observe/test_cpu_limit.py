import re
import signal
import threading

import pytest

from harness.observe.cpu_limit import CpuLimit, TookTooLong

BACKTRACKING = re.compile(r"(?:\w+ ?)*!")
HOSTILE = "a" * 60


def test_a_match_that_tries_without_end_is_ended():
    with pytest.raises(TookTooLong), CpuLimit(0.01):
        BACKTRACKING.match(HOSTILE)


def test_what_is_done_in_time_is_done_and_nothing_comes_later():
    with CpuLimit(0.01):
        assert BACKTRACKING.match("all is well!")
    assert signal.getitimer(signal.ITIMER_VIRTUAL)[0] == 0.0


def test_the_process_has_its_own_handler_back():
    before = signal.signal(signal.SIGVTALRM, signal.SIG_IGN)
    try:
        for text in (HOSTILE, "!"):
            try:
                with CpuLimit(0.01):
                    BACKTRACKING.match(text)
            except TookTooLong:
                assert text == HOSTILE
            assert signal.getsignal(signal.SIGVTALRM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGVTALRM, before)


def test_a_thread_has_no_limit():
    found = []

    def match():
        with CpuLimit(1e-6):
            found.append(BACKTRACKING.match("a b!"))

    thread = threading.Thread(target=match)
    thread.start()
    thread.join()
    assert found[0]
