"""The JSON Schema for editors."""

from pathlib import Path

import jsonschema
import pytest
from hypothesis import given
from ruamel.yaml import YAML

from harness.plan.document import plan_from_document
from harness.plan.schema import json_schema
from tests.plan.strategies import documents

PLANS = sorted((Path(__file__).parents[2] / "loadtests" / "plans").glob("*.yaml"))
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert json_schema()["properties"]["load"]["description"] == "how much load"


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_the_plans_of_the_project_follow_the_schema(path):
    VALIDATOR.validate(YAML(typ="safe", pure=True).load(path))


@given(documents())
def test_every_plan_follows_the_schema_as_written_and_as_stored(document):
    VALIDATOR.validate(document)
    VALIDATOR.validate(plan_from_document(document).to_document())


@pytest.mark.parametrize("listed", [lambda item: item, lambda item: [item]])
def test_a_list_may_be_written_as_its_only_item(listed):
    variant = {"field": "upstream_addr", "canary": listed("b:1"), "baseline": listed("a:1")}
    log = {"path": listed("a.log"), "format": "combined", "variant": variant, "failed": listed(429)}
    stage = {"name": "a", "weight": "5%", "duration": "15m", "criteria": ["p95 < 1s"]}
    VALIDATOR.validate({"service": "x", "traffic": {"access_log": log}, "stages": [stage]})


@pytest.mark.parametrize("replay", ["access.log", {"access_log": {"path": "a.log"}, "speed": "2x"}])
def test_a_replay_may_be_a_file_or_more(replay):
    stage = {"name": "a", "weight": "5%", "duration": "15m", "criteria": ["p95 < 1s"]}
    VALIDATOR.validate({"service": "x", "targets": "embedded", "load": {"replay": replay}, "stages": [stage]})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["service"], 5),
        (["targets"], "embeded"),
        (["targets"], {"embedded": {"canary": {"latency": "25%"}}}),
        (["load", "arrival_rate"], 7000),
        (["load", "arrivals"], "burst"),
        (["stages", 0, "duration"], "15"),
        (["stages", 0, "criteria"], []),
        (["stages", 0, "duratoin"], "15m"),
        (["stages"], []),
    ],
)
def test_the_schema_refuses_what_an_editor_should_mark(path, value):
    document = {
        "service": "x",
        "targets": "embedded",
        "load": {"arrival_rate": "7000/s"},
        "stages": [{"name": "a", "weight": "5%", "duration": "15m", "criteria": ["p95 < 1s"]}],
    }
    VALIDATOR.validate(document)
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    assert not VALIDATOR.is_valid(document)
