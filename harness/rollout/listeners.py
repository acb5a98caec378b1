"""Announces what happens in a run to its listeners: the live page, the terminal, notifiers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

_LOG = logging.getLogger("harness")
T = TypeVar("T")


class Announcer(Generic[T]):
    """Calls every listener with every item, in order and in the run's own thread.

    A listener that raises is reported in one line of the log and not called again: it cannot break the run.
    """

    def __init__(self, listeners: Iterable[Callable[[T], object]] = ()) -> None:
        self._listeners = tuple(listeners)

    def __call__(self, item: T) -> None:
        """Announce an item."""
        for listener in self._listeners:
            try:
                listener(item)
            except Exception as error:
                self._listeners = tuple(each for each in self._listeners if each is not listener)
                name = getattr(listener, "__qualname__", type(listener).__qualname__)
                _LOG.error("%s failed and is not called again: %s: %s", name, type(error).__name__, error)
                _LOG.debug("its traceback", exc_info=True)
