import shutil
import sys
from collections import Counter
from fractions import Fraction
from pathlib import Path

import httpx
import pytest

from harness.app.embedded_service import EmbeddedService
from harness.plan.faults import Faults
from harness.plan.model import Embedded
from harness.plan.variant import shares_of
from harness.plan.variant import variants_of as plan_variants

TWO, THREE = plan_variants(has_control=False), plan_variants(has_control=True)


def split(weight, variants=TWO):
    """Return the shares at a weight of the canary."""
    return shares_of(Fraction(weight), variants)


def needs(program):
    """Skip a test where a router is not installed."""
    there = shutil.which(program) or (Path(sys.executable).parent / program).exists()
    return pytest.mark.skipif(not there, reason=f"{program} is not installed")


def variants_of(url, requests=400):
    """Count who answers, from the traffic."""
    with httpx.Client(trust_env=False) as client:
        return Counter(client.get(f"{url}/health").headers["x-variant"] for _ in range(requests))


@pytest.fixture(scope="session")
def service():
    running = EmbeddedService.start(Embedded(), seed=1)
    yield running.urls
    running.stop()


@pytest.fixture(scope="session")
def service_of_three():
    running = EmbeddedService.start(Embedded(control=Faults()), seed=1)
    yield running.urls
    running.stop()
