"""Announces what happens in a run to its listeners: the live page, the terminal, notifiers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from harness.process.view_guard import ViewGuard

T = TypeVar("T")


class Announcer(Generic[T]):
    """Calls every listener with every item, in order, through a guard: none of them can break the run."""

    def __init__(
        self, listeners: Iterable[Callable[[T], object]] = (), guard: ViewGuard | None = None
    ) -> None:
        self._listeners = tuple((_name_of(listener), listener) for listener in listeners)
        self._guard = guard or ViewGuard()

    def __call__(self, item: T) -> None:
        """Announce an item."""
        for name, listener in self._listeners:
            self._guard.call(name, listener, item)


def _name_of(listener: Callable[[T], object]) -> str:
    return getattr(listener, "__qualname__", type(listener).__qualname__)
