from dataclasses import replace
from pathlib import Path

import pytest

from harness.record.evidence import load_evidence
from harness.report.data.reading import read
from harness.report.page.generator import delivery_of
from tests.rollout.scripted import Rollout, plan_text


@pytest.mark.parametrize(("planned_s", "has_end", "drawn"), [(10, True, 10), (20, True, 9), (20, False, 10)])
def test_the_window_within_which_a_stage_was_ended_is_no_dip_of_its_rates(
    tmp_path: Path, planned_s: float, has_end: bool, drawn: int
) -> None:
    rollout = Rollout(tmp_path, plan_text(stages=["half"]))  # type: ignore[no-untyped-call]
    rollout.controller.walk()
    whole = load_evidence(rollout.run).stages[0]
    stage = whole.stage.model_copy(update={"duration_s": planned_s})
    evidence = replace(whole, stage=stage, finished=whole.finished if has_end else None)
    delivery = delivery_of(rollout.run.plan, evidence, read(rollout.run.plan, evidence).windows)
    assert len(delivery.achieved.x) == len(delivery.offered.x) == drawn
    assert len(delivery.sends_late.x) == 10
