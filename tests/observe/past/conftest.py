"""Logs that are closed at the end of a test."""

from contextlib import ExitStack, closing

import pytest

from harness.observe.past.past_logs import PastLogs
from tests.observe.access_log.logs import NGINX, traffic_of


@pytest.fixture
def logs_of():
    with ExitStack() as stack:
        yield lambda *paths: stack.enter_context(closing(PastLogs(paths, traffic_of(**NGINX))))
