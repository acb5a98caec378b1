from wsgiref.util import setup_testing_defaults

import pytest

from harness.live.live_run import LiveRun
from harness.live.prometheus.exporter import metrics_application
from harness.record.run_directory import RunDirectory
from harness.record.run_info import run_info
from tests.live.windows import PLAN, TEXT, figures_of, window


@pytest.fixture
def answer(tmp_path):
    run = RunDirectory.create(tmp_path, "plan", TEXT, run_info(PLAN, "plan", 0.0, 1.0, ()))
    application = metrics_application(LiveRun(run, figures_of(window(0)), lambda: 0.0))

    def ask(path="/metrics", **headers):
        environ, statuses = {"PATH_INFO": path, "HTTP_HOST": "127.0.0.1:9646", **headers}, []
        setup_testing_defaults(environ)
        body = b"".join(application(environ, lambda status, _: statuses.append(status)))
        return statuses[0], body

    return ask


@pytest.mark.parametrize("host", ["127.0.0.1:9646", "localhost:9646", "[::1]:9646"])
def test_prometheus_reads_the_metrics_of_this_machine(answer, host):
    status, body = answer(HTTP_HOST=host)
    assert status == "200 OK"
    assert b"gate_requests_total" in body


def test_another_path_says_where_they_are(answer):
    assert answer("/") == ("404 Not Found", b"the metrics are at /metrics\n")


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_HOST": "rebound.example:9646"},
        {"HTTP_HOST": ""},
        {"HTTP_ORIGIN": "http://evil.example"},
        {"HTTP_SEC_FETCH_SITE": "cross-site", "HTTP_SEC_FETCH_MODE": "no-cors"},
    ],
)
def test_a_page_of_another_site_reads_nothing_under_a_name_that_leads_here_either(answer, headers):
    status, body = answer(**headers)
    assert status == "403 Forbidden"
    assert b"gate_" not in body
