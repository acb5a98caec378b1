"""Queries and alerts of a Prometheus server, by its HTTP API (prometheus.io, "HTTP API", version 1)."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from harness.plan.model import Prometheus
from harness.record.probes import AlertsProbe, Probe, QueryProbe
from harness.rollout.probes.asking import NoAnswer, ask_ok

_Question = Callable[[httpx.AsyncClient, float], Awaitable[Probe]]


def questions_of(server: Prometheus, timeout_s: float) -> list[_Question]:
    """Return one question for each query, and one for the alerts if the plan says which are critical."""
    url = f"{server.url}/api/v1/query"
    questions = [_query(url, name, query, timeout_s) for name, query in server.queries.items()]
    if server.alerts is not None:
        questions.append(_alerts(url, server.alerts, timeout_s))
    return questions


def _query(url: str, name: str, query: str, timeout_s: float) -> _Question:
    async def value(client: httpx.AsyncClient, at_s: float) -> QueryProbe:
        try:
            answer = await ask_ok(client, url, timeout_s, {"query": query})
            number, error = one_number(answer.json()), None
        except (NoAnswer, ValueError) as problem:
            number, error = None, str(problem)
        return QueryProbe(t_s=at_s, name=name, value=number, error=error)

    return value


def _alerts(url: str, matchers: str, timeout_s: float) -> _Question:
    # Prometheus keeps a series of each alert, so its own matchers decide which are critical.
    query = f'ALERTS{{alertstate="firing",{matchers}}}'

    async def alerts(client: httpx.AsyncClient, at_s: float) -> AlertsProbe:
        try:
            answer = await ask_ok(client, url, timeout_s, {"query": query})
            firing, error = alert_names(answer.json()), None
        except (NoAnswer, ValueError) as problem:
            firing, error = (), str(problem)
        return AlertsProbe(t_s=at_s, firing=firing, error=error)

    return alerts


def one_number(document: Any) -> float:
    """Return the number an instant query gave; raises ValueError when there is not exactly one."""
    kind, result = _result(document)
    if kind == "scalar":
        return _number(result)
    if kind != "vector" or not isinstance(result, list):
        raise ValueError(f"the query gives a {kind}, not one number")
    if len(result) != 1:
        raise ValueError(f"the query gives {len(result)} series, not one number")
    return _number(result[0].get("value") if isinstance(result[0], dict) else None)


def alert_names(document: Any) -> tuple[str, ...]:
    """Return the names of the alerts a query of ALERTS gave, each once, sorted; raises ValueError."""
    kind, result = _result(document)
    if kind != "vector" or not isinstance(result, list):
        raise ValueError("the server's answer to the query of ALERTS is not a vector")
    metrics = [series.get("metric") for series in result if isinstance(series, dict)]
    names = {str(metric.get("alertname", "unnamed"))[:200] for metric in metrics if isinstance(metric, dict)}
    return tuple(sorted(names))


def _result(document: Any) -> tuple[str, Any]:
    data = document.get("data") if isinstance(document, dict) else None
    if not isinstance(data, dict) or document.get("status") != "success":
        raise ValueError("the answer is not one of a Prometheus server")
    return str(data.get("resultType")), data.get("result")


def _number(sample: Any) -> float:
    if not isinstance(sample, list) or len(sample) != 2:
        raise ValueError("the query's value has a form that Prometheus does not give")
    number = float(sample[1])
    if not math.isfinite(number):
        raise ValueError(f"the query gives {sample[1]}, which is not a number")
    return number
