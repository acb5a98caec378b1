"""Asks for metrics: the pages of all instances, or a Prometheus server, each within a time limit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import orjson

from harness.client.access import PROMETHEUS, Access
from harness.client.http import client_of
from harness.observe.metrics.increments import Increments
from harness.observe.metrics.sample import HistogramSample
from harness.observe.metrics.server_answer import samples_of_answer
from harness.observe.metrics.text_page import samples_of_page
from harness.observe.variant_values import Owner, VariantValues
from harness.plan.model import Plan
from harness.plan.traffic.metrics import Metrics

_MAX_BYTES: Final = 32 << 20
_WITHIN_S: Final = 5.0
_LOOK_BACK_S: Final = 300.0
"""A server's last sample may be that old: Prometheus itself looks back for five minutes."""
Get = Callable[[str, dict[str, str]], bytes]


@dataclass(frozen=True)
class Counted:
    """What one series has counted since it was read before."""

    owner: Owner
    labels: dict[str, str]
    counts: Any


class MetricsPage(Protocol):
    """Something that is asked for the counts of some series."""

    increments: Increments

    def base(self, at_s: float) -> None:
        """Read what was counted until a moment; raises ValueError and httpx.HTTPError."""

    def read(self, at_s: float) -> Sequence[Counted]:
        """Return what was counted since; raises ValueError and httpx.HTTPError."""


class InstancePage:
    """The page of one instance of a variant."""

    def __init__(self, url: str, owner: Owner, metrics: Metrics, get: Get) -> None:
        self._url, self._owner, self._name, self._get = url, owner, metrics.duration, get
        self.increments = Increments()

    def base(self, at_s: float) -> None:
        """Read the page."""
        samples, started_s = self._samples(at_s)
        self.increments.base(samples, started_s)

    def read(self, at_s: float) -> list[Counted]:
        """Read the page again; the first page that comes is counted from."""
        if not self.increments.has_base:
            self.base(at_s)
            return []
        samples, started_s = self._samples(at_s)
        self.increments.restarted(started_s)
        return [Counted(self._owner, dict(each.labels), self.increments.take(each)) for each in samples]

    def _samples(self, at_s: float) -> tuple[list[HistogramSample], float | None]:
        return samples_of_page(self._get(self._url, {}).decode("utf-8", "replace"), self._name, at_s)


class ServerPage:
    """A Prometheus server that has scraped every instance: its raw samples, not rates made of them."""

    def __init__(self, url: str, metrics: Metrics, get: Get) -> None:
        assert metrics.variant is not None  # validated
        self._url, self._name, self._get = f"{url}/api/v1/query", metrics.duration, get
        self._label = metrics.variant.label
        named = metrics.variant
        self._values = VariantValues(named.baseline, named.canary, named.control)
        self._until_s = 0.0
        self.increments = Increments()

    def base(self, at_s: float) -> None:
        """Read the last sample of every series until a moment."""
        self.increments.base(self._samples(at_s, _LOOK_BACK_S))
        self._until_s = at_s

    def read(self, at_s: float) -> list[Counted]:
        """Read the samples since; where the server did not answer before, count from now on."""
        if not self.increments.has_base:
            self.base(at_s)
            return []
        since_s = self._until_s
        samples = self._samples(at_s, at_s - since_s)
        self._until_s = at_s
        return [
            Counted(self._owner(each), dict(each.labels), self.increments.take(each))
            for each in samples
            if each.at_s > since_s
        ]

    def _owner(self, sample: HistogramSample) -> Owner:
        value = dict(sample.labels).get(self._label)
        return Owner.UNATTRIBUTED if value is None else self._values.owner(value)

    def _samples(self, at_s: float, length_s: float) -> list[HistogramSample]:
        window = f"[{max(round(length_s * 1e3), 1)}ms]"
        # A native histogram has the name itself, a classic one a series for each bucket.
        query = f'{{__name__=~"{self._name}(_bucket)?"}}{window}'
        answer = self._get(self._url, {"query": query, "time": f"{at_s:.3f}"})
        return samples_of_answer(orjson.loads(answer))


def pages_of(plan: Plan, metrics: Metrics, gets: Mapping[str, Get]) -> list[MetricsPage]:
    """Return everything that a plan's histogram is read from; `gets` ask a variant, or the server."""
    if metrics.instances is not None and metrics.source == "probes":
        return [
            InstancePage(url, Owner[variant.name], metrics, gets[variant])
            for variant, urls in metrics.instances.pages.items()
            for url in urls
        ]
    server = plan.probes.prometheus if plan.probes is not None else None
    assert server is not None  # validated
    return [ServerPage(server.url, metrics, gets[PROMETHEUS])]


def get_of(access: Access) -> Get:
    """Return what asks a server for a page as its access says; raises TlsError.

    What it returns is the body of an answer of status 200; it raises httpx.HTTPError and ValueError.
    """
    client = client_of(access, _WITHIN_S)

    def get(url: str, params: dict[str, str]) -> bytes:
        with client.stream("GET", url, params=params) as answer:
            if answer.status_code != 200:
                raise ValueError(f"{url} answers HTTP {answer.status_code}")
            body = bytearray()
            for piece in answer.iter_bytes():
                body += piece
                if len(body) > _MAX_BYTES:
                    raise ValueError(f"{url} answers with more than {_MAX_BYTES >> 20} MiB")
            return bytes(body)

    return get
