"""Lines of Locust's log that a run leaves out."""

import logging

import pytest

from harness.load.locust.misleading_lines import leave_out_misleading_lines


@pytest.mark.parametrize(
    ("logger", "line", "is_left_out"),
    [
        ("locust.runners", "Ramping to %d users at a rate of %.2f per second", True),
        ("locust.runners", "All users spawned: %s (%i total users)", True),
        ("locust.main", "No run time limit set, use CTRL+C to interrupt", True),
        ("locust.runners", "Worker %s failed to send heartbeat, setting state to missing.", False),
        ("locust.main", "Shutting down (exit code %s)", False),
    ],
)
def test_lines_about_users_and_run_time_are_left_out_and_others_are_not(logger, line, is_left_out):
    of_locust = logging.getLogger(logger)
    before = of_locust.filters.copy()
    leave_out_misleading_lines()
    try:
        record = of_locust.makeRecord(logger, logging.INFO, __file__, 1, line, (), None)
        assert bool(of_locust.filter(record)) is not is_left_out
    finally:
        of_locust.filters[:] = before
