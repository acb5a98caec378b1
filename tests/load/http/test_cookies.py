"""Cookies: kept per user, sent where they belong, and no work for users without any."""

from harness.load.http.cookies import cookies_of
from tests.load.client import OK, client, client_of
from tests.load.scripted import serving


def setting(*cookies):
    lines = "".join(f"Set-Cookie: {cookie}\r\n" for cookie in cookies)
    return f"HTTP/1.1 200 OK\r\n{lines}Content-Length: 0\r\n\r\n".encode()


def test_a_cookie_comes_back_with_the_next_request():
    with client(setting("a=1; Path=/", "b=2"), OK) as (one, seen):
        response = one.session.get("/x/login")
        one.session.get("/x/home")
        one.session.get("/y")
        assert response.cookies == {"a": "1", "b": "2"}
        assert b"cookie" not in seen[0]
        assert b"cookie: b=2; a=1\r\n" in seen[1]
        assert b"cookie: a=1\r\n" in seen[2]


def test_an_expired_cookie_is_forgotten():
    with client(setting("a=1"), setting("a=1; Max-Age=0"), OK) as (one, seen):
        for path in ("/1", "/2", "/3"):
            one.session.get(path)
        assert b"cookie: a=1\r\n" in seen[1]
        assert b"cookie" not in seen[2]


def test_a_secure_cookie_stays_away_from_plain_connections():
    with client(setting("a=1; Secure"), OK) as (one, seen):
        one.session.get("/1")
        one.session.get("/2")
        assert b"cookie" not in seen[1]


def test_cookies_are_those_of_one_user():
    with client(setting("a=1"), OK) as (one, seen), client_of(one.client_context.targets[0].url) as other:
        one.session.get("/1")
        other.session.get("/2")
        assert b"cookie" not in seen[1]


def test_a_cookie_set_on_the_way_of_a_redirect_is_sent_with_its_next_hop():
    login = b"HTTP/1.1 302 Go\r\nLocation: /home\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n"
    with client(login, OK) as (one, seen):
        one.session.post("/login")
        assert b"cookie: a=1\r\n" in seen[1]


def test_a_cookie_header_of_the_call_wins():
    with client(setting("a=1"), OK) as (one, seen):
        one.session.get("/1")
        one.session.get("/2", headers={"Cookie": "b=2"})
        assert b"cookie: b=2\r\n" in seen[1]


def test_nothing_is_kept_of_a_cookie_for_somebody_else():
    with client(setting("a=1; Domain=example.com"), OK) as (one, seen):
        one.session.get("/1")
        one.session.get("/2")
        assert len(one.session.cookiejar) == 0
        assert b"cookie" not in seen[1]


def test_broken_cookies_are_passed_over():
    assert cookies_of(["a=1", "=", "\x00", "b=2; Path"]) == {"a": "1", "b": "2"}


def test_a_cookie_that_could_not_be_sent_back_is_not_kept():
    with client(setting("a=1\x84"), OK) as (one, seen):
        assert one.session.get("/1").ok
        assert one.session.get("/2").ok
        assert b"cookie" not in seen[1]


def test_a_jar_does_not_grow_without_end():
    many = setting(*(f"c{number}=1" for number in range(200)))
    more = setting(*(f"d{number}=1" for number in range(200)))
    with serving(many, more, more) as (url, _), client_of(url) as one:
        for path in ("/1", "/2", "/3"):
            one.session.get(path)
        assert len(one.session.cookiejar) <= 400
