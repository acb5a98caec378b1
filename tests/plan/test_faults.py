"""Faults of the embedded service, in plans and on the command line."""

import pytest
from hypothesis import given

from harness.plan.criteria.change import Difference, Ratio
from harness.plan.faults import FaultError, Faults, Stall
from tests.plan.strategies import faults


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("latency=+25%", Faults(latency=Ratio(0.25))),
        ("latency=+5ms", Faults(latency=Difference(0.005))),
        ("tail_latency=+100%", Faults(tail_latency=Ratio(1.0))),
        ("tail-latency = +100%", Faults(tail_latency=Ratio(1.0))),
        ("errors=1%", Faults(errors=0.01)),
        ("bursty_errors=1%", Faults(bursty_errors=0.01)),
        ("stall=2s", Faults(stall=Stall(for_s=2.0, at_s=5.0))),
        ("stall=2s@500ms", Faults(stall=Stall(for_s=2.0, at_s=0.5))),
        ("slow_start=5s", Faults(slow_start_s=5.0)),
        ("memory_leak=1MB/s", Faults(memory_leak_bytes_per_s=1e6)),
        ("crash=10s", Faults(crash_s=10.0)),
        ("refuse=10s", Faults(refuse_s=10.0)),
    ],
)
def test_each_fault_is_one_argument(argument, expected):
    assert Faults.parse(argument) == expected
    assert Faults.parse(*expected.arguments()) == expected


def test_several_arguments_add_up_and_none_is_no_fault():
    assert Faults.parse("errors=1%", "latency=+5ms") == Faults(errors=0.01, latency=Difference(0.005))
    assert Faults.parse() == Faults()
    assert Faults().arguments() == ()


@given(faults)
def test_arguments_read_back_as_exactly_the_same_faults(given_faults):
    once = Faults.parse(*(f"{key}={value}" for key, value in given_faults.items()))
    assert Faults.parse(*once.arguments()) == once


def test_a_latency_is_a_ratio_or_an_addition_and_otherwise_nothing():
    slower = Faults.parse("latency=+25%", "tail_latency=+50ms")
    assert (slower.latency_ratio, slower.latency_add_s) == (0.25, 0.0)
    assert (slower.tail_latency_ratio, slower.tail_latency_add_s) == (0.0, 0.05)
    later = Faults.parse("latency=+5ms", "tail_latency=+50%")
    assert (later.latency_ratio, later.latency_add_s) == (0.0, 0.005)
    assert (later.tail_latency_ratio, later.tail_latency_add_s) == (0.5, 0.0)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["latncy=+3%"], "unknown key `latncy`; did you mean `latency`?"),
        (["latency=25%"], "latency: `25%` has no sign; write a change such as +25% or +150ms"),
        (["latency=-200%"], "write a change from -100% to +100000%"),
        (["latency"], "`latency`: write each fault once, for example `latency=+25%`"),
        (["stall="], "`stall=`: write each fault once"),
        (["errors=1%", "errors=2%"], "`errors=2%`: write each fault once"),
        (["errors=200%"], "errors: `200%` is out of range; write a share from 0% to 100%"),
        (["stall=2"], "for: `2` has no unit; write 2s or 2m or 2h or 2ms"),
        (["stall=2s@x"], "at: `x` is not a time"),
        (["crash=0s"], "crash: `0s` is out of range"),
        (["memory_leak=1MB"], "memory_leak: `1MB` is not a size per second"),
        (["errors=x", "crash=y"], "; crash: `y` is not a time"),
    ],
)
def test_a_mistake_says_what_to_write(arguments, says):
    with pytest.raises(FaultError) as error:
        Faults.parse(*arguments)
    assert says in str(error.value)


def test_a_stall_in_a_plan_is_keys_or_text():
    assert Faults.model_validate({"stall": {"at": "3s", "for": "2s"}}) == Faults.parse("stall=2s@3s")
    assert Faults.model_validate({"stall": "2s@3s"}) == Faults.parse("stall=2s@3s")
