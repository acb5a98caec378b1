"""reports/example is what the simulator makes; `pytest --update-golden tests/report` makes it again."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree, rmtree

import pytest

from harness.judge.codec import to_json
from harness.judge.run import judge_run
from harness.record.evidence import load_evidence
from harness.record.histograms.hlog import read_hlog
from harness.record.run_directory import RunDirectory
from harness.report import write_report
from tests.report import simulator
from tests.report.outline import outline

EXAMPLE = Path(__file__).parents[2] / "reports" / "example"
TEXTS = ["plan.yaml", "run.json", "events.jsonl", "probes.jsonl", "verdict.json", "summary.md", "junit.xml"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """The example made afresh; put in place when golden files are to be updated."""
    root = tmp_path_factory.mktemp("example")
    text = simulator.plan_text(5, 25, 50, 75, 100)
    fault = simulator.Fault(slower=1.28, errors=simulator.EXAMPLE_FAULT.errors, from_stage=2)
    run = simulator.simulate(root, text, "example", fault)
    write_report(run)
    if request.config.getoption("--update-golden", default=False):
        rmtree(EXAMPLE, ignore_errors=True)
        copytree(run.path, EXAMPLE)
    return run.path


@pytest.mark.parametrize("name", TEXTS)
def test_the_committed_example_is_what_the_simulator_makes(made: Path, name: str) -> None:
    assert (made / name).read_bytes() == (EXAMPLE / name).read_bytes()


def test_the_committed_example_s_histograms_are_what_the_simulator_makes(made: Path) -> None:
    names = sorted(path.name for path in (EXAMPLE / "stages").iterdir())
    assert names == ["01-canary-5.hlog", "02-canary-25.hlog", "03-canary-50.hlog"]
    for name in names:
        assert list(read_hlog(made / "stages" / name)) == list(read_hlog(EXAMPLE / "stages" / name))


def test_the_committed_page_reads_like_the_one_made_now(
    made: Path, golden: Callable[[str, str], None]
) -> None:
    text = outline((made / "report.html").read_text("utf-8"))
    assert text == outline((EXAMPLE / "report.html").read_text("utf-8"))
    golden("example.txt", text)


def test_judging_the_example_again_gives_the_same_bytes() -> None:
    run = RunDirectory.open(EXAMPLE)
    assert to_json(judge_run(load_evidence(run))) == run.read_verdict()


def test_the_example_is_small() -> None:
    assert sum(path.stat().st_size for path in EXAMPLE.rglob("*") if path.is_file()) < 1_000_000
