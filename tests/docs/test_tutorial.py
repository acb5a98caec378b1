"""The tutorial, followed: its plan, its fault, its exit codes."""

import re

import pytest

from tests.docs.pages import ROOT, blocks
from tests.real.runs import harness

pytestmark = pytest.mark.real

PAGE = ROOT / "docs/tutorial/first-canary.md"
PLAN, FAULT = [block.text for block in blocks("yaml") if block.page == PAGE]
# A busy machine must not decide this test.
PATIENT = "generator: {lateness_p99: 2s, cpu: 100%, achieved: 90%}\n"


@pytest.fixture
def project(tmp_path):
    assert harness(tmp_path, "init", "my-release").returncode == 0
    return tmp_path / "my-release"


def follow(project, text):
    (project / "loadtests/plans/canary.yaml").write_text(text)
    assert harness(project, "check", "loadtests/plans/canary.yaml").returncode == 0
    return harness(project, "run", "loadtests/plans/canary.yaml")


def test_the_good_release_is_never_called_bad(project):
    done = follow(project, PATIENT + PLAN)
    assert done.returncode in {0, 11}, done.stderr
    assert (project / "reports/latest/report.html").exists()
    assert "canary" in harness(project, "runs").stdout
    assert harness(project, "judge", "reports/latest").returncode == done.returncode


def test_the_bad_release_fails_against_the_baseline(project):
    text, count = re.subn("targets: embedded", FAULT.strip(), PLAN)
    assert count == 1
    done = follow(project, PATIENT + text)
    assert done.returncode == 10, done.stderr
    assert "p95 < baseline + 20%" in (project / "reports/latest/summary.md").read_text().replace(
        "\\", ""
    ).replace("&lt;", "<")


def test_the_plan_of_the_tutorial_has_no_doubtful_stage():
    from harness.plan.loader import parse_plan

    assert not parse_plan(PLAN).warnings()
