import numpy as np
import pytest

from harness.observe.access_log.clients import NO_CLIENT, StageClients, client_number, clients_of
from harness.observe.variant_values import Owner

B, C, R = Owner.BASELINE, Owner.CANARY, Owner.ROUTER


def take(clients, window, *requests):
    numbers, owners = zip(*requests, strict=True)
    clients.take(window, np.array(numbers, np.int64), np.array(owners, np.int64))


def counts(baseline, canary):
    return {"baseline": baseline, "canary": canary, "control": 0}


def test_a_client_counts_once_in_a_window_and_once_in_a_stage_for_the_version_it_got_first():
    clients = StageClients()
    take(clients, 0, (1, B), (1, B), (2, C), (1, C))
    take(clients, 1, (1, C), (3, C))
    take(clients, 0, (2, B))
    assert clients.close(0) == (counts(1, 1), counts(1, 1))
    assert clients.close(1) == (counts(0, 2), counts(0, 1))


def test_what_has_no_client_or_no_version_is_left_out():
    clients = StageClients()
    take(clients, 0, (NO_CLIENT, B), (1, R), (2, B))
    assert clients.close(0) == (counts(1, 0), counts(1, 0))


@pytest.mark.parametrize("value", ["", "-", None])
def test_an_empty_value_is_no_client(value):
    assert client_number(value) == NO_CLIENT
    assert client_number("a") == client_number("a") != client_number("b")


def test_the_windows_of_the_warm_up_do_not_count():
    clients = clients_of(1.5, None)
    take(clients, 1, (1, B))
    take(clients, 2, (1, B))
    assert clients.close(1)[1] == counts(0, 0)
    assert clients.close(2)[1] == counts(1, 0)


def test_an_extension_has_no_warm_up_and_knows_the_clients_of_the_stage():
    clients = clients_of(1, None)
    take(clients, 1, (1, B))
    clients.close(1)
    assert clients_of(1, clients) is clients
    take(clients, 0, (1, B), (2, C))
    assert clients.close(0) == (counts(1, 1), counts(0, 1))


def test_of_very_many_clients_a_fair_sample_is_remembered():
    clients, seen, canary = StageClients(max_clients=100), 0, 0
    for window in range(50):
        numbers = [client_number(f"{window}-{n}") for n in range(100)]
        take(clients, window, *((number, C if number % 10 < 3 else B) for number in numbers))
        _, new = clients.close(window)
        seen, canary = seen + sum(new.values()), canary + new["canary"]
    assert 100 < seen < 1500
    assert canary / seen == pytest.approx(0.3, abs=0.1)
