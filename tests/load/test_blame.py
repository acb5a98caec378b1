"""Whose doing an exception is."""

import errno
import json

import pytest

from harness.load.blame import Blame, BlameRules, blame_before_the_service, mistake_of, own_line
from harness.load.errors import StatusError, connection_failed


class TaskEnded(Exception):
    """Raised by a tool instead of what would end more than the task."""


class Steering(Exception):
    """A task steers its user."""


class Bad(Exception):
    """A task calls a response bad."""


RULES = BlameRules(control_flow=(Steering,), verdicts=(Bad,))


@pytest.mark.parametrize(
    ("error", "has_response", "blame"),
    [
        (KeyError("id"), False, Blame.LOAD_TEST),
        (KeyError("id"), True, Blame.LOAD_TEST),
        (ValueError("header 'x' contains a line break"), False, Blame.LOAD_TEST),
        (TypeError("Object of type set is not JSON serializable"), False, Blame.LOAD_TEST),
        (AssertionError("no title"), True, Blame.SERVICE),
        (AssertionError("no data file"), False, Blame.LOAD_TEST),
        (json.JSONDecodeError("Expecting value", "<html>", 0), True, Blame.SERVICE),
        (StatusError("HTTP 500"), True, Blame.SERVICE),
        (Bad("bad"), True, Blame.SERVICE),
        (Steering(), True, Blame.NOBODY),
        (SystemExit(), False, Blame.NOBODY),
        (MemoryError(), True, Blame.MACHINE),
        (connection_failed(OSError(errno.EMFILE, "Too many open files")), True, Blame.MACHINE),
        (connection_failed(OSError(errno.ECONNREFUSED, "Connection refused")), True, Blame.SERVICE),
    ],
)
def test_one_rule_says_whose_doing_an_exception_is(error, has_response, blame):
    assert RULES.of(error, has_response=has_response) is blame


def test_an_exhausted_machine_is_known_through_the_errors_that_other_clients_wrap():
    inner = OSError(errno.EADDRNOTAVAIL, "Cannot assign requested address")
    wrapped = RuntimeError("max retries")
    wrapped.reason = inner
    assert blame_before_the_service(wrapped) is Blame.MACHINE
    assert not blame_before_the_service(RuntimeError("max retries"))


def test_a_mistake_names_the_line_of_the_load_test():
    try:
        json.loads(None)
    except TypeError as error:
        mistake = mistake_of(Blame.LOAD_TEST, error)
    assert mistake.kind.startswith("TypeError: the JSON object must be")
    assert mistake.where.startswith("tests/load/test_blame.py:")


def test_an_exception_that_stands_for_another_one_is_the_load_tests_if_that_one_is():
    try:
        try:
            raise SystemExit(0)
        except SystemExit as inner:
            raise TaskEnded("SystemExit: 0") from inner
    except TaskEnded as error:
        mistake = mistake_of(RULES.of(error, has_response=True), error)
    assert mistake.blame == Blame.LOAD_TEST
    assert mistake.where.startswith("tests/load/test_blame.py:")


@pytest.mark.parametrize("file", ["harness/load/http/session.py", "src/gevent/_waiter.py", "<string>"])
def test_the_line_of_a_mistake_is_that_of_the_task_also_where_compiled_code_raised_it(file):
    assert own_line([("/home/ann/users.py", 10), (file, 80)]) == ("/home/ann/users.py", 10)
