"""Queries and alerts of a Prometheus server, by its HTTP API (prometheus.io, "HTTP API", version 1)."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from harness.plan.client.secrets import texts_of
from harness.plan.model import Probes, Prometheus
from harness.record.probes import AlertsProbe, Probe, QueryProbe
from harness.rollout.probes.asking import NoAnswer, ask_ok

_MAX_TOKEN_CHARACTERS = 8000
_Question = Callable[[httpx.AsyncClient, float], Awaitable[Probe]]
_AskServer = Callable[[httpx.AsyncClient, str], Awaitable[Any]]


def questions_of(server: Prometheus, timeout_s: float) -> list[_Question]:
    """Return one question for each query, and one for the alerts if the plan says which are critical."""
    ask_server = partial(_ask, server, timeout_s)
    questions = [_query(ask_server, name, query) for name, query in server.queries.items()]
    if server.alerts is not None:
        questions.append(_alerts(ask_server, server.alerts))
    return questions


def with_prometheus_headers(probes: Probes, headers: Mapping[str, str]) -> Probes:
    """Return probes whose Prometheus server gets these headers, as they are sent."""
    if probes.prometheus is None:
        return probes
    sent = {name: SecretStr(text) for name, text in headers.items()}
    server = probes.prometheus.model_copy(update={"headers": sent})
    return probes.model_copy(update={"prometheus": server})


async def _ask(server: Prometheus, timeout_s: float, client: httpx.AsyncClient, query: str) -> Any:
    """Return the document of an answer; raises NoAnswer and ValueError."""
    headers = texts_of(server.headers)
    if server.bearer_file is not None:
        # Read again each time: whoever renews a token writes a new file.
        headers["authorization"] = f"Bearer {_token(server.bearer_file)}"
    url = f"{server.url}/api/v1/query"
    return (await ask_ok(client, url, timeout_s, {"query": query}, headers)).json()


def _token(file: str) -> str:
    try:
        with Path(file).open(encoding="ascii") as opened:
            token = opened.read(_MAX_TOKEN_CHARACTERS).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not ASCII"
        raise ValueError(f"bearer_file {file} cannot be read: {reason}") from None
    if not token.isprintable() or not token or " " in token:
        raise ValueError(f"bearer_file {file} does not hold one token")
    return token


def _query(ask_server: _AskServer, name: str, query: str) -> _Question:
    async def value(client: httpx.AsyncClient, at_s: float) -> QueryProbe:
        try:
            number, error = one_number(await ask_server(client, query)), None
        except (NoAnswer, ValueError) as problem:
            number, error = None, str(problem)
        return QueryProbe(t_s=at_s, name=name, value=number, error=error)

    return value


def _alerts(ask_server: _AskServer, matchers: str) -> _Question:
    # Prometheus keeps a series of each alert, so its own matchers decide which are critical.
    query = f'ALERTS{{alertstate="firing",{matchers}}}'

    async def alerts(client: httpx.AsyncClient, at_s: float) -> AlertsProbe:
        try:
            firing, error = alert_names(await ask_server(client, query)), None
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
