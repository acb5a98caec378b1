"""Logging that cannot break whoever logs: a handler may be anybody's, and the log tells nobody's verdict."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

_Handle = Callable[[Any, logging.LogRecord], Any]


def use_unfailing_logs() -> None:
    """Have every logger of this process survive a handler or a filter that raises, said once on stderr.

    A handler that raises loses its record; the other handlers get it.
    """
    tell = _Once()
    logging.Handler.handle = _surviving(logging.Handler.handle, tell)  # type: ignore[assignment, method-assign]
    logging.Logger.handle = _surviving(logging.Logger.handle, tell)  # type: ignore[assignment, method-assign]


def _surviving(handle: _Handle, tell: _Once) -> _Handle:
    def surviving(self: Any, record: logging.LogRecord) -> Any:
        try:
            return handle(self, record)
        except Exception as error:
            tell(error)
            return False

    return surviving


class _Once:
    def __init__(self) -> None:
        self._is_told = False

    def __call__(self, error: Exception) -> None:
        if not self._is_told:
            self._is_told = True
            what = f"{type(error).__name__}: {error}"
            sys.stderr.write(f"a log handler failed and its line is lost: {what}\n")
