"""Logging that cannot break whoever logs: a handler may be anybody's, and the log tells nobody's verdict."""

from __future__ import annotations

import logging
import sys
from typing import Final

_CALL_HANDLERS: Final = logging.Logger.callHandlers


def use_unfailing_logs() -> None:
    """Have every logger of this process survive a handler or a filter that raises, said once on stderr."""
    is_told = False

    def call_handlers(self: logging.Logger, record: logging.LogRecord) -> None:
        nonlocal is_told
        try:
            _CALL_HANDLERS(self, record)
        except Exception as error:
            if not is_told:
                is_told = True
                what = f"{type(error).__name__}: {error}"
                sys.stderr.write(f"a handler of the log failed, and what it should write is lost: {what}\n")

    logging.Logger.callHandlers = call_handlers  # type: ignore[method-assign] # the one way to every handler
