"""Queries and alerts of a Prometheus server, by its HTTP API (prometheus.io, "HTTP API", version 1)."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from harness.client.access import PROMETHEUS
from harness.client.http import AsyncClients
from harness.plan.model import Prometheus
from harness.record.probes import AlertsProbe, Probe, QueryProbe
from harness.rollout.probes.asking import NoAnswer, ask_ok

_Question = Callable[[AsyncClients, float], Awaitable[Probe]]
_AskServer = Callable[[AsyncClients, str], Awaitable[Any]]


def questions_of(server: Prometheus, timeout_s: float) -> list[_Question]:
    """Return one question for each query, and one for the alerts if the plan says which are critical."""
    ask_server = partial(_ask, server, timeout_s)
    questions = [_query(ask_server, name, query) for name, query in server.queries.items()]
    if server.alerts is not None:
        questions.append(_alerts(ask_server, server.alerts))
    return questions


async def _ask(server: Prometheus, timeout_s: float, clients: AsyncClients, query: str) -> Any:
    """Return the document of an answer; raises NoAnswer and ValueError."""
    url = f"{server.url}/api/v1/query"
    return (await ask_ok(clients[PROMETHEUS], url, timeout_s, {"query": query})).json()


def _query(ask_server: _AskServer, name: str, query: str) -> _Question:
    async def value(clients: AsyncClients, at_s: float) -> QueryProbe:
        try:
            number, error = one_number(await ask_server(clients, query)), None
        except (NoAnswer, ValueError) as problem:
            number, error = None, str(problem)
        return QueryProbe(t_s=at_s, name=name, value=number, error=error)

    return value


def _alerts(ask_server: _AskServer, matchers: str) -> _Question:
    # Prometheus keeps a series of each alert, so its own matchers decide which are critical.
    query = f'ALERTS{{alertstate="firing",{matchers}}}'

    async def alerts(clients: AsyncClients, at_s: float) -> AlertsProbe:
        try:
            firing, error = alert_names(await ask_server(clients, query)), None
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
        raise ValueError("the answer is not from a Prometheus server")
    return str(data.get("resultType")), data.get("result")


def _number(sample: Any) -> float:
    if not isinstance(sample, list) or len(sample) != 2 or not isinstance(sample[1], str | int | float):
        raise ValueError("the query's value has a form that Prometheus does not give")
    number = float(sample[1])
    if not math.isfinite(number):
        raise ValueError(f"the query gives {sample[1]}, which is not a number")
    return number
