import pytest

from harness.observe.variant_values import Owner
from tests.observe.access_log.logs import NGINX, nginx_line, reader_of, told

GOOD = nginx_line(1_796_000_000.0)


@pytest.mark.parametrize(
    "bad",
    [
        b"torn\n",
        b"{\n",
        b"[1,2]\n",
        b'"text"\n',
        b"null\n",
        GOOD[:-20] + b"\n",
        GOOD.replace(b'"status":200', b'"status":"x"'),
        GOOD.replace(b'"status":200', b'"status":null'),
        GOOD.replace(b'"request_time":0.020', b'"request_time":-1'),
        GOOD.replace(b'"request_time":0.020', b'"request_time":"nan"'),
        GOOD.replace(b'"request_time":0.020', b'"request_time":"inf"'),
        GOOD.replace(b'"msec":1796000000.000', b'"msec":"yesterday"'),
        GOOD.replace(b'"msec":1796000000.000', b'"msec":null'),
        GOOD.replace(b'"msec":1796000000.000', b'"msec":[]'),
        GOOD.replace(b'"msec":1796000000.000', b'"msec":1e300'),
        GOOD.replace(b'"request_time":0.020', b'"request_time":1e300'),
        GOOD.replace(b'"/api/tasks/7"', b"7"),
        GOOD.replace(b'"10.0.0.5:8080"', b"{}"),
        GOOD.replace(b'"request_uri"', b'"other"'),
        b"\xff\xfe\n",
    ],
    ids=repr,
)
def test_a_line_that_cannot_be_read_is_counted_and_costs_no_other(bad):
    read = reader_of(**NGINX).read(GOOD + bad + GOOD)
    assert (len(read.status), read.unread) == (2, 1)


def test_lines_that_cannot_be_read_at_the_start_do_not_decide_the_format():
    reader = reader_of(**NGINX)
    assert reader.read(b"{}\n{}\n").unread == 2
    assert len(reader.read(GOOD).status) == 1


def test_empty_lines_are_nothing():
    read = reader_of(**NGINX).read(b"\n" + GOOD + b"\n\n")
    assert (len(read.status), read.unread) == (1, 0)


def test_client_errors_and_aborted_requests_are_told_apart_from_answers_and_failures():
    reader = reader_of(**NGINX)
    read = reader.read(
        b"".join(nginx_line(1_796_000_000.0, status=status) for status in (200, 404, 499, 502))
    )
    assert read.failed.tolist() == [False, False, False, True]
    assert [reader.endpoints[number] for number in read.endpoint] == [
        "GET /api/tasks/{id}",
        "GET /api/tasks/{id} (client error)",
        "GET /api/tasks/{id} (aborted)",
        "GET /api/tasks/{id}",
    ]


def test_the_plan_may_say_which_statuses_failed():
    reader = reader_of(**NGINX, failed=["429", "500-503"])
    read = reader.read(
        b"".join(nginx_line(1_796_000_000.0, status=status) for status in (429, 404, 503, 504))
    )
    assert read.failed.tolist() == [True, False, True, False]


def test_a_cache_hit_is_the_router_s_own_and_its_own_error_is_nobody_s():
    reader = reader_of(**NGINX)
    assert told(reader, nginx_line(1_796_000_000.0, "-"))["owner"] == Owner.ROUTER
    assert told(reader, nginx_line(1_796_000_000.0, "-", status=503))["owner"] == Owner.UNATTRIBUTED


def test_what_is_remembered_of_hostile_paths_stays_bounded():
    reader = reader_of(**NGINX)
    for part in range(30):
        reader.read(b"".join(nginx_line(1_796_000_000.0, path=f"/{part}x{n}y") for n in range(1_000)))
    assert len(reader.endpoints) <= 603
    assert len(reader._endpoint_of) <= 20_000
