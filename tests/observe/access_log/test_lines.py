"""What lines have in common, and what only some of them have."""

import pytest

from harness.observe.access_log.lines import JsonLines
from harness.observe.variant_values import Owner
from tests.observe.access_log.logs import reader_of, told

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


def test_the_keys_of_objects_in_an_object_have_dots():
    [known] = JsonLines().known(b'{"a":1,"b":{"c":{"d":2}}}\n')
    assert set(known) == {"a", "b", "b.c", "b.c.d"}
