"""Redirects: followed where load may go, counted as one request, refused elsewhere."""

from types import SimpleNamespace

import pytest

from harness.load.errors import ConnectionFailed, RedirectRefused
from harness.load.http.redirects import redirect_of, redirected_to
from harness.load.http.settings import MAX_REDIRECTS
from harness.record.histograms.tag import Kind
from tests.load.client import OK, client, client_of
from tests.load.scripted import Hangup, serving


def to(location, status=302, extra=""):
    return f"HTTP/1.1 {status} Go\r\nLocation: {location}\r\n{extra}Content-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("status", "method", "after", "keeps_body"),
    [
        (301, "POST", "GET", False),
        (302, "POST", "GET", False),
        (303, "PUT", "GET", False),
        (303, "HEAD", "HEAD", True),
        (302, "PUT", "PUT", True),
        (307, "POST", "POST", True),
        (308, "POST", "POST", True),
        (301, "GET", "GET", True),
    ],
)
def test_the_method_changes_as_the_standard_says(status, method, after, keeps_body):
    redirect = redirect_of(status, "../b?q", method, "http://h/x/a")
    assert redirect == (after, "http://h/b?q", keeps_body)


@pytest.mark.parametrize(("status", "location"), [(200, "/x"), (304, "/x"), (300, "/x"), (302, None)])
def test_other_answers_do_not_redirect(status, location):
    assert redirect_of(status, location, "GET", "http://h/") is None


def test_an_address_that_is_none_is_refused():
    with pytest.raises(RedirectRefused):
        redirect_of(302, "http://[::bad", "GET", "http://h/")


def test_a_redirected_request_is_one_request_and_lasts_as_long_as_all_its_hops():
    with client(to("/b"), [0.05, to("c")], OK) as (one, seen):
        response = one.session.get("/a/a")
        assert response.ok
        assert [redirect.status_code for redirect in response.history] == [302, 302]
        assert response.url.endswith("/c")
        assert response.service_s > 0.05
        assert [request.split()[1] for request in seen] == [b"/a/a", b"/b", b"/c"]
        assert one.counts() == {Kind.RESPONSE: 1, Kind.SERVICE: 1, Kind.TTFB: 1, Kind.FAILED: 0}
        assert one.fired[0]["name"] == "/a/a"


def test_a_post_turns_into_a_get_without_its_body_and_a_307_repeats_it():
    with client(to("/b", 303), OK, to("/d", 307), OK) as (one, seen):
        one.session.post("/a", json={"k": 1}, headers={"X-A": "1"})
        one.session.post("/c", json={"k": 1})
        assert seen[1].startswith(b"GET /b ")
        assert b"content-" not in seen[1]
        assert b"x-a: 1\r\n" in seen[1]
        assert seen[3].startswith(b"POST /d ")
        assert b"content-type: application/json\r\n" in seen[3]
        assert seen[3].endswith(b'{"k":1}')


def test_a_redirect_can_be_the_response():
    with client(to("/b")) as (one, seen):
        response = one.session.get("/a", allow_redirects=False)
        assert (response.status_code, response.ok) == (302, True)
        assert len(seen) == 1


def test_a_circle_ends_after_thirty_hops():
    with client(to("/a")) as (one, seen):
        response = one.session.get("/a")
        assert isinstance(response.error, RedirectRefused)
        assert len(seen) == MAX_REDIRECTS + 1
        assert one.counts()[Kind.FAILED] == 1


def test_a_hop_that_fails_is_not_sent_again():
    with client(to("/b"), Hangup) as (one, seen):
        response = one.session.get("/a")
        assert isinstance(response.error, ConnectionFailed)
        assert len(seen) == 2
        assert one.counts()[Kind.FAILED] == 1


@pytest.mark.parametrize(
    "location",
    ["http://example.com/x", "//example.com/x", "ftp://127.0.0.1/x", "http://a b/", "http://x:99999/"],
)
def test_no_load_follows_a_redirect_out_of_the_plan(location):
    with client(to(location)) as (one, seen):
        response = one.session.get("/a")
        assert isinstance(response.error, RedirectRefused)
        assert response.status_code == 302
        assert len(seen) == 1
        assert one.counts()[Kind.FAILED] == 1


def test_an_allowed_host_gets_a_connection_of_its_own_and_no_secrets():
    with serving(OK) as (other, seen), client(to(f"{other}/b")) as (one, _):
        response = one.session.get("/a", auth=("me", "secret"))
        assert response.ok
        assert response.url == f"{other}/b"
        assert seen[0].startswith(b"GET /b ")
        assert b"authorization" not in seen[0]
        assert len(one.client_context._exchanges) == 2


def test_nothing_a_service_was_trusted_with_follows_a_redirect_to_another_origin():
    keys = {"session": {"default_headers": {"Authorization": "Bearer class", "X-Api-Key": "class"}}}
    sets = b"HTTP/1.1 200 OK\r\nSet-Cookie: sid=jar\r\nContent-Length: 0\r\n\r\n"
    with serving(OK) as (other, seen), client(sets, to(f"{other}/b"), **keys) as (one, first):
        one.session.get("/login")
        one.session.headers["Proxy-Authorization"] = "Basic session"
        headers = {"Accept": "text/csv", "X-Token": "request"}
        assert one.session.get("/a", headers=headers, auth=("me", "secret")).ok
        sent, followed = first[1].lower(), seen[0].lower()
        for key in (b"x-api-key: class", b"x-token: request", b"authorization: basic ", b"cookie: sid="):
            assert key in sent
        for name in (b"authorization", b"x-api-key", b"x-token", b"cookie"):
            assert name not in followed
        assert b"accept: text/csv" in followed


def test_within_one_origin_a_redirect_keeps_every_header():
    session = {"default_headers": {"Authorization": "Bearer class"}}
    with client(to("/b"), OK, session=session) as (one, seen):
        one.session.get("/a", headers={"X-Token": "request"})
        assert b"authorization: Bearer class\r\n" in seen[1]
        assert b"x-token: request\r\n" in seen[1]


def test_a_canary_that_redirects_to_the_baseline_is_a_failure_of_the_canary():
    with (
        serving(OK) as (baseline, seen),
        serving(to(f"{baseline}/b")) as (canary, _),
        client_of(baseline, canary=canary, variant=1) as one,
    ):
        response = one.session.get("/a")
        assert "is the baseline, not the canary" in str(response.error)
        assert not seen


@pytest.mark.parametrize(
    ("status", "location", "to"),
    [
        (302, "/login?next=%2Fcart", "/login"),
        (301, "http://shop.example:8080/cart/", "/cart/"),
        (307, "https://sso.example/start?token=secret", "sso.example/start"),
        (303, "/orders/1234", "/orders/[id]"),
        (302, "", "/cart"),
        (302, "http://[", "what is not an address"),
        (304, "/login", None),
        (200, "/login", None),
    ],
)
def test_a_redirect_that_was_not_followed_says_where_it_leads_without_secrets(status, location, to):
    response = SimpleNamespace(
        history=(), status_code=status, url="http://shop.example:8080/cart", headers={"location": location}
    )
    assert redirected_to(response) == to


def test_a_redirect_that_was_followed_says_where_it_led():
    first = SimpleNamespace(url="http://shop.example/cart")
    last = SimpleNamespace(history=[first, first], status_code=200, url="http://shop.example/login?a=b")
    assert redirected_to(last) == "/login"
