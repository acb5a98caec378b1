"""What the report's tests share: simulated runs, and one switch to accept a new golden file."""

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.record.run_directory import RunDirectory
from harness.report import write_report
from tests.report import simulator
from tests.report.verdicts import SCRIPT

LONG = "x" * 5000 + "<img src=x onerror=alert(1)>" + "y" * 5000
GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="accept what the report looks like now")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden", default=False))


@pytest.fixture
def golden(update_golden: bool) -> Callable[[str, str], None]:
    """Compare a text with the golden file of a name, or write that file when asked to."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if update_golden:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        assert text == path.read_text("utf-8"), f"{name} differs; accept it with --update-golden"

    return compare


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunDirectory]:
    """Return one simulated run of each outcome, judged, without a report."""
    root = tmp_path_factory.mktemp("runs")
    faults = {
        "pass": simulator.Fault(),
        "fail": simulator.EXAMPLE_FAULT,
        "inconclusive": simulator.Fault(slower=1.1),
        "invalid": simulator.Fault(late_s=0.2),
    }
    return {
        name: simulator.simulate(root, simulator.plan_text(25, 50), name, fault)
        for name, fault in faults.items()
    }


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of a run whose endpoints and errors are as bad as they can be."""
    fault = simulator.Fault(errors={SCRIPT: 0.01, LONG: 0.01, "a\"b'c": 0.01})
    endpoints = {f"GET /{SCRIPT}": 0.4, "GET /" + "long/" * 400: 0.3, "GET /שלום/<b>bold</b>": 0.3}
    root = tmp_path_factory.mktemp("hostile")
    run = simulator.simulate(root, simulator.plan_text(50), "quick", fault, endpoints)
    return write_report(run)[0].read_text("utf-8")
