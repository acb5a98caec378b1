"""The boundary between a run and everything that only shows it.

The terminal, the live page, metrics, reports and notices are called through a `ViewGuard`, so that none of
them can break the run or hold it up.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any, Final

_LOG = logging.getLogger("harness")
_WITHIN_S: Final = 2.0


class ViewGuard:
    """Calls views one after the other, in a thread that nobody else waits for.

    A view that raises anything at all, `SystemExit` included, or takes longer than it may, is reported in one
    line of the log and never called again.
    """

    def __init__(self, within_s: float = _WITHIN_S) -> None:
        self._within_s = within_s
        self._gone: set[str] = set()
        self._worker: _Worker | None = None

    def call(
        self, name: str, view: Callable[..., object], *arguments: object, within_s: float | None = None
    ) -> bool:
        """Call a view and wait for it; return whether it succeeded, now and ever before."""
        if name in self._gone:
            return False
        if self._worker is None:
            self._worker = _Worker()
        problem = self._worker.do(lambda: view(*arguments), self._within_s if within_s is None else within_s)
        if problem is None:
            return True
        self._gone.add(name)
        if isinstance(problem, Unanswered):
            # The worker may wait for ever: it is left behind.
            self._worker = None
        _LOG.error("%s failed and is off for the rest of the run: %s", name, _words_for(problem))
        _LOG.debug("its traceback", exc_info=problem)
        return False


class ViewUnavailable(Exception):
    """A view cannot be opened; the text says why, and what to do."""


class Unanswered(ViewUnavailable):
    """A view has not returned in time; the text says how long it had."""


class _Worker:
    """A thread that does one thing after the other; with gevent's patches it is a greenlet."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[tuple[Callable[[], object], _Answer]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, daemon=True, name="views")
        self._thread.start()

    def do(self, action: Callable[[], object], within_s: float) -> BaseException | None:
        """Return what the action raised, or `Unanswered`, or None."""
        answer = _Answer()
        if threading.current_thread() is self._thread:
            # A view that calls another one would wait for itself.
            answer.run(action)
        else:
            self._work.put((action, answer))
        return answer.wait(within_s)

    def _run(self) -> None:
        while True:
            action, answer = self._work.get()
            answer.run(action)


class _Answer:
    def __init__(self) -> None:
        self._problem: BaseException | None = None
        self._pending: Any = threading.Lock()
        self._pending.acquire()

    def run(self, action: Callable[[], object]) -> None:
        try:
            action()
        except BaseException as error:
            self._problem = error
        finally:
            self._pending.release()

    def wait(self, within_s: float) -> BaseException | None:
        if not self._pending.acquire(timeout=within_s):
            return Unanswered(f"no answer within {within_s:g} s")
        return self._problem


def _words_for(problem: BaseException) -> str:
    return str(problem) if isinstance(problem, ViewUnavailable) else f"{type(problem).__name__}: {problem}"
