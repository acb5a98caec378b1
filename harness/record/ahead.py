"""A long log read by two processes: one decodes its lines, while the other works on those before."""

from __future__ import annotations

import fcntl
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from harness.process.child import command_of
from harness.record.histograms.hlog import HlogLine, Unreadable, read_hlog

WORTH_BYTES: Final = 16 << 20
"""A log of this size takes about half a second to decode, and a process a tenth of a second to start."""
_ITEMS_AT_ONCE: Final = 128
_PIPE_BYTES: Final = 1 << 20


def read_ahead(path: Path, skipped: Collection[str] = ()) -> Iterator[HlogLine | Unreadable]:
    """Yield what `read_hlog` yields, of a long log with the help of another core, if there is one."""
    has_spare_core = len(os.sched_getaffinity(0)) > 1
    is_long = path.is_file() and path.stat().st_size >= WORTH_BYTES  # it is opened with more care below
    return (read_with_helper if has_spare_core and is_long else read_hlog)(path, skipped)


def read_with_helper(path: Path, skipped: Collection[str] = ()) -> Iterator[HlogLine | Unreadable]:
    """Yield what `read_hlog` yields, decoded by another process.

    What is read never depends on the helper: should it die, the rest is read here.
    """
    taken = 0
    try:
        for items in _decoded_beside(path, skipped):
            taken += len(items)
            yield from items
    except (OSError, EOFError, pickle.UnpicklingError):
        yield from islice(read_hlog(path, skipped), taken, None)


def _decoded_beside(path: Path, skipped: Collection[str]) -> Iterator[list[HlogLine | Unreadable]]:
    """Yield the log piece by piece; EOFError when the helper ends before it said that this was all."""
    command = command_of("harness.record.ahead", str(path), *skipped)
    # Ctrl-C is for this process alone: the helper ends with its pipe.
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as helper:
        assert helper.stdout is not None  # asked for above
        try:
            fcntl.fcntl(helper.stdout, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
            while items := pickle.load(helper.stdout):  # noqa: S301  # written by `main` below
                yield items
        finally:
            helper.kill()


def main(path: str, *skipped: str) -> None:
    """Decode a log to standard output piece by piece; an empty piece says that this was all."""
    # When the reader is gone there is nobody to tell.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    items = read_hlog(Path(path), skipped)
    for piece in iter(lambda: list(islice(items, _ITEMS_AT_ONCE)), []):
        pickle.dump(piece, sys.stdout.buffer, pickle.HIGHEST_PROTOCOL)
    pickle.dump([], sys.stdout.buffer)
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
