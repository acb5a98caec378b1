"""Standard output and standard error that cannot break or hold up whoever writes to them.

A terminal closes, a disk fills, `head` has seen enough, a locale knows no `·`, and a reader stops reading.
None of that may end a run, so text that cannot be encoded is replaced, and what cannot be written is lost,
which one line on the other stream says.
"""

from __future__ import annotations

import _thread
import atexit
import contextlib
import fcntl
import io
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol, TextIO

StartThread = Callable[[Callable[[], None], tuple[()]], object]

_DRAINS_WITHIN_S: Final = 1.0
_LOOK_EVERY_S: Final = 0.005
_CHUNK_BYTES: Final = 1 << 16
_PIPE_BYTES: Final = 1 << 20


class Sink(Protocol):
    """Takes bytes for a file descriptor; raises OSError."""

    def write(self, data: bytes) -> None:
        """Take all of the data."""

    def drain(self) -> None:
        """Wait a bounded time for what was taken; raises OSError."""


class DirectSink:
    """Writes at once, however long its reader takes: for a verb whose output is all it does."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def write(self, data: bytes) -> None:
        """Write all of the data; raises OSError."""
        left = memoryview(data)
        while left:
            left = left[os.write(self._fd, left) :]

    def drain(self) -> None:
        """Do nothing: everything is written."""


class RelayedSink:
    """Writes in a thread of its own, for a process that has something more important to do.

    The thread may wait for its reader as long as it likes. Meanwhile a pipe holds what was written, and
    what no longer fits is lost. `start_thread` starts a thread of the system: a greenlet would hold up all.
    """

    def __init__(self, fd: int, start_thread: StartThread) -> None:
        self._fd = fd
        self._start_thread = start_thread
        self._error: OSError | None = None
        self._open()

    def write(self, data: bytes) -> None:
        """Hand the data to the thread; raises OSError for what it could not write before."""
        if self._pid != os.getpid():
            # A fork has no thread of its parent's.
            self._open()
        self._raise_error()
        # BlockingIOError, an OSError, when the pipe is full.
        self._taken_bytes += os.write(self._in, data)

    def drain(self) -> None:
        """Wait until everything is written, at most a second; raises OSError for what could not be."""
        ends_s = time.monotonic() + _DRAINS_WITHIN_S
        while self._written_bytes < self._taken_bytes and time.monotonic() < ends_s:
            time.sleep(_LOOK_EVERY_S)
        self._raise_error()

    def _raise_error(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise error

    def _open(self) -> None:
        self._pid = os.getpid()
        self._taken_bytes = self._written_bytes = 0
        self._out, self._in = os.pipe()
        os.set_blocking(self._in, False)
        with contextlib.suppress(OSError):
            fcntl.fcntl(self._in, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
        self._start_thread(self._relay, ())

    def _relay(self) -> None:
        direct = DirectSink(self._fd)
        while data := os.read(self._out, _CHUNK_BYTES):
            try:
                direct.write(data)
            except OSError as error:
                self._error = error
            self._written_bytes += len(data)


class UnfailingOutput(io.RawIOBase):
    """The raw side of a standard stream: takes everything, and reports the first failure once."""

    def __init__(self, fd: int, sink: Sink, report: Callable[[OSError], object]) -> None:
        self._fd = fd
        self._sink = sink
        self._report: Callable[[OSError], object] | None = report

    def write(self, data: Any) -> int:
        """Take the data, and lose what cannot be written."""
        self._lose(lambda: self._sink.write(bytes(data)))
        return len(data)

    @property
    def is_relayed(self) -> bool:
        """Whether its reader can no longer hold this process up."""
        return isinstance(self._sink, RelayedSink)

    def drain(self) -> None:
        """Wait a bounded time for what was taken."""
        self._lose(self._sink.drain)

    def writable(self) -> bool:
        """Say that it can be written to, always."""
        return True

    def fileno(self) -> int:
        """Return the file descriptor."""
        return self._fd

    def isatty(self) -> bool:
        """Whether it is a terminal; a closed one is none."""
        return os.isatty(self._fd)

    def _lose(self, action: Callable[[], None]) -> None:
        try:
            action()
        except OSError as error:
            report, self._report = self._report, None
            if report is not None:
                report(error)


def use_unfailing_streams(start_thread: StartThread | None = None) -> None:
    """Replace standard output and standard error of this process, unless somebody else has.

    With `start_thread` a reader that stops reading loses output instead of stopping this process.
    """
    _open_missing()
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  # for the life of the process
    sinks: list[Sink] = []
    if _is_replaceable(sys.stdout, sys.__stdout__, start_thread):
        sinks.append(_sink(1, start_thread))
        sys.stdout = _stream(1, sinks[0], sys.stdout, "standard output")
    if _is_replaceable(sys.stderr, sys.__stderr__, start_thread):
        # In two threads, what goes to one terminal or one log of a CI job would change its order.
        is_shared = bool(sinks) and os.path.sameopenfile(1, 2)
        sink = sinks[0] if is_shared else _sink(2, start_thread)
        sys.stderr = _stream(2, sink, sys.stderr, "standard error")
    if start_thread is not None:
        atexit.register(drain_streams)


def native_thread() -> StartThread:
    """Return what starts a thread of the system; ask before anything replaces it, as gevent does."""
    return _thread.start_new_thread


def drain_streams() -> None:
    """Wait a bounded time until what was printed has been written: the last act before a process ends."""
    for stream in (sys.stdout, sys.stderr):
        raw = getattr(stream, "buffer", None)
        if isinstance(raw, UnfailingOutput):
            # A second signal ends the waiting, and is no error to show.
            with contextlib.suppress(KeyboardInterrupt, SystemExit):
                raw.drain()


def _is_replaceable(stream: TextIO | None, original: TextIO | None, start_thread: StartThread | None) -> bool:
    raw = getattr(stream, "buffer", None)
    if isinstance(raw, UnfailingOutput):
        return start_thread is not None and not raw.is_relayed
    # Anything else was put there by somebody who wants to have what is printed.
    return stream is original


def _open_missing() -> None:
    """Open what was closed from the start: the next file, a log of the run, would become standard output."""
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _sink(fd: int, start_thread: StartThread | None) -> Sink:
    return DirectSink(fd) if start_thread is None else RelayedSink(fd, start_thread)


def _stream(fd: int, sink: Sink, before: TextIO | None, name: str) -> TextIO:
    raw = UnfailingOutput(fd, sink, lambda error: _report(name, error))
    encoding = before.encoding if before is not None else "utf-8"
    # A line is on its way when it ends, whole, before the process can be killed.
    return io.TextIOWrapper(raw, encoding=encoding, errors="replace", line_buffering=True)  # type: ignore[type-var]


def _report(name: str, error: OSError) -> None:
    """Say once, on the other stream, what is lost; a reader that has seen enough, as `head`, knows."""
    if isinstance(error, BrokenPipeError):
        return
    why = "nobody reads it" if isinstance(error, BlockingIOError) else error.strerror
    other = sys.stderr if name == "standard output" else sys.stdout
    other.write(f"{name} cannot be written ({why}); everything else goes on without it\n")
