"""What sessions need of those who listen to finished requests."""

from __future__ import annotations

from typing import Any, Protocol


class RequestListeners(Protocol):
    """Hears of every finished request; see `RequestEvents`."""

    @property
    def has_listeners(self) -> bool:
        """Whether anybody needs more of a success than its numbers."""

    def fire(self, **request: Any) -> None:
        """Report a request in full, by Locust's names."""

    def count(self, method: str, name: str, response_ms: float, length_bytes: int) -> None:
        """Report the numbers of a success."""

    def settle(self) -> None:
        """Bring every count up to date."""
