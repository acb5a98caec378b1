import shutil
import sys
from collections import Counter
from pathlib import Path

import httpx
import pytest

from harness.app.embedded_service import EmbeddedService
from harness.plan.model import Embedded


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
    yield {"baseline": running.baseline, "canary": running.canary}
    running.stop()
