"""Whether a router with sticky sessions was split as it was set."""

from dataclasses import replace

import numpy as np
import pytest

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.judge.validity.accounts import SPLIT
from tests.judge.judged import finding
from tests.judge.validity.traffic import traffic, traffic_plan

INTERVALS = len(traffic().probes)


def clients(canary_of, active=400, new=20):
    """Return the figures of every interval; `canary_of` draws the canary's part of so many clients."""

    def split(number, of):
        canary = canary_of(number, of)
        return {"baseline": of - canary, "canary": canary}

    return {n: {"clients": split(n, active), "new_clients": split(n, new)} for n in range(INTERVALS)}


def judged(figures, weight="25%"):
    planned = traffic_plan(weight, client="remote_addr")
    return finding(judge_stage(planned, replace(traffic(figures), stage=planned.stages[0])), SPLIT)


def test_clients_count_and_not_their_requests():
    # Half of the requests are the canary's, because few clients send most of them.
    rng = np.random.default_rng(1)
    found = judged(clients(lambda _, of: int(rng.binomial(of, 0.25))))
    assert (found.outcome, found.limit) == (Outcome.PASS, 25.0)
    assert found.observed == pytest.approx(25, abs=5)
    assert "clients" in found.reason


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 1.0])
def test_another_split_than_the_one_that_was_set_is_invalid(part):
    assert judged(clients(lambda _, of: round(of * part))).outcome is Outcome.INVALID


def test_a_split_that_moves_within_the_stage_is_invalid_though_its_mean_is_right():
    half = INTERVALS // 2
    found = judged(clients(lambda number, of: 0 if number < half else of // 2))
    assert found.outcome is Outcome.INVALID
    assert "in the interval that ended" in found.reason


def test_one_lucky_client_of_a_few_is_chance():
    assert judged(clients(lambda _, of: of, active=1, new=0) | clients(lambda *_: 0, 1, 0)).outcome is not (
        Outcome.INVALID
    )


def test_without_a_client_the_split_is_not_decided():
    assert judged(clients(lambda *_: 0, active=0, new=0)).outcome is Outcome.INCONCLUSIVE


def test_a_router_that_splits_clients_is_rarely_invalid_by_chance():
    rng = np.random.default_rng(5)
    found = [
        judged(clients(lambda _, of: int(rng.binomial(of, 0.25)), active=30, new=2)).outcome
        for _ in range(30)
    ]
    assert set(found) == {Outcome.PASS}
