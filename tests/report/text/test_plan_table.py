import io

import pytest
from rich.console import Console

from harness.app.verbs.check import check_plan
from harness.judge.planning.feasibility import Effect, limitations
from harness.plan.loader import parse_plan, parse_plan_file
from harness.report.text.plan_table import print_plan
from tests.report import simulator

TEXT = simulator.plan_text(5, 25)


def printed(text: str) -> list[str]:
    out = io.StringIO()
    found = check_plan(parse_plan_file(text, "plan.yaml"), None, None)
    print_plan(found.read.plan, found.sensitivities, found.warnings, Console(file=out, width=80))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_a_plan_s_stages_stand_in_a_table_with_what_must_hold() -> None:
    lines = [line for line in printed(TEXT) if not line.startswith("plan.yaml:")]
    assert lines[0] == "task-service: 2 stages, 3 min 4 s, seed 20260108"
    assert lines[2].startswith("canary-5       5%  1 min 32 s  1,000/s          4,600  p95 < 55ms,")
    assert max(map(len, lines)) <= 80


def test_it_says_what_each_stage_detects() -> None:
    lines = [line.split() for line in printed(TEXT)]
    row = next(line for line in lines if line[:2] == ["canary-25", "21"])
    assert row[2] == "p50"
    assert row[3].startswith("+")


def test_a_plan_that_can_be_decided_has_no_limitation_but_its_length() -> None:
    assert {one.effect for one in limitations(parse_plan(TEXT))} == {Effect.OFTEN_INCONCLUSIVE}


@pytest.mark.parametrize(
    ("old", "new", "warning"),
    [
        (
            "1000/s",
            "500/s",
            "warning: stage canary-5: `error rate < 0.1%` cannot pass: even if all are good it needs 2,995 ",
        ),
        (
            "p95 < 55ms",
            "throughput > 2000/s",
            "warning: stage canary-5: `throughput > 2000/s` cannot pass: the plan offers only 1,000/s; ",
        ),
        (
            "rollback:",
            "rollback:\n  - cpu > 80% for 1h",
            "warning: the trigger `cpu > 80% for 1h` can never fire: it must hold for 1 h, and ",
        ),
    ],
)
def test_each_limitation_is_one_line_with_its_place_in_the_file(old: str, new: str, warning: str) -> None:
    text = TEXT.replace(old, new, 1)
    [line] = [line for line in printed(text) if warning in line]
    place, number, rest = line.split(":", 2)
    assert place == "plan.yaml"
    assert rest.startswith(f" {warning}")
    assert "; write " in rest
    subject = warning.split("`")[1]
    assert subject in text.splitlines()[int(number) - 1]


def test_what_the_table_warns_of_is_what_the_judge_then_finds(tmp_path: object) -> None:
    text = simulator.plan_text(5).replace("1000/s", "500/s")
    assert limitations(parse_plan(text))
    run = simulator.simulate(tmp_path, text)  # type: ignore[arg-type]
    assert '"outcome": "inconclusive"' in str(run.read_verdict())
