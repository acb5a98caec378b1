import pytest

from harness.plan.loader import PlanError
from harness.plan.overrides.values import Overrides
from harness.serve.offer import OfferError, read_offers
from tests.real.runs import plan


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text(plan())
    return path


def test_a_plan_or_a_stage_of_it_is_offered_under_a_name(path):
    offers = read_offers([f"all={path}", f"first={path}#one"])
    assert [(offer.name, offer.plan, offer.stages) for offer in offers.values()] == [
        ("all", path, ()),
        ("first", path, ("one",)),
    ]


@pytest.mark.parametrize("word", ["plan.yaml", "=plan.yaml", "a b=plan.yaml", "../x=plan.yaml", "a="])
def test_an_argument_that_names_no_plan_is_refused(word):
    with pytest.raises(OfferError, match="write NAME=PLAN"):
        read_offers([word])


def test_a_name_offered_twice_or_a_stage_that_is_not_there_is_refused(path):
    with pytest.raises(OfferError, match="twice"):
        read_offers([f"a={path}", f"a={path}"])
    with pytest.raises(PlanError, match="did you mean"):
        read_offers([f"a={path}#onne"])


def test_values_that_replace_a_plans_are_checked_with_it(path):
    assert read_offers([f"a={path}"], Overrides.of(["load.arrival_rate=7/s"], {}))
    with pytest.raises(PlanError, match="arrival_rate"):
        read_offers([f"a={path}"], Overrides.of(["load.arrival_rate=seven"], {}))
