"""The addresses of a host are shared out among connections, and the bad ones come last."""

import socket
from itertools import pairwise

from harness.load.http.transport.addresses import Addresses

V4 = [(socket.AF_INET, (f"10.0.0.{n}", 80)) for n in range(3)]
V6 = [(socket.AF_INET6, (f"fd00::{n}", 80, 0, 0)) for n in range(2)]


def test_every_address_is_the_first_of_as_many_connections():
    addresses = Addresses(V4)
    first = [addresses.in_order(addresses.next_turn())[0] for _ in range(30)]
    assert {address: first.count(address) for address in V4} == dict.fromkeys(V4, 10)


def test_families_take_turns_so_that_one_that_is_not_routed_costs_one_attempt():
    order = Addresses([*V6, *V4]).in_order(1)
    assert sorted(order) == sorted([*V6, *V4])
    assert order[0] == V6[1]
    assert all(a[0] != b[0] for a, b in pairwise(order[:4]))


def test_an_address_to_avoid_is_tried_last_until_the_host_is_resolved_again():
    addresses = Addresses(V4)
    addresses.avoid(V4[:1])
    assert [addresses.in_order(turn)[-1] for turn in range(3)] == [V4[0]] * 3
    addresses.renew(V4)
    assert addresses.in_order(0)[0] == V4[0]
