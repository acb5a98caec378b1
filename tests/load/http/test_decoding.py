"""Content codings: undone when asked for, and never beyond a limit."""

import gzip
import json
import zlib
from contextlib import suppress

import brotli
import gevent
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.load.errors import BadResponse
from harness.load.http.decoding import LOOKED_AT, MAX_GZIP_MEMBERS, decode, decoded_bytes, undecodable
from harness.load.http.memory import Claim, MemoryBudget
from harness.record.histograms.tag import Kind
from tests.load.client import client


def bare_deflate(data):
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflater.compress(data) + deflater.flush()


ENCODERS = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}


@pytest.mark.parametrize("coding", ENCODERS)
@given(data=st.binary(max_size=2000))
def test_decoding_undoes_encoding(coding, data):
    assert decode(ENCODERS[coding](data), coding) == data


@given(st.binary(max_size=2000), st.sampled_from([b"gzip", b" X-GZIP"]))
def test_a_gzip_body_tells_the_size_of_its_content(data, coding):
    headers = [(b"Content-Type", b"text/plain"), (b"Content-Encoding", coding)]
    assert decoded_bytes(gzip.compress(data), headers) == len(data)


@pytest.mark.parametrize(
    ("body", "codings", "size"),
    [
        (b"", [b"br"], 0),
        (b"some text", [b"identity"], 9),
        (brotli.compress(b"some text"), [b"br"], None),
        (zlib.compress(b"some text"), [b"deflate"], None),
        (b"cut", [b"gzip"], None),
        (gzip.compress(gzip.compress(b"some text")), [b"gzip", b"gzip"], None),
        (gzip.compress(gzip.compress(b"some text")), [b"gzip, gzip"], None),
    ],
    # A gzip body holds the second in which it was made.
    ids=["empty", "identity", "br", "deflate", "cut", "twice", "twice in one header"],
)
def test_other_codings_tell_no_size(body, codings, size):
    assert decoded_bytes(body, [(b"content-encoding", coding) for coding in codings]) == size


@given(st.binary(max_size=500), st.sampled_from(["gzip", "deflate", "br", "gzip, br", "identity"]))
def test_whatever_comes_is_decoded_or_refused(body, codings):
    with suppress(BadResponse):
        assert isinstance(decode(body, codings), bytes)


def test_several_codings_are_undone_from_the_last_to_the_first():
    assert decode(gzip.compress(brotli.compress(b"x")), "br, GZIP") == b"x"


def test_bare_deflate_streams_are_understood():
    assert decode(bare_deflate(b"x" * 100), "deflate") == b"x" * 100


def test_several_gzip_members_are_one_body():
    assert decode(gzip.compress(b"a") + gzip.compress(b"b"), "x-gzip") == b"ab"


@pytest.mark.parametrize("coding", ENCODERS)
def test_a_bomb_is_refused_at_the_limit(coding):
    bomb = ENCODERS[coding](b"\0" * 5_000_000)
    assert len(decode(bomb, coding, 5_000_000)) == 5_000_000
    with pytest.raises(BadResponse, match="too large"):
        decode(bomb, coding, 4_999_999)


def test_a_body_of_countless_gzip_members_is_refused_and_named():
    member = gzip.compress(b"")
    assert decode(member * MAX_GZIP_MEMBERS, "gzip") == b""
    with pytest.raises(BadResponse, match="more than 4096 gzip members"):
        decode(member * (MAX_GZIP_MEMBERS + 1), "gzip")


def test_members_that_end_anywhere_in_what_is_taken_at_once_are_one_body():
    data = bytes(range(256)) * 997
    parts = [data[start : start + 1009] for start in range(0, len(data), 1009)]
    assert decode(b"".join(gzip.compress(part, 0) for part in parts), "gzip") == data


def test_more_codings_than_a_service_uses_are_refused():
    with pytest.raises(BadResponse, match="more than 3 content encodings"):
        decode(b"x", ", ".join(["gzip"] * 1000))


@pytest.mark.parametrize("coding", ENCODERS)
def test_other_users_go_on_while_a_large_body_is_decoded(coding):
    seen = []
    other = gevent.spawn(lambda: seen.append("went on"))
    assert len(decode(ENCODERS[coding](bytes(5_000_000)), coding)) == 5_000_000
    assert seen == ["went on"]
    other.join()


