"""Which requests of a log are sent again: those of the service, and nothing else."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.observe.past.past_logs import PastLogError
from harness.observe.past.replayed_log import recorded_requests
from harness.plan.traffic.replay import Replay

# Examples of the Common Log Format in Apache's documentation and of its combined form.
COMMON = '127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif HTTP/1.0" 200 2326'
COMBINED = f'{COMMON} "http://www.example.com/start.html" "Mozilla/4.08 [en] (Win98; I ;Nav)"'


def line(second, request, minute=55):
    return f'10.0.0.1 - - [10/Oct/2000:13:{minute}:{second:02d} +0000] "{request}" 200 12\n'


@pytest.fixture
def replayed(tmp_path):
    def read(text, **more):
        path = tmp_path / "access.log"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return recorded_requests(Replay(access_log={"path": str(path)}, **more))

    return read


@pytest.mark.parametrize("text", [COMMON, COMBINED])
def test_the_examples_of_the_formats_are_recognized(replayed, text):
    assert list(replayed(text + "\n").requests) == [("GET", "/apache_pb.gif")]


def test_requests_keep_their_order_and_their_query(replayed):
    found = replayed(
        line(40, "GET /b?q=1 HTTP/1.1") + line(36, "GET /a HTTP/1.1") + line(40, "GET /b?q=1 HTTP/1.1")
    )
    sent = [found.requests[number] for number in found.number]
    assert sent == [("GET", "/a"), ("GET", "/b?q=1"), ("GET", "/b?q=1")]
    assert np.floor(found.began_s[1]) == 3


def test_methods_that_change_something_are_left_out_and_counted_unless_the_plan_names_them(replayed):
    text = line(1, "GET /a HTTP/1.1") + line(2, "POST /a HTTP/1.1") + line(3, "DELETE /a HTTP/1.1")
    assert replayed(text).left_out == {"POST requests": 1, "DELETE requests": 1}
    assert len(replayed(text, methods=["GET", "DELETE"]).number) == 2


@pytest.mark.parametrize(
    "target",
    [
        "http://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/a\\x0d\\x0aHost:evil.example",
        "user:secret@evil.example/",
        "evil.example:443",
        "*",
        "/a b",
        "/é",
        "/a\tb",
        f"/{'x' * 9000}",
        "",
    ],
)
def test_what_is_no_path_of_the_service_is_never_sent(replayed, target):
    found = replayed(line(1, "GET /good HTTP/1.1") + line(2, f"GET {target} HTTP/1.1"))
    assert list(found.requests) == [("GET", "/good")]
    assert sum(found.left_out.values()) == 1


@given(st.lists(st.binary(max_size=200).filter(lambda raw: b"\n" not in raw), max_size=20))
def test_whatever_a_log_says_only_paths_of_the_service_come_out(tmp_path_factory, raw):
    path = tmp_path_factory.mktemp("log") / "access.log"
    good = line(1, "GET /good HTTP/1.1").encode()
    torn = [b'1 - - [10/Oct/2000:13:55:01 +0000] "GET ' + each + b' HTTP/1.1" 200 1\n' for each in raw]
    path.write_bytes(good + b"".join(each + b"\n" for each in raw) + b"".join(torn))
    found = recorded_requests(Replay(access_log={"path": str(path)}))
    for method, target in found.requests:
        assert method in ("GET", "HEAD")
        assert target.startswith("/")
        assert not target.startswith("//")
        assert target.isascii()
        assert target.isprintable()
        assert " " not in target
        assert "\\" not in target


def test_a_line_of_a_megabyte_and_a_torn_one_are_left_out(replayed):
    text = (
        line(1, "GET /a HTTP/1.1")
        + "x" * (1 << 20)
        + "\n"
        + line(2, "GET /b HTTP/1.1")
        + "1.1.1.1 - - [10/Oct"
    )
    assert list(replayed(text).requests) == [("GET", "/a"), ("GET", "/b")]


def test_a_compressed_log_is_read(replayed):
    assert len(replayed(gzip.compress(line(1, "GET /a HTTP/1.1").encode())).number) == 1


def test_a_log_without_a_request_to_send_says_what_it_has(replayed):
    with pytest.raises(PastLogError, match=r"no request in it can be sent again \(2 POST requests\)"):
        replayed(line(1, "POST /a HTTP/1.1") + line(2, "POST /b HTTP/1.1"))


def test_a_log_in_no_known_format_names_those_that_are(replayed):
    with pytest.raises(PastLogError, match="not in one of the formats nginx-json, combined"):
        replayed("hello\nworld\n")


def test_a_rate_that_no_load_can_have_is_refused(replayed):
    burst = "".join(
        f'{{"msec":{1e9 + n * 1e-6:.6f},"request_time":0,"status":200,"request_uri":"/a"}}\n'
        for n in range(500)
    )
    with pytest.raises(PastLogError, match="at most 100,000 are sent"):
        replayed(burst)


def test_the_gaps_that_left_out_requests_change_are_measured(replayed):
    text = "".join(line(s, f"{'GET' if s % 2 else 'POST'} /a HTTP/1.1") for s in range(50))
    assert replayed(text).gaps_moved == 1
    assert replayed(text, methods=["GET", "POST"]).gaps_moved == 0
