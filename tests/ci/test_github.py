"""Annotations are lines a GitHub runner understands, and nothing from outside can pose as one."""

import re

from harness.ci.github import MAX_ANNOTATIONS, in_checkout, no_commands, of_problems, of_verdict
from harness.judge.finding import Result
from harness.judge.outcome import Outcome
from harness.judge.validity.generator import ON_TIME
from harness.judge.verdict import Verdict
from harness.plan.places import PlanLines
from harness.plan.yaml.problem import Problem
from harness.plan.yaml.source import read_source
from tests.report.verdicts import FAILED, HOSTILE, NOTHING, P95, PASSED, UNDECIDED, stage

PLAN = PlanLines(
    read_source("""\
service: shop
stages:
  - {name: canary-25, weight: 25%, duration: 1m, criteria: [error rate < 0.1%]}
  - name: canary-50
    weight: 50%
    criteria:
      - error rate < 0.1%
      - p95 < 150ms
""")
)
COMMAND = re.compile(r"::(?:error|warning) file=[^,:]*,line=\d+,title=[^,:]*::[^\r\n]*")


def test_a_criterion_that_failed_is_shown_at_its_line():
    (p95, undecided) = of_verdict(FAILED, "plans/a.yaml", PLAN)
    assert p95.startswith("::error file=plans/a.yaml,line=8,title=canary-50%3A fail::p95 < 150ms: ")
    assert "171.2" in p95
    assert undecided.startswith("::warning file=plans/a.yaml,line=4,title=canary-50%3A inconclusive::")


def test_a_plan_is_named_by_its_place_in_the_checkout_wherever_the_job_works(tmp_path, monkeypatch):
    folder, elsewhere = tmp_path / "checkout/shop", tmp_path / "elsewhere.yaml"
    folder.mkdir(parents=True)
    for path in (folder / "a.yaml", elsewhere):
        path.write_text("")
    monkeypatch.chdir(folder)
    checkout = str(tmp_path / "checkout")
    assert in_checkout("a.yaml", checkout) == in_checkout(str(folder / "a.yaml"), checkout) == "shop/a.yaml"
    for kept in (str(elsewhere), "--set load.arrival_rate", "missing.yaml"):
        assert in_checkout(kept, checkout) == kept
    assert in_checkout("a.yaml", None) == "a.yaml"


def test_a_pass_has_nothing_to_show_and_nothing_else_is_silent():
    assert of_verdict(PASSED, "a.yaml", PLAN) == []
    assert len(of_verdict(UNDECIDED, "a.yaml", PLAN)) == 1
    (line,) = of_verdict(NOTHING, "a.yaml", PLAN)
    assert line == "::error file=a.yaml,line=1,title=invalid::Nothing was judged."


def test_hostile_text_stays_one_line_and_cannot_end_a_property():
    lines = of_verdict(HOSTILE, "a,b:c%.yaml", PLAN)
    assert lines
    for line in lines:
        assert COMMAND.fullmatch(line), line
        assert "file=a%2Cb%3Ac%25.yaml," in line


def test_a_verdict_with_many_findings_shows_as_many_as_github_does_the_worst_first():
    late = Result.plain(Outcome.INVALID, "Late.").of(ON_TIME)
    verdict = Verdict(Outcome.FAIL, "", (stage("canary-50", Outcome.FAIL, *[late] * 20, P95),))
    lines = of_verdict(verdict, "a.yaml", PLAN)
    assert len(lines) == MAX_ANNOTATIONS
    assert "fail" in lines[0]


def test_problems_of_a_plan_are_shown_at_their_lines():
    problems = [Problem("a.yaml", 7, "50% of\nit"), Problem("a.yaml", None, "cannot be read")]
    assert of_problems(problems) == [
        "::error file=a.yaml,line=7,title=Plan::50%25 of it",
        "::error file=a.yaml,line=1,title=Plan::cannot be read",
    ]


def test_commands_are_off_while_the_child_prints():
    printed = []
    with no_commands(printed.append, "secret"):
        printed.append("::set-env name=PATH::/tmp")
    assert printed == ["::stop-commands::secret", "::set-env name=PATH::/tmp", "::secret::"]
