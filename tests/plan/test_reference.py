"""The reference pages say what the code does."""

import re

import pytest

from harness.plan.criteria.criterion import CriterionError, Named, parse_criterion
from harness.plan.loader import parse_plan
from tests.plan.reference import PAGE, PARTS, table_of, tables_of

TEXT = PAGE.read_text(encoding="utf-8")
CRITERIA = (PAGE.parent / "criteria.md").read_text(encoding="utf-8")
LIMITS = CRITERIA.partition("## Limits")[2].partition("\n## ")[0]


@pytest.mark.parametrize("part", PARTS)
def test_the_page_has_every_key_with_its_default(part):
    assert tables_of(TEXT)[part] == table_of(PARTS[part]), "write it anew: python -m tests.plan.reference"


@pytest.mark.parametrize("plan", re.findall(r"```yaml\n(service:.*?)```", TEXT, re.DOTALL))
def test_the_plans_on_the_page_can_be_read(plan):
    assert parse_plan(plan).stages


@pytest.mark.parametrize("text", re.findall(r"^\| `([^`|]+)` \|", LIMITS, re.MULTILINE))
def test_the_criteria_on_the_page_can_be_read(text):
    assert parse_criterion(text, ["queue depth"]).text == text


def test_every_named_criterion_is_explained():
    headings = re.findall(r"^### `([^`]+)`", CRITERIA, re.MULTILINE)
    explained = {parse_criterion(heading).name for heading in headings}
    assert explained == set(Named)


def test_what_the_page_says_is_refused_is_refused():
    refused = re.findall(r"^- `([^`]+)`: ", CRITERIA, re.MULTILINE)
    assert len(refused) >= 4
    for text in refused:
        with pytest.raises(CriterionError):
            parse_criterion(text, ["queue depth"])
