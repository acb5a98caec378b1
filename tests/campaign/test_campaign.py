"""A small part of the campaign; `make campaign` plays the whole."""

import random
import threading

import pytest

from harness.judge.outcome import Outcome
from tests.campaign import campaign
from tests.campaign.campaign import FAMILIES, cases, play, tally
from tests.campaign.fault import Breach, Family, Fault, Seen, Truth, breaches_of

SEEDS = range(12)


@pytest.mark.parametrize("family", FAMILIES)
def test_faults_in_process_break_no_promise(family):
    broken = [tried for seed in SEEDS if (tried := play(family, seed)).breaches]
    assert broken == []


@pytest.mark.parametrize("family", FAMILIES)
def test_the_same_seed_is_the_same_fault(family):
    first, second = (FAMILIES[family].draw(random.Random(3)) for _ in range(2))
    assert (first.name, first.truth) == (second.name, second.truth)


@pytest.mark.parametrize(
    ("truth", "outcome", "breaches"),
    [
        (Truth.GOOD, Outcome.FAIL, [Breach.FALSE_BLAME]),
        (Truth.GOOD, Outcome.PASS, []),
        (Truth.BAD, Outcome.PASS, [Breach.FALSE_PASS]),
        (Truth.BAD, Outcome.INVALID, []),
        (Truth.UNFIT, Outcome.PASS, [Breach.FALSE_PASS]),
        (Truth.UNFIT, Outcome.FAIL, [Breach.FALSE_BLAME]),
        (Truth.OPEN, Outcome.FAIL, []),
    ],
)
def test_what_is_true_of_a_fault_says_what_may_never_come_of_it(truth, outcome, breaches):
    assert list(breaches_of(truth, Seen(outcome))) == breaches
    assert list(breaches_of(truth, Seen(outcome, is_lost=True))) == [*breaches, Breach.LOST]


def test_every_family_has_its_share_of_the_faults():
    chosen = cases(10_000, 60, seed=1)
    tried = tally(play("probes", seed) for family, seed in chosen[-3:])
    assert len(chosen) >= 10_060
    assert {family for family, _ in chosen} == {*FAMILIES, "processes"}
    assert tried["probes"].tried == 3


def work_for_ever():
    while True:
        pass


@pytest.mark.parametrize(
    ("hang", "limits", "said"),
    [
        (work_for_ever, {"within_cpu_s": 0.05}, "longer than 0.05 s of CPU time"),
        (threading.Event().wait, {"within_s": 0.05}, "longer than 0.05 s in all"),
    ],
)
def test_a_fault_that_does_not_end_is_a_hang_whether_it_works_or_waits(monkeypatch, hang, limits, said):
    fault = Fault("does not end", Truth.OPEN, hang)
    monkeypatch.setitem(campaign._BY_NAME, "endless", Family("endless", lambda _: fault, 1, **limits))
    tried = play("endless", 1)
    assert (tried.breaches, tried.said) == ((Breach.HANG,), said)


def test_a_fault_that_has_to_wait_for_a_core_is_no_hang(monkeypatch):
    fault = Fault("waits", Truth.OPEN, lambda: threading.Event().wait(0.2) or Seen())
    patient = Family("patient", lambda _: fault, 1, within_cpu_s=0.1)
    monkeypatch.setitem(campaign._BY_NAME, "patient", patient)
    assert play("patient", 1).breaches == ()
