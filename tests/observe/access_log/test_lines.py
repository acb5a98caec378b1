"""What lines have in common, and what only some of them have."""

import pytest

from harness.observe.access_log.lines import JsonLines
from harness.observe.variant_values import Owner
from tests.observe.access_log.logs import NGINX, nginx_line, reader_of, told

TRAEFIK = (
    '{{"DownstreamStatus":200,"Duration":12000000,"RequestMethod":"GET","RequestPath":"/x"{more},'
    '"StartUTC":"2026-11-29T07:26:40Z"}}\n'
)
ASKED = TRAEFIK.format(more=',"ServiceAddr":"10.0.0.7:8080"')
REDIRECTED = TRAEFIK.format(more="")
OTHER = '{"level":"info","msg":"configuration loaded"}\n'


@pytest.mark.parametrize("first", ["", OTHER, "not JSON\n"])
def test_what_the_first_lines_leave_out_is_found_in_later_ones(first):
    reader = reader_of(format="traefik", variant={"field": "ServiceAddr", "canary": ["10.0.0.7:8080"]})
    read = reader.read(f"{first}{REDIRECTED}{ASKED}{REDIRECTED}".encode())
    assert read.owner.tolist() == [Owner.ROUTER, Owner.CANARY, Owner.ROUTER]
    assert read.unread == (1 if first else 0)


def test_a_fact_that_comes_with_a_later_read_counts_from_then_on():
    reader = reader_of(format="traefik", variant={"field": "ServiceAddr", "canary": ["10.0.0.7:8080"]})
    assert told(reader, REDIRECTED.strip())["owner"] == Owner.UNATTRIBUTED
    assert told(reader, ASKED.strip())["owner"] == Owner.CANARY
    assert told(reader, REDIRECTED.strip())["owner"] == Owner.ROUTER


@pytest.mark.parametrize(
    "envelope",
    [
        "2026-11-28T10:30:00.123456789Z stdout F ",  # containerd and CRI-O
        "ingress-1  | ",  # docker compose logs
        "Nov 28 10:30:00 host ingress[7]: ",  # a syslog daemon
        "Nov  8 10:30:00 haproxy: ",
        "2026-11-28T10:30:00.123456+01:00 host ingress[7]: ",
        "2026-11-28T10:30:00.123456+00:00 ",  # HAProxy's `format timed`, kubectl logs --timestamps
    ],
)
def test_what_others_put_before_a_line_is_left_out(envelope):
    assert told(reader_of(**NGINX), envelope.encode() + nginx_line(1.0, "10.0.0.7:8080"))["owner"] == 1
    combined = reader_of(format="combined", variant=NGINX["variant"])
    line = '::1 - - [28/Nov/2026:12:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "x" 0.010 0.008 "10.0.0.7:8080"'
    assert told(combined, f"{envelope}{line}")["owner"] == Owner.CANARY


@pytest.mark.parametrize("path", [b"/\xff\xfe", rb"/\x22\xC3"])
def test_bytes_and_escapes_that_json_has_not_cost_no_line(path):
    line = nginx_line(1.0, path="/PATH").replace(b"/PATH", path)
    assert told(reader_of(**NGINX), line)["status"] == 200


def test_objects_that_are_nested_without_end_are_no_requests():
    nested = b'{"a":' * 900 + b"1" + b"}" * 900 + b"\n"
    assert reader_of(**NGINX).read(nested).unread == 1


def test_the_keys_of_objects_in_an_object_have_dots():
    [known] = JsonLines().known(b'{"a":1,"b":{"c":{"d":2}}}\n')
    assert set(known) == {"a", "b", "b.c", "b.c.d"}


# Each tries for ever at a line that does not fit: nested, overlapping, many in a row.
@pytest.mark.parametrize(
    ("between", "hostile"),
    [
        (r"(?:\w+ ?)*\|", "a" * 200),
        (r"(?:a|aa)+\|", "a" * 200),
        (r"(?:.*){6}\|", "x" * 5_000),
        (r"\s*".join([r"\w*"] * 12) + r"\|", "a" * 2_000),
    ],
)
def test_a_line_at_which_an_expression_tries_for_ever_is_unreadable_and_costs_no_other(between, hostile):
    reader = reader_of(
        regex=rf"(?P<time>\d+) (?P<duration_ms>\d+) (?P<status>\d+) (?P<path>\S+) (?P<pod>\w+) {between}",
        variant={"field": "pod", "canary": ["new"]},
    )
    good, bad = "1796000000 20 200 /x new a|\n", f"1796000000 20 200 /x new {hostile}\n"
    read = reader.read(f"{good}{bad}{good}{bad}".encode())
    assert read.owner.tolist() == [Owner.CANARY] * 2
    assert read.unread == 2


def test_a_value_at_which_an_expression_of_a_variant_tries_for_ever_makes_its_line_unreadable():
    reader = reader_of(format="nginx-json", variant={"field": "cookie_user", "canary": [r"/^(\w+\s?)*!$/"]})
    lines = [
        nginx_line(1_796_000_000.0).replace(b"}\n", f',"cookie_user":"{cookie}"}}\n'.encode())
        for cookie in ("one of ours!", "a" * 60, "one of theirs")
    ]
    read = reader.read(b"".join(lines))
    assert read.owner.tolist() == [Owner.CANARY, Owner.BASELINE]
    assert read.unread == 1