@pytest.mark.parametrize("coding", ENCODERS)
def test_large_bodies_share_one_budget_and_give_it_back(coding):
    budget = MemoryBudget(8 << 20)
    body = ENCODERS[coding](bytes(5 << 20))
    first = Claim(budget)
    decode(body, coding, claim=first)
    with pytest.raises(BadResponse, match="more than 8 MiB of memory together"):
        decode(body, coding, claim=Claim(budget))
    del first
    assert len(decode(body, coding, claim=Claim(budget))) == 5 << 20
    assert budget.left_bytes == 8 << 20


@pytest.mark.parametrize("coding", ENCODERS)
def test_a_body_that_was_cut_is_refused(coding):
    with pytest.raises(BadResponse):
        decode(ENCODERS[coding](bytes(range(256)) * 10)[:-9], coding)


def test_an_unknown_coding_is_named():
    with pytest.raises(BadResponse, match="zstd"):
        decode(b"x", "zstd")


@pytest.mark.parametrize("coding", ENCODERS)
def test_a_response_decodes_when_its_content_is_asked_for(coding):
    body = ENCODERS[coding](json.dumps({"a": "ü"}).encode())
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with client(head + body) as (one, seen):
        response = one.session.get("/x")
        assert response.raw == body
        assert response.json() == {"a": "ü"}
        assert b"accept-encoding: gzip, deflate, br\r\n" in seen[0]


def test_a_body_that_cannot_be_decoded_fails_the_task_that_looks_at_it():
    broken = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"
    with client(broken) as (one, _):
        with pytest.raises(BadResponse), one.session.get("/x", catch_response=True) as response:
            response.json()
        assert one.counts()[Kind.FAILED] == 1


def coded(coding, body):
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def errors_of(one, requests):
    return [one.session.get("/x").error for _ in range(requests)]


@pytest.mark.parametrize("coding", ENCODERS)
def test_a_body_that_is_not_in_its_coding_is_a_failure_of_the_service(coding):
    with client(coded(coding, b"plain text all the same")) as (one, _):
        assert all(str(error).startswith("the body ") for error in errors_of(one, 3))
        assert one.counts()[Kind.FAILED] == 3


@pytest.mark.parametrize("coding", ENCODERS)
def test_a_body_in_its_coding_is_a_success(coding):
    with client(coded(coding, ENCODERS[coding](b"x" * 1000))) as (one, _):
        assert errors_of(one, LOOKED_AT + 2) == [None] * (LOOKED_AT + 2)


def test_a_body_that_ends_within_its_coding_is_a_failure():
    with client(coded("gzip", gzip.compress(b"x" * 1000)[:-4])) as (one, _):
        assert str(errors_of(one, 1)[0]) == "the body ends within its encoding"


def test_one_body_in_so_many_is_looked_at_until_one_is_broken_and_then_every_one():
    good, bad = coded("gzip", gzip.compress(b"x")), coded("gzip", b"x")
    with client(good, *[bad] * LOOKED_AT, good, bad) as (one, _):
        failed = [error is not None for error in errors_of(one, LOOKED_AT + 3)]
    assert failed == [False] * LOOKED_AT + [True, False, True]


@pytest.mark.parametrize(
    "coding", ["identity", "zstd", "gzip, br", "gzip\r\nContent-Encoding: br", "aws-chunked"]
)
def test_a_coding_that_the_client_did_not_ask_for_is_no_failure(coding):
    with client(coded(coding, b"x")) as (one, _):
        assert errors_of(one, 1) == [None]


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_response_without_a_body_has_nothing_to_decode(method):
    with client(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 0\r\n\r\n") as (one, _):
        assert one.session.request(method, "/x").error is None


def test_looking_at_a_body_takes_bounded_work():
    bomb = gzip.compress(b"\0" * (64 << 20))
    assert undecodable(bomb, "gzip") is None
    large = gzip.compress(bytes(range(256)) * 4096, compresslevel=0)
    assert undecodable(large[:-8] + b"12345678", "gzip") is None, "its end is not looked at"
    assert undecodable(b"no" + large[2:], "gzip") is not None
