"""Waiting for a variant to become ready."""

import asyncio
import os
from types import SimpleNamespace

import pytest

from harness.demo.http.sockets import listen
from harness.demo.variant_process import DemoError, VariantOptions, VariantProcess, ending
from harness.plan.variant import Variant


def variant_on_a_closed_port(returncode: int | None) -> VariantProcess:
    with listen(0) as freed:
        port = freed.getsockname()[1]
    options = VariantOptions(Variant.CANARY, port, 1, ())
    return VariantProcess(options, port, SimpleNamespace(pid=os.getpid(), returncode=returncode))


def test_a_variant_that_ended_before_it_was_ready_is_named_with_its_exit_code() -> None:
    with pytest.raises(DemoError, match=r"canary ended before it was ready \(exit code 70\)"):
        asyncio.run(variant_on_a_closed_port(70).until_ready())


def test_a_variant_that_does_not_become_ready_is_not_waited_for_without_end() -> None:
    with pytest.raises(DemoError, match="canary was not healthy within 0 s"):
        asyncio.run(variant_on_a_closed_port(None).until_ready(within_s=0))


def test_the_end_of_a_process_is_put_in_words() -> None:
    assert ending(70) == "exit code 70"
    assert ending(-9) == "signal SIGKILL"
