import io

import pytest
from rich.console import Console

from harness.judge.planning.planner import outlooks
from harness.plan.loader import parse_plan
from harness.report.text import plan_table
from harness.report.text.plan_table import print_plan
from tests.report import simulator

TEXT = simulator.plan_text(5, 25)


def warnings(plan):
    return plan_table.warnings(plan, outlooks(plan))


def test_a_plan_s_stages_stand_in_a_table_with_what_must_hold() -> None:
    out = io.StringIO()
    print_plan(parse_plan(TEXT), Console(file=out, width=80))
    lines = [line.rstrip() for line in out.getvalue().splitlines()]
    assert lines[0] == "task-service: 2 stages, 3 min 4 s, seed 20260108"
    assert lines[2].startswith("canary-5       5%  1 min 32 s  1,000/s          4,600  p95 < 55ms,")
    assert max(map(len, lines)) <= 80


def test_it_says_what_each_stage_can_tell() -> None:
    out = io.StringIO()
    print_plan(parse_plan(TEXT), Console(file=out, width=80))
    lines = [line.split() for line in out.getvalue().splitlines()]
    row = next(line for line in lines if line[:2] == ["canary-25", "21"])
    assert row[2].startswith("+")
    assert row[3].endswith("%")


def test_a_plan_that_can_be_decided_has_no_warning_but_of_its_length() -> None:
    assert all("often be inconclusive: it needs about" in warning for warning in warnings(parse_plan(TEXT)))


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        (
            "1000/s",
            "500/s",
            "`error rate < 0.1%` cannot pass: it needs 2,995 canary requests",
        ),
        (
            "duration: 92s",
            "duration: 20s",
            "canary-5: `p95 < 55ms` cannot pass: it needs 6 blocks",
        ),
        (
            "p95 < 55ms",
            "throughput > 2000/s",
            "`throughput > 2000/s` cannot pass: the plan offers only 1,000/s",
        ),
        ("warmup: 8s", "warmup: 30s", "canary-25: `no performance degradation` cannot pass: it needs 20"),
        ("p95 < 55ms", "p95 < baseline + 5% for 2m", "+ 5% for 2m` cannot pass: the stage lasts"),
    ],
)
def test_a_criterion_that_no_run_of_the_plan_can_pass_is_named(old: str, new: str, warning: str) -> None:
    assert any(warning in found for found in warnings(parse_plan(TEXT.replace(old, new))))


def test_what_the_table_warns_of_is_what_the_judge_then_finds(tmp_path: object) -> None:
    text = simulator.plan_text(5).replace("1000/s", "500/s")
    assert list(warnings(parse_plan(text)))
    run = simulator.simulate(tmp_path, text)  # type: ignore[arg-type]
    assert '"outcome": "inconclusive"' in str(run.read_verdict())
