"""Envoy: the weight is a runtime fraction, set through the admin address.

The route's `runtime_fraction` (or weighted cluster) reads the key as a FractionalPercent; see "Runtime" and
"Administration interface" in Envoy's documentation.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction

import httpx

from harness.plan.router import Envoy
from harness.rollout.routers.router import RouterError

_WITHIN_S = 5.0
_DENOMINATORS = {"HUNDRED": 100, "TEN_THOUSAND": 10_000, "MILLION": 1_000_000}


class EnvoyRouter:
    """An Envoy; ``client`` makes the HTTP client."""

    def __init__(
        self,
        settings: Envoy,
        client: Callable[[], httpx.Client] = lambda: httpx.Client(timeout=_WITHIN_S, trust_env=False),
    ) -> None:
        self._admin = settings.admin
        self._key = settings.runtime_key
        self._client = client

    def set_weight(self, stage: str, weight: Fraction) -> None:
        """Set the runtime key."""
        self._ask("POST", "/runtime_modify", {self._key: fraction_text(weight)})

    def verify(self) -> Fraction | None:
        """Return the runtime key's final value."""
        text = self._ask("GET", "/runtime", {"format": "json"})
        try:
            value = json.loads(text)["entries"][self._key]["final_value"]
        except (ValueError, KeyError, TypeError):
            raise RouterError(f"Envoy at {self._admin} does not know the runtime key {self._key}") from None
        return read_fraction(str(value))

    def _ask(self, method: str, path: str, params: dict[str, str]) -> str:
        try:
            with self._client() as client:
                answer = client.request(method, self._admin + path, params=params)
        except httpx.HTTPError as error:
            raise RouterError(f"Envoy's admin address {self._admin} does not answer: {error}") from None
        if answer.status_code != 200:
            raise RouterError(f"Envoy at {self._admin} refuses {path}: {answer.text.strip()[:200]}")
        return answer.text


def fraction_text(weight: Fraction) -> str:
    """Write a weight as Envoy reads it: a whole percentage, or a fraction of a finer denominator."""
    if (100 * weight).denominator == 1:
        return str(int(100 * weight))
    for name, denominator in _DENOMINATORS.items():
        if (denominator * weight).denominator == 1:
            return f"{{numerator: {int(denominator * weight)}, denominator: {name}}}"
    raise RouterError(f"Envoy cannot set a weight of {weight}; write one with at most four decimals")


def read_fraction(text: str) -> Fraction:
    """Read a weight as Envoy writes it; raises RouterError."""
    if text.isdecimal():
        return Fraction(int(text), 100)
    parts = dict(
        part.replace('"', "").strip().split(":", 1) for part in text.strip("{} \n").split(",") if ":" in part
    )
    numerator = parts.get("numerator", "").strip()
    denominator = _DENOMINATORS.get(parts.get("denominator", "HUNDRED").strip())
    if not numerator.isdecimal() or denominator is None:
        raise RouterError(f"Envoy tells a weight that is none: {text[:100]}")
    return Fraction(int(numerator), denominator)
