"""Whose doing an exception is: the one place that says so.

An error of the service is one that a response, or its absence, shows. Everything else that a task raises is
the load test's own, or this machine's, and says nothing about the service.
"""

from __future__ import annotations

import errno
import json
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from traceback import walk_tb

from gevent import GreenletExit

import harness
from harness.load.errors import HttpError, ProxyFailed
from harness.record.mistakes import Mistake


class Blame(StrEnum):
    """Whose doing an exception is."""

    SERVICE = "service"
    LOAD_TEST = "load test"
    MACHINE = "machine of the load"
    PROXY = "proxy"
    HARNESS = "harness"
    NOBODY = "control flow"


_EXHAUSTED = {
    errno.EMFILE,
    errno.ENFILE,
    errno.EADDRNOTAVAIL,
    errno.ENOBUFS,
    errno.ENOMEM,
}
# What a task raises about a response that it has: `assert response.ok`, `response.json()` of a page of HTML.
_ABOUT_A_RESPONSE = (AssertionError, json.JSONDecodeError)
# What the client raises on purpose, for a request that cannot be sent.
_REFUSALS = (ValueError, TypeError, RuntimeError, AttributeError, OSError, LookupError)
_OURS = str(Path(harness.__file__).parent)
# Compiled code names its source as it was where it was compiled.
_COMPILED = ("src/gevent", "harness/")
# Code that the authors of a load test did not write: ours, Python's, and what is installed.
_NOT_THEIRS = (
    _OURS,
    *(sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")),
    "<",
    *_COMPILED,
)
_MAX_LENGTH = 200


@dataclass(frozen=True)
class BlameRules:
    """What the exceptions of a load-testing tool mean.

    `control_flow` are those with which a task steers its user, `verdicts` those with which it calls a
    response bad.
    """

    control_flow: tuple[type[BaseException], ...] = ()
    verdicts: tuple[type[BaseException], ...] = ()

    def of(self, error: BaseException, *, has_response: bool) -> Blame:
        """Return whose doing an exception of a task is; `has_response` once it has sent a request."""
        if isinstance(error, (GreenletExit, KeyboardInterrupt, SystemExit, *self.control_flow)):
            return Blame.NOBODY
        if (blame := blame_before_the_service(error)) is not None:
            return blame
        if isinstance(error, (HttpError, *self.verdicts)) or not isinstance(error, Exception):
            return Blame.SERVICE
        if has_response and isinstance(error, _ABOUT_A_RESPONSE):
            return Blame.SERVICE
        innermost = _frames(error)[-1:]
        is_ours = any(map(is_of_the_gate, innermost))
        return Blame.HARNESS if is_ours and not isinstance(error, _REFUSALS) else Blame.LOAD_TEST


NO_RULES = BlameRules()
"""For a client without a tool around it."""


def blame_before_the_service(error: BaseException | None) -> Blame | None:
    """Return whose doing it is that nothing was sent to the service; None where something may have been.

    This machine had no port, file or memory left, or the proxy let nothing through.
    """
    has_proxy_failed = False
    for each in _chain(error):
        if isinstance(each, MemoryError) or (isinstance(each, OSError) and each.errno in _EXHAUSTED):
            return Blame.MACHINE
        has_proxy_failed |= isinstance(each, ProxyFailed)
    return Blame.PROXY if has_proxy_failed else None


def mistake_of(blame: Blame, error: BaseException) -> Mistake:
    """Return the record of an exception that is not the service's."""
    if isinstance(error, ProxyFailed):
        return Mistake(str(blame), error.reason[:_MAX_LENGTH], error.proxy)
    kind = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Mistake(str(blame), kind[:_MAX_LENGTH], place_of(_frames(error)))


def described(error: BaseException) -> str:
    """Return an exception in words, with the line of the load test's own code where there is one."""
    mistake = mistake_of(Blame.LOAD_TEST, error)
    return mistake.kind if own_line(_frames(error)) is None else f"{mistake.kind} at {mistake.where}"


def mistake_in(user_class: type, what: str) -> Mistake:
    """Return the record of what users of a class do wrong without an exception."""
    return Mistake(str(Blame.LOAD_TEST), what, f"class {user_class.__name__}")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        # Other clients wrap the system's error, some of them as an attribute.
        inner = getattr(error, "reason", None)
        error = error.__cause__ or error.__context__ or (inner if isinstance(inner, BaseException) else None)


def own_line(frames: Sequence[tuple[str, int]]) -> tuple[str, int] | None:
    """Return the innermost line, which is the last, of the load test's own code; None if there is none."""
    return next((frame for frame in reversed(frames) if not frame[0].startswith(_NOT_THEIRS)), None)


def is_of_the_gate(frame: tuple[str, int]) -> bool:
    """Whether a line is of the gate's own code."""
    return frame[0].startswith(_OURS)


def place_of(frames: Sequence[tuple[str, int]]) -> str:
    """Return `file:line` of the innermost line of the load test's own code, or else of any code."""
    file, line = own_line(frames) or (frames[-1] if frames else ("the load test", 0))
    try:
        file = str(Path(file).relative_to(Path.cwd()))
    except ValueError:
        file = "/".join(Path(file).parts[-2:])
    return f"{file}:{line}" if line else file


def _frames(error: BaseException) -> list[tuple[str, int]]:
    """Return where an exception came from; where others' code raised it from another, where that one did."""
    frames = [(frame.f_code.co_filename, line) for frame, line in walk_tb(error.__traceback__)]
    if error.__cause__ is None or own_line(frames) is not None:
        return frames
    return _frames(error.__cause__)
