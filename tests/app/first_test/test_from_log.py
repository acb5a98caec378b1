"""What a log tells about the requests of a service."""

import gzip

import pytest

from harness.app.first_test.from_log import from_log
from harness.app.first_test.known_traffic import UnknownTraffic
from tests.observe.access_log.logs import nginx_line

PLAIN = '127.0.0.1 - - [08/Jan/2026:14:00:{second:02d} +0000] "{request}" {status} 88 "-" "curl/7.88.1"\n'


def plain(*requests):
    return "".join(
        PLAIN.format(second=number, request=f"{request} HTTP/1.1", status=status)
        for number, (request, status) in enumerate(requests)
    ).encode()


@pytest.fixture
def read(tmp_path):
    def known(content, log_format=None):
        path = tmp_path / "access.log"
        path.write_bytes(content)
        return from_log(path, log_format)

    return known


def test_endpoints_have_the_weight_of_their_requests_and_these_as_data(read):
    lines = [nginx_line(1000.0 + number, path=f"/items/{number}") for number in range(30)]
    lines += [nginx_line(1030.0 + number, path="/list?page=2") for number in range(10)]
    known = read(b"".join(lines))
    assert {each.name: each.weight for each in known.endpoints} == {"GET /items/{id}": 750, "GET /list": 250}
    assert known.endpoints[0].requests[7].path == "/items/7"
    assert known.endpoints[1].requests[0].path == "/list?page=2"


def test_the_rate_and_todays_figures_are_measured(read):
    lines = [nginx_line(1000 + number / 10, took_s=0.04) for number in range(1000)]
    lines += [nginx_line(1100, status=503)]
    known = read(gzip.compress(b"".join(lines)))
    assert known.rate_per_s == pytest.approx(10, rel=0.01)
    assert known.p95_s == pytest.approx(0.04, rel=0.01)
    assert known.error_rate == pytest.approx(1 / 1001)


def test_a_plain_combined_log_tells_no_times(read):
    known = read(plain(("GET /a", 200), ("GET /b", 200)))
    assert known.p95_s is None
    assert len(known.endpoints) == 2


def test_methods_without_a_body_in_the_log_and_requests_that_failed_are_left_out(read):
    known = read(plain(("GET /a", 200), ("GET /gone", 404), ("POST /a", 201), ("DELETE /a", 204)))
    assert [each.name for each in known.endpoints] == ["GET /a"]
    assert any("POST /a" in each for each in known.left_out)


def test_what_is_no_log_or_holds_nothing_that_can_be_sent_is_said_to_be_so(read):
    with pytest.raises(UnknownTraffic, match="its lines are in none of the formats nginx-json, combined"):
        read(b"hello\nworld\n")
    with pytest.raises(UnknownTraffic, match="it is empty, or"):
        read(b"")
    with pytest.raises(UnknownTraffic, match="no GET or HEAD request"):
        read(plain(("POST /a", 201)))


ODD = '$time_iso8601|$remote_addr|"$request_method $request_uri"|$status|rt=$request_time'
ODD_LINE = b'2026-01-08T14:00:00+00:00|192.0.2.1|"GET /items/7?q=%22"|200|rt=0.018\n'


def test_a_log_format_that_is_not_recognized_can_be_given(read):
    with pytest.raises(UnknownTraffic, match="give the string of nginx's log_format with --log-format"):
        read(ODD_LINE)
    known = read(ODD_LINE, ODD)
    assert known.endpoints[0].requests[0].path == "/items/7?q=%22"
    assert known.p95_s == pytest.approx(0.018, rel=0.01)


@pytest.mark.parametrize(
    ("log_format", "why"),
    [
        ("", "takes a string of 1 to 5,000 characters"),
        ("$status $request", "has no \\$msec or"),
        ("$msec $status", "has no"),
        ("$msec $status $request", "none of its first lines can be read"),
    ],
)
def test_a_log_format_that_does_not_fit_is_refused(read, log_format, why):
    with pytest.raises(UnknownTraffic, match=why):
        read(ODD_LINE, log_format)
