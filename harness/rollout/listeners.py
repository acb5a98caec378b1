"""Who hears of a run while it goes on: its events, its closed windows, and how far it is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from harness.record.journal import Record
from harness.record.progress import RunProgress, StageWindow

_LOG = logging.getLogger("harness")
T = TypeVar("T")


class Announcer(Generic[T]):
    """Calls every listener with every item, in order.

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
                _LOG.debug("where it failed", exc_info=True)


@dataclass(frozen=True)
class RunListeners:
    """Everybody who hears of a run, called in the run's own thread: what they do delays the load.

    Events come once they are written, windows as they close, progress several times a second.
    """

    events: tuple[Callable[[Record], object], ...] = ()
    windows: tuple[Callable[[StageWindow], object], ...] = ()
    progress: tuple[Callable[[RunProgress], object], ...] = ()
