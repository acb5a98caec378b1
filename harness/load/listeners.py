"""The seam between sessions and whoever is told of finished requests."""

from __future__ import annotations

from typing import Any, Protocol


class Listeners(Protocol):
    """Is told of every finished request; see ``RequestEvents``."""

    @property
    def is_heard(self) -> bool:
        """Whether anybody wants to know more of a success than its numbers."""

    def fire(self, **request: Any) -> None:
        """Tell everything of a request, by Locust's names."""

    def count(self, method: str, name: str, response_ms: float, length_bytes: int) -> None:
        """Tell the numbers of a success."""

    def settle(self) -> None:
        """Bring every count up to date."""
