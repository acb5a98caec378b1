"""`harness gate` through the real command, as a pipeline runs it."""

import os
import signal
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from harness.rollout.exit_code import ExitCode
from tests.real.runs import ROOT, WITHIN_S, plan, wait_for_load

pytestmark = pytest.mark.real

LOCUST = ("-f", str(ROOT / "loadtests"), "--headless", "--only-summary")


def start(directory, text, *options, **environment):
    (directory / "plan.yaml").write_text(text)
    command = [sys.executable, "-m", "harness.cli.main", "gate", "plan.yaml", "--stage", "one", *options]
    return subprocess.Popen(
        [*command, "--junit", "out/junit.xml", *LOCUST],
        cwd=directory,
        env={**os.environ, "GITHUB_ACTIONS": "", **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def gate(directory, text, *options, **environment):
    process = start(directory, text, *options, **environment)
    out, err = process.communicate(timeout=WITHIN_S)
    assert "Traceback" not in out + err
    return process.returncode, out, err


def cases(path):
    root = ET.fromstring(path.read_text())
    assert root.tag == "testsuites"
    assert int(root.get("tests")) == len(list(root.iter("testcase")))
    assert int(root.get("failures")) == len(list(root.iter("failure")))
    assert int(root.get("errors")) == len(list(root.iter("error")))
    return {case.get("name"): [child.tag for child in case] for case in root.iter("testcase")}


def test_a_pass_ends_with_0_and_leaves_what_a_pipeline_reads(tmp_path):
    text = plan(criteria="[throughput > 10/s, error rate < 5%]")
    code, out, err = gate(tmp_path, text, GITHUB_STEP_SUMMARY=str(tmp_path / "step.md"))
    assert code == 0, err
    assert cases(tmp_path / "out/junit.xml")["error rate < 5%"] == ["system-out"]
    assert cases(tmp_path / "reports/latest/junit.xml") == cases(tmp_path / "out/junit.xml")
    page = MarkdownIt("gfm-like", {"linkify": False}).render((tmp_path / "step.md").read_text())
    assert "<table>" in page
    assert "error rate &lt; 5%" in page
    assert "junit.xml" in out
    assert "::" not in out


def test_a_failure_ends_with_10_and_is_annotated_at_its_line(tmp_path):
    text = plan("{embedded: {canary: {errors: 30%}}}", criteria="[error rate < 1%]")
    code, out, _ = gate(tmp_path, text, GITHUB_ACTIONS="true")
    assert code == ExitCode.FAIL
    line = 1 + next(i for i, row in enumerate(text.splitlines()) if "name: one" in row)
    assert f"::error file=plan.yaml,line={line},title=one%3A fail::error rate < 1%25: " in out
    assert out.index("::stop-commands::") < out.index("::error") < out.rindex("::stop-commands::")
    assert out.rindex("::stop-commands::") < out.index("wrote ")
    assert cases(tmp_path / "out/junit.xml")["error rate < 1%"] == ["failure"]


def test_too_little_evidence_ends_with_11(tmp_path):
    code, _, _ = gate(tmp_path, plan(rate=40, criteria="[error rate < 0.01%]"))
    assert code == ExitCode.INCONCLUSIVE
    assert cases(tmp_path / "out/junit.xml")["error rate < 0.01%"] == ["failure"]


def test_a_target_that_is_not_there_ends_with_13(tmp_path):
    url = "http://127.0.0.1:9"
    code, _, err = gate(tmp_path, plan(f"{{baseline: {url}, canary: {url}}}"))
    assert code == ExitCode.INVALID
    assert url in err
    assert "error" in str(cases(tmp_path / "out/junit.xml").values())


def test_a_bad_plan_ends_with_2_annotated_and_sends_nothing(tmp_path):
    text, checkout = plan().replace("200/s", "200"), str(tmp_path.parent)
    code, out, err = gate(tmp_path, text, GITHUB_ACTIONS="true", GITHUB_WORKSPACE=checkout)
    assert code == ExitCode.BAD_USAGE
    assert "plan.yaml:5: " in err
    assert f"::error file={tmp_path.name}/plan.yaml,line=5,title=Plan::" in out
    assert not (tmp_path / "reports").exists()


def test_a_child_that_breaks_before_its_run_ends_with_13_and_a_junit_that_says_so(tmp_path):
    code, out, _ = gate(tmp_path, plan(), "--no-such-option-of-locust")
    assert code in {ExitCode.BAD_USAGE, ExitCode.INVALID}
    assert "no run directory" in out
    assert list(cases(tmp_path / "out/junit.xml").values()) == [["error"]]


def test_a_child_killed_in_mid_run_ends_with_13(tmp_path):
    process = start(tmp_path, plan(duration="30s"))
    wait_for_load(process, tmp_path)
    found = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True)
    os.kill(int(found.stdout), signal.SIGKILL)
    process.communicate(timeout=WITHIN_S)
    assert process.returncode == ExitCode.INVALID
    assert "error" in str(cases(tmp_path / "out/junit.xml").values())


def test_a_cancelled_job_ends_its_run_with_130(tmp_path):
    process = start(tmp_path, plan(duration="60s"))
    wait_for_load(process, tmp_path)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=WITHIN_S)
    assert process.returncode == ExitCode.INTERRUPTED
    assert (tmp_path / "reports/latest/report.html").exists()
