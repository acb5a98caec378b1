"""A canary whose responses are far smaller than the baseline's may not do its work: that is no pass."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.judge.outcome import Outcome
from harness.judge.stage import judge_stage
from harness.judge.validity.responses.sizes import SIZES, SIZES_NOTED
from harness.record.events.stage import ResponseSizes
from tests.judge.judged import finding
from tests.judge.simulator import plan_of, simulate

PLAN = plan_of(["error rate < 5%"])
EVIDENCE = simulate(PLAN)
SHORT = (0, 0, 0, 0, 0, 0, 0, 100)
LONG = (0,) * 14 + (100,)


def telling(*sizes, evidence=EVIDENCE):
    """Say how large responses were, each of (variant, counts) or (variant, counts, endpoint)."""
    events = [
        ResponseSizes(
            t_s=20.0,
            stage=evidence.stage.name,
            variant=variant,
            endpoint=(*more, "GET /tasks")[0],
            counts=counts,
        )
        for variant, counts, *more in sizes
    ]
    return replace(evidence, events=(*evidence.events, *events))


def told(verdict):
    return [found for found in verdict.findings if found.id in {SIZES.id, SIZES_NOTED.id}]


def test_a_canary_that_answers_nothing_is_no_pass():
    verdict = judge_stage(PLAN, telling(("baseline", LONG), ("canary", (100,))))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert finding(verdict, SIZES).reason == (
        "100% of the canary's responses to GET /tasks were empty, against 0% of the baseline's, which "
        "usually have at least 8,192 bytes. Whether the canary does its work is not known: look at what it "
        "responds. If that is meant, write `unlike_responses: note` under `judge`."
    )


def test_a_short_page_in_the_place_of_a_long_one_is_no_pass():
    verdict = judge_stage(PLAN, telling(("baseline", LONG), ("canary", SHORT)))
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert "had less than 2,048 bytes" in finding(verdict, SIZES).reason


def test_a_part_of_the_responses_is_enough():
    some = (20, *(0,) * 13, 80)
    verdict = judge_stage(PLAN, telling(("baseline", LONG), ("canary", some)))
    assert finding(verdict, SIZES).observed == pytest.approx(20)


def test_the_worst_endpoint_is_named_and_the_others_are_counted():
    verdict = judge_stage(
        PLAN,
        telling(
            *(("baseline", LONG, path) for path in ("GET /a", "GET /b", "GET /c")),
            ("canary", (50, *(0,) * 13, 50), "GET /a"),
            ("canary", (100,), "GET /b"),
            ("canary", LONG, "GET /c"),
        ),
    )
    reason = finding(verdict, SIZES).reason
    assert "responses to GET /b were empty" in reason
    assert "The same is so of 1 other endpoint." in reason


def test_lists_that_grow_faster_on_the_baseline_are_noted():
    grown = (0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128)
    verdict = judge_stage(PLAN, telling(("baseline", grown), ("canary", grown[5:])))
    assert verdict.outcome is Outcome.PASS
    assert "hold unlike amounts of data" in finding(verdict, SIZES_NOTED).reason


def test_a_part_of_the_responses_that_is_one_short_page_is_no_pass():
    verdict = judge_stage(
        PLAN, telling(("baseline", LONG), ("canary", (0, 0, 0, 0, 0, 0, 20, 20, *LONG[8:])))
    )
    assert verdict.outcome is Outcome.INCONCLUSIVE


def test_a_baseline_that_answers_nothing_is_noted():
    verdict = judge_stage(PLAN, telling(("baseline", (100,)), ("canary", LONG)))
    assert verdict.outcome is Outcome.PASS
    assert "look at the baseline" in finding(verdict, SIZES_NOTED).reason


@pytest.mark.parametrize(
    ("baseline", "canary"),
    [
        (LONG, LONG),
        (LONG, (0,) * 12 + (100,)),  # a quarter
        ((100,), (100,)),  # such as responses to POST
        ((5, *LONG[1:]), (12, *LONG[1:])),  # some are empty on both
        (LONG, (1,)),  # one response is no evidence
        (LONG, ()),
        ((0, 0, 0, 100), (0, 0, 100)),
    ],
)
def test_responses_of_about_the_same_size_are_not_spoken_of(baseline, canary):
    verdict = judge_stage(PLAN, telling(("baseline", baseline), ("canary", canary)))
    assert verdict.outcome is Outcome.PASS
    assert told(verdict) == []


def test_an_event_with_sizes_that_nothing_has_is_read_as_far_as_sizes_go():
    beyond = (0,) * 100_000 + (100,)
    assert told(judge_stage(PLAN, telling(("baseline", beyond), ("canary", (100,))))) == []


def test_a_run_that_recorded_no_sizes_is_judged_without_them():
    assert told(judge_stage(PLAN, EVIDENCE)) == []


@pytest.mark.parametrize(("setting", "ids"), [("note", [SIZES_NOTED.id]), ("off", [])])
def test_a_plan_may_expect_smaller_responses(setting, ids):
    plan = PLAN.model_copy(update={"judge": PLAN.judge.model_copy(update={"unlike_responses": setting})})
    verdict = judge_stage(plan, telling(("baseline", LONG), ("canary", (100,))))
    assert verdict.outcome is Outcome.PASS
    assert [found.id for found in told(verdict)] == ids


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=12),
    st.lists(st.integers(0, 50), min_size=1, max_size=12),
)
def test_parts_of_a_stage_add_up(first, second):
    more = [0] * max(len(first), len(second))
    for counts in (first, second):
        for place, count in enumerate(counts):
            more[place] += count
    of_parts = telling(("baseline", LONG), ("canary", tuple(first)), ("canary", tuple(second)))
    at_once = telling(("baseline", LONG), ("canary", tuple(more)))
    assert told(judge_stage(PLAN, of_parts)) == told(judge_stage(PLAN, at_once))


def test_sizes_of_more_responses_than_there_were_are_a_contradiction():
    verdict = judge_stage(PLAN, telling(("canary", (10**9,))))
    assert verdict.outcome is Outcome.INVALID
    assert "known sizes of 1,000,000,000 responses of the canary were written" in "".join(
        found.reason for found in verdict.findings
    )
