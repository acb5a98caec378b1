import math
import re
from pathlib import Path

import pytest

from harness.record.events import ACCOUNTS, EVENTS, FLAG, NUMBER, PROBES, TEXT, WHOLE

ACCOUNT = {"due": 9, "completed": 5, "failed": 2, "dropped": 1, "open": 1}
FINISHED = {
    "t_s": 12.0,
    "event": "stage_finished",
    "stage": "canary-5",
    "duration_s": 12.0,
    **ACCOUNT,
    "by_variant": {"baseline": ACCOUNT, "canary": ACCOUNT},
}
GENERATOR = {
    "t_s": 1.0,
    "kind": "generator",
    "stage": "canary-5",
    "interval_s": 1.0,
    "due": 7000,
    "sent": 7000,
    "dropped": 0,
    "in_flight": 140,
    "backlog": 0,
    "cpu": 0.6,
    "memory_bytes": 1e8,
}
GOOD_EVENTS = [
    {"t_s": 0, "event": "run_started"},
    {
        "t_s": 0.5,
        "event": "stage_started",
        "stage": "canary-5",
        "index": 0,
        "weight": 0.05,
        "arrival_rate_per_s": 7000,
    },
    FINISHED,
    {"t_s": 1.5, "event": "values_clamped", "count": 3},
    {"t_s": 1.5, "event": "interrupted", "signal": "SIGINT"},
    {"t_s": 1.5, "event": "rolled_back", "anything": {"more": [1]}},
]
GOOD_PROBES = [
    GENERATOR,
    {
        "t_s": 1.0,
        "kind": "health",
        "variant": "canary",
        "ok": False,
        "status": None,
        "latency_s": None,
        "error": "refused",
    },
    {
        "t_s": 1,
        "kind": "metrics",
        "variant": "canary",
        "cpu": 0.5,
        "memory_bytes": 9,
        "restarts": None,
        "error": None,
    },
    {"t_s": 1, "kind": "alerts", "firing": ["HighErrorRate"], "error": None},
    {"t_s": 1, "kind": "query", "name": "memory", "value": None, "error": None},
]


@pytest.mark.parametrize("event", GOOD_EVENTS, ids=lambda event: event["event"])
def test_an_event_of_the_list_with_its_fields_passes(event):
    assert EVENTS.check(event) is None


@pytest.mark.parametrize("probe", GOOD_PROBES, ids=lambda probe: probe["kind"])
def test_a_probe_of_the_list_with_its_fields_passes(probe):
    assert PROBES.check(probe) is None


def minimal(vocabulary, name):
    fits = {TEXT: "text", FLAG: True, NUMBER: 0.5, WHOLE: 7, ACCOUNTS: {"canary": ACCOUNT}}
    required = {key: field for key, field in vocabulary.fields[name].items() if field.required}
    return {vocabulary.key: name, "t_s": 0.0, **{key: fits[field] for key, field in required.items()}}


@pytest.mark.parametrize("name", sorted(EVENTS.fields))
def test_every_event_passes_with_its_fields_and_without_any_one_of_them_does_not(name):
    EVENTS.check(minimal(EVENTS, name))
    for missing in minimal(EVENTS, name).keys() - {"event"}:
        event = minimal(EVENTS, name)
        del event[missing]
        with pytest.raises(ValueError, match=f"event '{name}' lacks the field '{missing}'"):
            EVENTS.check(event)


@pytest.mark.parametrize("field", sorted(PROBES.fields["generator"]))
def test_a_probe_that_lacks_a_field_is_refused(field):
    with pytest.raises(ValueError, match=f"kind 'generator' lacks the field '{field}'"):
        PROBES.check({key: value for key, value in GENERATOR.items() if key != field})


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"event": "stage_finnished"}, "unknown event 'stage_finnished'"),
        ({"event": None}, "unknown event 'None'"),
        ({"event": ["run_started"]}, "unknown event"),
        ({"t_s": None}, "needs a number as 't_s'"),
        ({"t_s": True}, "needs a number as 't_s'"),
        ({"t_s": math.nan}, "needs a number as 't_s'"),
        ({"stage": 5}, "needs text as 'stage'"),
        ({"due": 1.5}, "needs a whole number as 'due'"),
        ({"due": -1}, "needs a whole number as 'due'"),
        ({"due": True}, "needs a whole number as 'due'"),
        ({"by_variant": {"canary": {"due": 1}}}, "needs an object of variant to"),
        ({"by_variant": {"canary": 7}}, "needs an object of variant to"),
        ({"by_variant": []}, "needs an object of variant to"),
        ({"requests": {"canary": -1}}, "needs an object of variant to a whole number as 'requests'"),
        ({"requests": 7}, "needs an object of variant to a whole number as 'requests'"),
    ],
)
def test_a_field_that_is_not_what_it_must_be_is_named(change, what):
    with pytest.raises(ValueError, match=what):
        EVENTS.check({**FINISHED, **change})


def test_a_long_unknown_name_is_quoted_only_in_part():
    with pytest.raises(ValueError, match="unknown event") as caught:
        EVENTS.check({"event": "x" * 10_000})
    assert len(str(caught.value)) < 100


def test_alerts_are_a_list_of_names():
    with pytest.raises(ValueError, match="needs a list of texts as 'firing'"):
        PROBES.check({"t_s": 1, "kind": "alerts", "firing": [1], "error": None})


@pytest.mark.parametrize(("file", "vocabulary"), [("events.jsonl", EVENTS), ("probes.jsonl", PROBES)])
def test_the_reference_names_every_record_with_its_fields(file, vocabulary):
    page = (Path(__file__).parents[2] / "docs/reference/run-directory.md").read_text()
    section = page.split(f"\n## {file}\n")[1].split("\n## ")[0]
    cells = [line.split("|") for line in section.splitlines() if line.startswith("| `")]
    documented = {
        name: set(re.findall(r"`(\w+)`", row[2])) for row in cells for name in re.findall(r"`(\w+)`", row[1])
    }
    assert documented == {name: set(fields) for name, fields in vocabulary.fields.items()}
