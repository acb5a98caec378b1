"""Requests that are sent as they were meant, or refused."""

import pytest

from tests.load.client import OK, client


def test_headers_of_a_call_replace_the_default_ones_and_cannot_break_the_request():
    with client(OK) as (one, seen):
        one.session.get("/x", headers={"Accept": "text/plain", "X-A": "1"}, auth=("me", "secret"))
        assert b"accept: text/plain\r\n" in seen[0]
        assert b"accept: */*" not in seen[0]
        assert b"authorization: Basic bWU6c2VjcmV0\r\n" in seen[0]
        with pytest.raises(ValueError, match="line break"):
            one.session.get("/x", headers={"x": "a\r\nevil: 1"})


def test_a_path_cannot_break_the_request_line():
    with client(OK) as (one, seen):
        one.session.get("/a b\r\nx: y?q=ü#part", params={"z": "1 2"})
        assert seen[0].split(b"\r\n")[0] == b"GET /a%20b%0D%0Ax:%20y?q=%C3%BC&z=1+2 HTTP/1.1"


def test_all_methods_are_sent_as_named():
    with client(OK) as (one, seen):
        for method in ("get", "options", "delete", "post", "put", "patch"):
            assert getattr(one.session, method)("/x").ok
        assert one.session.request("propfind", "/x").ok
        names = [request.split(b" ")[0] for request in seen]
        assert names == [b"GET", b"OPTIONS", b"DELETE", b"POST", b"PUT", b"PATCH", b"PROPFIND"]
        assert [b"content-length: 0" in request for request in seen] == [False] * 3 + [True] * 3 + [False]


@pytest.mark.parametrize("method", ["CONNECT", "GET /x HTTP/1.1\r\nx:", ""])
def test_a_method_that_is_none_is_refused(method):
    with client(OK) as (one, seen):
        with pytest.raises(ValueError, match="not a valid HTTP method"):
            one.session.request(method, "/x")
        assert not seen
