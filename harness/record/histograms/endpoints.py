"""How many endpoints are told apart: each has histograms of its own in every window.

A load test that puts an id into every path has as many endpoints as requests, which would fill disk and
memory and make the generator late. Those that the plan names and the first others keep their names; the
requests of all further ones are counted together.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

MAX_ENDPOINTS: Final = 200
OTHERS: Final = "(other endpoints)"
"""The endpoint of the requests of all further ones."""


class Endpoints:
    """The endpoints of one stage, in the order in which they were first seen; `named` are known before."""

    def __init__(self, named: Iterable[str] = (), max_endpoints: int = MAX_ENDPOINTS) -> None:
        self._max_endpoints = max_endpoints
        self._known = set(named)

    def counted_as(self, endpoint: str) -> str:
        """Return the name under which a request of an endpoint is counted."""
        if endpoint in self._known:
            return endpoint
        if endpoint == OTHERS or len(self._known) >= self._max_endpoints:
            return OTHERS
        self._known.add(endpoint)
        return endpoint
