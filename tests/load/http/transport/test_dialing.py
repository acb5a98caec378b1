"""Hosts with several addresses, some of which refuse or say nothing."""

import os
import resource
import socket
import time
from contextlib import contextmanager

import pytest

from harness.load.http.transport.dialing import ATTEMPT_DELAY_S
from tests.load.client import OK, client, client_of
from tests.load.scripted import serving


@contextmanager
def silent(host, port):
    """An address that takes no connection and refuses none: its queue is full."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(8)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex((host, port))
        try:
            yield
        finally:
            for one in waiting:
                one.close()


@pytest.fixture
def resolving(monkeypatch):
    """Make a name resolve to addresses of the test."""
    known = {}
    real = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **kwargs):
        if host not in known:
            return real(host, port, *args, **kwargs)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return known


def port_of(url):
    return int(url.rpartition(":")[2])


def test_an_address_that_is_silent_costs_a_quarter_of_a_second_and_is_avoided_then(resolving):
    with serving(OK, listener=("127.0.0.3", 0)) as (url, seen), silent("127.0.0.7", port_of(url)):
        resolving["several.test"] = ["127.0.0.7", "127.0.0.3"]
        with client_of(f"http://several.test:{port_of(url)}") as one:
            first = one.session.get("/1")
            assert first.ok
            assert 0.8 * ATTEMPT_DELAY_S < first.connect_s < 4 * ATTEMPT_DELAY_S
            one.session.close()
            assert one.session.get("/2").connect_s < ATTEMPT_DELAY_S
            assert len(seen) == 2


def test_an_address_that_refuses_costs_nothing(resolving):
    with serving(OK, listener=("127.0.0.3", 0)) as (url, _):
        resolving["several.test"] = ["127.0.0.9", "127.0.0.3"]
        with client_of(f"http://several.test:{port_of(url)}") as one:
            assert one.session.get("/1").connect_s < ATTEMPT_DELAY_S


def test_addresses_that_are_all_silent_end_in_a_timeout(resolving):
    with silent("127.0.0.7", 21987), silent("127.0.0.8", 21987):
        resolving["several.test"] = ["127.0.0.7", "127.0.0.8"]
        with client_of("http://several.test:21987", timeout_s=0.5) as one:
            began_s = time.monotonic()
            assert str(one.session.get("/1").error) == "timeout"
            assert time.monotonic() - began_s < 2


def test_a_host_that_has_moved_is_asked_for_when_its_old_address_refuses(resolving):
    with serving(OK, listener=("127.0.0.4", 0)) as (url, new):
        resolving["moves.test"] = ["127.0.0.3"]
        with client_of(f"http://moves.test:{port_of(url)}") as one:
            resolving["moves.test"] = ["127.0.0.4"]
            assert not one.client_context.doubts.is_set()
            assert str(one.session.get("/1").error) == "connection refused"
            assert one.client_context.doubts.is_set()
            one.client_context.resolve_again()
            assert one.session.get("/2").ok
            assert len(new) == 1


def test_an_idle_connection_moves_when_its_host_does(resolving):
    with (
        serving(OK, listener=("127.0.0.3", 0)) as (url, old),
        serving(OK, listener=("127.0.0.4", port_of(url))) as (_, new),
    ):
        resolving["moves.test"] = ["127.0.0.3"]
        with client_of(f"http://moves.test:{port_of(url)}") as one:
            one.session.get("/1")
            one.client_context.resolve_again()
            assert one.session.get("/2").connected is None
            resolving["moves.test"] = ["127.0.0.4"]
            one.client_context.resolve_again()
            one.session.get("/3")
            assert (len(old), len(new)) == (2, 1)


def test_connections_leave_the_last_files_to_the_rest_of_the_process(monkeypatch):
    next_file = os.dup(0)
    os.close(next_file)
    with client(OK) as (one, seen):
        monkeypatch.setattr(resource, "getrlimit", lambda _: (next_file + 1, next_file + 1))
        assert "too many open files" in str(one.session.get("/x").error)
        (mistake,) = one.window.mistakes
        assert mistake.blame == "machine of the load"
        os.close(os.dup(0))
        monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert one.session.get("/x").ok
        assert len(seen) == 1
