"""A child process from the inside: it says when it is ready, writes lines, and ends with its parent."""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable

READY = "ready"
_PIECE_BYTES = 1 << 16


def run_child(name: str, main: Callable[..., None]) -> None:
    """Run `main` with the arguments of the command line; a failure is one line and exit code 1."""
    try:
        main(*sys.argv[1:])
    except Exception as error:
        # Whatever went wrong, the parent needs one line and an exit code that is not 0.
        reasons = error.exceptions if isinstance(error, ExceptionGroup) else [error]
        sys.exit(f"{name}: {'; '.join(f'{type(one).__name__}: {one}' for one in reasons)}")


def tell(line: str) -> None:
    """Write a line to the parent."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def tell_ready() -> None:
    """Tell the waiting parent that the work begins."""
    tell(READY)


def has_parent_ended(within_s: float) -> bool:
    """Wait for the parent to close standard input or die, at most so long; return whether it did."""
    return bool(select.select([sys.stdin], [], [], max(within_s, 0.0))[0])


class ParentLines:
    """The lines that the parent writes to standard input."""

    def __init__(self) -> None:
        self._rest = b""

    def within(self, seconds: float) -> list[str] | None:
        """Return the lines that come within so many seconds; None when the parent has ended."""
        if not has_parent_ended(seconds):
            return []
        data = os.read(sys.stdin.fileno(), _PIECE_BYTES)
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [line.decode() for line in lines] if data else None


def on_parent_end(action: Callable[..., object], *arguments: object) -> None:
    """Have the running event loop call `action` when the parent closes standard input or dies."""
    import asyncio  # whoever calls this has loaded it; the other children do without

    asyncio.get_running_loop().add_reader(sys.stdin.fileno(), action, *arguments)
