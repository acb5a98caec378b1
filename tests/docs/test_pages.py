"""What the documentation shows exists: commands, plans, code, links and numbers."""

import ast
import importlib.util
import json
import re
import tomllib

import pytest
from ruamel.yaml import YAML

from harness.plan.loader import parse_plan
from harness.plan.model import Plan
from harness.plan.overrides.values import Overrides
from harness.plan.yaml.part import key_of
from tests.commands import VERBS, commands_in, problem_of
from tests.docs import cli_reference, record_reference
from tests.docs.pages import PAGES, ROOT, anchors, blocks, links, spans
from tests.judge.judged import certain_limitations

VERBS_SHOWN = {words[1] for block in blocks("console") for words in commands_in(block.text)}
IN_SENTENCES = sorted({tuple(words) for page in PAGES for span in spans(page) for words in commands_in(span)})
CHANGES = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
KEYS = {key_of(name) for name in Plan.model_fields}
REST = {
    "service": "service: shop",
    "targets": "targets: embedded",
    "load": "load: {arrival_rate: 100/s}",
    "stages": "stages: [{name: full, weight: 100%, duration: 60s, criteria: [error rate < 1%]}]",
}

ROUTED = {"targets": "targets: {ingress: http://127.0.0.1:10000, variant_header: x-variant}"}


def yaml_of(block):
    return YAML(typ="safe").load(block.text)


def script(name):
    spec = importlib.util.spec_from_file_location(name, next((ROOT / "docs").rglob(f"{name}.py")))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_stand_where_they_are_found_and_run(page):
    told = [block for block in blocks("", "bash", "sh", "shell", "text") if block.page == page]
    meant = [words for block in told if "[OPTIONS]" not in block.text for words in commands_in(block.text)]
    assert meant == [], "show a command in a console block, after a $"
    assert all(block.text.startswith("$ ") for block in blocks("console") if block.page == page)


@pytest.mark.parametrize("words", [words for words in IN_SENTENCES if len(words) > 1], ids=" ".join)
def test_every_command_in_a_sentence_exists_with_its_options(words):
    # A sentence may name a verb alone.
    assert "VERB" in words or (problem_of(words) or "Missing").startswith("Missing")


def test_the_pages_show_every_verb_people_need():
    shown = VERBS_SHOWN | {words[1] for words in IN_SENTENCES if len(words) > 1}
    assert {
        "init",
        "check",
        "run",
        "gate",
        "judge",
        "compare",
        "runs",
        "lock",
        "serve",
        "demo",
    } <= VERBS_SHOWN
    assert set(VERBS) <= shown


@pytest.mark.parametrize("block", blocks("yaml", "yml"), ids=str)
def test_every_plan_and_every_part_of_one_can_be_read(block):
    content = yaml_of(block)
    if not isinstance(content, dict) or not set(content) <= KEYS:
        assert content, "a block of some other file is YAML all the same"
        return
    usual = REST | (ROUTED if "router" in content else {})
    not_needed = {"load", "targets"} if "traffic" in content else set()
    rest = [line for key, line in usual.items() if key not in {*content, *not_needed}]
    overrides = Overrides(variables={"HOST": "tasks.example", "TOKEN": "abc"})
    assert parse_plan("\n".join([block.text, *rest]), overrides=overrides).stages


def test_every_stage_of_the_tutorials_plan_can_decide_what_it_promises():
    (plan,) = [
        block.text for block in blocks("yaml") if "first-canary" in str(block) and "stages" in block.text
    ]
    assert certain_limitations(parse_plan(plan)) == []


@pytest.mark.parametrize("block", blocks("python"), ids=str)
def test_every_piece_of_python_is_python(block):
    assert ast.parse(block.text).body


@pytest.mark.parametrize("block", blocks("json"), ids=str)
def test_every_piece_of_json_is_json(block):
    assert json.loads(block.text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    for link in links(page):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{link} in {page}"
        assert not anchor or anchor in anchors(target), f"{link} in {page}"


def test_every_page_can_be_reached_from_the_index():
    index = ROOT / "docs/README.md"
    reached = {index, *((index.parent / link).resolve() for link in links(index) if "://" not in link)}
    assert set((ROOT / "docs").rglob("*.md")) <= reached
    assert index in {(ROOT / link).resolve() for link in links(ROOT / "README.md") if "://" not in link}


def test_the_changelog_begins_with_the_version_of_the_package():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    first = re.search(r"^## (\S+) - (unreleased|\d{4}-\d\d-\d\d)$", CHANGES, re.MULTILINE)
    assert first
    assert first[1] == version


def test_the_commands_page_is_what_the_command_says():
    written = cli_reference.PAGE.read_text(encoding="utf-8")
    assert written == cli_reference.page(), "write it anew: python -m tests.docs.cli_reference"


def test_the_tables_of_the_run_directory_are_those_of_its_records():
    written = record_reference.PAGE.read_text(encoding="utf-8")
    assert written == record_reference.page(), "write them anew: python -m tests.docs.record_reference"


def test_the_action_is_used_with_inputs_it_has():
    (workflow,) = [yaml_of(block) for block in blocks("yaml") if "uses: your-org" in block.text]
    (step,) = [step for step in workflow["jobs"]["canary-5"]["steps"] if "with" in step]
    inputs = YAML(typ="safe").load(ROOT / "action.yml")["inputs"]
    needed = {name for name, one in inputs.items() if one.get("required")}
    assert needed <= set(step["with"]) <= set(inputs)


def test_the_numbers_on_coordinated_omission_are_those_of_its_picture():
    picture = script("coordinated_omission")
    page = " ".join((ROOT / "docs/explanation/coordinated-omission.md").read_text().split())
    _, from_send, from_due = picture.stall()
    for times in (from_send, from_due):
        cells = [f"{picture.quantile_ms(times, share):,.0f} ms" for share in (0.5, 0.95, 0.99, 0.999)]
        assert f"| {' | '.join(cells)} |" in page
    assert f"one request of {len(from_send):,} was slow" in page
    assert (from_send > 0.1).sum() == 1
    assert f"{(from_due > 0.1).sum()} users waited longer" in page


def test_the_picture_is_the_one_its_script_draws(tmp_path):
    picture = script("coordinated_omission")
    picture.draw(tmp_path / "again.svg")
    assert (tmp_path / "again.svg").read_bytes() == picture.PICTURE.read_bytes()


def test_the_numbers_on_blocks_are_those_of_its_simulation():
    page = (ROOT / "docs/explanation/why-blocks.md").read_text()
    by_requests, by_blocks = script("why_blocks").false_alarms()
    assert f"| {by_requests * 100:.1f} % |" in page
    assert f"| {by_blocks * 100:.1f} % |" in page
