"""What a service or a Prometheus may answer to a probe."""

from __future__ import annotations

import json
import math
import random

from harness.rollout.probes.prometheus import alert_names, one_number
from harness.rollout.probes.vitals import ProcessHistory, Vitals, parse_scrape
from tests.campaign.fault import Fault, Seen, Truth

_VALUES = ("NaN", "+Inf", "-Inf", "-1", "0", "1e400", "", "abc", "1_000", "1 2 3", "9" * 400)
_NAMES = ("process_cpu_seconds_total", "process_resident_memory_bytes", "process_start_time_seconds")


def draw(chance: random.Random) -> Fault:
    """Choose what the answers to three scrapes, or to one query, look like."""
    return chance.choice((_scrapes, _query))(chance)


def _scrapes(chance: random.Random) -> Fault:
    pages = [_page(chance) for _ in range(3)]

    def play() -> Seen:
        history, wrong = ProcessHistory(), []
        for at_s, page in enumerate(pages):
            try:
                vitals = history.take(float(at_s), parse_scrape(page))
            except ValueError:
                continue
            if not _is_plausible(vitals):
                wrong.append(vitals)
        return Seen(is_lost=bool(wrong), said=f"believed {wrong} of {pages}")

    return Fault("metrics are strange", Truth.OPEN, play)


def _is_plausible(vitals: Vitals) -> bool:
    """Whether every figure is one that a process can have."""
    figures = (vitals.cpu, vitals.memory_bytes)
    return all(figure is None or (math.isfinite(figure) and figure >= 0) for figure in figures)


def _page(chance: random.Random) -> str:
    lines = []
    for name in _NAMES:
        value = chance.choice(_VALUES) if chance.random() < 0.4 else str(chance.uniform(0, 1e9))
        labels = chance.choice(["", '{a="b"}', '{a="\\"}', "{", "{a=b}"])
        lines += [f"{name}{labels} {value}"] * chance.choice([0, 1, 1, 1, 2])
    return chance.choice(["\n", "\r\n", "\n\n"]).join(lines) + chance.choice(["", "\n", "# EOF\n", "\x00"])


def _query(chance: random.Random) -> Fault:
    document = _document(chance)

    def play() -> Seen:
        wrong: list[object] = []
        for read in (_number_of, alert_names):
            try:
                answer = read(document)
            except ValueError:
                continue
            if isinstance(answer, float) and not math.isfinite(answer):
                wrong.append(answer)
        return Seen(is_lost=bool(wrong), said=f"believed {wrong} of {json.dumps(document)[:200]}")

    return Fault("a query's answer is strange", Truth.OPEN, play)


def _number_of(document: object) -> object:
    return one_number(document)


_SAMPLES = ([1.0, "5"], [1.0, "NaN"], [1.0, "+Inf"], [1.0], None, "5", [1.0, None], [1.0, [2]], [1.0, "x"])
_KINDS = ("vector", "scalar", "matrix", "string", None, 7)


def _document(chance: random.Random) -> object:
    sample = chance.choice(_SAMPLES)
    named = {"metric": {"alertname": "Down"}, "value": sample}
    series = chance.choice([named, {"value": sample}, {}, None, 5, [sample]])
    result = chance.choice([[series], [series, series], [], {}, sample, None])
    data = {"resultType": chance.choice(_KINDS), "result": result}
    answer = {"status": chance.choice(["success", "error"]), "data": data}
    return chance.choice([answer, answer, answer, data, [], None, "up", 5])
